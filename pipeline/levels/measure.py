"""How far a level is from the truth, in metres: measured at many points, both ways."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.rays import Surfaces
from tiles.geometry import Surface

_SAMPLES = 30_000
_PLASTIC = np.array([0.7548776662466927, 0.5698402909980532])


def difference_m(truth: Sequence[Surface], level: Sequence[Surface]) -> float:
    """The largest distance between two sets of surfaces (Hausdorff's), at corners, middles and points between.

    Of a feature that the level does not have at all it is never more than that feature's size: then what is seen is
    that the whole of it is missing.
    """
    if not level:
        return float(np.linalg.norm(np.ptp(np.concatenate([each.positions for each in truth]), axis=0)))
    there, feature = _samples(truth)
    here, _ = _samples(level)
    missed = Surfaces(_corners(level)).distance_m(there)
    gone = ~np.isin(feature, np.unique(np.concatenate([each.features for each in level])))
    missed[gone] = np.minimum(missed[gone], _sizes(there, feature)[feature[gone]])
    return float(max(missed.max(), Surfaces(_corners(truth)).distance_m(here).max()))


def _sizes(points: NDArray[np.float64], feature: NDArray[np.intp]) -> NDArray[np.float64]:
    """The diagonal of each feature, by its number."""
    count = int(feature.max()) + 1
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, feature, points)
    np.maximum.at(high, feature, points)
    sizes: NDArray[np.float64] = np.linalg.norm(np.where(np.isfinite(low), high - low, 0), axis=1)
    return sizes


def _corners(surfaces: Sequence[Surface]) -> NDArray[np.float64]:
    return np.concatenate([each.positions[each.triangles] for each in surfaces])


def _samples(surfaces: Sequence[Surface]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Every corner, the middle of every triangle, and points between, more of them on larger ones; with features."""
    corners = _corners(surfaces)
    feature = np.concatenate([each.features[each.triangles[:, 0]] for each in surfaces]).astype(np.intp)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    running = np.cumsum(area)
    picks = np.searchsorted(running, (np.arange(_SAMPLES) + 0.5) / _SAMPLES * running[-1])
    picks = np.minimum(picks, len(corners) - 1)
    u, v = ((np.arange(1, _SAMPLES + 1)[:, None]) * _PLASTIC % 1.0).T[..., None]
    over = u + v > 1
    u, v = np.where(over, 1 - u, u), np.where(over, 1 - v, v)
    of_pick = corners[picks]
    between = of_pick[:, 0] + u * (of_pick[:, 1] - of_pick[:, 0]) + v * (of_pick[:, 2] - of_pick[:, 0])
    vertices = np.concatenate([each.positions for each in surfaces])
    of_vertex = np.concatenate([each.features for each in surfaces]).astype(np.intp)
    points = np.concatenate([vertices, corners.mean(axis=1), between])
    return points, np.concatenate([of_vertex, feature, feature[picks]])
