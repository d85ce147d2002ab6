"""How a model is shown: its scale, and the axes of phones."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput
from tiles.frame import Vec3s
from tiles.geometry import Surface

TABLE_TOP_M = 1.0
_ERROR_M = 0.2
_ERROR_SEEN_M = 0.005
"""In the room: what 0.2 m is from across the street, 5 mm is from the edge of the table."""
_ERROR_OF_SIZE = 0.01


@dataclass(frozen=True)
class View:
    """What a file shows: metres of the room for metres of the model, and under which name."""

    scale: float = 1.0
    name: str = ""

    @property
    def ratio(self) -> str:
        """The scale as on a drawing."""
        return f"1 : {1 / self.scale:.4g}"

    def largest_error_m(self, longest_m: float) -> float:
        """How far the surface of a model so long may move, metres of the model."""
        return min(_ERROR_OF_SIZE * longest_m, max(_ERROR_M, _ERROR_SEEN_M / self.scale))

    def positions(self, surface: Surface) -> NDArray[np.float32]:
        """Vertices, (v, 3): x east, y up, z south, metres of the room."""
        return _y_up(surface.positions * self.scale)

    def normals(self, surface: Surface) -> NDArray[np.float32]:
        """Normals, (v, 3), of length 1 to the last bit; those without a direction point up."""
        lengths = np.linalg.norm(surface.normals, axis=1, keepdims=True)
        up = np.array([0.0, 0.0, 1.0])
        return _y_up(np.where(lengths > 0, surface.normals / np.where(lengths > 0, lengths, 1.0), up))


def _y_up(xyz: Vec3s) -> NDArray[np.float32]:
    turned: NDArray[Any] = np.column_stack([xyz[:, 0], xyz[:, 2], -xyz[:, 1]])
    return turned.astype(np.float32)


def scale_of(text: str | None, *, table_top: bool, longest_m: float) -> float:
    """The scale that was asked for; raises `BadInput` where it is none, or two."""
    if text is None:
        return min(1.0, TABLE_TOP_M / longest_m) if table_top else 1.0
    if table_top:
        raise BadInput("Give --table-top or --scale, not both.")
    try:
        one, many = (float(part) for part in text.split(":"))
        if not (one > 0 and one <= many < np.inf):
            raise ValueError  # noqa: TRY301 - said below, as what cannot be read
    except ValueError:
        raise BadInput(f"--scale {text} is no scale; write for example --scale 1:200.") from None
    return one / many
