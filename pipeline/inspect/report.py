"""What an intake report holds; written as JSON it is its own schema (docs/inspect.md says what each name means)."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from .words import Words

SCHEMA = 1
"""Goes up when a name changes its meaning or goes; new names may come without."""

Light = Literal["green", "amber", "red", "grey"]
Outcome = Literal["pass", "warn", "fail", "not applicable"]
Xyz = tuple[float, float, float]


@dataclass(frozen=True)
class File:
    """The file as it lies on disk."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Counted:
    """How often something occurs."""

    name: str
    count: int


@dataclass(frozen=True)
class MaterialRow:
    """One look of surfaces."""

    name: str
    colour: str
    """sRGB, ``#rrggbb``; of its picture the mean."""
    opacity: float
    triangles: int
    textured: bool


@dataclass(frozen=True)
class Contents:
    """What a model is made of; lengths in metres of the model, z up."""

    format: str
    program: str
    unit: str
    unit_m: float | None
    up: str
    elements: int
    triangles: int
    vertices: int
    flat_triangles: int
    """Without area, which nothing shows."""
    kinds: tuple[Counted, ...]
    storeys: tuple[Counted, ...]
    """Storeys by name with how many elements each has, in the file's order."""
    disciplines: tuple[Counted, ...]
    materials: tuple[MaterialRow, ...]
    low: Xyz
    high: Xyz
    same_shape: tuple[tuple[str, ...], ...]
    """Elements that lie on one another with the very same shape: their names and guids, a group a row."""

    @property
    def size_m(self) -> Xyz:
        """Along each axis."""
        x, y, z = (high - low for low, high in zip(self.low, self.high, strict=True))
        return x, y, z


@dataclass(frozen=True)
class CandidateRow:
    """One reading of what the file says of its place."""

    crs: str
    origin: Xyz
    """Where the model's origin would lie, in metres of `crs`."""
    heading_deg: float
    """Where the model's y axis points, clockwise from grid north."""
    scale: float
    evidence: str
    score: float
    """0 to 1."""
    reasons: tuple[str, ...]
    chosen: bool


@dataclass(frozen=True)
class Overlapped:
    """A building that stays, and how much of it the model takes."""

    id: str
    area_m2: float


@dataclass(frozen=True)
class Standing:
    """How a model stands among what is known around it; None where that is not known."""

    area_m2: float
    ground_nap_m: float | None
    ground_rise_m: float | None
    gap_m: float | None
    """From the ground up to its underside: more than 0 where it floats."""
    sunk_m: float | None
    """How deep half of its underside lies below the ground."""
    water_part: float
    """How much of it stands over water, 0 to 1."""
    overlaps: tuple[Overlapped, ...]


@dataclass(frozen=True)
class Place:
    """Where a model stands, and why."""

    level: str
    """Of georeferencing, LoGeoRef 0 to 50; empty for formats that have no such levels."""
    chosen: bool
    why: str
    candidates: tuple[CandidateRow, ...]
    hints: tuple[str, ...]
    heights_assumed: bool
    bounds: tuple[float, float, float, float] | None
    """RD metres: west, south, east, north; of the best reading even when it is not chosen, else None."""
    nap_m: tuple[float, float] | None
    """Lowest and highest, metres."""
    longitude_latitude_deg: tuple[float, float] | None
    """Of the middle, ETRS89."""
    footprint: tuple[tuple[tuple[float, float], ...], ...]
    """Outer rings in RD metres where placed, else in metres of the model."""
    footprint_m2: float
    warnings: tuple[Words, ...] = ()
    """What speaks against this place, such as terrain that lies elsewhere."""
    by_hand: bool = False
    """Whether someone chose it, now or for an earlier version of the file."""
    remarks: tuple[str, ...] = ()
    """How it was put there, and how far its corners lie from where RD has them."""
    standing: Standing | None = None


@dataclass(frozen=True)
class Check:
    """One agreement that was checked, and how the file keeps it."""

    chapter: str
    """Of BIM basis ILS, such as 3.3."""
    title: Words
    outcome: Outcome
    said: Words
    elements: tuple[str, ...] = ()
    """The first that do not keep it."""
    ask: Words | None = None
    """What to ask for; None when nothing."""


@dataclass(frozen=True)
class Specification:
    """One specification of an IDS file and how the model meets it."""

    name: str
    outcome: Outcome
    applicable: int
    passed: int
    failed: int
    failing: tuple[str, ...]
    """The first elements that fail, and why."""


@dataclass(frozen=True)
class Ids:
    """The outcome of an IDS file; `problem` says why where it could not be used."""

    name: str
    title: str
    problem: str
    specifications: tuple[Specification, ...]

    @property
    def failed(self) -> int:
        """How many specifications are not met."""
        return sum(each.outcome == "fail" for each in self.specifications)


@dataclass(frozen=True)
class Verdict:
    """One of the questions a planner has, answered by a traffic light and a sentence."""

    question: Words
    light: Light
    answer: Words


@dataclass(frozen=True)
class Report:
    """All that is known of a file; `problem` is the one sentence why it cannot be shown, or empty."""

    schema: int
    file: File
    problem: str = ""
    verdicts: tuple[Verdict, ...] = ()
    ask: tuple[Words, ...] = ()
    """What to ask the architect for, the most important first."""
    contents: Contents | None = None
    place: Place | None = None
    checks: tuple[Check, ...] = ()
    ids: Ids | None = None
    missing: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def as_json(report: Report) -> str:
    """A report as JSON, for other programs; the same report gives the same text."""
    return json.dumps(asdict(report), ensure_ascii=False, indent=1) + "\n"


@dataclass(frozen=True)
class Pictures:
    """What goes beside a report: a WebP of the model and an SVG of its plan; empty where there is none."""

    view: bytes = b""
    plan: str = ""
