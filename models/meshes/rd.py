"""Coordinates that look like RD New: they are left as they are, and tell which way is up."""

from collections.abc import Sequence

import numpy as np

from tiles.box import Box
from tiles.errors import BadInput, OutsideArea
from tiles.frame import RD_NAP

from .parts import Part

_HIGHEST_M = 500.0  # Vaalserberg is at 323, the tallest mast 373


def rd_up(parts: Sequence[Part], stated: str, unit_m: float) -> str | None:
    """The axis that must be up for a file's coordinates to be RD and NAP; None where the one `stated` may be."""
    boxes = [Box.around(part.positions) for part in parts if len(part.positions)]
    boxes = [box for box in boxes if np.isfinite(box.low).all() and np.isfinite(box.high).all()]
    if not boxes:
        return None
    box = Box.union(*boxes)
    if stated == "y" and looks_like_rd(Box(box.low * unit_m, box.high * unit_m)):
        return "z"
    return None


def looks_like_rd(box: Box) -> bool:
    """Whether a box, in metres and z up, lies where RD New and NAP hold."""
    if box.high[2] > _HIGHEST_M:
        return False
    try:
        RD_NAP.require(box.corners)
    except (OutsideArea, BadInput):
        return False
    return True
