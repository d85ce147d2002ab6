"""Points from the map to the local metres of their cell: by a polynomial that is checked to be as good as PROJ.

PROJ places about a million points a second. Over one cell the whole chain from RD New + NAP to east, north, up is so
smooth that a quadratic in x and y, with a height whose direction changes linearly, reproduces it to within a few
hundredths of a millimetre, at sixty times the speed. Every fit is held against PROJ on other points before it is used.
"""

from dataclasses import dataclass
from math import fsum

import numpy as np
from numpy.typing import NDArray

from tiles.errors import OutsideArea
from tiles.frame import MapFrame, Placement, Vec3s

from .kernels import draw
from .records import HEIGHT_ORIGIN_MM, MM, on_map_mm
from .square import Square

TOLERANCE_M = 0.0005
_NODES = (-1.0, -0.7, 0.0, 0.7, 1.0)  # close to Chebyshev's, where the error is evenest
_HEIGHT_M = 300.0
# The highest error is found where the checks are: between the nodes, at the edges and at the corners, high and low.
_CHECKS = np.array(
    [(u, v, w) for u in (-1, -0.85, -0.35, 0.35, 0.85, 1) for v in (-1, -0.5, 0.2, 1) for w in (-40, 300)]
)

Positions = NDArray[np.int32]  # (n, 3), millimetres from a square's south-west corner and from the origin of heights


@dataclass(frozen=True)
class Ground:
    """Which square of which map points are on, and the local frame they go to."""

    frame: MapFrame
    square: Square
    local: Placement

    def place(self, xyz: Vec3s) -> Vec3s:
        """Map metres to local metres, (n, 3), through PROJ."""
        return _local(self.local, self.frame.to_ecef(xyz))

    def map_metres(self, positions: Positions) -> Vec3s:
        """Positions in the square as map metres, (n, 3)."""
        return np.asarray(on_map_mm(positions, self.square.corner_mm) / MM)


def _local(local: Placement, ecef: Vec3s) -> Vec3s:
    # Written out, and by the transposed axes of a rigid frame: a library's product of matrices adds in another order
    # on another processor, and the last digit could then turn a step of a point.
    offsets, axes = ecef - local.origin, local.axes
    columns = [offsets[:, 0] * axes[0, k] + offsets[:, 1] * axes[1, k] + offsets[:, 2] * axes[2, k] for k in range(3)]
    return np.stack(columns, axis=-1)


@dataclass(frozen=True, eq=False)
class Fit:
    """A polynomial from positions in a square to local metres, good all over the square."""

    half_mm: float
    coefficients: NDArray[np.float64]  # (3, 9): 1, u, v, uu, uv, vv, w, uw, vw

    def place(self, positions: Positions, rows: NDArray[np.int64]) -> Vec3s:
        """Local metres of some of the positions, (m, 3)."""
        out = np.empty((len(rows), 3))
        draw.place(positions, rows, self.half_mm, self.coefficients, out)
        return out


@dataclass(frozen=True, eq=False)
class Exact:
    """Positions through PROJ itself, where no polynomial is good enough."""

    ground: Ground

    def place(self, positions: Positions, rows: NDArray[np.int64]) -> Vec3s:
        """Local metres of some of the positions, (m, 3)."""
        return self.ground.place(self.ground.map_metres(positions[rows]))


def placing(ground: Ground, points: int) -> Fit | Exact:
    """How to place about so many points of a square: by a fit where there is a good one, else through PROJ."""
    if points < _WORTH_FITTING:
        return Exact(ground)
    try:
        fitted = fit(ground)
    except OutsideArea:  # the square reaches over the edge of the map, its points need not
        fitted = None
    return Exact(ground) if fitted is None else fitted


_WORTH_FITTING = 300  # a fit asks PROJ for about a hundred points


def fit(ground: Ground) -> Fit | None:
    """The polynomial for a square, or None where none is good to `TOLERANCE_M`.

    Raises `OutsideArea` where the square leaves the area in which the map holds.
    """
    nodes = np.array([(u, v, w) for u in _NODES for v in _NODES for w in (0.0, 1.0)])
    wanted = ground.place(_on_map(ground.square, nodes * (1, 1, _HEIGHT_M)))
    low, high = wanted[0::2], wanted[1::2]
    flat = _quadratic(nodes[0::2], low)
    upward = _quadratic(nodes[0::2], (high - low) / _HEIGHT_M)[:, [0, 1, 2]]  # a vertical turns with x and y only
    coefficients = np.concatenate([flat, upward], axis=1)
    # The kernel's heights count from the origin of heights.
    coefficients[:, :3] += coefficients[:, 6:] * (HEIGHT_ORIGIN_MM / MM)
    fitted = Fit(ground.square.side_mm / 2, np.ascontiguousarray(coefficients))
    return fitted if _error_m(fitted, ground) <= TOLERANCE_M else None


def _on_map(square: Square, at: Vec3s) -> Vec3s:
    """Places in a square, u and v from −1 to 1 and height in metres, as map metres."""
    west, south, _, _ = square.bounds
    half = square.side_m / 2
    return np.stack([west + half * (1 + at[:, 0]), south + half * (1 + at[:, 1]), at[:, 2]], axis=-1)


def _quadratic(nodes: Vec3s, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The least squares quadratic through values on the grid of nodes: (3, 6) of 1, u, v, uu, uv, vv.

    On this grid 1, u, v, uu − m, uv and vv − m are orthogonal, so every coefficient is one quotient of sums. Sums are
    exact to the last digit (fsum), so that every machine finds the same coefficients.
    """
    u, v = nodes[:, 0], nodes[:, 1]
    mean = fsum(node * node for node in _NODES) / len(_NODES)
    basis = [np.ones_like(u), u, v, u * u - mean, u * v, v * v - mean]
    fitted = np.empty((3, 6))
    for axis in range(3):
        c = [fsum((term * values[:, axis]).tolist()) / fsum((term * term).tolist()) for term in basis]
        fitted[axis] = [c[0] - mean * (c[3] + c[5]), *c[1:]]
    return fitted


def _error_m(fitted: Fit, ground: Ground) -> float:
    """How far the fit is from PROJ at worst, metres."""
    half = fitted.half_mm
    checks = _CHECKS * (half, half, MM) + (half, half, -HEIGHT_ORIGIN_MM)
    positions = np.minimum(np.rint(checks), 2 * half).astype(np.int32)
    exact = ground.place(ground.map_metres(positions))
    return float(np.linalg.norm(fitted.place(positions, np.arange(len(positions))) - exact, axis=1).max())
