"""Where things are on Earth: exact frames for maps, straight frames for tiles and buildings.

Everything is stored in ETRS89 (realisation ETRF2000) as earth-centred, earth-fixed metres on the GRS80 ellipsoid. A
`MapFrame` bends with the map projection and the geoid and is exact; a `Placement` is straight, and is both a tileset's
root `transform` and a building's anchor. `tangent` leads from one to the other.
"""

from dataclasses import dataclass
from math import atan2, cos, hypot, radians, sin
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from . import rdnaptrans
from .errors import OutsideArea
from .rdnaptrans import Vec3s, ecef_to_geographic, geographic_to_ecef, require_finite

__all__ = [
    "EPOCH_STATEMENT",
    "RD_NAP",
    "STORED_FRAME",
    "Frame",
    "MapFrame",
    "Matrix4",
    "Placement",
    "Vec3s",
    "east_north_up",
    "ecef_to_geographic",
    "geographic_to_ecef",
    "map_frame",
    "points",
    "tangent",
]

Matrix4 = NDArray[np.float64]  # (4, 4), column vectors on the right

STORED_FRAME = "ETRS89 (ETRF2000) on GRS80, ECEF"
EPOCH_STATEMENT = (
    "Coordinates are ETRS89, fixed to the Eurasian plate, so they have no epoch of their own; "
    "positions from satellites are ITRF2020 at the date of measurement and differ by about 0.9 m (2026)."
)


class Frame(Protocol):
    """A way to say where something is; every frame can be reached from every other through ECEF."""

    def to_ecef(self, xyz: Vec3s) -> Vec3s:
        """Coordinates in this frame, (n, 3), to ETRS89 earth-centred metres."""

    def from_ecef(self, ecef: Vec3s) -> Vec3s:
        """ETRS89 earth-centred metres, (n, 3), to coordinates in this frame."""


def points(*rows: tuple[float, float, float]) -> Vec3s:
    """A few points as the (n, 3) array that every frame takes."""
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


@dataclass(frozen=True)
class MapFrame:
    """A map projection with heights, exact to the millimetre: x east, y north, z up in map metres."""

    crs: str
    heights_assumed: bool = False
    """True when the reference system says nothing of heights and NAP is taken: say so to the user."""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Where the frame holds, in its own metres: west, south, east, north."""
        return rdnaptrans.RD_BOUNDS

    def to_ecef(self, xyz: Vec3s) -> Vec3s:
        """Map metres to ETRS89 earth-centred metres; raises `OutsideArea` or `BadInput`."""
        return rdnaptrans.to_ecef(xyz)

    def from_ecef(self, ecef: Vec3s) -> Vec3s:
        """ETRS89 earth-centred metres to map metres; raises `OutsideArea` or `BadInput`."""
        return rdnaptrans.from_ecef(ecef)

    def to_geographic(self, xyz: Vec3s) -> Vec3s:
        """Map metres to ETRS89 latitude, longitude (degrees) and ellipsoidal height (metres)."""
        return rdnaptrans.to_geographic(xyz)

    def from_geographic(self, geographic: Vec3s) -> Vec3s:
        """ETRS89 latitude, longitude (degrees) and ellipsoidal height (metres) to map metres."""
        return rdnaptrans.from_geographic(geographic)

    def require(self, xyz: Vec3s) -> None:
        """Raise `OutsideArea` or `BadInput` unless every point lies where the frame holds."""
        rdnaptrans.require_rd_nap(xyz)


RD_NAP = MapFrame("EPSG:7415")
_MAP_FRAMES = {
    "EPSG:7415": RD_NAP,
    "EPSG:28992": MapFrame("EPSG:28992", heights_assumed=True),
}


def map_frame(crs: str) -> MapFrame:
    """The exact frame for `crs`, such as "EPSG:7415"; raises `OutsideArea` for one that cannot be placed exactly."""
    frame = _MAP_FRAMES.get(crs.strip().upper())
    if frame is None:
        raise OutsideArea(
            f"{crs} cannot be placed exactly; convert the file to RD New + NAP (EPSG:7415) first, "
            f"or, when its coordinates are in fact RD New, say so with --crs EPSG:7415."
        )
    return frame


@dataclass(frozen=True, eq=False)
class Placement:
    """A straight frame: local metres to ETRS89 earth-centred metres by one 4 × 4 matrix."""

    matrix: Matrix4

    @property
    def origin(self) -> NDArray[np.float64]:
        """Where the local origin lies, earth-centred metres, (3,)."""
        return self.matrix[:3, 3]

    @property
    def axes(self) -> NDArray[np.float64]:
        """The local axes as columns, (3, 3), earth-centred."""
        return self.matrix[:3, :3]

    def to_ecef(self, xyz: Vec3s) -> Vec3s:
        """Local metres to earth-centred metres, (n, 3)."""
        return xyz @ self.axes.T + self.origin

    def from_ecef(self, ecef: Vec3s) -> Vec3s:
        """Earth-centred metres to local metres, (n, 3)."""
        # The origin goes first: two numbers of 4,000 km that differ by a building keep all their digits.
        return (ecef - self.origin) @ np.linalg.inv(self.axes).T

    def to_parent(self, xyz: Vec3s) -> Vec3s:
        """The same as `to_ecef`, for a placement that leads to another local frame (`within`)."""
        return self.to_ecef(xyz)

    def within(self, parent: "Placement") -> Self:
        """This frame as seen from another straight one: local metres to the parent's local metres."""
        inverse = np.linalg.inv(parent.axes)
        return type(self)(_matrix(inverse @ self.axes, inverse @ (self.origin - parent.origin)))

    def rigid(self) -> Self:
        """The same place without scale or shear: the nearest rotation (polar decomposition)."""
        left, _, right = np.linalg.svd(self.axes)
        return type(self)(_matrix(left @ right, self.origin))

    def moved(self, local: Matrix4) -> Self:
        """This placement after `local` (4 × 4) has moved things within it."""
        return type(self)(self.matrix @ local)

    def column_major(self) -> list[float]:
        """The sixteen numbers of a 3D Tiles `transform` (3D Tiles 1.1, "Tile transforms")."""
        return [float(value) for value in self.matrix.T.ravel()]


