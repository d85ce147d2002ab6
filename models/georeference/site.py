"""A site's latitude and longitude, and points of a model whose place is known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiles.errors import OutsideArea
from tiles.frame import RD_NAP, points

from .candidate import Candidate, Doubt
from .fit import Pair, fit

# Positions that exporters write when nobody set one: latitude, longitude, within how many degrees, whose they are.
_DEFAULTS = (
    (42.358, -71.060, 0.02, "Revit's Boston"),
    (42.213, -71.033, 0.02, "Revit's Boston"),
    (37.795, -122.394, 0.02, "Bonsai's San Francisco"),
    (51.500, -0.126, 0.02, "Revit's London"),
    (41.874, -87.639, 0.02, "Revit's Chicago"),
    (40.420, -3.706, 0.02, "Revit's Madrid"),
    (52.15, 5.3833, 0.0006, "ArchiCAD's Amersfoort"),
    (52.1551744, 5.3872063, 0.0006, "the origin of RD in Amersfoort"),
    (0.0, 0.0, 0.02, "where nothing was filled in"),
)

_HINT = Doubt("an exporter may have written it without being asked", 0.0)
_NO_NORTH = Doubt("it does not say which way is north", 0.05)
_NO_HEIGHT = Doubt("it says nothing of height", 0.35)
_ONE_POINT = Doubt("one point does not say how the model is turned; north was taken to be up", 0.1)
_BENT_M = 0.5


@dataclass(frozen=True)
class Site:
    """What an IfcSite says of its place."""

    latitude_deg: float
    longitude_deg: float
    origin_m: tuple[float, float, float]
    """Where it lies in the model."""
    height_m: float | None = None
    """Above sea level."""
    north: tuple[float, float] | None = None
    """Which way true north is in the model."""


def default_of(latitude: float, longitude: float) -> str:
    """Whose default a position is; empty for one that somebody chose."""
    for default_latitude, default_longitude, within, whose in _DEFAULTS:
        if abs(latitude - default_latitude) < within and abs(longitude - default_longitude) < within:
            return whose
    return ""


def site_hint(latitude: float, longitude: float) -> str:
    """What an IfcSite's latitude and longitude are worth, in words."""
    if whose := default_of(latitude, longitude):
        return f"its site lies at {latitude:.4f}, {longitude:.4f}, which is {whose}, an exporter's default"
    return f"its site says latitude {latitude:.5f}, longitude {longitude:.5f}, which is no more than a hint"


def site_candidates(site: Site) -> list[Candidate]:
    """A site's latitude and longitude as a place on the map; none for an exporter's default or outside the Netherlands.

    Latitude and longitude are taken for ETRS89.
    """
    if default_of(site.latitude_deg, site.longitude_deg):
        return []
    # A second point to the north tells how true north lies on the map; heights do not move either.
    at, north = (points((site.latitude_deg + step, site.longitude_deg, 43.0)) for step in (0.0, 1e-4))
    try:
        on_map, beyond = (RD_NAP.from_geographic(point)[0] for point in (at, north))
    except OutsideArea:
        return []
    east, up = (beyond - on_map)[:2]
    turn = -np.arctan2(east, up)  # of true north from grid north, counter-clockwise
    turn += np.arctan2(*site.north) if site.north else 0.0
    shift = (on_map[0], on_map[1], site.height_m or 0.0)
    said = (
        f"IfcSite at latitude {site.latitude_deg:.7f}, longitude {site.longitude_deg:.7f}, "
        f"RD {on_map[0]:.2f}, {on_map[1]:.2f}"
    )
    doubts = [_HINT] + [_NO_NORTH] * (site.north is None) + [_NO_HEIGHT] * (not site.height_m)
    return [Candidate("EPSG:28992", moved(float(turn), site.origin_m, shift), said, "site", tuple(doubts))]


def known_points(pairs: Sequence[Pair], said: str, *, heights: bool, turn: float | None = None) -> list[Candidate]:
    """A reading of points whose place on the RD map a file says; `heights` when it says NAP too.

    Two or more that lie apart say how the model is turned; one does not: then `turn` (radians, counter-clockwise) is
    taken.
    """
    if not pairs:
        return []
    doubts = [] if heights else [_NO_HEIGHT]
    counted = f"{len(pairs)} points" if len(pairs) > 1 else "1 point"
    try:
        fitted = fit(pairs)
    except ValueError:
        doubts += [_ONE_POINT] if turn is None else []
        matrix = moved(turn or 0.0, pairs[0].model, pairs[0].on_map)
        return [Candidate("EPSG:28992", matrix, f"{said}, {counted}", "points", tuple(doubts))]
    if fitted.worst_m > _BENT_M:
        doubts.append(Doubt(f"its points do not fit each other by {fitted.worst_m:.2f} m", 0.3))
    told = f"{said}, {counted} that fit within {fitted.worst_m:.3f} m"
    return [Candidate("EPSG:28992", fitted.local_to_map, told, "points", tuple(doubts))]


def moved(turn: float, origin: tuple[float, float, float], to: tuple[float, float, float]) -> NDArray[np.float64]:
    """The matrix that turns about the vertical, radians counter-clockwise, and brings `origin` to `to`; (4, 4)."""
    cos, sin = np.cos(turn), np.sin(turn)
    matrix = np.array([[cos, -sin, 0, 0], [sin, cos, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=np.float64)
    matrix[:3, 3] = np.array(to) - matrix[:3, :3] @ np.array(origin)
    return matrix
