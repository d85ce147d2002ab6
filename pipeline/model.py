"""Plan model to tilesets: read, find its place, put it there, make levels of detail; rooms in a layer of their own."""

import json
import posixpath
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

import models
from models.model import SPACES, Element, Model
from tiles.errors import BadInput, OutputProblem
from tiles.frame import RD_NAP
from tiles.geometry import Surface
from tiles.store import Directory, added_to, new_directory
from tiles.tree import LAYERS, TILESET, VARIANTS, About, Tile, Tileset

from .byhand import ByHand, ByPairs
from .confine import Limits, confined
from .levels.build import build
from .position import Position, corners, three
from .properties import write_properties
from .report import Report, silent
from .stand import Around, stand

_LARGEST_M = 20_000.0
_ROOM_OPACITY = 0.4


@dataclass(frozen=True)
class ModelOptions:
    """Where a model goes, and what it may cost."""

    by_hand: ByHand | ByPairs | None = None
    """The place someone chose; None to go by what the file says."""
    around: Around = field(default_factory=Around)
    """What is known of that place."""
    reading: models.Reading = field(default_factory=models.Reading)
    title: str = ""
    attribution: str = ""
    limits: Limits = field(default_factory=Limits)
    variant: str = ""
    """The name of a tileset beside the main one, which is shown instead of it and shares with it what is the same."""
    is_phase: bool = False
    """Whether that name is one of a phase: a state in time, and no other design."""

    @property
    def base(self) -> str:
        """The folder of the tileset, in that of the main one."""
        return f"{VARIANTS}/{self.variant}/" if self.variant else ""


@dataclass(frozen=True)
class ModelSummary:
    """What was read, where it stands and what was written."""

    elements: int
    triangles: int
    tiles: int
    bytes: int
    first_bytes: int
    """What is fetched before anything is seen, the list of tiles aside."""
    origin: tuple[float, float, float]
    """Where the model's origin stands: RD x, y and NAP, metres."""
    centre: tuple[float, float, float]
    lowest_nap_m: float
    size_m: tuple[float, float, float]
    evidence: str
    notes: tuple[str, ...]
    why: str = ""
    """How what the file says of its place was weighed, in a sentence; empty where someone chose the place."""
    level: str = ""
    """The level of georeferencing of the file, LoGeoRef, in a sentence."""
    by_hand: ByHand | None = None
    """The place someone chose, as it came out."""


def build_model(file: Path, out: Path, options: ModelOptions, report: Report = silent) -> ModelSummary:
    """Tile a plan model into the new folder `out`, or as a variant into that of a model that is there.

    Raises a `Problem` for a file that cannot be read or placed, and leaves nothing behind then.
    """
    with _folder(out, options) as store:
        return confined(convert, (file, store, options), options.limits, report)


def _folder(out: Path, options: ModelOptions) -> AbstractContextManager[Directory]:
    if not options.variant:
        return new_directory(out)
    try:
        kind = json.loads((out / TILESET).read_bytes())["metadata"]["properties"]["kind"]
    except (OSError, ValueError, KeyError, TypeError):
        kind = ""
    if kind != "model":
        raise OutputProblem(f"{out} holds no model that {options.variant} could be a variant of; tile that first.")
    return added_to(out, options.base, _refers_to)


def _refers_to(key: str, data: bytes) -> Iterator[str]:
    """The contents that a tileset refers to, by their keys."""
    tiles = [json.loads(data)["root"]]
    while tiles:
        tile = tiles.pop()
        tiles += tile.get("children", [])
        if uri := tile.get("content", {}).get("uri"):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(key), uri))


def convert(file: Path, store: Directory, options: ModelOptions, report: Report) -> ModelSummary:
    """The work of `build_model`, without protection from what a file may do to its reader."""
    model = models.read(file, options.reading, lambda done, total: report("Reading the model", done, total))
    return tiled(model, file, store, options, report)


