"""From the map to the reference system of a photo: exactly, or by a polynomial that is checked to be as good.

RD New is left as it is. Everything else goes over ETRS89 degrees by the exact frame, and on by PROJ.
"""

from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from tiles.crs import from_etrs89
from tiles.frame import RD_NAP

from .polygons import Bounds, Xy
from .raster import RD, Column, Photo

_SQUARE_M = 262.144  # polynomials are fitted to squares of the map, not to the points that happen to be asked for
_TOLERANCE_PIXELS = 0.1


@dataclass(frozen=True, eq=False)
class Way:
    """How RD metres of a square become coordinates in a reference system."""

    crs: str
    centre: NDArray[np.float64]  # (2,), RD metres
    reach: NDArray[np.float64]  # (2,), half the extent
    coefficients: NDArray[np.floating] | None
    """(2, 6) for 1, u, v, uu, uv, vv; None where PROJ is asked for every point."""
    error: float
    """The largest found, in units of `crs`."""

    def to_crs(self, x: Column, y: Column) -> tuple[Column, Column]:
        """RD metres to x east and y north in `crs`."""
        if self.crs in RD:
            return x, y
        if self.coefficients is None:
            return _exact(self.crs, x, y)
        u, v = (x - self.centre[0]) / self.reach[0], (y - self.centre[1]) / self.reach[1]
        east, north = (a + u * (b + d * u + e * v) + v * (c + f * v) for a, b, c, d, e, f in self.coefficients)
        return east, north


def way_to(photo: Photo, bounds: Bounds) -> Way:
    """The way from a part of the map to a photo's reference system, good to a tenth of the photo's pixels."""
    if photo.crs in RD:
        return _straight(photo.crs)
    west, south = (float(np.floor(metres / _SQUARE_M) * _SQUARE_M) for metres in bounds[:2])
    east, north = (float(np.floor(metres / _SQUARE_M + 1) * _SQUARE_M) for metres in bounds[2:])
    way = _fitted(photo.crs, (west, south, east, north))
    return way if way.error <= _TOLERANCE_PIXELS * photo.pixel else _straight(photo.crs)


def _straight(crs: str) -> Way:
    return Way(crs, np.zeros(2), np.ones(2), None, 0.0)


@lru_cache(maxsize=256)
def _fitted(crs: str, bounds: Bounds) -> Way:
    low, high = (np.clip(corner, RD_NAP.bounds[:2], RD_NAP.bounds[2:]) for corner in (bounds[:2], bounds[2:]))
    centre, reach = (low + high) / 2, np.maximum((high - low) / 2, 1.0)
    nodes, checks = lattice(np.array([-1.0, -0.7, 0.0, 0.7, 1.0])), lattice(np.linspace(-0.9, 0.9, 7))
    u, v = nodes.T
    terms = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=-1)
    wanted = np.stack(_exact(crs, *(centre + nodes * reach).T), axis=-1)
    coefficients, *_ = np.linalg.lstsq(terms, wanted, rcond=None)
    way = Way(crs, centre, reach, coefficients.T, 0.0)
    found, exact = (method(*(centre + checks * reach).T) for method in (way.to_crs, partial(_exact, crs)))
    return replace(way, error=float(np.abs(np.subtract(found, exact)).max()))


def _exact(crs: str, x: Column, y: Column) -> tuple[Column, Column]:
    geographic = RD_NAP.to_geographic(np.column_stack([x, y, np.zeros(len(x))]))  # height moves no point on the map
    east, north = from_etrs89(crs, geographic[:, [1, 0]]).T
    return east, north


def lattice(nodes: NDArray[np.float64]) -> Xy:
    """Every pair of nodes, (n², 2)."""
    return np.stack(np.meshgrid(nodes, nodes), axis=-1).reshape(-1, 2)
