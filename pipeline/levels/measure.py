"""How far a level is from what it was made of, in metres."""

from collections.abc import Sequence

import numpy as np

from pipeline.deviation import Skin, deviation_m
from tiles.geometry import Surface


def difference_m(truth: Sequence[Surface], level: Sequence[Surface], least_m: float = 0.0) -> float:
    """The largest distance between two sets of surfaces, a feature being a body; `least_m` where it is smaller."""
    return deviation_m(_skin(truth), _skin(level), least_m)


def _skin(surfaces: Sequence[Surface]) -> Skin:
    if not surfaces:
        return Skin(np.empty((0, 3)), np.empty((0, 3), np.int64), np.empty(0, np.int64))
    starts = np.cumsum([0, *(len(each.positions) for each in surfaces)])
    return Skin(
        np.concatenate([each.positions for each in surfaces]),
        np.concatenate([each.triangles.astype(np.int64) + at for each, at in zip(surfaces, starts, strict=False)]),
        np.concatenate([each.features for each in surfaces]).astype(np.int64),
    )
