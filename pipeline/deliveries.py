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


_BESIDE_MODELS = {
    **dict.fromkeys(POINTS, Purpose.POINTS),
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".webp"), Purpose.PHOTO),
    ".3tz": Purpose.TILES,
    ".geojson": Purpose.MASK,
}

ACCEPTED = (*READERS, *_BESIDE_MODELS)
"""The suffixes of all that can be used."""


def purpose(file_name: str) -> Purpose:
    """What a file is for; raises `BadInput` that says what to hand over instead."""
    path = PurePath(file_name)
    other = _BESIDE_MODELS.get(path.suffix.lower())
    if other is not None:
        return other
    reader_of(path)  # knows what to export instead
    return Purpose.MODEL
