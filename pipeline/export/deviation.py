"""How far a simplified model lies from the one it was made from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.deviation import Skin, deviation_m, vertices_m

from .joined import Joined

_SHRUNK = 0.5
"""A part of which nothing is left counts as one that shrank to its middle."""


@dataclass(frozen=True, eq=False)
class Deviation:
    """How far a surface moved."""

    error_m: float
    """At most, either way."""
    vertices_m: NDArray[np.float64]  # (v,), from each vertex of the first surface to the other


def deviation(before: Joined, after: Joined) -> Deviation:
    """How far the one surface lies from the other, measured both ways."""
    one, other = _skin(before), _skin(after)
    return Deviation(deviation_m(one, other, gone=_SHRUNK), vertices_m(one, other))


def _skin(mesh: Joined) -> Skin:
    """The mesh as one body, whatever its materials."""
    return Skin(mesh.positions, mesh.triangles.astype(np.int64), np.zeros(len(mesh.positions), np.int64))
