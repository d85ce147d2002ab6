"""What a model is made of, counted and measured."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.model import SPACES, Element, Model
from tiles.errors import BadInput
from tiles.geometry import Material, Surface

from .ifcfacts import IfcFacts
from .report import Contents, Counted, MaterialRow

_STEP_M = 1e-3
"""Shapes that agree to this are the same."""
_FLAT_M2 = 1e-8
_FARTHEST_M = 1e9
_PICTURE_PIXELS = 16_000_000
_STRAIGHT_TO = 0.0031308
Hashes = NDArray[np.uint64]


def placed(model: Model) -> Model:
    """A model without triangles that have a corner nowhere, or a million kilometres away; a note says how many.

    Raises `BadInput` when none is left.
    """
    kept, lost = [], 0
    for surface in model.surfaces:
        good = np.asarray((np.abs(surface.positions) <= _FARTHEST_M).all(axis=1), np.bool_)
        if good.all():
            kept.append(surface)
            continue
        triangles = surface.triangles[good[surface.triangles].all(axis=1)]
        lost += len(surface.triangles) - len(triangles)
        if len(triangles):
            positions = np.where(good[:, None], surface.positions, surface.positions[triangles[0, 0]])
            kept.append(replace(surface, positions=positions, triangles=triangles))
    if not kept:
        raise BadInput(f"{model.name} holds no triangle whose corners lie anywhere; export it again.")
    if not lost:
        return model
    note = f"{lost:,} triangles have a corner that lies nowhere; they were left out."
    return replace(model, surfaces=kept, notes=(*model.notes, note))


def contents(model: Model, ifc: IfcFacts | None) -> Contents:
    """The contents of a model; an IFC file's own facts fill in what the model does not carry."""
    said = model.facts
    shown = [element for element in model.elements if element.layer != SPACES]
    low, high = model.box.low, model.box.high
    return Contents(
        format=said.format or (ifc.schema if ifc else ""),
        program=said.program or (ifc.program if ifc else ""),
        unit=said.unit or (ifc.unit if ifc else ""),
        unit_m=said.unit_m or (ifc.unit_m if ifc else None),
        up=said.up,
        elements=len(model.elements),
        triangles=model.triangles,
        vertices=sum(len(surface.positions) for surface in model.surfaces),
        flat_triangles=sum(_flat(surface) for surface in model.surfaces),
        kinds=_counted(element.kind for element in model.elements),
        storeys=_storeys(shown, ifc),
        disciplines=_counted(element.discipline for element in shown if element.discipline),
        materials=_materials(model.surfaces),
        low=_three(low),
        high=_three(high),
        same_shape=tuple(_same_shape(model)),
    )


def _three(xyz: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = (round(float(metres), 4) for metres in xyz)
    return x, y, z


def _counted(names: Iterable[str]) -> tuple[Counted, ...]:
    """Names and how often each occurs, the most frequent first."""
    counts = Counter(names)
    return tuple(Counted(name, counts[name]) for name in sorted(counts, key=lambda name: (-counts[name], name)))


def _storeys(elements: Sequence[Element], ifc: IfcFacts | None) -> tuple[Counted, ...]:
    if ifc is not None:
        return tuple(Counted(storey.entity.name, storey.elements) for storey in ifc.storeys)
    counts = Counter(element.storey for element in elements if element.storey)
    return tuple(Counted(name, counts[name]) for name in sorted(counts))


def _flat(surface: Surface) -> int:
    a, b, c = (surface.positions[surface.triangles[:, corner]] for corner in range(3))
    twice = np.cross(b - a, c - a)
    return int((np.einsum("ij,ij->i", twice, twice) < (2 * _FLAT_M2) ** 2).sum())


def _materials(surfaces: Sequence[Surface]) -> tuple[MaterialRow, ...]:
    """One row per look, the one with most triangles first."""
    counts: Counter[tuple[str, str, float, bool]] = Counter()
    for surface in surfaces:
        look = surface.material
        counts[look.name, _hex(srgb(mean_colour(look))), look.base_colour[3], look.texture is not None] += len(
            surface.triangles
        )
    rows = [
        MaterialRow(name, colour, opacity, count, textured)
        for (name, colour, opacity, textured), count in counts.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.triangles, row.name, row.colour)))


def mean_colour(material: Material) -> NDArray[np.float64]:
    """The linear colour of a material as seen from afar, (3,)."""
    base = np.array(material.base_colour[:3])
    picture = None if material.texture is None else texels(material.texture.data)
    return base if picture is None else base * picture.reshape(-1, 3).mean(axis=0)


def texels(data: bytes) -> NDArray[np.float64] | None:
    """A small copy of a picture, linear (h, w, 3), row 0 on top; None for one that cannot be read."""
    from tiles.colour import linear  # noqa: PLC0415 - only models with pictures need it

    try:
        with Image.open(BytesIO(data)) as picture:
            if picture.width * picture.height > _PICTURE_PIXELS:
                picture.draft("RGB", (1024, 1024))
            small = picture.convert("RGB")
            small.thumbnail((512, 512))
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    return linear(np.asarray(small, np.float64) / 255)


def srgb(linear_colour: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Bytes of linear values of any shape (IEC 61966-2-1)."""
    values = np.clip(linear_colour, 0.0, 1.0)
    curved = np.where(values <= _STRAIGHT_TO, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(curved * 255), np.uint8)


def _hex(colour: NDArray[np.uint8]) -> str:
    return "#" + "".join(f"{int(channel):02x}" for channel in colour)


def _same_shape(model: Model) -> Iterator[tuple[str, ...]]:
    """Groups of elements whose vertices are the same to the millimetre, in the order of elements."""
    if not model.surfaces:
        return
    features = np.concatenate([surface.features for surface in model.surfaces]).astype(np.int64)
    positions = np.concatenate([surface.positions for surface in model.surfaces])
    hashes = _hashed(np.rint(positions / _STEP_M).astype(np.int64))
    _, distinct = np.unique(_mixed(hashes ^ _mixed(features.astype(np.uint64))), return_index=True)
    distinct = distinct[np.argsort(features[distinct], kind="stable")]
    starts = np.flatnonzero(np.diff(features[distinct], prepend=-1))
    shapes = np.add.reduceat(_mixed(hashes[distinct]), starts)
    groups: dict[int, list[int]] = {}
    for feature, shape in zip(features[distinct[starts]].tolist(), shapes.tolist(), strict=True):
        groups.setdefault(shape, []).append(feature)
    for group in groups.values():
        named = [_name(model.elements[row]) for row in group if model.elements[row].layer != SPACES]
        if len(named) > 1:
            yield tuple(named)


def _name(element: Element) -> str:
    return f"{element.kind} {element.name or '–'} ({element.guid})"


def _hashed(steps: NDArray[np.int64]) -> Hashes:
    """One number per row of whole steps, (n, 3)."""
    x, y, z = steps.astype(np.uint64).T
    return _mixed(_mixed(_mixed(x) + y) + z)


def _mixed(numbers: Hashes) -> Hashes:
    """SplitMix64's finaliser (Steele, Lea, Flood 2014): neighbours come out far apart."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