def _matrix(axes: NDArray[np.float64], origin: NDArray[np.float64]) -> Matrix4:
    matrix = np.eye(4)
    matrix[:3, :3] = axes
    matrix[:3, 3] = origin
    return matrix


def east_north_up(latitude_deg: float, longitude_deg: float, height_m: float) -> Placement:
    """The rigid frame at a point: x to true east, y to true north, z along the ellipsoid's normal."""
    at = points((latitude_deg, longitude_deg, height_m))
    # Not NumPy's: its sine has another last digit on another processor.
    lat, lon = radians(latitude_deg), radians(longitude_deg)
    east = [-sin(lon), cos(lon), 0.0]
    north = [-sin(lat) * cos(lon), -sin(lat) * sin(lon), cos(lat)]
    up = [cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)]
    return Placement(_matrix(np.array([east, north, up]).T, geographic_to_ecef(at)[0]))


def east_north_up_at(ecef: NDArray[np.float64]) -> Placement:
    """The rigid east-north-up frame at one earth-centred point, (3,)."""
    latitude, longitude, height = ecef_to_geographic(ecef.reshape(1, 3))[0]
    return east_north_up(latitude, longitude, height)


def tangent(frame: Frame, at: tuple[float, float, float]) -> Placement:
    """The straight frame that touches `frame` at a point: its axes along the map's x and y, and up.

    One derivative carries the turn of grid north, the map's scale and the tilt of the geoid. All it leaves out is the
    Earth's bend: less than 1 mm over a building 100 m long and 50 m high.
    """
    step = 20.0  # metres: far below the grids' cells (1.4 km), far above rounding
    offsets = np.concatenate([np.eye(3), -np.eye(3)]) * step
    around = points(at)
    require_finite(around, "x, y, z")
    ecef = frame.to_ecef(np.concatenate([around, around + offsets]))
    return Placement(_matrix((ecef[1:4] - ecef[4:7]).T / (2 * step), ecef[0]))


@dataclass(frozen=True, eq=False)
class MapSquare:
    """The rigid frame that lies along a map at one place, and how the map is drawn there."""

    placement: Placement
    """x along the map's x, y along its y, z along the ellipsoid's normal; true metres."""
    scale: float
    """True metres per metre of the map."""


def along_map(frame: MapFrame, at: tuple[float, float]) -> MapSquare:
    """The frame at a place of the map, at height 0 there.

    All is rounded to far less than a millimetre, so that every machine finds the same frame.
    """
    step = 20.0  # metres: far below the grids' cells (1.4 km), far above rounding
    x, y = at
    found = frame.to_geographic(points((x, y, 0.0)))[0]
    latitude, longitude, height = (round(float(value), digits) for value, digits in zip(found, (9, 9, 4), strict=True))
    local = east_north_up(latitude, longitude, height)
    ends = local.from_ecef(frame.to_ecef(points((x - step, y, 0.0), (x + step, y, 0.0))))
    east, north, _ = (float(value) / (2 * step) for value in ends[1] - ends[0])
    turn = round(atan2(north, east), 9)
    matrix = np.eye(4)
    matrix[:2, :2] = [[cos(turn), -sin(turn)], [sin(turn), cos(turn)]]
    return MapSquare(local.moved(matrix), round(hypot(east, north), 9))
