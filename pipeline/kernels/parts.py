"""What hangs together."""

import numba as nb
import numpy as np
from numpy.typing import NDArray


@nb.njit(nogil=True, cache=True)
def connect(triangles: NDArray[np.int64], part: NDArray[np.int64]) -> None:
    """For each place the lowest one that triangles, (t, 3), connect it to; `part` starts as each place by itself."""
    for t in range(len(triangles)):
        for k in range(2):
            a, b = triangles[t, k], triangles[t, k + 1]
            while part[a] != a:
                part[a] = part[part[a]]
                a = part[a]
            while part[b] != b:
                part[b] = part[part[b]]
                b = part[b]
            part[max(a, b)] = min(a, b)
    for place in range(len(part)):
        part[place] = part[part[place]]
