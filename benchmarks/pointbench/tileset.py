"""A written tileset as a viewer meets it: its tiles, what they weigh, and which are asked for first."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import content

_EQUATOR_M, _POLE_M = 6_378_137.0, 6_356_752.314140347  # GRS80

Vec3 = NDArray[np.float64]  # (3,)


@dataclass(frozen=True)
class View:
    """A camera, and when a tile is too coarse for it (3D Tiles 1.1, "Geometric error").

    By itself it is the first view that the viewer gives of a square kilometre (its `frameLayer` and `errorTarget`).
    """

    distance_m: float = 1061.0
    """To the middle of the tileset."""
    heading_deg: float = -50.4
    """Clockwise from north; the viewer looks from the south-east."""
    down_deg: float = 22.8
    height_px: int = 1080
    width_px: int = 1920
    field_of_view_deg: float = 60.0
    """From top to bottom."""
    error_px: float = 20.0


@dataclass(frozen=True, eq=False)
class _Box:
    """A box with its middle and three half axes, in ECEF metres."""

    middle: Vec3
    half_axes: NDArray[np.float64]  # (3, 3), one a row

    def distance_m(self, to: Vec3) -> float:
        """From a position to the nearest place in the box; 0 inside."""
        lengths = np.maximum(np.linalg.norm(self.half_axes, axis=1), 1e-9)
        along = self.half_axes / lengths[:, None] @ (to - self.middle)
        return float(np.linalg.norm(np.maximum(np.abs(along) - lengths, 0)))

    def reaches_above(self, plane: Vec3, through: Vec3) -> bool:
        """Whether any of it lies on the side of a plane that its normal points to."""
        return bool((self.middle - through) @ plane + np.abs(self.half_axes @ plane).sum() >= 0)


@dataclass(frozen=True, eq=False)
class _Tile:
    box: _Box
    error_m: float
    content: Path | None
    children: tuple["_Tile", ...]
    document_bytes: int
    """Of the external tileset whose root this is; 0 where it stands in its parent's document."""
    until_m: float = 0.0
    """The error of the tile that refers to that tileset, which is not asked for while that is small enough."""

    def walk(self) -> Iterator["_Tile"]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Described:
    """What a tileset is made of."""

    tiles: int
    points: int
    bytes: int
    """Of tileset.json and all it refers to; nothing that is kept for the tiler alone."""
    points_a_tile: dict[str, int]
    """Smallest, p10, median, p90, largest."""
    attribute_bytes: dict[str, int]
    """As in `content.Content`, of all tiles together; without the tilesets' documents."""
    first_view_bytes: int
    first_view_tiles: int

    @property
    def colour_bytes(self) -> int:
        """What of it is colour."""
        return self.attribute_bytes.get(content.COLOUR, 0)


def describe(folder: Path, view: View | None = None) -> Described:
    """Look through a tileset that has GLB contents."""
    root = _read(folder)
    paths = [tile.content for tile in root.walk() if tile.content]
    contents = [content.read(path) for path in paths]
    counts = np.array([each.points for each in contents])
    attributes = Counter[str]()
    for each in contents:
        attributes.update(each.attribute_bytes)
    seen = list(_seen(root, _Camera.on(root.box, view or View())))
    quantiles = dict(zip(("min", "p10", "median", "p90", "max"), (0, 0.1, 0.5, 0.9, 1), strict=True))
    return Described(
        len(contents),
        int(counts.sum()),
        sum(path.stat().st_size for path in paths) + sum(tile.document_bytes for tile in root.walk()),
        {name: int(np.quantile(counts, part)) for name, part in quantiles.items()},
        dict(attributes),
        sum(_weight(tile) for tile in seen),
        sum(tile.content is not None for tile in seen),
    )


def _weight(tile: _Tile) -> int:
    return tile.document_bytes + (tile.content.stat().st_size if tile.content else 0)


def _read(folder: Path) -> _Tile:
    path = folder / "tileset.json"
    return _tile(json.loads(path.read_bytes())["root"], path, np.eye(4), path.stat().st_size)


def _tile(document: dict[str, Any], file: Path, outer: NDArray[np.float64], document_bytes: int = 0) -> _Tile:
    """A tile and all below it; one that refers to another tileset is that tileset's root."""
    matrix = outer @ np.array(document.get("transform", np.eye(4).ravel()), np.float64).reshape(4, 4).T
    uri = document.get("content", {}).get("uri", "")
    if uri.endswith(".json"):
        external = (file.parent / uri).resolve()
        root = _tile(json.loads(external.read_bytes())["root"], external, matrix, external.stat().st_size)
        return replace(root, until_m=document["geometricError"])
    numbers = np.array(document["boundingVolume"]["box"], np.float64).reshape(4, 3)
    box = _Box(matrix[:3, :3] @ numbers[0] + matrix[:3, 3], numbers[1:] @ matrix[:3, :3].T)
    children = tuple(_tile(child, file, matrix) for child in document.get("children", ()))
    return _Tile(box, document["geometricError"], file.parent / uri if uri else None, children, document_bytes)


@dataclass(frozen=True, eq=False)
class _Camera:
    at: Vec3
    planes: tuple[Vec3, ...]
    """Inward normals of the sides of what it sees, all through where it is."""
    view: View

    @classmethod
    def on(cls, box: _Box, view: View) -> "_Camera":
        """A camera outside a box and above it, that looks at its middle."""
        up = box.middle / np.array([_EQUATOR_M, _EQUATOR_M, _POLE_M]) ** 2  # square to the ellipsoid
        up /= np.linalg.norm(up)
        east = np.cross([0.0, 0.0, 1.0], up)
        east /= np.linalg.norm(east)
        turn, down = math.radians(view.heading_deg), math.radians(view.down_deg)
        true_north = np.cross(up, east)
        # From here on `north` is where the camera looks, and `east` is to its right.
        north = math.cos(turn) * true_north + math.sin(turn) * east
        east = math.cos(turn) * east - math.sin(turn) * true_north
        ahead, top = math.cos(down) * north - math.sin(down) * up, math.sin(down) * north + math.cos(down) * up
        tall = math.tan(math.radians(view.field_of_view_deg) / 2)
        wide = tall * view.width_px / view.height_px
        sides = (tall * ahead - top, tall * ahead + top, wide * ahead - east, wide * ahead + east)
        return cls(box.middle - view.distance_m * ahead, tuple(side / np.linalg.norm(side) for side in sides), view)

    def sees(self, box: _Box) -> bool:
        return all(box.reaches_above(plane, self.at) for plane in self.planes)

    def error_px(self, tile: _Tile, error_m: float | None = None) -> float:
        error_m = tile.error_m if error_m is None else error_m
        pixels_at_1_m = self.view.height_px / (2 * math.tan(math.radians(self.view.field_of_view_deg) / 2))
        return error_m * pixels_at_1_m / max(tile.box.distance_m(self.at), 1e-3)


def _seen(tile: _Tile, camera: _Camera) -> Iterator[_Tile]:
    """The tiles a viewer loads under additive refinement: what is seen, and of what is too coarse the children too."""
    if not camera.sees(tile.box):
        return
    if tile.until_m and camera.error_px(tile, tile.until_m) <= camera.view.error_px:
        return
    yield tile
    if camera.error_px(tile) > camera.view.error_px:
        for child in tile.children:
            yield from _seen(child, camera)
