"""RDNAPTRANS2018: RD New and NAP to ETRS89 and back, by the one pipeline that cannot go wrong in silence.

`Transformer.from_crs` is not used for heights: without the Dutch grids PROJ returns NAP as ellipsoidal height (43.70 m
too low in Dordrecht) and says nothing. The explicit pipeline raises when a grid is missing, a known point is checked
before the first use, and every input and result is held against the area where the transformation is defined.

Sources: NSGI, "RDNAPTRANS2018, Coordinate transformation to and from Stelsel van de Rijksdriehoeksmeting and Normaal
Amsterdams Peil"; EPSG:7415, EPSG:7930 (ETRF2000), EPSG:9988 (ITRF2020). Measured: docs/decisions/geodesy.md.
"""

import os
from functools import cache

import numpy as np
import pyproj
from numpy.typing import NDArray
from pyproj.enums import TransformDirection
from pyproj.exceptions import ProjError

from . import grids
from .errors import BadInput, GridProblem, OutsideArea

Vec3s = NDArray[np.float64]  # (n, 3), one point per row

# The Netherlands on the map (latitude 50.75–53.7, longitude 3.2–7.22) with a margin, and the heights that exist there,
# masts included. Metres.
RD_BOUNDS = (-7_000.0, 289_000.0, 300_000.0, 640_000.0)
NAP_BOUNDS = (-500.0, 2_000.0)
GEOGRAPHIC_BOUNDS = (50.0, 2.0, 56.0, 8.0)  # latitude, longitude: the extent of both grids

_TO_ETRS89 = (
    "+proj=pipeline +step +inv +proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 "
    "+x_0=155000 +y_0=463000 +ellps=bessel +step +proj=hgridshift +grids={datum} "
    "+step +proj=vgridshift +grids={geoid} +multiplier=1"
)
_TO_DEGREES = " +step +proj=unitconvert +xy_in=rad +xy_out=deg"
_TO_ECEF = " +step +proj=cart +ellps=GRS80"
_ELLIPSOID = "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=GRS80"

# Point 30010000 of NSGI's self-validation set, and what it must come out as.
_CANARY_RD_NAP = (108_360.8790, 415_757.2745, 258.0057)
_CANARY_ETRS89 = (51.728601274, 4.712120126, 301.7981)
_CANARY_TOLERANCE = np.array([1e-8, 1e-8, 1e-3])  # degrees, degrees, metres: about 1 mm


@cache
def _pipeline(last_step: str) -> pyproj.Transformer:
    pyproj.datadir.append_data_dir(str(grids.folder()))
    definition = _TO_ETRS89.format(datum=grids.DATUM.filename, geoid=grids.GEOID.filename) + last_step
    try:
        transformer = pyproj.Transformer.from_pipeline(definition)
    except ProjError as error:
        raise GridProblem(f"PROJ cannot open the RDNAPTRANS grids in {grids.folder()}: {error}") from error
    return transformer


@cache
def _to_degrees() -> pyproj.Transformer:
    """The transformation to latitude, longitude and height, trusted only once a known point comes out right."""
    transformer = _pipeline(_TO_DEGREES)
    lon, lat, height = transformer.transform(*_CANARY_RD_NAP, errcheck=True)
    error = np.abs(np.array([lat, lon, height]) - _CANARY_ETRS89)
    if not (error < _CANARY_TOLERANCE).all():
        raise GridProblem(
            f"RDNAPTRANS puts NSGI's point 30010000 at {lat:.9f} {lon:.9f} {height:.4f}, not at "
            f"{_CANARY_ETRS89}; PROJ or its grids are not what Voorland was tested with."
        )
    return transformer


@cache
def _to_ecef() -> pyproj.Transformer:
    _to_degrees()
    return _pipeline(_TO_ECEF)


@cache
def _ellipsoid() -> pyproj.Transformer:
    return pyproj.Transformer.from_pipeline(_ELLIPSOID)


@cache
def _itrf2020() -> pyproj.Transformer:
    # Not 7415 → 9988 in one go: PROJ then takes a route that is 8 cm off.
    return pyproj.Transformer.from_crs("EPSG:7930", "EPSG:9988", allow_ballpark=False)


def _close() -> None:
    """Forget all transformations, and so close their grids."""
    for opened in (_pipeline, _to_degrees, _to_ecef, _ellipsoid, _itrf2020):
        opened.cache_clear()


# A forked process has the same files as its parent, at the same place in them: when two of them read grids at once,
# each gets some of the other's, and points land up to 45 m off without a word. So no grid is open at a fork.
os.register_at_fork(before=_close)

_Column = NDArray[np.float64] | list[float]


def _columns(points: Vec3s) -> tuple[_Column, _Column, _Column]:
    if len(points) == 1:
        # pyproj takes an array of one number for a number, which NumPy deprecates; a list of one it leaves a list.
        return [float(points[0, 0])], [float(points[0, 1])], [float(points[0, 2])]
    return points[:, 0], points[:, 1], points[:, 2]


def _run(transformer: pyproj.Transformer, points: Vec3s, *, inverse: bool = False) -> Vec3s:
    direction = TransformDirection.INVERSE if inverse else TransformDirection.FORWARD
    try:
        columns = transformer.transform(*_columns(points), errcheck=True, direction=direction)
    except ProjError as error:
        raise OutsideArea(f"A point lies off the RDNAPTRANS grids: {error}.") from error
    return np.stack(columns, axis=-1)


