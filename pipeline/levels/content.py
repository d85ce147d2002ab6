"""What a tile of a plan model holds: some surfaces, and who their elements are."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.model import Element
from tiles.geometry import Mesh, Surface

from .instances import instanced


def mesh(surfaces: Sequence[Surface], elements: Sequence[Element]) -> Mesh:
    """The mesh of surfaces whose features are rows of `elements`; in it they are numbered from 0."""
    own = np.unique(np.concatenate([np.unique(surface.features) for surface in surfaces]))
    number = np.zeros(len(elements), np.uint32)
    number[own] = np.arange(len(own), dtype=np.uint32)
    renumbered = [replace(surface, features=number[surface.features]) for surface in surfaces]
    single, instances = instanced(renumbered)
    return Mesh(single, columns([elements[row] for row in own]), instances=instances)


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
