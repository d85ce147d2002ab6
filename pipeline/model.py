"""Plan model to a tileset: read, find its place, put it there, group it into tiles."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

import models
from models.model import Model
from tiles.box import Box
from tiles.content import encode
from tiles.errors import BadInput
from tiles.frame import RD_NAP
from tiles.store import Directory, new_directory
from tiles.tree import TILESET, About, Tile, Tileset

from .byhand import ByHand, ByPairs
from .confine import Limits, confined
from .group import group, mesh
from .position import corners, three
from .report import Report, silent
from .stand import Around, stand

_BOX_MARGIN_M = 0.002  # boxes and vertices are rounded when written; what a box holds must stay inside
_LARGEST_M = 20_000.0


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


@dataclass(frozen=True)
class ModelSummary:
    """What was read, where it stands and what was written."""

    elements: int
    triangles: int
    tiles: int
    bytes: int
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
    """Tile a plan model into the new folder `out`.

    Raises a `Problem` for a file that cannot be read or placed, and leaves nothing behind then.
    """
    with new_directory(out) as store:
        return confined(convert, (file, store, options), options.limits, report)


def convert(file: Path, store: Directory, options: ModelOptions, report: Report) -> ModelSummary:
    """The work of `build_model`, without protection from what a file may do to its reader."""
    model = models.read(file, options.reading, lambda done, total: report("Reading the model", done, total))
    _require_size(model, file)
    stood = stand(model, file, options.by_hand, options.around, report)
    position, weighing = stood.position, stood.position.weighing
    surfaces = [position.placed(surface) for surface in model.surfaces]
    root = _tiles(replace(model, surfaces=surfaces), store, report)
    about = About(
        options.title or model.name, "model", RD_NAP.crs, options.attribution, {"placement": position.evidence}
    )
    store.put(TILESET, Tileset(root, position.local, "ADD", about).to_json())
    contents = [tile.content for tile in root.walk() if tile.content]
    on_map = position.to_map(corners(model.box))
    return ModelSummary(
        elements=len(model.elements),
        triangles=model.triangles,
        tiles=len(contents),
        bytes=sum((store.path / name).stat().st_size for name in (*contents, TILESET)),
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
            f"{file.name} is {size / 1000:,.0f} km across, which is no plan; check its unit and for stray elements."
        )


def _tiles(model: Model, store: Directory, report: Report) -> Tile:
    """The model's tiles, put in `store`: one, or a root without content over several."""
    groups = group(model.surfaces, len(model.elements))
    tiles = []
    for number, chosen in enumerate(groups):
        content = mesh(model.surfaces, model.elements, chosen)
        name = f"model-{number}.glb"
        store.put(name, encode(content))
        tiles.append(Tile(content.box.padded(_BOX_MARGIN_M), 0.0, name))
        report("Writing tiles", number + 1, len(groups))
    if len(tiles) == 1:
        return tiles[0]
    box = Box.union(*(tile.box for tile in tiles))
    return Tile(box, box.diagonal, None, tuple(tiles))
