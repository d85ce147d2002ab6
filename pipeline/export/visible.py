"""What of a model can be seen by people who stand around it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.seen import Drawn, directions, seen
from tiles.geometry import Surface

_FROM_ABOVE, _FROM_BELOW = 40, 20
_EYE_M = 1.0
"""How high above the lowest point of all the eyes are of those who look up."""


def visible_from_outside(surfaces: Sequence[Surface]) -> NDArray[np.bool_]:
    """Which triangles, those of all surfaces one after another, somebody outside can see; glass hides nothing.

    From below only what lies above people's eyes is seen, which leaves out undersides near the ground.
    """
    corners = np.concatenate([surface.positions[surface.triangles] for surface in surfaces])
    counts = [len(surface.triangles) for surface in surfaces]
    see_through = np.repeat([surface.material.base_colour[3] < 1.0 for surface in surfaces], counts)
    drawn = Drawn(corners, see_through, np.ones(len(corners), np.bool_))
    above = directions(_FROM_ABOVE, 0.0)
    high = corners[:, :, 2].mean(axis=1) - corners[:, :, 2].min() >= _EYE_M
    from_below: NDArray[np.bool_] = high & seen(drawn, directions(_FROM_BELOW, 0.0) * (1, 1, -1))
    return seen(drawn, above) | from_below
