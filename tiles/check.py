"""What must hold for a written tileset (3D Tiles 1.1, and our own promises); each fault is one sentence."""

import json
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import BadInput, NotFound
from .frame import ecef_to_geographic
from .glb import read as read_glb
from .store import Get
from .tree import TILESET

Json = Mapping[str, Any]
Corners = tuple[NDArray[np.float64], NDArray[np.float64]]  # low and high, (3,) each

_TOLERANCE_M = 2e-5  # numbers in tileset.json are rounded to a micrometre
_LOWEST_M, _HIGHEST_M = -500.0, 9_000.0


@dataclass(frozen=True)
class Checked:
    """What was looked at, and what is wrong with it."""

    tiles: int
    contents: int
    faults: tuple[str, ...]


def check(store: Get) -> Checked:
    """Look through a tileset: structure, nesting of boxes and errors, contents. Raises `BadInput` without one."""
    try:
        document = json.loads(store.get(TILESET))
    except NotFound as problem:
        raise BadInput(f"There is no tileset: {problem}") from problem
    except ValueError as error:
        raise BadInput(f"{TILESET} is not JSON: {error}.") from error
    if not isinstance(document, dict) or not isinstance(document.get("root"), dict):
        raise BadInput(f"{TILESET} has no root tile.")
    faults = [*_document_faults(document)]
    tiles = contents = 0
    for seen in _walk(store, document["root"], _Seen("root", document["root"], "", None)):
        tiles += 1
        contents += "content" in seen.tile
        faults += _tile_faults(seen)
        faults += _content_faults(seen, store)
    return Checked(tiles, contents, tuple(faults))


@dataclass(frozen=True)
class _Seen:
    """A tile, where it stands in the tree, and the folder that its addresses start from."""

    name: str
    tile: Json
    folder: str
    parent: Json | None
    fault: str = ""


def _walk(store: Get, tile: Json, at: _Seen) -> Iterator[_Seen]:
    uri = tile.get("content", {}).get("uri", "")
    if uri.endswith(".json"):
        yield from _external(store, at, uri)
    else:
        yield at
    for number, child in enumerate(tile.get("children", [])):
        yield from _walk(store, child, _Seen(f"{at.name}/{number}", child, at.folder, tile))


def _external(store: Get, at: _Seen, uri: str) -> Iterator[_Seen]:
    """A tile that refers to another tileset, and the tiles of that (3D Tiles 1.1, "External tilesets")."""
    key = posixpath.normpath(posixpath.join(at.folder, uri))
    try:
        root = json.loads(store.get(key))["root"]
    except (NotFound, ValueError, KeyError, TypeError) as error:
        yield replace(at, fault=f"{uri} is no tileset that can be read: {str(error).rstrip('.')}.")
        return
    yield at
    yield from _walk(store, root, _Seen(f"{at.name}/{uri}", root, posixpath.dirname(key), at.tile))


def _document_faults(document: Json) -> Iterator[str]:
    if str(document.get("asset", {}).get("version")) not in {"1.0", "1.1"}:
        yield f"asset.version is {document.get('asset', {}).get('version')!r}, not 1.0 or 1.1."
    if not document.get("geometricError", -1) >= 0:
        yield "the tileset has no geometricError."
    if document["root"].get("refine") not in {"ADD", "REPLACE"}:
        yield "the root says neither ADD nor REPLACE."
    if "transform" in document["root"]:
        yield from _transform_faults(np.array(document["root"]["transform"], np.float64).reshape(4, 4).T)


def _transform_faults(matrix: NDArray[np.float64]) -> Iterator[str]:
    if not np.allclose(matrix[:3, :3].T @ matrix[:3, :3], np.eye(3), atol=1e-6):
        yield "the root's transform is not rigid."
    height = ecef_to_geographic(matrix[:3, 3].reshape(1, 3))[0, 2]
    if not _LOWEST_M < height < _HIGHEST_M:
        yield f"the root's transform puts its origin {height:,.0f} m above the ellipsoid."


