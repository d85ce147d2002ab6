"""Corners that each name a position, a normal and a texture coordinate, as vertices that have all three."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput
from tiles.geometry import Material

from .distinct import distinct
from .parts import Floats, Part, Rows


@dataclass(frozen=True, eq=False)
class Stream:
    """Values, (n, k), and for each corner the row of its value."""

    values: Floats
    rows: Rows  # (corners,)

    def taken(self, corners: Rows) -> "Stream":
        """The stream of some of the corners."""
        return Stream(self.values, self.rows[corners])


@dataclass(frozen=True, eq=False)
class Corners:
    """All that the corners of some triangles have, three after three."""

    positions: Stream
    normals: Stream | None = None
    uv: Stream | None = None
    colours: Stream | None = None

    def taken(self, corners: Rows) -> "Corners":
        """Some of the corners."""
        return Corners(*(None if each is None else each.taken(corners) for each in self._all()))  # type: ignore[arg-type]

    def _all(self) -> tuple[Stream | None, ...]:
        return self.positions, self.normals, self.uv, self.colours

    def part(self, element: int, material: Material) -> Part:
        """The triangles as a part whose vertices are the corners that differ; raises `BadInput` for a wrong row."""
        streams = [each for each in self._all() if each is not None]
        for stream in streams:
            if len(stream.rows) and not 0 <= stream.rows.min() <= stream.rows.max() < len(stream.values):
                wrong = int(stream.rows.max() if stream.rows.min() >= 0 else stream.rows.min())
                raise BadInput(f"a corner refers to number {wrong + 1:,} of {len(stream.values):,}")
        first, inverse = distinct([stream.rows for stream in streams])

        def values(stream: Stream | None) -> NDArray[Any] | None:
            return None if stream is None else stream.values[stream.rows[first]]

        return Part(
            element,
            material,
            self.positions.values[self.positions.rows[first]],
            inverse.reshape(-1, 3).astype(np.int64),
            values(self.normals),
            values(self.uv),
            values(self.colours),
        )
