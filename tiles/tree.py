"""Tiles, and the tileset.json that lists them (3D Tiles 1.1, OGC 22-025r4)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from .box import Box
from .frame import EPOCH_STATEMENT, STORED_FRAME, Placement

Json = dict[str, Any]
Refine = Literal["ADD", "REPLACE"]

TILESET = "tileset.json"
EXTRAS = "voorland"
"""Under this name in a tileset's ``extras`` stand our facts of one whose metadata are another maker's."""
VARIANTS = "variants"
"""The folder, beside the main tileset, of those that share their contents with it: ``variants/NAME/tileset.json``."""
LAYERS = "layers"
"""The folder, beside a tileset, of those that are shown with it on request: ``layers/NAME/tileset.json``."""

_ROUNDING_M = 1e-5  # boxes are written in whole micrometres, and a transform in double precision


@dataclass(frozen=True)
class Tile:
    """One tile: what it shows, how wrong it is, what it can be refined to (3D Tiles 1.1, "Tiles")."""

    box: Box
    geometric_error_m: float
    content: str | None = None
    children: tuple["Tile", ...] = ()
    transform: Placement | None = None
    """From the tile's own frame to its parent's, where they differ: a rigid frame per part keeps numbers small."""

    @property
    def extent(self) -> Box:
        """The box around this tile in its parent's frame.

        A frame is straight, so a box that is turned lies between its turned corners.
        """
        if self.transform is None:
            return self.box
        return Box.around(self.transform.to_parent(self.box.corners)).padded(_ROUNDING_M)

    def walk(self) -> Iterator["Tile"]:
        """This tile and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def to_json(self, base: str = "") -> Json:
        """The tile as 3D Tiles wants it; `base` leads from where it is written to where its contents are."""
        tile: Json = {
            "boundingVolume": {"box": [round(number, 6) for number in self.box.volume()]},
            "geometricError": round(self.geometric_error_m, 6),
        }
        if self.transform is not None:
            tile["transform"] = self.transform.column_major()
        if self.content is not None:
            tile["content"] = {"uri": base + self.content}
        if self.children:
            tile["children"] = [child.to_json(base) for child in self.children]
        return tile


@dataclass(frozen=True)
class About:
    """What a tileset says of itself, as 3D Tiles metadata."""

    title: str
    kind: Literal["points", "model", "ground", "buildings", "occluder"]
    source_crs: str
    attribution: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    """Further facts worth keeping, by camelCase name."""

    def properties(self) -> dict[str, str]:
        """Every fact by its name in the metadata."""
        own = {
            "title": self.title,
            "kind": self.kind,
            "sourceCrs": self.source_crs,
            "frame": STORED_FRAME,
            "epoch": EPOCH_STATEMENT,
            "attribution": self.attribution,
        }
        return own | self.extra


@dataclass(frozen=True)
class Tileset:
    """A tree of tiles and where it stands: boxes and contents are in metres east, north, up of `placement`."""

    root: Tile
    placement: Placement
    refine: Refine
    about: About

    def to_json(self, base: str = "") -> bytes:
        """The bytes of tileset.json; `base` leads from where it is written to where its contents are."""
        root = self.root.to_json(base) | {"refine": self.refine, "transform": self.placement.column_major()}
        properties = self.about.properties()
        tileset: Json = _whole(self.root) | {
            "schema": {
                "id": "voorland",
                "classes": {"tileset": {"properties": {name: {"type": "STRING"} for name in properties}}},
            },
            "metadata": {"class": "tileset", "properties": properties},
            "root": root,
        }
        if self.about.attribution:
            tileset["asset"]["copyright"] = self.about.attribution
        return _bytes(tileset)


def external_json(root: Tile, refine: Refine, base: str = "") -> bytes:
    """The bytes of a tileset that another refers to, in the frame of the tile that does so.

    3D Tiles 1.1, "External tilesets".
    """
    return _bytes(_whole(root) | {"root": root.to_json(base) | {"refine": refine}})


def _whole(root: Tile) -> Json:
    return {
        "asset": {"version": "1.1", "generator": "Voorland"},
        # What is missing on screen while nothing of the tileset is drawn: all of it.
        "geometricError": round(max(root.box.diagonal, 2 * root.geometric_error_m), 6),
    }


def _bytes(document: Json) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
