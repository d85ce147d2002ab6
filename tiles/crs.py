"""Which coordinate reference system a file or a user means, as one EPSG code.

Only names are settled here; `tiles.frame.map_frame` says which of them can be placed exactly.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from .errors import BadInput

UnreadableSystem = CRSError
"""What PROJ raises for a definition it does not understand."""

_RD_NEW, _NAP, _RD_NAP = 28992, 5709, 7415
# Longitude and latitude that are ETRS89, or WGS 84 as maps use it: PROJ takes the two for one (EPSG:1149), and maps of
# the Netherlands in WGS 84 are made from ETRS89.
_ETRS89 = {4258, 4326, 4937, 4979}


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


def on_etrs89(crs: str) -> bool:
    """Whether the system with this EPSG code lies on ETRS89 (or WGS 84, taken for it), so that degrees lead to it."""
    geodetic = CRS.from_user_input(crs).geodetic_crs
    return geodetic is not None and geodetic.to_epsg() in _ETRS89


def from_etrs89(crs: str, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """ETRS89 longitude and latitude (degrees, (n, 2)) in a system that lies on it, x east and y north, (n, 2)."""
    return np.stack(_transformer(crs).transform(lonlat[:, 0], lonlat[:, 1], errcheck=True), axis=-1)


@cache
def _transformer(crs: str) -> Transformer:
    return Transformer.from_crs("EPSG:4258", crs, always_xy=True, allow_ballpark=False)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - fits in one line of a message
