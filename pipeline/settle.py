"""A model that is put in its place, beside the ground and the buildings there."""

from dataclasses import replace

import numpy as np

from models.model import Model
from tiles.errors import BadInput

from .around import Around, Stood
from .byhand import ByHand
from .mask import Masks
from .plausible import ground_under, plausibility
from .position import Position, corners, positioned
from .report import Report
from .surroundings import footprints
from .surroundings.cloud import Bounds
from .terrain import Terrain, read_terrain
from .underside import Underside, underside


def settled(stood: Stood, model: Model, around: Around, report: Report) -> Stood:
    """A model where it stands, set on the ground where that is asked, with what is to be said of what is around it."""
    position, by_hand, notes = stood.position, stood.by_hand, stood.notes
    below = underside(model, position.to_map)
    terrain = read_terrain(around.terrain, below.bounds, around.crs, report) if around.terrain else None
    if around.on_ground and terrain is not None:
        by_m, said = _to_ground(below, terrain, position, model)
        notes, below = (*notes, said), below.raised(by_m)
        position, by_hand = _raised(position, by_hand, model, by_m)
    buildings = footprints.read(around.footprints).part(Bounds(*below.bounds)).all if around.footprints else ()
    judged = plausibility(below, terrain, buildings, around.masks or Masks())
    assumed = terrain.notes if terrain else ()
    return Stood(position, by_hand, (*notes, *position.notes, *assumed, *judged.notes), judged)


def _to_ground(below: Underside, terrain: Terrain, position: Position, model: Model) -> tuple[float, str]:
    """How much higher the model must be to stand on the ground, and that in a sentence.

    Its height 0 goes there where it has one, as architects draw the ground floor; else its lowest point.
    """
    ground = ground_under(below, terrain)
    under = ground[below.covered & np.isfinite(ground)]
    if not len(under):
        raise BadInput(
            f"No ground (class 2) is known within 20 m of the model at {_at(below)}; give point files of that place, "
            "or its height with --at X,Y,NAP."
        )
    level_m = float(np.median(under))
    zero = bool(model.box.low[2] <= 0 <= model.box.high[2])
    heights = position.to_map(np.zeros((1, 3)))[0, 2] if zero else position.to_map(corners(model.box))[:, 2].min()
    judged = plausibility(below, terrain)
    what = "its height 0" if zero else "its lowest point"
    rise = f", where the ground rises by {judged.ground_rise_m:.2f} m" if judged.ground_rise_m is not None else ""
    return level_m - float(
        heights
    ), f"Put on the ground: {what} stands at NAP {level_m:.2f}, the median under it{rise}."


def _at(below: Underside) -> str:
    west, south, east, north = below.bounds
    return f"RD {(west + east) / 2:.0f}, {(south + north) / 2:.0f}"


def _raised(position: Position, by_hand: ByHand | None, model: Model, by_m: float) -> tuple[Position, ByHand | None]:
    if by_hand is None:
        moved = positioned(position.raised(by_m), model)
        return replace(moved, weighing=position.weighing), None
    x, y, z = by_hand.at
    higher = replace(by_hand, at=(x, y, round(z + by_m, 4)))
    return positioned(higher.candidate, model, np.array([higher.at])), higher
