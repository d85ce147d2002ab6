"""Reference systems by the names people give them."""

import re

from tiles.crs import recognise
from tiles.errors import BadInput

from .candidate import Doubt

RD, RD_AND_NAP = "EPSG:28992", "EPSG:7415"

_UNNAMED = Doubt("it names no reference system; its numbers can only be RD New", 0.15)
_CODE = re.compile(r"(?:EPSG\D{0,4}|^)(\d{4,5})(?:\s*\+\s*(\d{4,5}))?", re.IGNORECASE)
_DUTCH = re.compile(r"\bRD\b|\bRD[ _-]?(NEW|NAP)|rijksdriehoek|amersfoort", re.IGNORECASE)
_NAP = ("NAP", "NORMAAL AMSTERDAMS", "5709", "7415")


def named(name: str, vertical: str = "") -> tuple[str, tuple[Doubt, ...]]:
    """The EPSG code of a system by its name and that of its heights, and what is doubtful about it.

    No name is taken for RD New, which its numbers must then show. Raises `BadInput` for one that is none.
    """
    if not name:
        return RD, (_UNNAMED,)
    system = _recognised(name)
    if system != RD or not vertical:
        return system, ()
    if any(word in vertical.upper() for word in _NAP):
        return RD_AND_NAP, ()
    return system, (Doubt(f"it says that heights are above {vertical}, which is not NAP", 0.1),)


def _recognised(name: str) -> str:
    """The EPSG code in a name as people write it; raises `BadInput` for one that is none."""
    try:
        return recognise(name)
    except BadInput:
        if code := _CODE.search(name):
            return recognise(f"EPSG:{code[1]}" + (f"+{code[2]}" if code[2] else ""))
        if _DUTCH.search(name):
            return RD_AND_NAP if "NAP" in name.upper() else RD
        raise
