"""Points from the map to the tileset's local metres: exactly, or by a polynomial that is checked to be as good.

PROJ places about a million points a second. Over one cell the whole chain from RD New + NAP to east, north, up is so
smooth that a quadratic in x and y with a bilinear height reproduces it to within a few hundredths of a millimetre, at
sixty times the speed. Every fit is held against PROJ on other points before it is used.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiles.frame import MapFrame, Placement, Vec3s

from . import kernels
from .records import MM, Records, xyz_m

TOLERANCE_M = 0.0005
_MARGIN_MM = 1_000.0


@dataclass(frozen=True)
class Ground:
    """Which map the points are on, and the local frame they go to."""

    frame: MapFrame
    placement: Placement

    def place(self, xyz: Vec3s) -> Vec3s:
        """Map metres to local metres, (n, 3), through PROJ."""
        return self.placement.from_ecef(self.frame.to_ecef(xyz))


@dataclass(frozen=True, eq=False)
class Fit:
    """A polynomial from map millimetres to local metres, good between the corners it was fitted for."""

    centre_mm: NDArray[np.float64]  # (3,)
    reach_mm: NDArray[np.float64]  # (3,), half the extent
    coefficients: NDArray[np.float64]  # (3, 9): 1, u, v, w, uu, uv, vv, uw, vw

    def place(self, records: Records) -> Vec3s:
        """Local metres of records, (n, 3)."""
        xyz = np.empty((len(records), 3))
        kernels.place(records, self.centre_mm, self.reach_mm, self.coefficients, xyz)
        return xyz


def place(records: Records, ground: Ground) -> Vec3s:
    """Local metres of records, (n, 3): by a fit where there is a good one, else through PROJ."""
    fitted = fit(records, ground) if len(records) > _WORTH_FITTING else None
    return ground.place(xyz_m(records)) if fitted is None else fitted.place(records)


_WORTH_FITTING = 2_000  # a fit asks PROJ for about 650 points


def fit(records: Records, ground: Ground) -> Fit | None:
    """The polynomial for the extent of `records`, or None where none is good to `TOLERANCE_M`.

    Raises `OutsideArea` when the extent leaves the area where the map holds.
    """
    extremes = [(records[name].min(), records[name].max()) for name in ("x", "y", "z")]
    low, high = np.array(extremes, dtype=np.float64).T
    centre_mm, reach_mm = (low + high) / 2, (high - low) / 2 + _MARGIN_MM
    nodes = _grid(np.array([-1.0, -0.7, 0.0, 0.7, 1.0]))  # close to Chebyshev's, where the error is evenest
    wanted = ground.place((centre_mm + nodes * reach_mm) / MM)
    coefficients, *_ = np.linalg.lstsq(_terms(nodes), wanted, rcond=None)
    checks = np.random.default_rng(0).uniform(-1, 1, (400, 3))
    exact = ground.place((centre_mm + checks * reach_mm) / MM)
    error = float(np.linalg.norm(_terms(checks) @ coefficients - exact, axis=1).max())
    return Fit(centre_mm, reach_mm, np.ascontiguousarray(coefficients.T)) if error <= TOLERANCE_M else None


def _grid(nodes: NDArray[np.float64]) -> Vec3s:
    return np.stack([axis.ravel() for axis in np.meshgrid(nodes, nodes, nodes)], axis=-1)


def _terms(at: Vec3s) -> NDArray[np.float64]:
    u, v, w = at.T
    return np.stack([np.ones_like(u), u, v, w, u * u, u * v, v * v, u * w, v * w], axis=-1)
