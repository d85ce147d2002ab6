"""What a tile of a plan model holds: some surfaces, and who their elements are."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.model import Element
from tiles.geometry import Mesh, Surface

from .instances import instanced
from .repeats import Repeats


def mesh(surfaces: Sequence[Surface], elements: Sequence[Element], found: Repeats) -> Mesh:
    """The mesh of surfaces whose features are rows of `elements`; in it they are numbered from 0.

    Features of one shape by what was `found` are written once where that pays.
    """
    there = np.zeros(len(elements), np.bool_)
    for surface in surfaces:
        there[surface.features] = True
    own = np.flatnonzero(there)
    number = (there.cumsum() - 1).astype(np.uint32)
    single, instances = instanced(surfaces, found)
    return Mesh(
        [replace(surface, features=number[surface.features]) for surface in single],
        columns([elements[row] for row in own]),
        instances=[replace(shape, features=number[shape.features]) for shape in instances],
    )


def columns(elements: Sequence[Element]) -> dict[str, list[str]]:
    """What every tile says of its elements; all else is beside the tileset, by GUID."""
    return {
        "guid": [element.guid for element in elements],
        "class": [element.kind for element in elements],
        "name": [element.name for element in elements],
        "storey": [element.storey for element in elements],
        "type": [element.type for element in elements],
        "discipline": [element.discipline for element in elements],
    }
