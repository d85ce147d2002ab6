"""Bounding volumes and transforms as others write them (3D Tiles 1.1, "Bounding volumes", "Tile transforms")."""

from collections.abc import Mapping
from math import pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput
from tiles.frame import Matrix4, Vec3s, geographic_to_ecef

Json = Mapping[str, Any]

_LARGEST_M = 2e7  # the Earth and what surrounds it
_HIGHEST_M = 1e5
_SIZES = {"box": 12, "region": 6, "sphere": 4}
S2 = "3DTILES_bounding_volume_S2"


def numbers(values: Any, count: int) -> NDArray[np.float64] | None:
    """So many finite numbers; None for anything else."""
    if not isinstance(values, list) or len(values) != count:
        return None
    if not all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        return None
    try:
        found = np.array(values, np.float64)
    except OverflowError:
        return None
    return found if np.isfinite(found).all() else None


def transform(tile: Json, name: str) -> Matrix4:
    """From a tile's frame to its parent's; raises `BadInput` for one that is no affine transform."""
    if "transform" not in tile:
        return np.eye(4)
    found = numbers(tile["transform"], 16)
    if found is None or np.abs(found).max() > 1e9:  # noqa: PLR2004 - farther than the Moon
        raise BadInput(f"{name} has a transform that is not sixteen numbers of metres; export it again.")
    matrix = found.reshape(4, 4).T
    if (matrix[3] != (0, 0, 0, 1)).any() or abs(np.linalg.det(matrix[:3, :3])) < 1e-9:  # noqa: PLR2004 - flat
        raise BadInput(f"{name} has a transform that flattens or skews what it holds; export it again.")
    return matrix


def require(volume: Any, name: str) -> None:
    """Raise `BadInput` unless this is a bounding volume of a possible size."""
    kinds = [kind for kind in _SIZES if isinstance(volume, dict) and kind in volume]
    if not kinds and isinstance(volume, dict) and volume.get("extensions"):
        return
    if not kinds:
        raise BadInput(f"{name} has no boundingVolume; export it again.")
    for kind in kinds:
        found = numbers(volume[kind], _SIZES[kind])
        if found is None:
            raise BadInput(f"{name} has a {kind} that is not {_SIZES[kind]} numbers; export it again.")
        if not (_region_holds(found) if kind == "region" else _is_possible(kind, found)):
            raise BadInput(f"{name} has a {kind} that cannot be ({_written(found)}); export it again.")


def _is_possible(kind: str, volume: NDArray[np.float64]) -> bool:
    negative = kind == "sphere" and volume[3] < 0
    return not negative and bool(np.abs(volume).max() <= _LARGEST_M)


def _region_holds(region: NDArray[np.float64]) -> bool:
    west, south, east, north, low, high = region.tolist()
    on_earth: bool = max(abs(west), abs(east)) <= pi + 1e-6 and -pi / 2 - 1e-6 <= south <= north <= pi / 2 + 1e-6
    return on_earth and -_HIGHEST_M <= low <= high <= _HIGHEST_M


def _written(values: NDArray[np.float64]) -> str:
    return ", ".join(f"{value:.6g}" for value in values)


def moved(matrix: Matrix4, xyz: Vec3s) -> Vec3s:
    """Points, (n, 3), after a transform."""
    return xyz @ matrix[:3, :3].T + matrix[:3, 3]


def samples(volume: Json, to_earth: Matrix4) -> Vec3s:
    """A few points of a volume, earth-centred metres: the middle, and of a region its lowest and highest."""
    if (region := numbers(volume.get("region"), 6)) is not None:
        west, south, east, north, low, high = region.tolist()
        latitude, longitude = np.degrees([(south + north) / 2, (west + east) / 2])
        return geographic_to_ecef(np.array([(latitude, longitude, low), (latitude, longitude, high)]))
    for kind in ("box", "sphere"):
        if (found := numbers(volume.get(kind), _SIZES[kind])) is not None:
            return moved(to_earth, found[:3].reshape(1, 3))
    return np.empty((0, 3))