def tiled(model: Model, file: Path, store: Directory, options: ModelOptions, report: Report) -> ModelSummary:
    """The tilesets of a model that was read from `file`."""
    _require_size(model, file)
    stood = stand(model, file, options.by_hand, options.around, report)
    position, weighing = stood.position, stood.position.weighing
    placed = _Placed(model, position, store, options, report)
    built, rooms = _layers(model, [position.placed(surface) for surface in model.surfaces])
    made = [placed.write("", built)] + ([placed.write(SPACES, rooms)] if rooms else [])
    keys = {key for root, document in made for key in (document, *(each.content for each in root.walk())) if key}
    on_map = position.to_map(corners(model.box))
    return ModelSummary(
        elements=len(model.elements),
        triangles=model.triangles,
        tiles=sum(1 for root, _ in made for tile in root.walk() if tile.content),
        bytes=sum((store.path / key).stat().st_size for key in keys),
        first_bytes=(store.path / (made[0][0].content or TILESET)).stat().st_size,
        origin=three(position.to_map(np.zeros((1, 3)))[0]),
        centre=three(position.to_map(model.box.centre.reshape(1, 3))[0]),
        lowest_nap_m=float(on_map[:, 2].min()),
        size_m=three(model.box.high - model.box.low),
        evidence=position.evidence,
        notes=(*model.notes, *stood.notes),
        why=weighing.why if weighing else "",
        level=weighing.level if weighing else "",
        by_hand=stood.by_hand,
    )


def _require_size(model: Model, file: Path) -> None:
    size = (model.box.high - model.box.low).max()
    if not np.isfinite(size) or size > _LARGEST_M:
        raise BadInput(
            f"{file.name} is {size / 1000:,.0f} km across, which is no plan; "
            "check its unit (--units mm) and for stray elements."
        )


def _layers(model: Model, surfaces: Sequence[Surface]) -> tuple[list[Surface], list[Surface]]:
    """What is built, and the rooms; a model of rooms alone shows those."""
    room = np.array([element.layer == SPACES for element in model.elements], np.bool_)
    if not room.any() or room.all():
        return list(surfaces), []
    of_room = [room[each.features[each.triangles[:, 0]]] for each in surfaces]
    built = [each.part(~own) for each, own in zip(surfaces, of_room, strict=True) if not own.all()]
    rooms = [_pale(each.part(own)) for each, own in zip(surfaces, of_room, strict=True) if own.any()]
    return (built, rooms) if built else (rooms, [])


def _pale(surface: Surface) -> Surface:
    """A room's surface, through which the building is seen that it fills."""
    red, green, blue, opacity = surface.material.base_colour
    pale = replace(surface.material, base_colour=(red, green, blue, min(opacity, _ROOM_OPACITY)))
    return replace(surface, material=pale)


@dataclass(frozen=True)
class _Placed:
    """A model in its place, and where its tilesets go."""

    model: Model
    position: Position
    store: Directory
    options: ModelOptions
    report: Report

    def write(self, layer: str, surfaces: Sequence[Surface]) -> tuple[Tile, str]:
        """Write one layer's tileset with all it refers to; its root and its key."""
        base = f"{self.options.base}{LAYERS}/{layer}/" if layer else self.options.base
        root = build(surfaces, self.model.elements, self.store, self.report)
        files = write_properties(self._elements(surfaces), self.store, base)
        tileset = Tileset(root, self.position.local, "REPLACE", self._about(layer, files))
        self.store.put(f"{base}{TILESET}", tileset.to_json("../" * base.count("/")))
        return root, f"{base}{TILESET}"

    def _elements(self, surfaces: Sequence[Surface]) -> Iterator[Element]:
        rows = np.unique(np.concatenate([surface.features for surface in surfaces]))
        return (self.model.elements[row] for row in rows)

    def _about(self, layer: str, files: int) -> About:
        options = self.options
        extra = {"placement": self.position.evidence, "propertyFiles": str(files)}
        extra |= {"layer": layer} if layer else {}
        extra |= {"phase" if options.is_phase else "variant": options.variant} if options.variant else {}
        title = (options.title or self.model.name) + (f" ({options.variant})" if options.variant else "")
        return About(title, "model", RD_NAP.crs, options.attribution, extra)
