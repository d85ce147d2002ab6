"""Candidates for a model's place, weighed: the one door of the report to georeferencing."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.georeference import Candidate, Scored, Weighing, weigh
from models.model import Model
from pipeline.byhand import ByHand, ByPairs
from pipeline.plausible import Plausibility
from pipeline.position import corners, three
from pipeline.report import Report as Progress
from pipeline.report import silent
from pipeline.stand import NOTHING, Around, Stood, stand
from tiles.errors import BadInput, MissingGeoreference, OutsideArea, Problem
from tiles.frame import RD_NAP, map_frame

from .report import CandidateRow, Place
from .standing import said_of, standing
from .words import Words


def looks_like_rd_on_its_side(model: Model) -> bool:
    """Whether a model that was turned from y up to z up, as glTF asks, was in RD New before."""
    x, y, z = corners(model.box).T
    try:
        RD_NAP.require(np.stack([x, z, -y], axis=1))
    except (OutsideArea, BadInput):
        return False
    return True


_NO_SYSTEM = Words(
    "Het bestand noemt geen coördinatenstelsel; de coördinaten lijken op RD.",
    "The file names no reference system; its coordinates look like RD.",
)


@dataclass(frozen=True, eq=False)
class Placed:
    """What the report says of a place, and the reading that the pictures are drawn by, if any."""

    place: Place
    shown: Candidate | None


@dataclass(frozen=True)
class Where:
    """What someone said of a model's place, and what is known around it."""

    by_hand: ByHand | ByPairs | None = None
    around: Around = NOTHING
    kept: tuple[str, ...] = ()
    """Where the place was kept, in sentences."""


def place(model: Model, file: Path, where: Where = Where(), progress: Progress = silent) -> Placed:
    """Where a model stands by what someone chose or else by its file, and how it stands there."""
    stood, around, said = _stood(model, file, where, progress)
    weighing = stood.position.weighing if stood is not None else None
    if weighing is None:
        weighing = weigh(model.georeference, corners(model.box), file.name, around.ground(progress))
    shown = stood.position.candidate if stood is not None else _most_likely(weighing)
    by_hand = stood is not None and where.by_hand is not None
    judged = stood.plausibility if stood is not None else None
    notes = () if stood is None else stood.notes
    placed = Place(
        level=weighing.level.partition(":")[0],
        chosen=stood is not None,
        why=f"{file.name} is {shown.evidence}." if by_hand and shown is not None else _why(model, weighing, file),
        candidates=_rows(weighing, shown if by_hand else None),
        hints=model.georeference.hints,
        heights_assumed=shown is not None and map_frame(shown.crs).heights_assumed,
        bounds=None,
        nap_m=None,
        longitude_latitude_deg=None,
        footprint=(),
        footprint_m2=0.0,
        warnings=(*(() if by_hand else _doubts(weighing)), *(said_of(judged) if judged is not None else ())),
        by_hand=by_hand,
        remarks=(*(where.kept if by_hand else ()), *said, *_without(notes, judged)),
        standing=None if judged is None else standing(judged),
    )
    return Placed(placed if shown is None else _bounded(placed, model, shown), shown)


def _stood(model: Model, file: Path, where: Where, progress: Progress) -> tuple[Stood | None, Around, tuple[str, ...]]:
    """The model in its place, what of its surroundings could be used, and what went wrong, in sentences."""
    try:
        return stand(model, file, where.by_hand, where.around, progress), where.around, ()
    except (MissingGeoreference, OutsideArea) as problem:
        return None, where.around, (str(problem),) if where.by_hand is not None else ()
    except Problem as problem:
        if where.around is NOTHING:
            return None, NOTHING, (str(problem),)
        found, _, said = _stood(model, file, replace(where, around=NOTHING), progress)
        return found, NOTHING, (*said, str(problem))


def _why(model: Model, weighing: Weighing, file: Path) -> str:
    if not weighing.scored and looks_like_rd_on_its_side(model):
        return (
            f"{file.name} says nothing of its place, but its coordinates would look like RD New if z were up; "
            "pass --up z --at 0,0,0 if they are."
        )
    return weighing.why


def _rows(weighing: Weighing, by_hand: Candidate | None) -> tuple[CandidateRow, ...]:
    """What the file says; what someone chose comes before it, and nothing else is then chosen."""
    if by_hand is None:
        return tuple(_row(each, weighing.chosen) for each in weighing.scored)
    first = _row(Scored(by_hand, 1.0, ("chosen by hand",)), by_hand)
    return (first, *(_row(each, None) for each in weighing.scored))


def _bounded(placed: Place, model: Model, shown: Candidate) -> Place:
    low, high = _extent(model, shown)
    latitude, longitude, _ = RD_NAP.to_geographic(((low + high) / 2).reshape(1, 3))[0]
    return replace(
        placed,
        bounds=(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        nap_m=(float(low[2]), float(high[2])),
        longitude_latitude_deg=(round(float(longitude), 7), round(float(latitude), 7)),
    )


def _without(notes: tuple[str, ...], judged: Plausibility | None) -> tuple[str, ...]:
    """Notes without those that are warnings in the report."""
    return notes if judged is None else tuple(note for note in notes if note not in judged.notes)


def _most_likely(weighing: Weighing) -> Candidate | None:
    """The reading to draw for people to judge where none was chosen: the best that can be at all."""
    best = weighing.best
    return best.candidate if best is not None and best.score > 0 else None


def _doubts(weighing: Weighing) -> tuple[Words, ...]:
    """What someone should look at before the chosen place is believed."""
    if weighing.chosen is None:
        return ()
    found = [Words(f"Twijfel: {doubt.said}.", f"In doubt: {doubt.said}.") for doubt in weighing.chosen.doubts]
    if weighing.chosen.source == "coordinates":
        found.append(_NO_SYSTEM)
    return tuple(found)


def _extent(model: Model, candidate: Candidate) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The lowest and highest map metres: vertices are moved and then boxed, never a box."""
    moved = [candidate.to_map(surface.positions) for surface in model.surfaces if len(surface.positions)]
    low = np.min([xyz.min(axis=0) for xyz in moved], axis=0)
    return low.round(3), np.max([xyz.max(axis=0) for xyz in moved], axis=0).round(3)


def _row(scored: Scored, chosen: Candidate | None) -> CandidateRow:
    candidate = scored.candidate
    matrix = candidate.local_to_map
    heading = float(np.degrees(np.arctan2(matrix[0, 1], matrix[1, 1]))) % 360
    x, y, height = (round(number, 4) for number in three(candidate.to_map(np.zeros((1, 3)))[0]))
    return CandidateRow(
        crs=candidate.crs,
        origin=(x, y, height),
        heading_deg=round(heading, 5) % 360,
        scale=round(candidate.scale, 6),
        evidence=candidate.evidence,
        score=scored.score,
        reasons=scored.reasons,
        chosen=candidate is chosen,
    )
