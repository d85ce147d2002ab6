"""A model put in its place, with a look at the ground and the buildings there."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from models.georeference import Ground
from models.model import Model
from tiles.errors import BadInput

from .byhand import ByHand, ByPairs, fitted
from .mask import Masks
from .plausible import Plausibility, ground_under, plausibility
from .position import Position, corners, find, positioned
from .report import Report, silent
from .surroundings import footprints
from .surroundings.cloud import Bounds
from .terrain import Terrain, read_terrain
from .underside import Underside, underside


@dataclass(frozen=True)
class Around:
    """What is known of the place a model goes to."""

    crs: str = "EPSG:7415"
    """The reference system of point files that state none."""
    terrain: tuple[Path | str, ...] = ()
    """Classified point files, such as AHN's; COPC may be at an address."""
    on_ground: bool = False
    """Whether the model's height is set by them."""
    footprints: Path | None = None
    """GeoJSON of the outlines of buildings, such as BAG's."""
    masks: Masks = field(default_factory=Masks)
    """What of them is taken away."""

    @property
    def known(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.terrain or self.footprints)

    def ground(self, report: Report) -> Ground | None:
        """The height of the ground at a place; None where no point files are given."""
        if not self.terrain:
            return None
        asked: dict[tuple[int, int], float | None] = {}  # readings of one file often come to one place

        def ground(x: float, y: float) -> float | None:
            place = round(x), round(y)
            if place not in asked:
                asked[place] = read_terrain(self.terrain, (x, y, x, y), self.crs, report).near(x, y)
            return asked[place]

        return ground


NOTHING = Around()
"""What is known of a place where nothing is."""


@dataclass(frozen=True, eq=False)
class Stood:
    """Where a model stands, and what came of looking around there."""

    position: Position
    by_hand: ByHand | None
    """The place as it was chosen, points fitted and height set; None where it goes by the file."""
    notes: tuple[str, ...]
    """All that is to be said of it, in sentences."""
    plausibility: Plausibility | None = None


def stand(
    model: Model, file: Path, by_hand: ByHand | ByPairs | None, around: Around = NOTHING, report: Report = silent
) -> Stood:
    """Put a model in its place and look around there.

    Raises `MissingGeoreference` where nothing says where it goes, `OutsideArea` where it cannot be, and `BadInput` for
    pairs that contradict each other and files that cannot be read.
    """
    notes: tuple[str, ...] = ()
    if isinstance(by_hand, ByPairs):
        found = fitted(by_hand, model.facts, file.name)
        by_hand, notes = found.by_hand, found.notes
    if around.on_ground and not around.terrain:
        raise BadInput("There is no terrain to stand the model on; pass the point files with --on-ground.")
    position = find(model, file, by_hand, around.ground(report))
    if not around.known:
        return Stood(position, by_hand, (*notes, *position.notes))
    below = underside(model, position.to_map)
    terrain = read_terrain(around.terrain, below.bounds, around.crs, report) if around.terrain else None
    if around.on_ground and terrain is not None:
        by_m, said = _to_ground(below, terrain, position, model)
        notes, below = (*notes, said), below.raised(by_m)
        position, by_hand = _raised(position, by_hand, model, by_m)
    buildings = footprints.read(around.footprints).part(Bounds(*below.bounds)).all if around.footprints else ()
    judged = plausibility(below, terrain, buildings, around.masks)
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
