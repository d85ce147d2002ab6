"""The turn and shift that bring points of a model to their places on the map, by least squares.

A building stands upright, so it turns about the vertical only. Horizontally this is the Helmert transformation in two
dimensions (K. Kraus, Photogrammetry, "similarity transformation"); heights are shifted by their mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_SPREAD_M = 0.1


@dataclass(frozen=True)
class Pair:
    """One point twice: in the model, metres, z up; and on the map, x, y and NAP, metres."""

    model: tuple[float, float, float]
    on_map: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Fit:
    """What was fitted, and how well."""

    local_to_map: NDArray[np.float64]  # (4, 4), model metres to map metres
    scale: float
    """Map metres per model metre that fit best; in `local_to_map` only where that was asked for."""
    residuals: NDArray[np.float64]  # (n, 3), where the map has each point less where the fit puts it, metres

    @property
    def worst_m(self) -> float:
        """The largest distance between a point and where the fit puts it."""
        return float(np.linalg.norm(self.residuals, axis=1).max())


def fit(pairs: Sequence[Pair], scale: float | None = 1.0) -> Fit:
    """The best fit of two or more pairs, at a scale or at the one that fits best (None).

    Raises `ValueError` where the points of the model, or those on the map, lie within `LEAST_SPREAD_M` of each other.
    """
    model = np.array([pair.model for pair in pairs], np.float64)
    on_map = np.array([pair.on_map for pair in pairs], np.float64)
    middles = model.mean(axis=0), on_map.mean(axis=0)
    here, there = model[:, :2] - middles[0][:2], on_map[:, :2] - middles[1][:2]
    spread = float((here**2).sum()), float((there**2).sum())
    if len(pairs) < 2 or min(spread) < LEAST_SPREAD_M**2:  # noqa: PLR2004 - a direction needs two points
        raise ValueError("the points lie on one spot")
    along = float((here * there).sum())
    across = float((here[:, 0] * there[:, 1] - here[:, 1] * there[:, 0]).sum())
    best = float(np.hypot(along, across)) / spread[0]
    angle, used = np.arctan2(across, along), best if scale is None else scale
    cos, sin = np.cos(angle) * used, np.sin(angle) * used
    matrix = np.array([[cos, -sin, 0, 0], [sin, cos, 0, 0], [0, 0, used, 0], [0, 0, 0, 1]], dtype=np.float64)
    matrix[:3, 3] = middles[1] - matrix[:3, :3] @ middles[0]
    residuals = on_map - (model @ matrix[:3, :3].T + matrix[:3, 3])
    return Fit(matrix, best, residuals)