def require_finite(points: Vec3s, what: str) -> None:
    """Raise `BadInput` unless every number is finite: PROJ's own error check lets NaN pass."""
    bad = ~np.isfinite(points).all(axis=-1)
    if bad.any():
        row = int(np.argmax(bad))
        raise BadInput(f"Point {row + 1} is not a position: {what} = {_written(points[row])}.")


def _written(point: NDArray[np.float64]) -> str:
    return ", ".join(f"{value:.10g}" for value in point)


def require_rd_nap(points: Vec3s) -> None:
    """Raise `OutsideArea` unless every point lies where RD New and NAP are defined."""
    require_finite(points, "x, y, NAP")
    low = np.array([*RD_BOUNDS[:2], NAP_BOUNDS[0]])
    high = np.array([*RD_BOUNDS[2:], NAP_BOUNDS[1]])
    outside = ((points < low) | (points > high)).any(axis=-1)
    if not outside.any():
        return
    point = points[int(np.argmax(outside))]
    swapped = point[[1, 0, 2]]
    if ((swapped >= low) & (swapped <= high)).all():
        advice = "x and y look swapped; RD wants x (east) first"
    elif not NAP_BOUNDS[0] <= point[2] <= NAP_BOUNDS[1]:
        advice = "check the height and its unit: NAP heights are in metres"
    else:
        advice = "check the coordinate reference system and the unit (metres)"
    raise OutsideArea(
        f"x, y, NAP = {_written(point)} lies outside RD New + NAP (x {RD_BOUNDS[0]:g} to {RD_BOUNDS[2]:g}, "
        f"y {RD_BOUNDS[1]:g} to {RD_BOUNDS[3]:g}, NAP {NAP_BOUNDS[0]:g} to {NAP_BOUNDS[1]:g}): {advice}."
    )


def _require_geographic(points: Vec3s) -> None:
    require_finite(points, "latitude, longitude, height")
    south, west, north, east = GEOGRAPHIC_BOUNDS
    lat, lon = points[:, 0], points[:, 1]
    outside = (lat < south) | (lat > north) | (lon < west) | (lon > east)
    if not outside.any():
        return
    point = points[int(np.argmax(outside))]
    swapped = south <= point[1] <= north and west <= point[0] <= east
    advice = "latitude comes first, and these look swapped" if swapped else "check the coordinates"
    raise OutsideArea(
        f"latitude, longitude = {_written(point[:2])} lies outside RDNAPTRANS2018 (latitude {south:g} to {north:g}, "
        f"longitude {west:g} to {east:g}): {advice}."
    )


def to_geographic(rd_nap: Vec3s) -> Vec3s:
    """RD x, y and NAP (metres) to ETRS89 latitude, longitude (degrees) and ellipsoidal height (metres)."""
    require_rd_nap(rd_nap)
    return _run(_to_degrees(), rd_nap)[:, [1, 0, 2]]


def from_geographic(etrs89: Vec3s) -> Vec3s:
    """ETRS89 latitude, longitude (degrees) and ellipsoidal height (metres) to RD x, y and NAP (metres)."""
    _require_geographic(etrs89)
    rd_nap = _run(_to_degrees(), etrs89[:, [1, 0, 2]], inverse=True)
    require_rd_nap(rd_nap)
    return rd_nap


def to_ecef(rd_nap: Vec3s) -> Vec3s:
    """RD x, y and NAP to ETRS89 earth-centred x, y, z; metres."""
    require_rd_nap(rd_nap)
    return _run(_to_ecef(), rd_nap)


def from_ecef(ecef: Vec3s) -> Vec3s:
    """ETRS89 earth-centred x, y, z to RD x, y and NAP; metres."""
    return from_geographic(ecef_to_geographic(ecef))


def geographic_to_ecef(geographic: Vec3s) -> Vec3s:
    """Latitude, longitude (degrees), ellipsoidal height (metres) to earth-centred metres, on GRS80."""
    require_finite(geographic, "latitude, longitude, height")
    return _run(_ellipsoid(), geographic[:, [1, 0, 2]])


def ecef_to_geographic(ecef: Vec3s) -> Vec3s:
    """Earth-centred metres to latitude, longitude (degrees), ellipsoidal height (metres), on GRS80."""
    require_finite(ecef, "x, y, z")
    return _run(_ellipsoid(), ecef, inverse=True)[:, [1, 0, 2]]


def etrs89_to_itrf2020(ecef: Vec3s, epoch: float) -> Vec3s:
    """ETRS89 (ETRF2000) to ITRF2020 at `epoch`, a decimal year; earth-centred metres.

    This is where satellite positioning puts a thing on that date: 0.93 m north-east of ETRS89 in Dordrecht in 2026.
    """
    return _at_epoch(ecef, epoch, inverse=False)


def itrf2020_to_etrs89(ecef: Vec3s, epoch: float) -> Vec3s:
    """ITRF2020 at `epoch`, a decimal year, to ETRS89 (ETRF2000); earth-centred metres."""
    return _at_epoch(ecef, epoch, inverse=True)


def _at_epoch(ecef: Vec3s, epoch: float, *, inverse: bool) -> Vec3s:
    require_finite(ecef, "x, y, z")
    if not 1989.0 <= epoch <= 2100.0:  # noqa: PLR2004 - ETRS89 begins in 1989
        raise BadInput(f"Epoch {epoch:g} is no decimal year between 1989 and 2100; write for example 2026.9.")
    direction = TransformDirection.INVERSE if inverse else TransformDirection.FORWARD
    times = [epoch] * len(ecef)
    x, y, z, _ = _itrf2020().transform(*_columns(ecef), times, errcheck=True, direction=direction)
    return np.stack([x, y, z], axis=-1)
