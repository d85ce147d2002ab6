"""Which coordinate reference system a file or a user means, as one EPSG code.

Only names are settled here; `tiles.frame.map_frame` says which of them can be placed exactly.
"""

from functools import cache

from pyproj import CRS
from pyproj.exceptions import CRSError

from .errors import BadInput

UnreadableSystem = CRSError
"""What PROJ raises for a definition it does not understand."""

_RD_NEW, _NAP, _RD_NAP = 28992, 5709, 7415


@cache
def recognise(text: str) -> str:
    """The EPSG code, such as "EPSG:7415", of a code, a name or a WKT definition.

    A system that PROJ reads but that has no EPSG code is given by its name, so that a message can name it. Raises
    `BadInput` for a text that is no coordinate reference system.
    """
    text = text.strip()
    try:
        crs = CRS.from_user_input(f"EPSG:{text}" if text.isdecimal() else text)
    except CRSError as error:
        raise BadInput(f"{_short(text)!r} is no coordinate reference system; write for example EPSG:7415.") from error
    parts = [part.to_epsg() for part in crs.sub_crs_list]
    if parts == [_RD_NEW, _NAP]:
        return f"EPSG:{_RD_NAP}"
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.name


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - fits in one line of a message
