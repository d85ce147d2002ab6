"""Few materials for many colours: the colours become squares of one small picture."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tiles.colour import linear, srgb
from tiles.geometry import Material, Surface

from .pictures import average, png

_SQUARE_PX = 4
_KINDS = 2
"""Opaque and see-through: what no two can share."""


@dataclass(frozen=True, eq=False)
class Painted:
    """Surfaces with few materials, and what that cost."""

    surfaces: Sequence[Surface]
    averaged: int
    """How many pictures became their middle colour."""
    shared: int
    """How many colours share a picture."""


def painted(surfaces: Sequence[Surface], most: int) -> Painted:
    """Surfaces with at most `most` materials.

    Colours are kept exactly (to 8 bits) in a picture that is a palette. The largest pictures stay; where there are more
    than there is room for, the others become their middle colour.
    """
    if len(surfaces) <= most:
        return Painted(surfaces, 0, 0)
    by_area = sorted(range(len(surfaces)), key=lambda row: -_area_m2(surfaces[row]))
    textured = [row for row in by_area if surfaces[row].material.texture is not None]
    kept = set(textured[: most - _KINDS])
    plain = [_plain(surfaces[row]) for row in range(len(surfaces)) if row not in kept]
    solid = [surface for surface in plain if surface.material.base_colour[3] >= 1.0]
    glass = [surface for surface in plain if surface.material.base_colour[3] < 1.0]
    palettes = [_palette(group) for group in (solid, glass) if group]
    return Painted([*palettes, *(surfaces[row] for row in sorted(kept))], len(textured) - len(kept), len(plain))


def _plain(surface: Surface) -> Surface:
    """A surface without its picture, in the picture's middle colour."""
    material = surface.material
    if material.texture is None:
        return surface
    red, green, blue = (linear(average(material.texture)) * material.base_colour[:3]).tolist()
    colour = (red, green, blue, material.base_colour[3])
    return replace(surface, material=replace(material, texture=None, base_colour=colour), uv=None)


def _palette(surfaces: Sequence[Surface]) -> Surface:
    """Surfaces as one, each vertex at the square of its colour."""
    colours = np.array([surface.material.base_colour for surface in surfaces])
    across = int(np.ceil(np.sqrt(len(colours))))
    pixels = np.zeros((across * across, 4), np.uint8)
    rounded = np.rint(np.column_stack([srgb(colours[:, :3]), colours[:, 3]]) * 255)
    pixels[: len(colours)] = rounded.astype(np.uint8)
    picture = pixels.reshape(across, across, 4).repeat(_SQUARE_PX, axis=0).repeat(_SQUARE_PX, axis=1)
    opaque = bool((colours[:, 3] >= 1.0).all())
    rows, columns = np.divmod(np.arange(len(colours)), across)
    at = (np.column_stack([columns, rows]) + 0.5) / across
    largest = max(surfaces, key=_area_m2).material
    material = Material(
        "colours" if opaque else "see-through colours",
        (1.0, 1.0, 1.0, 1.0),
        largest.metallic,
        largest.roughness,
        any(surface.material.double_sided for surface in surfaces),
        png(picture[:, :, :3] if opaque else picture),
    )
    return _one(surfaces, material, at)


def _one(surfaces: Sequence[Surface], material: Material, at: "np.typing.NDArray[np.float64]") -> Surface:
    starts = np.cumsum([0, *(len(surface.positions) for surface in surfaces)])
    return Surface(
        material,
        np.concatenate([surface.positions for surface in surfaces]),
        np.concatenate([surface.normals for surface in surfaces]),
        np.zeros(starts[-1], np.uint32),
        np.concatenate([s.triangles + np.uint32(start) for s, start in zip(surfaces, starts, strict=False)]),
        np.repeat(at, np.diff(starts), axis=0),
    )


def _area_m2(surface: Surface) -> float:
    a, b, c = (surface.positions[surface.triangles[:, corner]] for corner in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)
