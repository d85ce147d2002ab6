"""One square kilometre of a town on a Dutch river, as rasters: what the laser of a survey would meet.

Terraces with gardens between ditches in the west and a harbour through the middle of them, a river with two bridges,
blocks and towers along it, trees throughout. Classes are AHN's (product documentation, "Classificatie").
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIDE_M = 1000.0
CELL_M = 0.25
_N = int(SIDE_M / CELL_M)

OTHER, GROUND, BUILDING, WATER, STRUCTURE = 1, 2, 6, 9, 26

Heights = NDArray[np.float32]  # (_N, _N), metres NAP or metres; rows go north, columns east
Classes = NDArray[np.uint8]  # (_N, _N)

_EAST = (np.arange(_N, dtype=np.float32) * CELL_M)[None, :]
_NORTH = (np.arange(_N, dtype=np.float32) * CELL_M)[:, None]
_BUILT_TO_M = 660.0  # terraces and ditches end here, the river is beyond
_RIVER = (75.0, 61.0, 59.4)  # metres from its middle to the ends of quay, wall and water
_HARBOUR = (19.0, 13.2, 12.0)
_TREES = 5200


@dataclass(frozen=True, eq=False)
class Scene:
    """What stands where."""

    surface: Heights
    """Ground, water, roofs and structures, metres NAP."""
    classes: Classes
    canopy: Heights
    """Tree tops above the surface, metres; 0 where there is no tree."""
    brightness: Heights
    """How much more the material reflects than its class does on average, decibel."""


def build_scene(seed: int) -> Scene:
    """The scene, the same for the same seed."""
    rng = np.random.default_rng(seed)
    draft = _Draft(_relief(rng), np.full((_N, _N), GROUND, np.uint8))
    _dig_ditches(draft)
    _dig(draft, _from_harbour(), _HARBOUR)
    _dig(draft, _from_river(), _RIVER)
    _span_bridges(draft)
    _build_terraces(draft, rng)
    _build_waterfront(draft, rng)
    return Scene(draft.surface, draft.classes, _plant_trees(draft.classes, rng), _materials(rng))


@dataclass(frozen=True, eq=False)
class _Draft:
    surface: Heights
    classes: Classes

    def put(self, where: NDArray[np.bool_], height_m: float | Heights, code: int) -> None:
        self.surface[where] = height_m if isinstance(height_m, float) else height_m[where]
        self.classes[where] = code


def _relief(rng: np.random.Generator) -> Heights:
    waves = -0.6 + 0.5 * np.sin(_EAST / 170) * np.cos(_NORTH / 230)
    return np.asarray(waves + 0.06 * _patches(rng, 2.5) + 0.2 * _patches(rng, 25), np.float32)


def _patches(rng: np.random.Generator, size_m: float) -> Heights:
    """Smooth noise of standard deviation about 1: one value every `size_m`, in between interpolated."""
    count = int(SIDE_M / size_m) + 2
    coarse = rng.standard_normal((count, count), np.float32)
    low, part = np.divmod(np.arange(_N, dtype=np.float32) * np.float32(CELL_M / size_m), 1)
    at = low.astype(np.int64)
    rows = coarse[at] + part[:, None] * (coarse[at + 1] - coarse[at])
    here, beyond = (np.take(rows, columns, axis=1) for columns in (at, at + 1))
    patches: Heights = here + part * (beyond - here)
    return patches


def _from_river() -> Heights:
    return np.asarray(np.abs(_EAST - (780 + 40 * np.sin(_NORTH / 260))))


def _from_harbour() -> Heights:
    return np.abs(_EAST - 500 + 0 * _NORTH)


def _dig(draft: _Draft, away_m: Heights, ends_m: tuple[float, float, float]) -> None:
    """Water between walls between quays."""
    quay, wall, water = ends_m
    draft.put(away_m < quay, (2.4 + 0.02 * draft.surface).astype(np.float32), GROUND)
    draft.put(away_m < wall, 2.9, STRUCTURE)
    draft.put(away_m < water, 0.15, WATER)


def _dig_ditches(draft: _Draft) -> None:
    draft.put((np.mod(_NORTH, 145) < 4.2) & (_EAST < _BUILT_TO_M + 20), -1.9, WATER)  # noqa: PLR2004 - metres wide


def _span_bridges(draft: _Draft) -> None:
    away_m = _from_river()
    deck_m = (6.5 - 3.5 * (away_m / 90) ** 2).astype(np.float32)
    for north in (310.0, 720.0):
        draft.put((np.abs(_NORTH - north) < 6) & (away_m < 90), deck_m, STRUCTURE)  # noqa: PLR2004 - half its width and length


@dataclass(frozen=True)
class _Block:
    west: float
    south: float
    width: float
    depth: float
    eaves_m: float
    ridge_m: float
    """How much higher the ridge is, that runs east; 0 for a flat roof."""


def _build(draft: _Draft, block: _Block) -> None:
    """A block on the ground under it; nothing where something else is in the way."""
    rows = slice(int(block.south / CELL_M), int((block.south + block.depth) / CELL_M))
    columns = slice(int(block.west / CELL_M), int((block.west + block.width) / CELL_M))
    classes = draft.classes[rows, columns]
    if classes.size == 0 or (classes != GROUND).any():
        return
    across = (_NORTH[rows] - block.south) / block.depth
    base = float(draft.surface[rows, columns].mean())
    draft.surface[rows, columns] = base + block.eaves_m + block.ridge_m * (1 - 2 * np.abs(across - 0.5))
    classes[:] = BUILDING


def _build_terraces(draft: _Draft, rng: np.random.Generator) -> None:
    south = 12.0
    while south < SIDE_M - 20:
        west = 10.0
        while west < _BUILT_TO_M:
            width, depth, eaves = rng.uniform((5.2, 9, 5), (9, 12, 7))
            ridge = rng.uniform(2, 4) if rng.random() < 0.75 else 0.0  # noqa: PLR2004 - a quarter is flat
            if rng.random() < 0.87:  # noqa: PLR2004 - the others are gaps in the row
                _build(draft, _Block(west, south, width, depth, eaves, ridge))
            west += width + (rng.uniform(6, 22) if rng.random() < 0.2 else 0)  # noqa: PLR2004 - a row is five long
        south += rng.uniform(27, 40)


def _build_waterfront(draft: _Draft, rng: np.random.Generator) -> None:
    for _ in range(90):
        west = rng.uniform(880, 970) if rng.random() < 0.5 else rng.uniform(670, 690)  # noqa: PLR2004 - either bank
        south, width, depth, eaves = rng.uniform((0, 14, 14, 9), (SIDE_M - 40, 36, 50, 42))
        ridge = 0.0 if rng.random() < 0.7 else 3.0  # noqa: PLR2004 - most are flat
        _build(draft, _Block(west, south, width, depth, eaves, ridge))


def _plant_trees(classes: Classes, rng: np.random.Generator) -> Heights:
    canopy = np.zeros((_N, _N), np.float32)
    for _ in range(_TREES):
        east, north = rng.uniform(0, SIDE_M, 2)
        radius, height = rng.uniform((1.5, 4), (5.5, 18))
        if classes[int(north / CELL_M), int(east / CELL_M)] != GROUND:
            continue
        reach = int(radius / CELL_M) + 1
        rows, columns = (slice(max(int(at / CELL_M) - reach, 0), int(at / CELL_M) + reach) for at in (north, east))
        inside = 1 - ((_EAST[:, columns] - east) ** 2 + (_NORTH[rows] - north) ** 2) / radius**2
        crown = np.where(inside > 0, height * (0.55 + 0.45 * np.sqrt(np.maximum(inside, 0))), 0)
        canopy[rows, columns] = np.maximum(canopy[rows, columns], crown)
    canopy[(classes == BUILDING) | (classes == WATER)] = 0
    return canopy


def _is_road() -> NDArray[np.bool_]:
    return np.asarray(np.mod(_EAST, 61) < 5.5)  # noqa: PLR2004 - metres wide


def _materials(rng: np.random.Generator) -> Heights:
    return np.asarray(0.6 * _patches(rng, 3) - np.where(_is_road(), np.float32(4.5), np.float32(0)), np.float32)


_COLOURS = {GROUND: (112, 122, 84), BUILDING: (146, 96, 80), WATER: (62, 76, 74), STRUCTURE: (150, 148, 142)}
_ROAD, _LEAVES = (124, 122, 120), (66, 86, 50)


def photograph(scene: Scene, seed: int) -> NDArray[np.uint8]:
    """The scene from above in pixels of 25 cm, sRGB, (_N, _N, 3)."""
    rng = np.random.default_rng(seed)
    photo = np.zeros((_N, _N, 3), np.float32)
    for code, colour in _COLOURS.items():
        photo[scene.classes == code] = colour
    photo[(scene.classes == GROUND) & _is_road()] = _ROAD
    tree = scene.canopy > 0
    photo[tree] = _LEAVES
    # Neighbouring pixels of a photo vary in light more than in hue, and most in foliage.
    light = 4 * scene.brightness + np.where(tree, 18, 6) * rng.standard_normal((_N, _N), np.float32)
    for band in range(3):
        photo[..., band] += light + 2 * rng.standard_normal((_N, _N), np.float32)
    return np.clip(photo, 0, 255).astype(np.uint8)
