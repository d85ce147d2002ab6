"""What is to go: named polygons, with heights where only a part goes.

One mask serves everything that knows of the demolition: points, terrain, surroundings, viewer, the AR occluder and the
sun. Points in it or on its edge are removed, so that no rim of the old building stays behind.
"""

from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from math import inf, isfinite
from pathlib import Path
from struct import pack
from typing import Any

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray

from tiles.errors import BadInput
from tiles.frame import Vec3s

from .geojson import Feature, read_features
from .polygons import Bounds, Outline, bounds_of, each_within, fingerprint, square, to_lonlat


@dataclass(frozen=True)
class Mask:
    """One place where what stands is taken away, between two heights, both included."""

    name: str
    outline: Outline
    low_nap_m: float = -inf
    high_nap_m: float = inf


@dataclass(frozen=True)
class Masks:
    """All that is taken away; false where that is nothing."""

    masks: tuple[Mask, ...] = ()
    notes: tuple[str, ...] = ()
    """What was assumed or repaired, in sentences for the user."""

    def __bool__(self) -> bool:
        return bool(self.masks)

    def removes(self, xyz: Vec3s) -> NDArray[np.bool_]:
        """Which points (RD and NAP metres) are taken away, (n,): those in a mask or on its edge."""
        removed = np.zeros(len(xyz), bool)
        if not self:
            return removed
        for mask, rows in zip(self.masks, each_within(self.outlines(), xyz), strict=True):
            z = xyz[rows, 2]
            removed[rows[(z >= mask.low_nap_m) & (z <= mask.high_nap_m)]] = True
        return removed

    @property
    def bounds(self) -> Bounds:
        """The bounds of all masks together; raises `ValueError` where there are none."""
        if not self:
            raise ValueError("no masks, no bounds")
        return bounds_of(self.outlines())

    def touching(self, bounds: Bounds) -> "Masks":
        """Only the polygons that reach a square, its edge included."""
        around = square(bounds)
        found = []
        for mask in self.masks:
            parts = shapely.get_parts(mask.outline)
            near = parts[shapely.intersects(parts, around)]
            if len(near):
                outline = near[0] if len(near) == 1 else shapely.MultiPolygon(list(near))
                found.append(Mask(mask.name, outline, mask.low_nap_m, mask.high_nap_m))
        return Masks(tuple(found), self.notes)

    def touched(self, bounds: Bounds) -> bool:
        """Whether any mask reaches a square, its edge included."""
        return bool(self and shapely.intersects(np.array(self.outlines(), object), square(bounds)).any())

    def digest(self, bounds: Bounds) -> bytes:
        """A hash of what the masks do in a square, whatever their names, order or shape elsewhere; empty if nothing."""
        groups: dict[tuple[float, float], list[Outline]] = defaultdict(list)
        for mask in self.touching(bounds).masks:
            groups[mask.low_nap_m, mask.high_nap_m].append(mask.outline)
        if not groups:
            return b""
        digest = sha256()
        for heights, outlines in sorted(groups.items(), key=lambda group: group[0]):
            covered = fingerprint(outlines, bounds)
            digest.update(pack("<ddQ", *heights, len(covered)) + covered)
        return digest.digest()

    def unused(self, bounds: Bounds) -> tuple[str, ...]:
        """The names of masks that lie wholly outside bounds: say so, they are probably misplaced."""
        around = square(bounds)
        return tuple(mask.name for mask in self.masks if not shapely.intersects(mask.outline, around))

    def outlines(self) -> tuple[Outline, ...]:
        """The polygons in RD metres, one per mask, in the order of `masks`."""
        return tuple(mask.outline for mask in self.masks)

    def to_geojson(self) -> dict[str, Any]:
        """A GeoJSON FeatureCollection in CRS84 that `read_masks` reads back as the same masks."""
        return {"type": "FeatureCollection", "features": [_to_feature(mask) for mask in self.masks]}


def read_masks(*paths: Path) -> Masks:
    """The masks of GeoJSON files; raises a `Problem` that names the file and feature.

    A feature may have a `name` (or `naam`), and `lowNap` and `highNap`, metres NAP between which it takes away.
    """
    masks: list[Mask] = []
    notes: list[str] = []
    for path in paths:
        read = read_features(path)
        several = len(read.features) > 1
        for number, feature in enumerate(read.features, 1):
            masks.append(_mask(feature, f"{path.stem} {number}" if several else path.stem))
        notes += read.notes
    return Masks(tuple(masks), tuple(notes))


def _mask(feature: Feature, otherwise: str) -> Mask:
    # Databases fold the case of their columns, so that lowNap comes back as lownap or low_nap.
    folded = {key.replace("_", "").casefold(): value for key, value in feature.properties.items()}
    name = folded.get("name") or folded.get("naam") or otherwise
    low, high = (_height(folded.get(key.casefold()), key, feature.where) for key in ("lowNap", "highNap"))
    low, high = -inf if low is None else low, inf if high is None else high
    if low > high:
        raise BadInput(f"{feature.where}: lowNap {low:g} lies above highNap {high:g}; swap them.")
    return Mask(str(name), feature.outline, low, high)


def _height(value: Any, key: str, where: str) -> float | None:
    match value:
        case None:
            return None
        case int() | float() if not isinstance(value, bool) and isfinite(value):
            return float(value)
        case _:
            raise BadInput(f"{where}: {key} is {value!r}; write a height in metres NAP, such as 2.5.")


def _to_feature(mask: Mask) -> dict[str, Any]:
    heights = {"lowNap": mask.low_nap_m, "highNap": mask.high_nap_m}
    properties = {"name": mask.name} | {key: metres for key, metres in heights.items() if isfinite(metres)}
    return {"type": "Feature", "properties": properties, "geometry": to_lonlat(mask.outline)}
