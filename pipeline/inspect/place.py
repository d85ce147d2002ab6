"""Candidates for a model's place, weighed: the one door of the report to georeferencing."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.georeference import Candidate, Scored, Weighing, weigh
from models.model import Model
from pipeline.position import corners, three
from tiles.errors import BadInput, OutsideArea
from tiles.frame import RD_NAP, map_frame

from .report import CandidateRow, Place
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


def place(model: Model, file: Path, level: str) -> Placed:
    """Where a model stands; `level` is what its file's own facts come to."""
    extremes = corners(model.box)
    weighing = weigh(model.georeference, extremes, file.name)
    scored, why = list(weighing.scored), weighing.why
    shown = weighing.chosen or _most_likely(weighing)
    if not scored and looks_like_rd_on_its_side(model):
        why = (
            f"{file.name} says nothing of its place, but its coordinates would look like RD New if z were up; "
            "pass --up z --at 0,0,0 if they are."
        )
    frame = map_frame(shown.crs) if shown is not None else None
    bounds, nap, degrees = None, None, None
    if shown is not None:
        low, high = _extent(model, shown)
        bounds = float(low[0]), float(low[1]), float(high[0]), float(high[1])
        nap = float(low[2]), float(high[2])
        latitude, longitude, _ = RD_NAP.to_geographic(((low + high) / 2).reshape(1, 3))[0]
        degrees = round(float(longitude), 7), round(float(latitude), 7)
    said = Place(
        level=weighing.level.partition(":")[0] or level,
        chosen=weighing.chosen is not None,
        why=why,
        candidates=tuple(_row(each, weighing.chosen) for each in scored),
        hints=model.georeference.hints,
        heights_assumed=frame is not None and frame.heights_assumed,
        bounds=bounds,
        nap_m=nap,
        longitude_latitude_deg=degrees,
        footprint=(),
        footprint_m2=0.0,
        warnings=(*_doubts(weighing), *_plausibility()),
    )
    return Placed(said, shown)


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


def _plausibility() -> tuple[Words, ...]:
    """What terrain and footprints say against the place; asked of `pipeline.plausible` once it is there."""
    return ()


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
