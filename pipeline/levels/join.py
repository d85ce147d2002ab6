"""Surfaces that look the same as one: fewer things to draw, and shapes that repeat are found."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from tiles.geometry import Material, Surface


def by_material(surfaces: Sequence[Surface]) -> list[Surface]:
    """One surface for each material, in the order in which materials are met; those without picture places apart."""
    alike: dict[tuple[Material, tuple[str, ...]], list[Surface]] = {}
    for surface in surfaces:
        if len(surface.triangles):
            alike.setdefault((surface.material, tuple(_columns(surface))), []).append(surface)
    return [joined(each) for each in alike.values()]


def joined(pieces: Sequence[Surface]) -> Surface:
    """Surfaces of one material as one."""
    if len(pieces) == 1:
        return pieces[0]
    starts = np.cumsum([0, *(len(each.positions) for each in pieces[:-1])])
    triangles = np.concatenate([each.triangles + start for each, start in zip(pieces, starts, strict=True)])
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(each, name) for each in pieces]) for name in _columns(pieces[0])
    }
    return replace(pieces[0], **columns, triangles=triangles.astype(np.uint32))


def _columns(surface: Surface) -> list[str]:
    """What the surface has of each vertex."""
    own = [each.name for each in fields(surface) if isinstance(getattr(surface, each.name), np.ndarray)]
    return [name for name in own if name != "triangles"]
