"""An aircraft flies over a scene in strips and scans it by laser: pulses go down, echoes come back.

Pulses are slanted, so façades get a few points and lie in the shade on the other side; water swallows pulses the more
slanted they are; in trees a pulse gives up to five echoes. Figures are those of AHN4's scanners (RIEGL VQ-1560 II).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .scene import BUILDING, CELL_M, GROUND, OTHER, SIDE_M, WATER, Scene

Floats = NDArray[np.float64]  # (n,)

STRIPS = 5
_HEIGHT_M = 1500.0
_PULSES_PER_S = 1.0e6
_LINES_PER_S = 214.0
_SPACING_M = 0.5107  # between pulses in a line and between lines; makes 20 points a square metre of five strips
_FIRST_S = 2.69e8  # adjusted standard GPS time, in 2020
_BETWEEN_S = 1731.37
_BLOCK_PULSES = 600_000
_MARGIN_M = 25.0  # how far a slanted pulse lands from where it would without buildings
_STEEP_M = 1.5
_CROWN_M = 7.0  # where crowns are above ground, on average: there a slanted pulse meets them

_ECHO_ODDS = (0.18, 0.36, 0.28, 0.13, 0.05)  # of one to five echoes from a tree
_DECIBEL = {OTHER: -9.0, GROUND: -6.0, BUILDING: -7.0, WATER: -17.0}
_DECIBEL_ELSE = -5.0


@dataclass(frozen=True)
class Window:
    """The square of a scene that is surveyed, metres from the scene's south-west corner."""

    west: float
    south: float
    side: float

    def holds(self, x: Floats, y: Floats, margin_m: float = 0.0) -> NDArray[np.bool_]:
        """Which positions lie in it, (n,)."""
        low, high = -margin_m, self.side + margin_m
        east, north = x - self.west, y - self.south
        return (east >= low) & (east < high) & (north >= low) & (north < high)


@dataclass(frozen=True, eq=False)
class Echoes:
    """What comes back, in the order in which it does; each column (n,)."""

    x: Floats  # metres in the scene
    y: Floats
    z: Floats  # metres NAP
    classes: NDArray[np.uint8]
    number: NDArray[np.int64]
    """Of the echo within its pulse, from 1."""
    of: NDArray[np.int64]
    """How many echoes the pulse has."""
    angle_deg: Floats
    time_s: Floats
    amplitude_db: Floats
    reflectance_db: Floats
    deviation: Floats
    """How much the pulse's shape is stretched."""
    cell: NDArray[np.int64]
    """Which of the scene's cells, counted row by row, the pulse met."""


@dataclass(frozen=True, eq=False)
class _Pulses:
    """Where pulses would meet NAP 0, metres in the scene; each (n,)."""

    x: Floats
    y: Floats
    slope: Floats
    """Metres across per metre of height."""
    time_s: Floats

    def at(self, kept: NDArray[np.bool_] | NDArray[np.int64]) -> "_Pulses":
        return _Pulses(self.x[kept], self.y[kept], self.slope[kept], self.time_s[kept])


def scan(scene: Scene, strip: int, window: Window, seed: int) -> Iterator[Echoes]:
    """The echoes of one strip over a window, in blocks of scan lines."""
    rng = np.random.default_rng((seed, strip))
    for pulses in _pulses(strip, window, rng):
        echoes = _echoes(scene, pulses, rng)
        inside = window.holds(echoes.x, echoes.y)
        yield Echoes(*(getattr(echoes, name)[inside] for name in Echoes.__dataclass_fields__))


