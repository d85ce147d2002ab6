"""What the user says of a model's file on the command line, and the file does not say itself."""

from math import isfinite
from typing import Literal

from models.model import Reading
from tiles.errors import BadInput

UNITS_M = {
    "mm": 0.001,
    "millimetre": 0.001,
    "cm": 0.01,
    "centimetre": 0.01,
    "dm": 0.1,
    "m": 1.0,
    "metre": 1.0,
    "meter": 1.0,
    "km": 1000.0,
    "in": 0.0254,
    "inch": 0.0254,
    "ft": 0.3048,
    "foot": 0.3048,
    "yd": 0.9144,
    "yard": 0.9144,
}
"""Metres per unit, by its name."""

_PLURALS = {"feet": "foot", "inches": "inch"}
_LONGEST_M = 1e6


def reading_of(up: str | None = None, units: str | None = None) -> Reading:
    """The reading that ``--up`` and ``--units`` ask for; raises `BadInput` for an axis or a unit that is none."""
    axis: Literal["x", "y", "z"] | None = None
    if up is not None:
        axis = next((each for each in ("x", "y", "z") if each == up.strip().lower()), None)
        if axis is None:
            raise BadInput(f"--up {up} is no axis; write x, y or z.")
    return Reading(axis, None if units is None else unit_m(units))


def unit_m(text: str) -> float:
    """Metres per unit, by its name or as a number; raises `BadInput`."""
    name = text.strip().lower()
    singular = _PLURALS.get(name, name)
    metres = UNITS_M.get(singular) or UNITS_M.get(singular.removesuffix("s"))
    if metres is None:
        try:
            metres = float(name)
        except ValueError:
            metres = 0.0
    if not (isfinite(metres) and 0 < metres < _LONGEST_M):
        raise BadInput(f"--units {text} is no unit of length; write mm, cm, m, inch, foot or its length in metres.")
    return metres
