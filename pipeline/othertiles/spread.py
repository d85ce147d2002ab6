"""Where a tileset's contents lie on the map: how far they reach, and how low each of them stands."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tiles.errors import OutsideArea
from tiles.frame import RD_NAP, Vec3s, ecef_to_geographic

from . import volumes
from .walk import Shown

_SAMPLES = 400
"""Vertices of a content that are looked at, besides those that reach farthest."""
_LOW = 0.05
"""The share of a content's vertices that may lie below what it stands on, such as cellars."""
CELL_M = 25.0
"""The squares in which contents are compared with terrain: wider than a house, which has no ground points in it."""


@dataclass(eq=False)
class Spread:
    """What was seen of all contents so far; heights as the tileset has them, were they ellipsoidal."""

    contents: int = 0
    closed: int = 0
    """Contents that cannot be looked into; their tiles' volumes count."""
    outside: int = 0
    """Contents outside the Netherlands."""
    unplaced: int = 0
    """Contents near the middle of the Earth."""
    beyond: int = 0
    """Contents that reach out of their tile's volume."""
    points: bool = True
    """Whether nothing has a surface."""
    abroad: tuple[float, float] | None = None
    """Latitude and longitude of one content outside the Netherlands."""
    low: NDArray[np.float64] = field(default_factory=lambda: np.full(3, np.inf))
    high: NDArray[np.float64] = field(default_factory=lambda: np.full(3, -np.inf))
    """RD x, y and NAP of the lowest and the highest of each."""
    _lows: list[tuple[float, float]] = field(default_factory=list)
    """NAP of where each content begins, and how high the geoid is there above the ellipsoid."""
    cells: dict[tuple[int, int], float] = field(default_factory=dict)
    """NAP of the lowest vertex in each square of the map."""

    def add(self, shown: Shown) -> None:
        """Look at one more content."""
        self.contents += 1
        self.points &= shown.content.points
        vertices = volumes.moved(shown.to_earth, shown.content.vertices)
        if not len(vertices):
            self.closed += 1
            vertices = volumes.samples(shown.volume, shown.to_earth)
        elif shown.listed and not _holds(shown):
            self.beyond += 1
        if len(vertices):
            self._place(_some(vertices))

    def _place(self, ecef: Vec3s) -> None:
        if np.linalg.norm(ecef, axis=1).min() < 6e6:  # noqa: PLR2004 - the Earth's radius is 6.36e6 at least
            self.unplaced += 1
            return
        geographic = ecef_to_geographic(ecef)
        try:
            rd_nap = RD_NAP.from_geographic(geographic)
            RD_NAP.require(rd_nap)
        except OutsideArea:
            self.outside += 1
            self.abroad = self.abroad or (float(geographic[0, 0]), float(geographic[0, 1]))
            return
        self.low, self.high = np.minimum(self.low, rd_nap.min(axis=0)), np.maximum(self.high, rd_nap.max(axis=0))
        undulation = float(np.median(geographic[:, 2] - rd_nap[:, 2]))
        self._lows.append((float(np.quantile(rd_nap[:, 2], _LOW)), undulation))
        squares = np.floor(rd_nap[:, :2] / CELL_M).astype(int).tolist()
        for (x, y), nap in zip(squares, rd_nap[:, 2].tolist(), strict=True):
            self.cells[x, y] = min(nap, self.cells.get((x, y), np.inf))

    @property
    def placed(self) -> bool:
        """Whether any of it lies in the Netherlands."""
        return bool(self._lows)

    @property
    def ground_nap_m(self) -> float:
        """The height at which its contents begin, one with another."""
        return float(np.median([low for low, _ in self._lows]))

    @property
    def undulation_m(self) -> float:
        """How high the geoid, NAP 0, lies above the ellipsoid there."""
        return float(np.median([undulation for _, undulation in self._lows]))


def _some(ecef: Vec3s) -> Vec3s:
    """A few of the points, and those that reach farthest to each side, up and down."""
    centre = ecef.mean(axis=0)
    east = np.array([-centre[1], centre[0], 0.0])
    along = (ecef - centre) @ np.stack([east, np.cross(centre, east), centre], axis=1)
    step = -(-len(ecef) // _SAMPLES)
    return np.concatenate([ecef[::step], ecef[along.argmin(axis=0)], ecef[along.argmax(axis=0)]])


def _holds(shown: Shown) -> bool:
    """Whether a box or sphere holds a content, to a thousandth of its size and a decimetre; a region always."""
    if (box := volumes.numbers(shown.volume.get("box"), 12)) is not None:
        local = shown.content.vertices - box[:3]
        axes = box[3:].reshape(3, 3)
        lengths = np.linalg.norm(axes, axis=1)
        along = np.abs(local @ (axes / np.where(lengths, lengths, 1)[:, None]).T)
        return bool((along <= lengths * 1.001 + 0.1).all())
    if (sphere := volumes.numbers(shown.volume.get("sphere"), 4)) is not None:
        away = np.linalg.norm(shown.content.vertices - sphere[:3], axis=1)
        return bool((away <= sphere[3] * 1.001 + 0.1).all())
    return True
