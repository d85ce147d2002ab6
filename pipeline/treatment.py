"""What is done to the points of a cell before they are tiled: which are kept, and what colour they get."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from tiles.frame import Vec3s

from . import records
from .colour import ColourOptions, Columns, brightest_of
from .colour import colour as colour_of
from .kernels import order
from .records import MM, Records
from .square import Bounds, Square, cell_of

if TYPE_CHECKING:  # shapely and rasterio are only loaded where there are masks, areas or photos
    from .area import Area
    from .mask import Masks
    from .photo import Photos


_AT_ONCE = 1 << 17  # points


@dataclass(frozen=True)
class Treatment:
    """What is kept, and how it is coloured; by itself all is kept."""

    masks: "Masks | None" = None
    area: "Area | None" = None
    photos: "Photos | None" = None
    colour: ColourOptions = field(default_factory=ColourOptions)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed or repaired, in sentences for the user."""
        return tuple(note for part in (self.masks, self.area, self.photos) if part is not None for note in part.notes)

    def touches(self, bounds: Bounds) -> bool:
        """Whether anything of these bounds can be kept."""
        return self.area is None or self.area.touched(bounds)

    def within(self, bounds: Bounds) -> "Treatment":
        """The same for a square alone."""
        area = None if self.area is None or self.area.covers(bounds) else self.area
        near = replace(self.masks.touching(bounds), notes=()) if self.masks else None
        return replace(self, masks=near or None, area=area)

    def digest(self, bounds: Bounds) -> str:
        """The same for whatever does the same to the points in a square."""
        used = (self.masks, self.area, self.photos if self._uses_photos else None)
        parts = [part.digest(bounds) if part is not None else b"" for part in used]
        hashes = [hashlib.sha256(part).digest() for part in (*parts, repr(self.colour).encode())]
        return hashlib.sha256(b"".join(hashes)).hexdigest()

    @property
    def _uses_photos(self) -> bool:
        return bool(self.photos) and self.colour.mode in {"best", "photo"}

    def kept(self, found: Records, square: Square) -> Records:
        """The records that are kept; they may lie anywhere in the cell of `square`."""
        if not self.masks and self.area is None:
            return found
        xyz = _map_metres(found, square)
        keep = np.ones(len(xyz), bool) if self.area is None else self.area.holds(xyz)
        if self.masks:
            keep &= ~self.masks.removes(xyz)
        return found[keep]

    def coloured(self, found: Records, square: Square) -> Records:
        """The records with the linear colour they are drawn in; those without one are drawn in their class's."""
        own = records.any_colour(found)
        if not (self._uses_photos or self.colour.mode in {"height", "intensity"} or own):
            return found
        if self.colour.mode == "class":
            return records.with_colour(found, np.zeros((len(found), 3), np.uint8), np.zeros(len(found), bool))
        # A photo is read once for all points of a square; without one they can be taken a few at a time.
        step = len(found) if self._uses_photos else _AT_ONCE
        result = np.empty_like(found)
        for start in range(0, len(found), step):
            some = found[start : start + step]
            linear = colour_of(self._columns(some, square, own=own), self.colour)
            result[start : start + step] = records.with_colour(some, linear, np.ones(len(some), bool))
        return result

    def _columns(self, found: Records, square: Square, *, own: bool) -> Columns:
        xyz = _map_metres(found, square)
        rgb, has = records.colour(found) if own else (None, None)
        photo, on_photo = self.photos.colours(xyz[:, :2]) if self.photos and self._uses_photos else (None, None)
        return Columns(
            records.classification(found),
            np.rint(xyz[:, 2] * MM).astype(np.int32),
            records.intensity(found),
            rgb,
            has,
            photo,
            on_photo,
            records.returns(found),
        )


def _map_metres(found: Records, square: Square) -> Vec3s:
    """Where records of the cell of a square lie, (n, 3), map metres."""
    positions = np.empty((len(found), 3), np.int32)
    order.positions(found, positions)
    return np.asarray(records.on_map_mm(positions, cell_of(square).corner_mm) / MM)


def brightest(found: Iterable[Records]) -> int:
    """The intensity that is white in a run, from all its records."""
    counts = np.zeros(1 << 16, np.int64)
    for each in found:
        counts += np.bincount(records.intensity(each), minlength=1 << 16)
    return brightest_of(counts)
