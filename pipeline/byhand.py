"""A place that someone chose for a model: a spot and a heading, or points that are known both ways."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.georeference import Candidate, Fit, Pair, fit
from models.model import Facts
from models.units import NAMES, UNITS_M, USUAL
from tiles.errors import BadInput
from tiles.frame import Matrix4

_SAID_M, _CONTRADICTS_M = 0.1, 1.0
_SPREAD_PART = 0.02
_UPRIGHT = {
    # As the readers turn a model: COLLADA 1.4.1, "up_axis".
    "x": np.array([[0, -1, 0], [0, 0, -1], [1, 0, 0]], np.float64),
    "y": np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float64),
    "z": np.eye(3),
}


@dataclass(frozen=True)
class ByHand:
    """A place that someone chose for a model."""

    at: tuple[float, float, float]
    """Where the model's point `about` goes, map x, y and height."""
    crs: str
    """What `at` is in."""
    heading_deg: float = 0.0
    """Where the model's y axis points, clockwise from grid north."""
    scale: float = 1.0
    """Metres per unit of the model."""
    about: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """The point of the model, in its units, that goes to `at`; its origin unless points were fitted."""
    said: str = ""
    """How it was found, for the evidence, where that is not by `at` itself."""

    @property
    def local_to_map(self) -> Matrix4:
        """Model metres to map metres, (4, 4)."""
        angle = np.radians(self.heading_deg)
        cos, sin = np.cos(angle) * self.scale, np.sin(angle) * self.scale
        matrix = np.array([[cos, sin, 0, 0], [-sin, cos, 0, 0], [0, 0, self.scale, 0], [0, 0, 0, 1]], dtype=np.float64)
        matrix[:3, 3] = np.array(self.at) - matrix[:3, :3] @ np.array(self.about)
        return matrix

    @property
    def candidate(self) -> Candidate:
        """The place as a candidate, which is not weighed."""
        x, y, nap = self.local_to_map[:3, 3]
        how = f"{self.said}, its origin at" if self.said else "placed by hand at"
        said = f"{how} {x:.3f}, {y:.3f}, NAP {nap:.3f}, heading {self.heading_deg:g}°"
        return Candidate(self.crs, self.local_to_map, said)


@dataclass(frozen=True)
class ByPairs:
    """Points that someone knows both in a model and on the map."""

    pairs: tuple[Pair, ...]
    """Two or more; a model's points are in the file's own units and axes."""
    crs: str
    """What the map's points are in."""
    scale: float | None = 1.0
    """Metres per unit of the model; None for whatever fits best."""


@dataclass(frozen=True)
class Fitted:
    """The place that pairs lead to, and what is to be said of it, in sentences."""

    by_hand: ByHand
    notes: tuple[str, ...]


def fitted(given: ByPairs, facts: Facts, name: str) -> Fitted:
    """Where pairs put a model of these `facts`; raises `BadInput` where they contradict each other or are too few."""
    if len(given.pairs) < 2:  # noqa: PLR2004 - a direction needs two points
        raise BadInput("One pair of points does not say how a model is turned; pass --pair twice or more.")
    pairs = [Pair(_in_model(pair.model, facts), pair.on_map) for pair in given.pairs]
    try:
        found = fit(pairs, given.scale)
    except ValueError:
        raise BadInput(
            "The points of --pair lie within 10 cm of each other; give points at opposite ends of the model."
        ) from None
    spread_m = _spread_m([pair.on_map for pair in pairs])
    if found.worst_m > max(_CONTRADICTS_M, _SPREAD_PART * spread_m):
        raise BadInput(_contradiction(pairs, found, name))
    model, on_map = (np.mean([getattr(pair, side) for pair in pairs], axis=0) for side in ("model", "on_map"))
    used = found.scale if given.scale is None else given.scale
    matrix = found.local_to_map
    heading = round(float(np.degrees(np.arctan2(matrix[0, 1], matrix[1, 1]))), 6) % 360.0
    said = f"fitted to {len(pairs)} pairs of points"
    by_hand = ByHand(_three(on_map), given.crs, heading, used, _three(model), said)
    return Fitted(by_hand, tuple(_remarks(pairs, found, used)))


def _in_model(point: tuple[float, float, float], facts: Facts) -> tuple[float, float, float]:
    """A point as the file has it, in metres of the model."""
    return _three(_UPRIGHT[facts.up] @ np.array(point) * (facts.unit_m or 1.0))


def _three(xyz: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float, float]:
    x, y, z = (float(number) for number in xyz)
    return x, y, z


def _spread_m(places: Sequence[tuple[float, float, float]]) -> float:
    return float(np.linalg.norm(np.ptp(np.array(places)[:, :2], axis=0)))


def _distances(pairs: Sequence[Pair], found: Fit) -> tuple[int, str]:
    """The pair that fits worst, and how far it lies from the next in the model and on the map, in words."""
    worst = int(np.linalg.norm(found.residuals, axis=1).argmax())
    other = (worst + 1) % len(pairs)
    one, two = sorted((worst + 1, other + 1))
    here, there = (
        float(np.hypot(*(np.array(getattr(pairs[worst], side)) - getattr(pairs[other], side))[:2]))
        for side in ("model", "on_map")
    )
    return (
        worst + 1,
        f"pairs {one} and {two} lie {here:.2f} m apart in the model and {there:.2f} m on the map",
    )


def _contradiction(pairs: Sequence[Pair], found: Fit, name: str) -> str:
    """What pairs that no place fits have against each other, in one sentence."""
    worst, apart = _distances(pairs, found)
    off = f"pair {worst} is {found.worst_m:.2f} m off however it is placed; {apart}"
    said = f"The pairs of points contradict each other for {name}: {off}"
    unit = next((unit for unit in USUAL if abs(found.scale / UNITS_M[unit] - 1) < 0.05), "m")  # noqa: PLR2004
    if unit != "m":
        return f"{said}, as if a unit of the model were one {NAMES[unit]}: pass --units {unit}, or --scale auto."
    return f"{said}; check the points, or pass --scale auto to let the model's size be fitted."


def _remarks(pairs: Sequence[Pair], found: Fit, used: float) -> list[str]:
    each = ", ".join(f"{1000 * float(np.linalg.norm(residual)):.0f}" for residual in found.residuals)
    stretched = f"the scale that would fit best is {found.scale:.6f}, {used:g} was taken"
    notes = [f"The pairs fit within {found.worst_m * 1000:.0f} mm (each: {each} mm); {stretched}."]
    if found.worst_m > _SAID_M:
        notes.append(f"Look whether the points are the same in both: {_distances(pairs, found)[1]}.")
    return notes
