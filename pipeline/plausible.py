"""Whether a model can stand where it was put: on the ground, out of the water, clear of buildings that stay.

All is said and nothing is changed: a plan may float, be buried or stand in a river on purpose.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .mask import Masks
from .polygons import each_within
from .surroundings.footprints import Footprint
from .terrain import Terrain
from .underside import Underside

WORTH_SAYING_M = 0.5
_TOUCHING_PART = 0.05
"""How much of a model's underside must reach the ground for it to stand on it."""
_FILL_M = 20.0
_WATER_PART, _WATER_LEAST_M2 = 0.05, 5.0
_OVERLAP_LEAST_M2 = 3.0
_UNKNOWN_PART = 0.5
_NAMED = 3

Grid = NDArray[np.float64]  # (rows, columns) from the south-west


@dataclass(frozen=True)
class Overlap:
    """A building that stays, and how much of it the model takes."""

    id: str
    area_m2: float


@dataclass(frozen=True)
class Plausibility:
    """How a model stands, as far as what surrounds it is known."""

    area_m2: float
    """How much ground it covers."""
    ground_nap_m: float | None = None
    """The median height of the ground under it; None where no ground is known."""
    ground_rise_m: float | None = None
    """How much higher the ground is at one side of it than at the other."""
    gap_m: float | None = None
    """From the ground up to the lowest twentieth of its underside: more than 0 where it floats."""
    sunk_m: float | None = None
    """How deep half of its underside, or more, lies below the ground; less than 0 above it."""
    water_part: float = 0.0
    """How much of it stands over water, from 0 to 1."""
    overlaps: tuple[Overlap, ...] = ()
    """Buildings that stay and that it overlaps, the most first."""
    notes: tuple[str, ...] = ()
    """What someone should look at, in sentences; none where all is well or nothing is known."""

    @property
    def floats(self) -> bool:
        """Whether even its lowest parts hang above the ground."""
        return self.gap_m is not None and self.gap_m > WORTH_SAYING_M

    @property
    def is_sunk(self) -> bool:
        """Whether half of it or more lies in the ground."""
        return not self.floats and self.sunk_m is not None and self.sunk_m > WORTH_SAYING_M

    @property
    def in_water(self) -> bool:
        """Whether more of it stands over water than a quay or a jetty explains."""
        return self.water_part * self.area_m2 >= _WATER_LEAST_M2 and self.water_part >= _WATER_PART


def plausibility(
    underside: Underside,
    terrain: Terrain | None = None,
    buildings: Sequence[Footprint] = (),
    masks: Masks | None = None,
) -> Plausibility:
    """How a model with this underside stands on `terrain`, among `buildings` of which `masks` are taken away."""
    overlaps = tuple(_overlaps(underside, buildings, masks or Masks()))
    notes = list(_overlap_said(overlaps))
    if terrain is None:
        return Plausibility(underside.area_m2, overlaps=overlaps, notes=tuple(notes))
    ground, wet = ground_under(underside, terrain), _wet(underside, terrain)
    covered = underside.covered
    known = covered & np.isfinite(ground)
    water_part = float((wet & covered).sum() / covered.sum())
    if water_part * underside.area_m2 >= _WATER_LEAST_M2 and water_part >= _WATER_PART:
        notes.append(f"It stands in water with {water_part:.0%} of its footprint.")
    if not known.any():
        if not water_part:
            notes.append("No ground is known within 20 m of it, so its height was not checked.")
        return Plausibility(underside.area_m2, water_part=water_part, overlaps=overlaps, notes=tuple(notes))
    gaps = underside.lowest[known] - ground[known]
    gap, sunk = float(np.quantile(gaps, _TOUCHING_PART)), -float(np.median(gaps))
    level, rise = float(np.median(ground[known])), _rise_m(ground, known)
    notes += _heights_said(gap, sunk, level, rise)
    if known.sum() < _UNKNOWN_PART * covered.sum():
        notes.append(f"The ground is known under {known.sum() / covered.sum():.0%} of it only.")
    return Plausibility(underside.area_m2, level, rise, gap, sunk, water_part, overlaps, tuple(notes))


def _heights_said(gap_m: float, sunk_m: float, level_m: float, rise_m: float) -> list[str]:
    if gap_m > WORTH_SAYING_M:
        return [f"It floats: its lowest parts are {gap_m:.1f} m above the ground, which is at NAP {level_m:.2f} there."]
    if sunk_m > WORTH_SAYING_M:
        said = (
            f"half of its footprint or more lies {sunk_m:.1f} m below the ground, which is at NAP {level_m:.2f} there"
        )
        return [f"It is sunk: {said}; cellars and foundations explain that, and so does a wrong height."]
    if rise_m > 2 * WORTH_SAYING_M:
        return [f"The ground under it rises by {rise_m:.1f} m, so part of it floats or is buried."]
    return []


