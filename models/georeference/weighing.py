"""Candidates weighed: each gets a score with its reasons, and the best is taken where it is good and alone.

Scores are opinions made repeatable, not probabilities: what a source is worth (`_WORTH`), less what makes this reading
of it doubtful, more where an independent source agrees. A reading whose scale is not one, or that lands where its
reference system does not hold, has none.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput, MissingGeoreference, OutsideArea
from tiles.frame import RD_NAP, MapFrame, Vec3s

from .candidate import Candidate, Georeference, Source
from .words import Scored, Weighing, distance, frame_of, level, why_chosen, why_none, why_tied, written

Ground = Callable[[float, float], float | None]
"""The height of the ground at a place of the map, NAP; None where it is not known."""

_WORTH: dict[Source, float] = {
    "system": 0.9,
    "conversion": 0.8,
    "points": 0.7,
    "coordinates": 0.6,
    "placement": 0.6,
    "world": 0.6,
    "site": 0.4,
}
_AGREES, _CONTRADICTS, _MOVES_RD = 0.1, 0.05, 0.25
_HEIGHT_IS_ODD, _ON_GROUND, _OFF_GROUND = 0.1, 0.05, 0.15

_GOOD = 0.5
_AS_GOOD = 0.15
"""Two scores that differ by less are no reason to prefer one place to another."""
_STANDING_LEAST = 0.05

_SCALE_TOLERANCE = 0.02  # map projections differ from true length by less than a thousandth; a unit by a factor of ten
_SAME_M = 0.5
_TWICE_M = 5_000.0
_SITE_AGREES_M, _SITE_CONTRADICTS_M = 25.0, 3_000.0  # people click a site's place on a map of a town
_NAP_M = (-10.0, 350.0)  # the lowest polder lies at −6.8, Vaalserberg at 322
_NEAR_GROUND_M, _FAR_FROM_GROUND_M = 5.0, 25.0


def weigh(georeference: Georeference, extremes: Vec3s, name: str, ground: Ground | None = None) -> Weighing:
    """Weigh what a file with these `extremes` (n, 3, model metres) says of its place; `name` is the file's."""
    candidates = _distinct([*georeference.candidates, *_as_they_are(georeference, extremes)])
    scored = [_scored(each, candidates, extremes, ground) for each in candidates]
    scored.sort(key=lambda each: -each.score)  # stable: of equals the first reading is the standard's
    logeoref = level(georeference, scored)
    good = [each for each in scored if each.score >= _GOOD]
    if not good:
        return Weighing(tuple(scored), None, why_none(georeference, scored, name), logeoref)
    best = good[0]
    rivals = [
        each for each in good[1:] if best.score - each.score < _AS_GOOD and _apart_m(best, each, extremes) > _SAME_M
    ]
    if rivals:
        return Weighing(
            tuple(scored), None, why_tied(best, rivals, _apart_m(best, rivals[0], extremes), name), logeoref
        )
    return Weighing(tuple(scored), best.candidate, why_chosen(georeference, best, name), logeoref)


def required(weighing: Weighing) -> Candidate:
    """The candidate that was chosen.

    Raises `MissingGeoreference` where there is none or where they contradict each other, and `OutsideArea` where the
    reference system is one that cannot be placed exactly.
    """
    if weighing.chosen is None:
        raise refused(weighing)
    return weighing.chosen


def refused(weighing: Weighing) -> MissingGeoreference | OutsideArea:
    """The problem to raise where no candidate was chosen."""
    best = weighing.best
    if best is not None and best.score == 0.0 and frame_of(best.candidate) is None:
        return OutsideArea(weighing.why)
    return MissingGeoreference(weighing.why)


def _as_they_are(georeference: Georeference, extremes: Vec3s) -> list[Candidate]:
    """The reading that a model's coordinates are the map's themselves, where they can be nothing else."""
    stated = any(each.source == "system" for each in georeference.candidates)
    if stated or not _holds(RD_NAP, extremes):
        return []
    (west, south, _), (east, north, _) = extremes.min(axis=0), extremes.max(axis=0)
    said = (
        f"coordinates that look like RD New (x {west:.0f} to {east:.0f}, y {south:.0f} to {north:.0f}), "
        "of which no reference system is named"
    )
    return [Candidate("EPSG:28992", np.eye(4), said, "coordinates")]


