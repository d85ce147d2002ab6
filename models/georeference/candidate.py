"""One reading of what a file says of its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tiles.frame import Vec3s

ADVICE = "pass --at X,Y,NAP to place it by hand"

Source = Literal["system", "conversion", "points", "coordinates", "placement", "world", "site"]
"""What a candidate goes by, the most telling first: a reference system that its coordinates are said to be in, a map
conversion, points whose place is known, coordinates that can only be the map's, a placement there, the world coordinate
system, and a site's latitude and longitude."""

_LEVELS: dict[Source, int] = {
    "system": 50,
    "conversion": 50,
    "world": 40,
    "points": 30,
    "coordinates": 30,
    "placement": 30,
    "site": 20,
}


@dataclass(frozen=True)
class Doubt:
    """Why a reading may be wrong, whatever else is said, and how much that takes from its score."""

    said: str
    cost: float


@dataclass(frozen=True, eq=False)
class Candidate:
    """One reading of a file's georeference."""

    crs: str
    local_to_map: NDArray[np.float64]  # (4, 4), model metres to map metres
    evidence: str
    source: Source = "system"
    doubts: tuple[Doubt, ...] = ()

    def to_map(self, xyz: Vec3s) -> Vec3s:
        """Model metres to map metres, (n, 3)."""
        return xyz @ self.local_to_map[:3, :3].T + self.local_to_map[:3, 3]

    @property
    def scales(self) -> NDArray[np.float64]:
        """Map metres per model metre along the model's x, y and z."""
        return np.asarray(np.linalg.norm(self.local_to_map[:3, :3], axis=0))

    @property
    def scale(self) -> float:
        """Map metres per model metre along the model's x."""
        return float(self.scales[0])

    @property
    def heading_deg(self) -> float:
        """Where the model's y axis points, clockwise from grid north, 0 to 360."""
        east, north = self.local_to_map[:2, 1]
        return round(float(np.degrees(np.arctan2(east, north))), 6) % 360.0

    @property
    def level(self) -> int:
        """The level of georeferencing it goes by, LoGeoRef (Clemen and Görne 2019)."""
        return _LEVELS[self.source]


@dataclass(frozen=True)
class Georeference:
    """All that a file says of its place."""

    candidates: Sequence[Candidate] = ()
    hints: tuple[str, ...] = ()
    """Statements that are too often an exporter's default to be trusted, or that cannot be read."""
    stated: tuple[tuple[int, str], ...] = ()
    """What is no candidate and yet says something of the place: its LoGeoRef level, and what it says."""
