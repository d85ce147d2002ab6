"""From NAP taken for ellipsoidal heights to where things are: one rigid move, and regions, which no move reaches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput, OutsideArea
from tiles.frame import RD_NAP, Matrix4, Vec3s, ecef_to_geographic, geographic_to_ecef

from .volumes import S2, numbers, transform

Json = Mapping[str, Any]

_SIDE = 5  # points along each side of the box by which the move is found
_HEIGHTS_IN_SUBTREES = ("REGION", "MINIMUM_HEIGHT", "MAXIMUM_HEIGHT", "S2_CELL")


@dataclass(frozen=True, eq=False)
class Lift:
    """The rigid move of earth-centred metres, and what it leaves."""

    matrix: Matrix4
    up_m: float
    """How far things go up, in the middle."""
    residual_m: float
    """The largest distance from where the geoid has them: it is curved, and the move is straight."""


def lift(low: NDArray[np.float64], high: NDArray[np.float64]) -> Lift:
    """The move for contents within this box, RD and NAP as they seem to stand, (3,) each; raises `OutsideArea`."""
    axes = [np.linspace(low[axis], high[axis], _SIDE if axis < 2 else 2) for axis in range(3)]  # noqa: PLR2004 - x and y
    stand = RD_NAP.to_geographic(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3))
    before = geographic_to_ecef(stand)
    # What is called the ellipsoidal height is the height above NAP.
    flat = RD_NAP.from_geographic(stand)
    flat[:, 2] = stand[:, 2]
    after = RD_NAP.to_ecef(flat)
    matrix = _rigid(before, after)
    moved = before @ matrix[:3, :3].T + matrix[:3, 3]
    up = ecef_to_geographic(after)[:, 2] - stand[:, 2]
    return Lift(matrix, float(np.median(up)), float(np.linalg.norm(moved - after, axis=1).max()))


def _rigid(before: Vec3s, after: Vec3s) -> Matrix4:
    """The turn and shift that take one set of points closest to another (Kabsch 1976)."""
    here, there = before.mean(axis=0), after.mean(axis=0)
    left, _, right = np.linalg.svd((before - here).T @ (after - there))
    sign = np.sign(np.linalg.det(left @ right))
    turn = (left @ np.diag([1.0, 1.0, sign]) @ right).T
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn, there - turn @ here
    return matrix


def lifted(document: dict[str, Any], by: Lift, *, main: bool) -> int:
    """Move a tileset's document, in place: the main one's root, and every region's heights; how many those were.

    Raises `BadInput` where heights stand where they are not looked for.
    """
    root = document["root"]
    if main:
        root["transform"] = [float(value) for value in (by.matrix @ transform(root, "root")).T.ravel()]
    _require_no_other_heights(document)
    regions = 0
    for volume in _volumes(root):
        if S2 in (volume.get("extensions") or {}):
            raise BadInput("Its tiles are cells of S2, whose heights cannot be mended; ask for boxes or regions.")
        if numbers(volume.get("region"), 6) is not None:
            regions += 1
            volume["region"] = _higher(volume["region"], by)
    return regions


def _volumes(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    waiting = [root]
    while waiting:
        tile = waiting.pop()
        waiting += tile.get("children") or ()
        for each in (tile, tile.get("content"), *(tile.get("contents") or ())):
            for key in ("boundingVolume", "viewerRequestVolume"):
                if isinstance(each, dict) and isinstance(each.get(key), dict):
                    yield each[key]


def _higher(region: list[float], by: Lift) -> list[float]:
    """A region around the same contents once they are lifted, by how high the geoid is at its corners."""
    west, south, east, north, low, high = region
    corners = [(latitude, longitude, 0.0) for latitude in (south, north) for longitude in (west, east)]
    at = np.degrees(np.array([*corners, ((south + north) / 2, (west + east) / 2, 0.0)]))
    try:
        undulation = -RD_NAP.from_geographic(at)[:, 2]
        least, most = float(undulation.min()), float(undulation.max())
    except OutsideArea:
        least, most = by.up_m - 1.0, by.up_m + 1.0  # the geoid's slope over the width of a city
    margin = by.residual_m + 0.1  # the geoid between the corners
    return [west, south, east, north, low + least - margin, high + most + margin]


def _require_no_other_heights(document: Json) -> None:
    """Raise `BadInput` where subtrees may hold heights of their own (3D Tiles 1.1, "Metadata semantics")."""
    schema = document.get("schema")
    classes = schema.get("classes") if isinstance(schema, dict) else None
    for each in classes.values() if isinstance(classes, dict) else ():
        listed = each.get("properties") if isinstance(each, dict) else None
        for said in listed.values() if isinstance(listed, dict) else ():
            semantic = str(said.get("semantic", "")) if isinstance(said, dict) else ""
            if any(semantic.endswith(end) for end in _HEIGHTS_IN_SUBTREES):
                raise BadInput(
                    f"Its subtrees hold heights of their own ({semantic}), which cannot be mended; "
                    "ask for the tileset with ellipsoidal heights."
                )