def _pulses(strip: int, window: Window, rng: np.random.Generator) -> Iterator[_Pulses]:
    spacing = _SPACING_M * (1 + 0.01 * strip)
    skew = -0.25 if strip % 2 == 0 else 0.25  # a rotating mirror scans lines that are not square to the track
    axis = SIDE_M * (1.2 * (strip + 0.5) / STRIPS - 0.1)
    start = _FIRST_S + strip * _BETWEEN_S + rng.random()
    across = np.arange(int((window.west - _MARGIN_M) / spacing), int((window.west + window.side + _MARGIN_M) / spacing))
    sideways = abs(skew) * SIDE_M
    first, last = (int(edge / spacing) for edge in (window.south - sideways, window.south + window.side + sideways))
    step = max(1, _BLOCK_PULSES // len(across))
    for low in range(first, last, step):
        line = np.arange(low, min(low + step, last))[:, None]
        shape = (len(line), len(across))
        x = across * spacing + rng.normal(0, 0.02, shape)
        y = line * spacing + skew * x + rng.normal(0, 0.012, (len(line), 1)) + rng.normal(0, 0.015, shape)
        time = start + (line - first) / _LINES_PER_S + np.arange(len(across)) / _PULSES_PER_S
        if strip % 2:  # flown back: the mirror turns the other way
            x, y = x[:, ::-1], y[:, ::-1]
        pulses = _Pulses(x.ravel(), y.ravel(), (x.ravel() - axis) / _HEIGHT_M, time.ravel())
        yield pulses.at(window.holds(pulses.x, pulses.y, _MARGIN_M))


def _cells(x: Floats, y: Floats) -> NDArray[np.int64]:
    """The scene's cell, row by row, in which each position lies; beyond the edge that of the edge."""
    size = int(SIDE_M / CELL_M)
    row, column = (np.clip((at / CELL_M).astype(np.int64), 0, size - 1) for at in (y, x))
    return row * size + column


def _met(scene: Scene, pulses: _Pulses, rng: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
    """The height at which each pulse meets the surface, and whether that is a façade.

    Where the height found from one side differs from the one found from the other, the pulse hits the wall between.
    """
    surface = scene.surface.ravel()
    first = surface[_cells(pulses.x, pulses.y)]
    second = surface[_cells(pulses.x - first * pulses.slope, pulses.y)]
    third = surface[_cells(pulses.x - second * pulses.slope, pulses.y)]
    wall = np.abs(third - second) > _STEEP_M
    on_wall = np.minimum(second, third) + np.abs(third - second) * rng.random(len(third))
    return np.where(wall, on_wall, third).astype(np.float64), wall


def _echoes(scene: Scene, pulses: _Pulses, rng: np.random.Generator) -> Echoes:
    height, wall = _met(scene, pulses, rng)
    cells = _cells(pulses.x - height * pulses.slope, pulses.y)
    classes = scene.classes.ravel()[cells]
    in_crown = _cells(pulses.x - (height + _CROWN_M) * pulses.slope, pulses.y)
    canopy = np.where(wall, 0, scene.canopy.ravel()[in_crown])
    classes[wall] = np.where(rng.random(int(wall.sum())) < 0.5, OTHER, BUILDING)  # noqa: PLR2004 - AHN does either
    height += rng.normal(0, 1, len(height)) * np.where(classes == WATER, 0.012, 0.022)
    _scatter_clutter(height, classes, rng)
    returns = _returns(classes, canopy, np.abs(pulses.slope), rng)
    pulse = np.repeat(np.arange(len(returns)), returns)
    number = np.arange(len(pulse)) - np.repeat(np.cumsum(returns) - returns, returns) + 1
    z, classes = height[pulse], classes[pulse]
    _climb(z, classes, (number, returns[pulse]), canopy[pulse], rng)
    sent = pulses.at(pulse)
    x, y = sent.x - z * sent.slope, sent.y + rng.normal(0, 0.002, len(pulse))
    cell = cells[pulse]
    reflectance = (
        _by_class(classes) + scene.brightness.ravel()[cell] + rng.normal(0, 1.1, len(z)) - 3.2 * (returns[pulse] - 1)
    )
    amplitude = reflectance + 34 + rng.normal(0, 0.15, len(z))
    deviation = rng.gamma(1.6, 4.5, len(z)) + np.where(returns[pulse] > 1, 12, 0)
    angle_deg = np.degrees(np.arctan(sent.slope))
    return Echoes(
        x, y, z, classes, number, returns[pulse], angle_deg, sent.time_s, amplitude, reflectance, deviation, cell
    )


def _scatter_clutter(height: Floats, classes: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """Cars, poles and hedges on the ground."""
    there = (classes == GROUND) & (rng.random(len(height)) < 0.025)  # noqa: PLR2004 - of the ground
    height[there] += rng.gamma(2.0, 0.35, int(there.sum()))
    classes[there] = OTHER


def _returns(classes: NDArray[np.uint8], canopy: Floats, slope: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """How many echoes each pulse gives."""
    returns = np.ones(len(classes), np.int64)
    tree = canopy > 0
    returns[tree] = 1 + rng.choice(len(_ECHO_ODDS), int(tree.sum()), p=_ECHO_ODDS)
    returns[(classes == WATER) & (rng.random(len(classes)) < 0.35 + 0.6 * np.minimum(1, slope / 0.3))] = 0
    return returns


def _climb(
    z: Floats,
    classes: NDArray[np.uint8],
    echo: tuple[NDArray[np.int64], NDArray[np.int64]],
    canopy: Floats,
    rng: np.random.Generator,
) -> None:
    """Lift echoes from trees into the crown, from the top down; of the last ones a part stays on the ground."""
    number, of = echo
    reaches_ground = (number == of) & (rng.random(len(z)) < 0.55)  # noqa: PLR2004 - through the leaves
    leaves = (canopy > 0) & ~reaches_ground
    depth = (number - 1 + 0.9 * rng.random(len(z))) / of
    z[leaves] += (canopy * (1 - 0.75 * depth))[leaves]
    classes[leaves] = OTHER


def _by_class(classes: NDArray[np.uint8]) -> Floats:
    table = np.full(256, _DECIBEL_ELSE)
    table[list(_DECIBEL)] = list(_DECIBEL.values())
    return table[classes]