def _tile_faults(seen: _Seen) -> Iterator[str]:
    name, tile, parent = seen.name, seen.tile, seen.parent
    error = tile.get("geometricError")
    if not isinstance(error, (int, float)) or not error >= 0:
        yield f"{name} has no geometricError."
    elif parent is not None and error > parent.get("geometricError", np.inf):
        yield f"{name} has a larger geometricError ({error:g}) than its parent ({parent['geometricError']:g})."
    if "contents" in tile:
        yield f"{name} has several contents, which many viewers do not draw."
    box = _extent(tile)
    around = None if parent is None else _extent(parent)
    if box is None:
        if not {"region", "sphere", "box"} & set(tile.get("boundingVolume", {})):
            yield f"{name} has no boundingVolume."
    elif around is not None and not _holds(around, _moved(box, tile)):
        yield f"{name} reaches outside its parent."


def _moved(box: Corners, tile: Json) -> Corners:
    """The upright box around a tile's box in its parent's frame."""
    if "transform" not in tile:
        return box
    matrix = np.array(tile["transform"], np.float64).reshape(4, 4).T
    corners = np.array([[(box[x][0], box[y][1], box[z][2]) for x in (0, 1)] for y in (0, 1) for z in (0, 1)])
    moved = corners.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
    return moved.min(axis=0), moved.max(axis=0)


def _extent(tile: Json) -> Corners | None:
    """Low and high corner of an upright box; None for other bounding volumes."""
    box = np.array(tile.get("boundingVolume", {}).get("box", []), np.float64)
    if box.size != 12:  # noqa: PLR2004 - centre and three half-axes
        return None
    reach = np.abs(box[3:].reshape(3, 3)).sum(axis=0)
    return box[:3] - reach, box[:3] + reach


def _holds(outer: Corners, inner: Corners) -> bool:
    return bool((inner[0] >= outer[0] - _TOLERANCE_M).all() and (inner[1] <= outer[1] + _TOLERANCE_M).all())


def _content_faults(seen: _Seen, store: Get) -> Iterator[str]:
    name, tile, uri = seen.name, seen.tile, seen.tile.get("content", {}).get("uri", "")
    if seen.fault:
        yield f"{name}: {seen.fault}"
    if not uri.endswith(".glb") or "{" in uri:  # other formats, and the templates of implicit tiling
        return
    try:
        document = read_glb(store.get(posixpath.normpath(posixpath.join(seen.folder, uri)))).document
    except (BadInput, NotFound) as problem:
        yield f"{name}: {problem}"
        return
    extent = _extent(tile)
    drawn = _drawn_extent(document)
    if extent is not None and drawn is not None and not _holds(extent, drawn):
        yield f"{name}: {uri} reaches outside the tile's box."


def _drawn_extent(document: Json) -> Corners | None:
    """The corners of a GLB whose nodes all have a matrix, by the bounds of its positions, turned z up; None for others.

    Of a shape in many places (EXT_mesh_gpu_instancing), by the bounds of its places too.
    """
    nodes = document.get("nodes", [])
    if not nodes or any("matrix" not in node or "mesh" not in node or "children" in node for node in nodes):
        return None
    extents = [_node_extent(document, node) for node in nodes]
    return np.min([low for low, _ in extents], axis=0), np.max([high for _, high in extents], axis=0)


def _node_extent(document: Json, node: Json) -> Corners:
    primitives = document["meshes"][node["mesh"]]["primitives"]
    ends = np.array([_bounds(document, primitive["attributes"]["POSITION"]) for primitive in primitives])
    low, high = ends[:, 0].min(axis=0), ends[:, 1].max(axis=0)
    instancing = node.get("extensions", {}).get("EXT_mesh_gpu_instancing")
    if instancing:
        places = _bounds(document, instancing["attributes"]["TRANSLATION"])
        low, high = low + places[0], high + places[1]
    corners = np.array([[x, y, z, 1] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    placed = corners @ np.array(node["matrix"], np.float64).reshape(4, 4)
    upright = np.column_stack([placed[:, 0], -placed[:, 2], placed[:, 1]])
    return upright.min(axis=0), upright.max(axis=0)


def _bounds(document: Json, accessor: int) -> NDArray[np.float64]:
    described = document["accessors"][accessor]
    return np.array([described["min"], described["max"]], np.float64)
