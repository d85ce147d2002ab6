"""What a file says of its place on Earth, as candidates that are weighed, never guessed.

A candidate takes model metres to map metres. It stands only when its scale is one and its result lies where the
reference system holds. When none stands, or two that differ do, the user is asked to place the model.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.errors import MissingGeoreference, OutsideArea
from tiles.frame import MapFrame, Vec3s, map_frame

ADVICE = "pass --at X,Y,NAP to place it by hand"

_SCALE_TOLERANCE = 0.02  # map projections differ from true length by less than a thousandth; a unit by a factor of ten
_SAME_PLACE_M = 0.001


@dataclass(frozen=True)
class Helmert:
    """The seven numbers of an IfcMapConversion (IFC4 ADD2, 8.13.3.4), in the file's own units."""

    eastings: float
    northings: float
    height: float
    abscissa: float = 1.0
    ordinate: float = 0.0
    scale: float | None = None

    @property
    def angle(self) -> float:
        """The turn of the model's x axis from map east, radians, counter-clockwise."""
        return float(np.arctan2(self.ordinate, self.abscissa))


@dataclass(frozen=True, eq=False)
class Candidate:
    """One reading of a file's georeference."""

    crs: str
    local_to_map: NDArray[np.float64]  # (4, 4), model metres to map metres
    evidence: str

    def to_map(self, xyz: Vec3s) -> Vec3s:
        """Model metres to map metres, (n, 3)."""
        return xyz @ self.local_to_map[:3, :3].T + self.local_to_map[:3, 3]

    @property
    def scale(self) -> float:
        """Map metres per model metre."""
        return float(np.linalg.norm(self.local_to_map[:3, 0]))


@dataclass(frozen=True)
class Georeference:
    """All that a file says of its place."""

    candidates: Sequence[Candidate] = ()
    hints: tuple[str, ...] = ()
    """Statements that are too often an exporter's default to be trusted."""


def conversions(helmert: Helmert, units: "Units", crs: str, source: str) -> list[Candidate]:
    """The readings of a map conversion that its units allow, the one the standard means first.

    Eastings are in the map's unit, or by a common error in the project's. `Scale` is the unit factor when present; when
    it is absent or 1 although the units differ, exporters meant the factor.
    """
    factors = dict.fromkeys((units.map_m, units.project_m))
    readings = []
    for map_m in factors:
        scales = dict.fromkeys((1.0 if helmert.scale is None else helmert.scale, units.project_m / map_m))
        for scale in scales:
            matrix = _helmert_matrix(helmert, map_m, scale * map_m / units.project_m)
            said = f"{source}, {crs}, eastings in units of {map_m:g} m, scale {scale:g}"
            readings.append(Candidate(crs, matrix, said))
    return readings


@dataclass(frozen=True)
class Units:
    """Metres per unit of the project's lengths and of the map's coordinates."""

    project_m: float
    map_m: float


def _helmert_matrix(helmert: Helmert, map_m: float, scale: float) -> NDArray[np.float64]:
    cos, sin = np.cos(helmert.angle) * scale, np.sin(helmert.angle) * scale
    matrix = np.array([[cos, -sin, 0, 0], [sin, cos, 0, 0], [0, 0, scale, 0], [0, 0, 0, 1]], dtype=np.float64)
    matrix[:3, 3] = np.array([helmert.eastings, helmert.northings, helmert.height]) * map_m
    return matrix


def choose(georeference: Georeference, extremes: Vec3s, name: str) -> tuple[Candidate, MapFrame]:
    """The one candidate that stands for a model with these `extremes` (n, 3, model metres), and its frame.

    Raises `MissingGeoreference` when there is none or when they contradict each other, and `OutsideArea` when the
    reference system is one that cannot be placed exactly.
    """
    if not georeference.candidates:
        hints = "".join(f" ({hint})" for hint in georeference.hints)
        raise MissingGeoreference(f"{name} says nothing of its place that can be trusted{hints}; {ADVICE}.")
    frame = map_frame_of(georeference.candidates, name)
    standing = _distinct(each for each in georeference.candidates if _stands(each, frame, extremes))
    if not standing:
        first = georeference.candidates[0]
        x, y, nap = first.to_map(np.zeros((1, 3)))[0]
        raise MissingGeoreference(
            f"{name} puts its origin at x {x:.3f}, y {y:.3f}, NAP {nap:.3f} with scale {first.scale:g} in {first.crs}, "
            f"which cannot be right, and no other reading of its units fits; {ADVICE}."
        )
    if len(standing) > 1:
        said = " or ".join(candidate.evidence for candidate in standing)
        raise MissingGeoreference(f"{name} can be read in {len(standing)} ways: {said}; {ADVICE}.")
    return standing[0], frame


def map_frame_of(candidates: Sequence[Candidate], name: str) -> MapFrame:
    """The frame of candidates, which share one reference system; raises `OutsideArea` that names the file."""
    try:
        return map_frame(candidates[0].crs)
    except OutsideArea:
        raise OutsideArea(
            f"{name} is georeferenced in {candidates[0].crs}, which cannot be placed exactly; "
            f"export it in RD New + NAP (EPSG:7415), or {ADVICE}."
        ) from None


def _stands(candidate: Candidate, frame: MapFrame, extremes: Vec3s) -> bool:
    if abs(candidate.scale - 1) > _SCALE_TOLERANCE:
        return False
    try:
        frame.require(candidate.to_map(extremes))
    except OutsideArea:
        return False
    return True


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    found: list[Candidate] = []
    for candidate in candidates:
        if not any(np.allclose(candidate.local_to_map, other.local_to_map, atol=_SAME_PLACE_M) for other in found):
            found.append(candidate)
    return found


# Positions that exporters write when nobody set one: latitude, longitude, whose they are.
_DEFAULTS = (
    (42.358, -71.060, "Revit's Boston"),
    (42.213, -71.033, "Revit's Boston"),
    (37.795, -122.394, "Bonsai's San Francisco"),
    (51.500, -0.126, "Revit's London"),
    (41.874, -87.639, "Revit's Chicago"),
    (40.420, -3.706, "Revit's Madrid"),
)


def site_hint(latitude: float, longitude: float) -> str:
    """What an IfcSite's latitude and longitude are worth, in words."""
    for default_latitude, default_longitude, whose in _DEFAULTS:
        if abs(latitude - default_latitude) < 0.02 and abs(longitude - default_longitude) < 0.02:  # noqa: PLR2004 - 2 km
            return f"its site lies at {latitude:.4f}, {longitude:.4f}, which is {whose}, an exporter's default"
    return f"its site says latitude {latitude:.5f}, longitude {longitude:.5f}, which is no more than a hint"


def helmert_of(values: Mapping[str, Any]) -> Helmert | None:
    """A map conversion from its attributes by their IFC names; None when it says no place."""
    numbers = {name: _number(value) for name, value in values.items()}
    eastings, northings = numbers.get("Eastings"), numbers.get("Northings")
    if eastings is None or northings is None:
        return None
    abscissa, ordinate = numbers.get("XAxisAbscissa"), numbers.get("XAxisOrdinate")
    turned = abscissa is not None and ordinate is not None
    return Helmert(
        eastings,
        northings,
        numbers.get("OrthogonalHeight") or 0.0,
        abscissa if turned and abscissa is not None else 1.0,
        ordinate if turned and ordinate is not None else 0.0,
        numbers.get("Scale"),
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
