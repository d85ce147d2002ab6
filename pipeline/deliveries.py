"""What a file that someone hands over is for, by its name; what cannot be used is said before a byte of it is sent."""

from enum import StrEnum
from pathlib import PurePath

from models import READERS, reader_of

from .inputs import SUFFIXES as POINTS


class Purpose(StrEnum):
    """What is done with a file."""

    MODEL = "model"
    POINTS = "points"
    PHOTO = "photo"
    TILES = "tiles"
    MASK = "mask"


_BY_SUFFIX = {
    **dict.fromkeys(READERS, Purpose.MODEL),
    **dict.fromkeys(POINTS, Purpose.POINTS),
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".webp"), Purpose.PHOTO),
    ".3tz": Purpose.TILES,
    ".geojson": Purpose.MASK,
}

ACCEPTED = tuple(_BY_SUFFIX)
"""The suffixes of all that can be used."""


def purpose(file_name: str) -> Purpose:
    """What a file is for; raises `BadInput` that says what to hand over instead."""
    path = PurePath(file_name)
    found = _BY_SUFFIX.get(path.suffix.lower())
    if found is None:
        reader_of(path)
    return found or Purpose.MODEL
