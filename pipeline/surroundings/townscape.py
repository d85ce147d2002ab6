"""What stands in a square of the map: buildings, modelled or from points, and trees, less what is taken away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import shapely  # type: ignore[import-untyped]

from pipeline.polygons import Outline

from . import buildings, outlines, trees
from .buildings import Building, Terrain
from .cloud import BUILDING, Bounds, Classified, Cloud, Square
from .footprints import Footprint, Footprints
from .trees import Tree

_MASK_MARGIN_M = 2_000.0  # no building is longer


@dataclass(frozen=True, eq=False)
class Plan:
    """What is known of a place besides its points."""

    footprints: Footprints | None = None
    """Outlines of buildings; without them outlines are found in the points."""
    models: Mapping[str, Building] = field(default_factory=dict)
    """Buildings that someone modelled, by id; they stand in place of what the points show."""
    gone: Outline | None = None
    """The ground from which everything is taken away, RD metres."""

    def around(self, bounds: Bounds) -> "Plan":
        """No more than is needed to make what stands within `bounds`, for it may go to another process."""
        wide = bounds.padded(trees.MARGIN_M)
        box = shapely.box(wide.west, wide.south, wide.east, wide.north)
        models = {key: building for key, building in self.models.items() if shapely.intersects(box, building.outline)}
        gone = None if self.gone is None else shapely.intersection(self.gone, box.buffer(_MASK_MARGIN_M))
        outlines = None if self.footprints is None else self.footprints.part(wide)
        return Plan(outlines, models, None if gone is None or gone.is_empty else gone)


@dataclass(frozen=True, eq=False)
class Townscape:
    """What stands in one square."""

    square: Square
    buildings: Sequence[Building]
    trees: Sequence[Tree]
    without_points: Sequence[str] = ()
    """Ids of footprints on which the points show no building."""


def townscape(square: Square, cloud: Cloud, terrain: Terrain, plan: Plan) -> Townscape:
    """Everything that stands in a square of the map, each thing in the one square that holds its middle."""
    bounds = square.bounds
    points = _remaining(cloud.within(bounds.padded(trees.MARGIN_M)), plan.gone)
    modelled, cut = _modelled(plan, bounds)
    drawn = _drawn(plan, points, bounds)
    around = _around([*modelled, *cut, *drawn], bounds)
    wider = points if around is None else _remaining(cloud.within(around), plan.gone)
    found = buildings.extract(wider, terrain, [*drawn, *cut])
    judged = buildings.with_points(modelled, wider, terrain)
    made = sorted([*judged, *found.buildings], key=lambda building: building.id)
    # Without footprints and class 6, roofs are among the points of class 1, and would be taken for trees.
    told_apart = plan.footprints is not None or bool(plan.models) or bool((points.classification == BUILDING).any())
    near = [building.outline for building in made] + [footprint.outline for footprint in drawn]
    grown = trees.extract(points, bounds, terrain, near + _neighbours(plan, bounds)) if told_apart else []
    return Townscape(square, made, grown, found.without_points)


def _remaining(points: Classified, gone: Outline | None) -> Classified:
    if gone is None or not len(points.xyz):
        return points
    shapely.prepare(gone)
    stays = ~shapely.intersects_xy(gone, *points.xyz[:, :2].T)
    return Classified(points.xyz[stays], points.classification[stays])


def _modelled(plan: Plan, bounds: Bounds) -> tuple[list[Building], list[Footprint]]:
    """The modelled buildings of a square that stay whole, and the outlines of what stays of the others."""
    whole, cut = [], []
    for key in sorted(plan.models):
        building = plan.models[key]
        x, y = shapely.get_coordinates(shapely.point_on_surface(building.outline))[0]
        if not (bounds.west <= x < bounds.east and bounds.south <= y < bounds.north):
            continue
        if plan.gone is None or not shapely.intersects(plan.gone, building.outline):
            whole.append(building)
        else:
            cut += buildings.spared([Footprint(key, building.outline)], plan.gone)
    return whole, cut


def _drawn(plan: Plan, points: Classified, bounds: Bounds) -> list[Footprint]:
    """The footprints of a square on which there are no modelled buildings, less what is taken away."""
    if plan.footprints is None:
        return [] if plan.models else outlines.derived(points, bounds)
    drawn = [footprint for footprint in plan.footprints.of(bounds) if footprint.id not in plan.models]
    return drawn if plan.gone is None else buildings.spared(drawn, plan.gone)


def _around(standing: Sequence[Footprint | Building], square: Bounds) -> Bounds | None:
    """The bounds of outlines where they reach out of a square; a building is made from all of its points."""
    if not standing:
        return None
    west, south, east, north = shapely.total_bounds([each.outline for each in standing]).tolist()
    if square.west <= west and square.south <= south and east < square.east and north < square.north:
        return None
    return Bounds(west, south, east + 0.001, north + 0.001)


def _neighbours(plan: Plan, square: Bounds) -> list[Outline]:
    """Outlines of buildings of other squares at which no tree may be seen."""
    around = square.padded(trees.MARGIN_M)
    box = shapely.box(around.west, around.south, around.east, around.north)
    modelled = [building.outline for building in plan.models.values()]
    near = [outline for outline in modelled if shapely.intersects(box, outline)]
    return near + (plan.footprints.near(around) if plan.footprints is not None else [])
