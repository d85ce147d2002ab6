"""What is odd about a model's size and place: said with what to pass, never changed."""

from collections.abc import Iterator

import numpy as np

from models.model import Model
from models.units import UNITS_M, USUAL, name_of

from .parts import Floats, listed
from .rd import looks_like_rd

_LARGEST_M, _SMALLEST_M = 3_000.0, 0.5
_HOUSE_M = 3.0, 1_000.0
"""Across: what a plan is likely to be."""
_STRAY_M = 2_000.0
_FAR_M = 100_000.0


def remarks(model: Model) -> Iterator[str]:
    """What the user should know of the size and place of a model."""
    box = model.box
    if looks_like_rd(box):
        return
    low, high = _extents(model)
    strays = _strays(low, high)
    rest = ~strays
    size_m = float((high[rest].max(axis=0) - low[rest].min(axis=0)).max())
    yield from _size(model, size_m)
    if strays.any():
        names = [model.elements[row].name or model.elements[row].guid for row in np.flatnonzero(strays)]
        yield (
            f"{listed(names)} {'lie' if len(names) > 1 else 'lies'} more than {_STRAY_M / 1000:g} km "
            "from the rest of the model; delete what does not belong to it."
        )
    away_m = float(np.linalg.norm((high[rest].max(axis=0) + low[rest].min(axis=0)) / 2))
    if away_m > _FAR_M:
        yield (
            f"It lies {away_m / 1000:,.0f} km from its own origin, and not where RD New is; "
            "move it to its origin, or export it in RD New."
        )


def _size(model: Model, size_m: float) -> Iterator[str]:
    unit_m = model.facts.unit_m or 1.0
    if _SMALLEST_M <= size_m <= _LARGEST_M:
        return
    large = size_m > _LARGEST_M
    size = f"{size_m:,.0f} m" if large else f"{size_m * 1000:,.3g} mm"
    length = size_m / unit_m
    fitting = [u for u in USUAL if UNITS_M[u] != unit_m and _HOUSE_M[0] <= length * UNITS_M[u] <= _HOUSE_M[1]]
    instead = f", such as --units {fitting[0]}" if fitting else " with --units"
    read = f"read with the unit {name_of(unit_m)}"
    yield f"It is {size} across, {read}; if that is too {'large' if large else 'small'}, pass its true unit{instead}."


def _extents(model: Model) -> tuple[Floats, Floats]:
    """The lowest and highest corner of each element, (elements, 3)."""
    count = len(model.elements)
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    for surface in model.surfaces:
        starts = np.flatnonzero(np.diff(surface.features, prepend=-1))
        rows = surface.features[starts]
        np.minimum.at(low, rows, np.minimum.reduceat(surface.positions, starts))
        np.maximum.at(high, rows, np.maximum.reduceat(surface.positions, starts))
    return low, high


def _strays(low: Floats, high: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Elements far from the middle one; none where most are, since then it is the model that is large."""
    centres = (low + high) / 2
    away = np.linalg.norm(centres - np.median(centres, axis=0), axis=1)
    strays = away > np.maximum(_STRAY_M, 20 * np.median(away))
    return strays if strays.sum() < len(strays) / 4 else np.zeros(len(strays), bool)
