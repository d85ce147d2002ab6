"""Candidates for a model's place, weighed: the one door of the report to georeferencing.

`weigh` here says no more than the choice that `voorland tile model` makes. Weighing with scores by evidence comes with
`models.georeference.weigh`, which has this very shape and takes its place.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.georeference import Candidate, Georeference, choose
from models.model import Model
from pipeline.position import corners, three
from tiles.errors import BadInput, MissingGeoreference, OutsideArea
from tiles.frame import RD_NAP, Vec3s, map_frame

from .report import CandidateRow, Place
from .words import Words

_CHOSEN, _ONE_OF_MANY, _LOOKS_LIKE_IT, _FALLEN = 0.9, 0.5, 0.3, 0.0


@dataclass(frozen=True)
class Scored:
    """A candidate, how much speaks for it, 0 to 1, and why."""

    candidate: Candidate
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Weighing:
    """Candidates with the best first, the one that was chosen if any, and why."""

    scored: tuple[Scored, ...]
    chosen: Candidate | None
    why: str
    level: str
    """Of georeferencing, such as LoGeoRef 50; empty where that is not known."""


def weigh(georeference: Georeference, extremes: Vec3s, name: str) -> Weighing:
    """What the current choice among candidates comes to, with its reasons."""
    try:
        chosen, _ = choose(georeference, extremes, name)
    except (MissingGeoreference, OutsideArea) as problem:
        scored = tuple(_scored(each, extremes, _ONE_OF_MANY) for each in georeference.candidates)
        return Weighing(_sorted(scored), None, str(problem), "")
    scored = tuple(
        _scored(each, extremes, _CHOSEN if each is chosen else _ONE_OF_MANY) for each in georeference.candidates
    )
    return Weighing(_sorted(scored), chosen, f"The only reading that can be right: {chosen.evidence}.", "")


def _sorted(scored: tuple[Scored, ...]) -> tuple[Scored, ...]:
    return tuple(sorted(scored, key=lambda each: -each.score))


def _scored(candidate: Candidate, extremes: Vec3s, score: float) -> Scored:
    scale = candidate.scale
    if not np.isclose(scale, 1, atol=0.02):
        return Scored(candidate, _FALLEN, (f"its scale would be {scale:g}, which no building has",))
    try:
        frame = map_frame(candidate.crs)
        frame.require(candidate.to_map(extremes))
    except (OutsideArea, BadInput) as problem:
        return Scored(candidate, _FALLEN, (str(problem).rstrip("."),))
    reasons = ["it lies where the reference system holds", "its scale is one"]
    if frame.heights_assumed:
        reasons.append("nothing is said of heights; NAP is taken")
    return Scored(candidate, score, tuple(reasons))


def looks_like_rd(model: Model) -> Candidate | None:
    """The reading of a model that says nothing, but whose coordinates can be RD New."""
    try:
        RD_NAP.require(corners(model.box))
    except (OutsideArea, BadInput):
        return None
    return Candidate("EPSG:7415", np.eye(4), "its coordinates look like RD New")


def looks_like_rd_on_its_side(model: Model) -> bool:
    """Whether a model that was turned from y up to z up, as glTF asks, was in RD New before."""
    x, y, z = corners(model.box).T
    try:
        RD_NAP.require(np.stack([x, z, -y], axis=1))
    except (OutsideArea, BadInput):
        return False
    return True


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
    shown = weighing.chosen
    if not scored and looks_like_rd_on_its_side(model):
        why = (
            f"{file.name} says nothing of its place, but its coordinates would look like RD New if z were up; "
            "pass --up z --at 0,0,0 if they are."
        )
    if shown is None and not scored and (guess := looks_like_rd(model)) is not None:
        scored.append(Scored(guess, _LOOKS_LIKE_IT, ("the file does not say so",)))
        why = (
            f"{file.name} says nothing of its place, but its coordinates look like RD New; pass --at 0,0,0 if they are."
        )
        shown = guess
    frame = map_frame(shown.crs) if shown is not None else None
    bounds, nap, degrees = None, None, None
    if shown is not None:
        low, high = _extent(model, shown)
        bounds = float(low[0]), float(low[1]), float(high[0]), float(high[1])
        nap = float(low[2]), float(high[2])
        latitude, longitude, _ = RD_NAP.to_geographic(((low + high) / 2).reshape(1, 3))[0]
        degrees = round(float(longitude), 7), round(float(latitude), 7)
    said = Place(
        level=weighing.level or level,
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
        warnings=_plausibility(),
    )
    return Placed(said, shown)


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
