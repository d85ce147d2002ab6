"""The lowest height of triangles over each cell of a grid."""

import numba as nb
import numpy as np
from numpy.typing import NDArray


@nb.njit(nogil=True, cache=True)
def lowest(xyz: NDArray[np.float64], triangles: NDArray[np.uint32], cell: float, out: NDArray[np.float64]) -> None:
    """Lower each cell of `out`, (rows, columns) from the south-west, to what of the triangles is lowest over it.

    Positions are (n, 3), x and y from the grid's corner. A triangle counts at the middle of each cell it covers, and at
    its corners, so that nothing is too thin to count.
    """
    rows, columns = out.shape
    for triangle in range(len(triangles)):
        a, b, c = triangles[triangle, 0], triangles[triangle, 1], triangles[triangle, 2]
        for corner in (a, b, c):
            column = min(max(int(xyz[corner, 0] / cell), 0), columns - 1)
            row = min(max(int(xyz[corner, 1] / cell), 0), rows - 1)
            out[row, column] = min(out[row, column], xyz[corner, 2])
        ax, ay, az = xyz[a, 0], xyz[a, 1], xyz[a, 2]
        bx, by, bz = xyz[b, 0] - ax, xyz[b, 1] - ay, xyz[b, 2] - az
        cx, cy, cz = xyz[c, 0] - ax, xyz[c, 1] - ay, xyz[c, 2] - az
        doubled = bx * cy - by * cx
        if abs(doubled) < 1e-9:  # noqa: PLR2004 - m²; it is upright: its corners and its neighbours count
            continue
        west, east = min(0.0, bx, cx) + ax, max(0.0, bx, cx) + ax
        south, north = min(0.0, by, cy) + ay, max(0.0, by, cy) + ay
        for row in range(max(int(south / cell), 0), min(int(north / cell) + 1, rows)):
            y = (row + 0.5) * cell - ay
            for column in range(max(int(west / cell), 0), min(int(east / cell) + 1, columns)):
                x = (column + 0.5) * cell - ax
                u = (x * cy - y * cx) / doubled
                v = (bx * y - by * x) / doubled
                if u >= 0 and v >= 0 and u + v <= 1:
                    out[row, column] = min(out[row, column], az + u * bz + v * cz)
