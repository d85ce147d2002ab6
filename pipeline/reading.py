"""What the user says of a model's file on the command line, and the file does not say itself."""

from math import isfinite
from typing import Literal

from models.model import Reading
from models.units import metres_in
from tiles.errors import BadInput

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
    metres = metres_in(text)
    if metres is None:
        try:
            metres = float(text)
        except ValueError:
            metres = 0.0
    if not (isfinite(metres) and 0 < metres < _LONGEST_M):
        raise BadInput(f"--units {text} is no unit of length; write mm, cm, m, inch, foot or its length in metres.")
    return metres
