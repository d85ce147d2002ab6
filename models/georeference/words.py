"""What came of weighing, and the sentences that tell it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiles.errors import OutsideArea
from tiles.frame import MapFrame, map_frame

from .candidate import ADVICE, Candidate, Georeference


@dataclass(frozen=True, eq=False)
class Scored:
    """A candidate, what it is worth, and why."""

    candidate: Candidate
    score: float
    """From 0, which cannot be, to 1."""
    reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Weighing:
    """All candidates and what came of them."""

    scored: tuple[Scored, ...]
    """The best first."""
    chosen: Candidate | None
    """None where none is good enough, or where another is as good: then someone must place the model."""
    why: str
    """Why that one, or why none, in one sentence for the user."""
    level: str
    """The level of georeferencing of the file, LoGeoRef 0 to 50 (Clemen and Görne 2019), in one sentence."""

    @property
    def best(self) -> Scored | None:
        """The candidate with the highest score, chosen or not."""
        return self.scored[0] if self.scored else None


def frame_of(candidate: Candidate) -> MapFrame | None:
    """The exact frame of a reading's reference system; None where that cannot be placed exactly."""
    try:
        return map_frame(candidate.crs)
    except OutsideArea:
        return None


def why_chosen(georeference: Georeference, best: Scored, name: str) -> str:
    """Why a reading is taken."""
    ignored = "".join(f"; {hint}, and is not used" for hint in georeference.hints)
    return f"{name} is placed by {best.candidate.evidence}: {'; '.join(best.reasons)}{ignored}."


def why_tied(best: Scored, rivals: Sequence[Scored], apart_m: float, name: str) -> str:
    """Why neither of two readings is taken."""
    count, other, apart = len(rivals) + 1, rivals[0], distance(apart_m)
    said = f"{best.candidate.evidence} or {other.candidate.evidence}, {apart} apart"
    return f"{name} can be read in {count} ways: {said}, and neither is better; {ADVICE}."


def why_none(georeference: Georeference, scored: Sequence[Scored], name: str) -> str:
    """Why no reading is good enough."""
    hints = "".join(f" ({hint})" for hint in georeference.hints)
    if not scored:
        return f"{name} says nothing of its place that can be trusted{hints}; {ADVICE}."
    best = scored[0]
    if best.score > 0:
        return _why_not_enough(best, name)
    first = next((each for each in scored if frame_of(each.candidate) is not None), None)
    if first is None:
        return (
            f"{name} is georeferenced in {best.candidate.crs}, which cannot be placed exactly; "
            f"export it in RD New + NAP (EPSG:7415), or {ADVICE}."
        )
    x, y, nap = first.candidate.to_map(np.zeros((1, 3)))[0]
    return (
        f"{name} puts its origin at x {x:.3f}, y {y:.3f}, NAP {nap:.3f} with scale {first.candidate.scale:g} "
        f"in {first.candidate.crs}, which cannot be right, and no other reading of its units fits{hints}; {ADVICE}."
    )


def _why_not_enough(best: Scored, name: str) -> str:
    """One sentence on a reading that stands and yet is not trusted, with what to pass if it is right."""
    candidate = best.candidate
    x, y, nap = candidate.to_map(np.zeros((1, 3)))[0]
    no_height = any("nothing of height" in doubt.said for doubt in candidate.doubts)
    at = f"{x:.3f},{y:.3f}," + ("NAP" if no_height else f"{nap:.3f}")
    heading = f" --heading {candidate.heading_deg:.3f}" if round(candidate.heading_deg, 3) % 360 else ""
    doubts = "; ".join(doubt.said for doubt in candidate.doubts)
    return (
        f"{name} says no more of its place than {candidate.evidence}, which is not enough ({doubts}); "
        f"if it is right, pass --at {at}{heading}, else {ADVICE}."
    )


_MEANINGS = {
    50: "a map conversion to, or coordinates in, a reference system",
    40: "a world coordinate system on the map",
    30: "coordinates or points on the map, in no stated system",
    20: "a site's latitude and longitude",
    10: "an address",
    0: "nothing says where it is",
}


def level(georeference: Georeference, scored: Sequence[Scored]) -> str:
    """The highest level of georeferencing that a file comes to."""
    found = [(each.candidate.level, each.candidate.evidence) for each in scored]
    highest, said = max([*found, *georeference.stated], key=lambda each: each[0], default=(0, ""))
    return f"LoGeoRef {highest}: {_MEANINGS[highest]}" + (f" ({said})." if said else ".")


def distance(metres: float) -> str:
    """A distance on the map for a sentence."""
    return f"{metres:.2f} m" if metres < 1_000 else f"{metres / 1000:,.1f} km"  # noqa: PLR2004 - a kilometre


def written(xyz: NDArray[np.float64]) -> str:
    """A place on the map for a sentence."""
    return "x {:.0f}, y {:.0f}, NAP {:.1f}".format(*xyz)
