"""Map conversions, and the readings of them that their units allow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .candidate import Candidate, Doubt

_OTHER_UNIT = Doubt("its eastings are read in the project's unit instead of the map's", 0.1)
_OTHER_SCALE = Doubt("its scale is read as the factor between the units, which it does not say", 0.05)


@dataclass(frozen=True)
class Helmert:
    """The numbers of an IfcMapConversion or IfcMapConversionScaled (IFC4X3 ADD2, 8.13.3), in the file's own units."""

    eastings: float
    northings: float
    height: float
    abscissa: float = 1.0
    ordinate: float = 0.0
    scale: float | None = None
    factors: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Of the model's x, y and z, besides `scale`, before the model is turned."""

    @property
    def angle(self) -> float:
        """The turn of the model's x axis from map east, radians, counter-clockwise."""
        return float(np.arctan2(self.ordinate, self.abscissa))


@dataclass(frozen=True)
class Units:
    """Metres per unit of the project's lengths and of the map's coordinates."""

    project_m: float
    map_m: float


def conversions(helmert: Helmert, units: Units, crs: str, source: str) -> list[Candidate]:
    """The readings of a map conversion that its units allow, the one the standard means first.

    Eastings are in the map's unit, or by a common error in the project's. `Scale` is the unit factor when present; when
    it is absent or 1 although the units differ, exporters meant the factor.
    """
    factors = dict.fromkeys((units.map_m, units.project_m))
    stated = 1.0 if helmert.scale is None else helmert.scale
    readings = []
    for map_m in factors:
        for scale in dict.fromkeys((stated, units.project_m / map_m)):
            matrix = _matrix(helmert, map_m, scale * map_m / units.project_m)
            said = f"{source}, {crs}, eastings in units of {map_m:g} m, scale {scale:g}"
            doubts = [_OTHER_UNIT] * (map_m != units.map_m) + [_OTHER_SCALE] * (scale != stated)
            readings.append(Candidate(crs, matrix, said, "conversion", tuple(doubts)))
    return readings


def _matrix(helmert: Helmert, map_m: float, scale: float) -> NDArray[np.float64]:
    cos, sin = np.cos(helmert.angle) * scale, np.sin(helmert.angle) * scale
    matrix = np.array([[cos, -sin, 0, 0], [sin, cos, 0, 0], [0, 0, scale, 0], [0, 0, 0, 1]], dtype=np.float64)
    matrix[:3, :3] *= helmert.factors
    matrix[:3, 3] = np.array([helmert.eastings, helmert.northings, helmert.height]) * map_m
    return matrix


def helmert_of(values: Mapping[str, Any]) -> Helmert | None:
    """A map conversion from its attributes by their IFC names; None when it says no place."""
    numbers = {name: number(value) for name, value in values.items()}
    eastings, northings = numbers.get("Eastings"), numbers.get("Northings")
    if eastings is None or northings is None:
        return None
    abscissa, ordinate = numbers.get("XAxisAbscissa"), numbers.get("XAxisOrdinate")
    if abscissa is None or ordinate is None or (abscissa, ordinate) == (0.0, 0.0):
        abscissa, ordinate = 1.0, 0.0
    x, y, z = (numbers.get(name) or 1.0 for name in ("FactorX", "FactorY", "FactorZ"))
    height = numbers.get("OrthogonalHeight") or 0.0
    return Helmert(eastings, northings, height, abscissa, ordinate, numbers.get("Scale"), (x, y, z))


def number(value: Any) -> float | None:
    """A finite number that a property holds, also where it is written as text with a decimal comma; None for others."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip().replace(",", ".")
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if np.isfinite(found) else None