def ground_under(underside: Underside, terrain: Terrain) -> Grid:
    """The height of the ground in each cell, NAP; filled from what lies within 20 m, NaN where nothing does."""
    cell, reach = underside.cell_m, round(_FILL_M / underside.cell_m)
    rows, columns = (size + 2 * reach for size in underside.lowest.shape)
    column = np.floor((terrain.ground[:, 0] - underside.west) / cell).astype(np.int64) + reach
    row = np.floor((terrain.ground[:, 1] - underside.south) / cell).astype(np.int64) + reach
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    ground = _medians(row[inside] * columns + column[inside], terrain.ground[inside, 2], rows * columns)
    filled = _filled(ground.reshape(rows, columns), reach)
    return filled[reach : rows - reach, reach : columns - reach]


def _medians(cells: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The lower median of the values in each cell; NaN without any."""
    order = np.lexsort((values, cells))
    counts = np.bincount(cells, minlength=count)
    starts = np.cumsum(counts) - counts
    found = np.full(count, np.nan)
    filled = counts > 0
    found[filled] = values[order][(starts + (counts - 1) // 2)[filled]]
    return found


def _filled(grid: Grid, steps: int) -> Grid:
    """Holes filled from their sides, a cell further at each step."""
    for _ in range(steps):
        holes = np.isnan(grid)
        if not holes.any() or holes.all():
            break
        padded = np.pad(grid, 1, constant_values=np.nan)
        sides = np.stack([padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]])
        known = np.isfinite(sides)
        count = known.sum(axis=0)
        mean = np.where(known, sides, 0.0).sum(axis=0) / np.maximum(count, 1)
        grid = np.where(holes & (count > 0), mean, grid)
    return grid


def _rise_m(ground: Grid, known: NDArray[np.bool_]) -> float:
    """How much a plane through the ground rises over the cells, metres."""
    rows, columns = np.nonzero(known)
    if len(rows) < 3:  # noqa: PLR2004 - a plane
        return 0.0
    design = np.column_stack([columns - columns.mean(), rows - rows.mean(), np.ones(len(rows))])
    plane, *_ = np.linalg.lstsq(design, ground[known], rcond=None)
    return float(np.ptp(design @ plane))


_UNKNOWN, _DRY, _WATER = 0, 1, 2


def _wet(underside: Underside, terrain: Terrain) -> NDArray[np.bool_]:
    """Cells that lie nearer to a return from water than to one from ground or what is built, (rows, columns).

    Water gives few returns: of a canal there may be a dozen.
    """
    reach = round(_FILL_M / underside.cell_m)
    rows, columns = (size + 2 * reach for size in underside.lowest.shape)
    kind = np.full((rows, columns), _UNKNOWN, np.uint8)
    for label, points in ((_WATER, terrain.water), (_DRY, terrain.built), (_DRY, terrain.ground)):
        column = np.floor((points[:, 0] - underside.west) / underside.cell_m).astype(np.int64) + reach
        row = np.floor((points[:, 1] - underside.south) / underside.cell_m).astype(np.int64) + reach
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        kind[row[inside], column[inside]] = label
    for _ in range(reach):
        padded = np.pad(kind, 1)
        sides = np.stack([padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]])
        spread = np.where((sides == _DRY).any(axis=0), _DRY, np.where((sides == _WATER).any(axis=0), _WATER, _UNKNOWN))
        kind = np.where(kind == _UNKNOWN, spread, kind).astype(np.uint8)
    return np.asarray(kind[reach : rows - reach, reach : columns - reach] == _WATER)


def _overlaps(underside: Underside, buildings: Sequence[Footprint], masks: Masks) -> list[Overlap]:
    middles = underside.middles
    if not buildings or not len(middles):
        return []
    middles = middles[~masks.removes(middles)]
    found = []
    for building, rows in zip(buildings, each_within([each.outline for each in buildings], middles), strict=True):
        area = len(rows) * underside.cell_m**2
        if area >= _OVERLAP_LEAST_M2:
            found.append(Overlap(building.id, area))
    return sorted(found, key=lambda overlap: (-overlap.area_m2, overlap.id))


def _overlap_said(overlaps: Sequence[Overlap]) -> list[str]:
    if not overlaps:
        return []
    named = ", ".join(f"{each.id} ({each.area_m2:.0f} m²)" for each in overlaps[:_NAMED])
    more = f" and {len(overlaps) - _NAMED} more" if len(overlaps) > _NAMED else ""
    which = "a building that stays" if len(overlaps) == 1 else f"{len(overlaps)} buildings that stay"
    return [f"It overlaps {which}: {named}{more}; what of that goes can be said with --mask."]
