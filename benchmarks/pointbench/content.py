"""How many points a GLB holds, and what each of their attributes weighs."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import meshopt
import numpy as np

_JSON_AT = 20  # after the GLB's header and that of its first chunk
_CHUNK_HEADER = 8
_MESHOPT = "EXT_meshopt_compression"

COLOUR, REST = "COLOR_0", "rest"


@dataclass(frozen=True)
class Content:
    """One tile's content."""

    points: int
    attribute_bytes: Mapping[str, int]
    """Compressed, by glTF attribute; under `REST` all else: JSON, and what the codec shares between attributes."""


def read(path: Path) -> Content:
    """Look into a GLB with one primitive of points."""
    data = path.read_bytes()
    end = _JSON_AT + int.from_bytes(data[12:16], "little")
    document = json.loads(data[_JSON_AT:end])
    attributes: dict[str, int] = document["meshes"][0]["primitives"][0]["attributes"]
    found = Counter[str]()
    for number, view in enumerate(document["bufferViews"]):
        offsets = {
            document["accessors"][accessor].get("byteOffset", 0): name
            for name, accessor in attributes.items()
            if document["accessors"][accessor]["bufferView"] == number
        }
        found.update(_weights(view, offsets, data[end + _CHUNK_HEADER :]))
    found[REST] = len(data) - found.total()
    return Content(document["accessors"][attributes["POSITION"]]["count"], found)


def _weights(view: Mapping[str, Any], names: Mapping[int, str], binary: bytes) -> Mapping[str, int]:
    """The stored bytes of the attributes in a buffer view, given their names by where in a row each begins.

    The codec works on each byte of a row by itself, so attributes that share rows are weighed by encoding them apart.
    """
    stored = view.get("extensions", {}).get(_MESHOPT, view)
    if len(names) <= 1:
        return dict.fromkeys(names.values(), stored["byteLength"])
    start, count, stride = stored.get("byteOffset", 0), stored["count"], stored["byteStride"]
    encoded = binary[start : start + stored["byteLength"]]
    rows = meshopt.decode_gltf_buffer(encoded, count, stride, stored["mode"]).reshape(count, stride)
    spans = pairwise([*sorted(names), stride])
    return {
        names[first]: len(meshopt.encode_gltf_buffer(np.ascontiguousarray(rows[:, first:last]), stored["mode"]))
        for first, last in spans
    }
