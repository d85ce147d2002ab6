"""What AHN says of a point: its classes, which of them are noise, and how they are coloured.

AHN3 to AHN6 use the classes below; AHN2 knows only 1 and 2. Source: AHN product documentation, "Classificatie".
"""

import tomllib
from functools import cache

import numpy as np
from numpy.typing import NDArray

import assets
from tiles.colour import linear

NOISE = (7, 18)
"""Classes that are left out: low and high noise (ASPRS LAS 1.4 R15, table 17)."""

UNCLASSIFIED = 1
"""Everything that is no ground, building, water or structure: mostly trees, and cars and walls among them."""


@cache
def palette() -> NDArray[np.uint8]:
    """The linear colour of each class, (256, 3), from ``assets/palettes/ahn.toml``."""
    classes = tomllib.loads(assets.path("palettes/ahn.toml").read_text(encoding="utf-8"))["class"]
    colours = np.empty((256, 3), np.uint8)
    colours[:] = _linear_of_hex(classes["other"]["colour"])
    for code, described in classes.items():
        if code.isdecimal():
            colours[int(code)] = _linear_of_hex(described["colour"])
    return colours


@cache
def linear_of_srgb() -> NDArray[np.uint8]:
    """The linear value of each 8-bit sRGB value, (256,): glTF's COLOR_0 is linear (IEC 61966-2-1)."""
    return np.rint(linear(np.arange(256) / 255) * 255).astype(np.uint8)


def _linear_of_hex(colour: str) -> NDArray[np.uint8]:
    red_green_blue = list(bytes.fromhex(colour.removeprefix("#")))
    return np.asarray(linear_of_srgb()[red_green_blue])