def _distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Each reading once: two of one source that come to the same matrix and system are one."""
    found: list[Candidate] = []
    for each in candidates:
        same = (
            each.source == other.source
            and each.crs == other.crs
            and np.allclose(each.local_to_map, other.local_to_map, rtol=0, atol=1e-3)
            for other in found
        )
        if not any(same):
            found.append(each)
    return found


def _holds(frame: MapFrame, on_map: Vec3s) -> bool:
    try:
        frame.require(on_map)
    except (OutsideArea, BadInput):
        return False
    return True


def _impossible(candidate: Candidate, extremes: Vec3s) -> str:
    """Why a reading cannot be right; empty where it can."""
    frame = frame_of(candidate)
    if frame is None:
        return f"{candidate.crs} is not the system of a Dutch map and cannot be placed exactly"
    wrong = candidate.scales[np.abs(candidate.scales - 1) > _SCALE_TOLERANCE]
    if len(wrong):
        return f"it would draw the model at scale {wrong[0]:g}"
    on_map = candidate.to_map(extremes)
    if not _holds(frame, on_map):
        return f"{candidate.crs} does not hold where it would stand, {written(on_map.mean(axis=0))}"
    return ""


def _scored(candidate: Candidate, candidates: Sequence[Candidate], extremes: Vec3s, ground: Ground | None) -> Scored:
    if reason := _impossible(candidate, extremes):
        return Scored(candidate, 0.0, (reason,))
    on_map = candidate.to_map(extremes)
    weighed = [(-doubt.cost, doubt.said) for doubt in candidate.doubts]
    weighed.append((0.0, f"lies where {candidate.crs} holds"))
    weighed += _twice(candidate, candidates, extremes)
    others = [each for each in candidates if each.source != candidate.source and not _impossible(each, extremes)]
    weighed += [_compared(candidate, other, extremes) for other in others]
    weighed += _height(on_map, ground)
    score = _WORTH[candidate.source] + sum(points for points, _ in weighed)
    # A hint stays one: no site is taken by itself, however well it fits.
    highest = _GOOD - 0.05 if candidate.source == "site" else 1.0
    score = round(float(np.clip(score, _STANDING_LEAST, highest)), 2)
    return Scored(candidate, score, tuple(said for _, said in weighed))


def _twice(candidate: Candidate, candidates: Sequence[Candidate], extremes: Vec3s) -> list[tuple[float, str]]:
    """That a map conversion leads to where the coordinates are already: it agrees, and would shift them once more."""
    if candidate.source != "coordinates":
        return []
    middle = extremes.mean(axis=0)[:2]
    for each in candidates:
        away_m = float(np.linalg.norm(each.local_to_map[:2, 3] - middle))
        if each.source == "conversion" and _impossible(each, extremes) and away_m < _TWICE_M:
            return [(_AGREES, f"{each.evidence.split(',')[0]} leads there too and would shift it a second time")]
    return []


def _compared(candidate: Candidate, other: Candidate, extremes: Vec3s) -> tuple[float, str]:
    """What an independent source takes from or adds to a reading."""
    what = other.evidence.split(",")[0]
    if "site" in {candidate.source, other.source}:
        apart_m = _spots_apart_m(candidate, other, extremes)
        if apart_m <= _SITE_AGREES_M:
            return _AGREES, f"{what} agrees to {apart_m:.2f} m"
        if apart_m <= _SITE_CONTRADICTS_M:
            return 0.0, f"{what} lies {apart_m:.0f} m away, as coarse ones do"
        return -_CONTRADICTS, f"{what} lies {apart_m / 1000:.0f} km away"
    apart_m = _corners_apart_m(candidate, other, extremes)
    if apart_m <= _SAME_M:
        return _AGREES, f"{what} agrees to {apart_m:.3f} m"
    if candidate.source == "conversion" and other.source == "coordinates":
        return -_MOVES_RD, f"its coordinates look like RD New already and would be moved {distance(apart_m)}"
    return -_CONTRADICTS, f"{what} puts it {distance(apart_m)} away"


def _height(on_map: NDArray[np.float64], ground: Ground | None) -> list[tuple[float, str]]:
    lowest = float(on_map[:, 2].min())
    found: list[tuple[float, str]] = []
    if not _NAP_M[0] - 20 <= lowest <= _NAP_M[1]:  # cellars and piles go 20 m down
        found.append((-_HEIGHT_IS_ODD, f"its lowest point would be at NAP {lowest:.1f}"))
    x, y, _ = map(float, (on_map.min(axis=0) + on_map.max(axis=0)) / 2)
    ground_nap_m = None if ground is None else ground(x, y)
    if ground_nap_m is None:
        return found
    above = lowest - ground_nap_m
    said = f"its lowest point would be {abs(above):.1f} m {'above' if above >= 0 else 'below'} the ground"
    if abs(above) <= _NEAR_GROUND_M:
        return [*found, (_ON_GROUND, said)]
    return [*found, (-_OFF_GROUND if abs(above) > _FAR_FROM_GROUND_M else 0.0, said)]


def _apart_m(one: Scored, other: Scored, extremes: Vec3s) -> float:
    return _corners_apart_m(one.candidate, other.candidate, extremes)


def _corners_apart_m(one: Candidate, other: Candidate, extremes: Vec3s) -> float:
    """How far apart two readings put what is farthest apart of a model, on the map, metres."""
    return float(np.linalg.norm((one.to_map(extremes) - other.to_map(extremes))[:, :2], axis=1).max())


def _spots_apart_m(one: Candidate, other: Candidate, extremes: Vec3s) -> float:
    """How far apart two readings put a model's origin or its middle, whichever is nearer: whatever way it is turned."""
    spots = np.stack([np.zeros(3), extremes.mean(axis=0)])
    return float(np.linalg.norm((one.to_map(spots) - other.to_map(spots))[:, :2], axis=1).min())
