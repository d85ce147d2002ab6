"""Buildings that someone modelled, from CityJSON such as 3DBAG's."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from models.cityjson import City, CityObject, Faces, read_city
from models.model import flat_normals
from pipeline.polygons import Outline
from tiles.errors import BadInput, MissingGeoreference, OutsideArea
from tiles.frame import RD_NAP, MapFrame, map_frame

from .buildings import Building
from .footprints import tidy
from .rooffit import roof_heights
from .shells import LEVEL_SLOPE, ROOFS, Face, Shell

Progress = Callable[[int, int], None]

_COARSEST_LOD, _COARSE_LOD = 1.0, 1.2  # 3DBAG: 1.2 is one level roof, 1.3 several, 2.2 slopes
_FACES = {"RoofSurface": Face.ROOF, "WallSurface": Face.WALL, "GroundSurface": Face.FLOOR}
_UPWARD = 0.3  # of a unit normal: steeper is a wall where the file does not say


def read(path: Path, progress: Progress) -> dict[str, Building]:
    """The buildings of a CityJSON file by their ids; raises a `Problem` when it cannot be read or placed.

    Objects with footprints only are left out: their roofs must come from points.
    """
    city = read_city(path, progress)
    _require_placed(city, path.name)
    found = (_building(city, each) for each in city.objects if each.kind == "Building" and max(each.lods) > 0)
    buildings = {building.id: building for building in found if building is not None}
    if not buildings:
        raise BadInput(f"{path.name} holds no buildings with roofs and walls (LoD 1 or higher).")
    return buildings


def _require_placed(city: City, name: str) -> MapFrame:
    if city.crs is None:
        raise MissingGeoreference(
            f"{name} does not say what its coordinates are in; "
            "set metadata.referenceSystem to https://www.opengis.net/def/crs/EPSG/0/7415 if they are RD New + NAP."
        )
    frame = map_frame(city.crs)
    try:
        frame.require(city.vertices[[0, -1]])
        RD_NAP.require(np.array([city.vertices.min(axis=0), city.vertices.max(axis=0)]))
    except OutsideArea as problem:
        raise OutsideArea(f"{name} states {city.crs}, but {problem}") from problem
    return frame


def _building(city: City, each: CityObject) -> Building | None:
    shell = _shell(city, city.faces(each))
    outline = tidy(_outline(city, each, shell))
    if outline is None or not np.isin(shell.faces, ROOFS).any():
        return None
    lods = [lod for lod in each.lods if _COARSEST_LOD <= lod <= _COARSE_LOD and lod < max(each.lods)]
    coarse = _shell(city, city.faces(each, max(lods))) if lods else shell
    ground = float(shell.positions[:, 2].min())
    name = each.id.removeprefix("NL.IMBAG.Pand.")
    return Building(name, outline, ground, shell, coarse, _apart(shell, coarse), source="model")


def _shell(city: City, faces: Faces) -> Shell:
    rows, corners = np.unique(faces.triangles, return_inverse=True)
    positions = city.vertices[rows]
    triangles = corners.reshape(-1, 3).astype(np.uint32)
    up = flat_normals(positions, triangles)[:, 2]
    kinds = [_FACES.get(said, _by_slope(slope)) for said, slope in zip(faces.semantics, up.tolist(), strict=True)]
    level = up > 1 / np.hypot(1.0, LEVEL_SLOPE)
    found = np.array(kinds, np.uint8)
    found[(found == Face.ROOF) & level] = Face.LEVEL_ROOF
    return Shell(positions, triangles, found)


def _by_slope(up: float) -> Face:
    if up > _UPWARD:
        return Face.ROOF
    return Face.FLOOR if up < -_UPWARD else Face.WALL


def _outline(city: City, each: CityObject, shell: Shell) -> Outline:
    """The ground plan: that of LoD 0 where there is one, else what the floor or the roofs cover."""
    if 0.0 in each.lods:
        faces = city.faces(each, 0.0).triangles
        return _covered(city.vertices[faces])
    floor = shell.only(Face.FLOOR)
    lying = floor if len(floor.triangles) else shell.only(*ROOFS)
    return _covered(lying.positions[lying.triangles])


def _covered(triangles: NDArray[np.float64]) -> Outline:
    flat = shapely.polygons(triangles[:, :, :2])
    return shapely.union_all(flat[shapely.area(flat) > 0], grid_size=0.001)


def _apart(shell: Shell, coarse: Shell) -> float:
    """How far the roofs of `coarse` are from those of `shell` at the corners of these, at most, metres."""
    if coarse is shell:
        return 0.0
    roofs = shell.only(*ROOFS)
    corners = roofs.positions[np.unique(roofs.triangles)]
    apart = np.abs(roof_heights(coarse, corners[:, :2]) - corners[:, 2])
    return float(np.nanmax(apart)) if np.isfinite(apart).any() else 0.0
