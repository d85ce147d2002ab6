"""A model from below: where it stands on the map, and how low it reaches there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.model import SPACES, Model
from tiles.frame import Vec3s
from tiles.geometry import Surface

from .kernels import lowest as kernel
from .polygons import Bounds

_CELL_M = 0.5
_MOST_CELLS = 400
_GROUND_KINDS = {"IfcSite", "IfcGeographicElement", "LandUse", "TINRelief"}
"""What a model shows of the ground itself, which stands on nothing."""


@dataclass(frozen=True, eq=False)
class Underside:
    """The lowest height of a model over each cell of a grid along the map."""

    west: float
    south: float
    cell_m: float
    lowest: NDArray[np.float64]  # (rows, columns) from the south-west, NAP; infinite where there is nothing of it

    @property
    def covered(self) -> NDArray[np.bool_]:
        """The cells over which something of the model lies, (rows, columns)."""
        return np.isfinite(self.lowest)

    @property
    def area_m2(self) -> float:
        """How much ground it covers."""
        return float(self.covered.sum()) * self.cell_m**2

    @property
    def bounds(self) -> Bounds:
        """The grid's west, south, east, north."""
        rows, columns = self.lowest.shape
        return self.west, self.south, self.west + columns * self.cell_m, self.south + rows * self.cell_m

    @property
    def middles(self) -> Vec3s:
        """The middle of each covered cell at its lowest height, map metres, (n, 3)."""
        rows, columns = np.nonzero(self.covered)
        x, y = self.west + (columns + 0.5) * self.cell_m, self.south + (rows + 0.5) * self.cell_m
        return np.stack([x, y, self.lowest[rows, columns]], axis=-1)

    def raised(self, by_m: float) -> "Underside":
        """The same, higher by so much."""
        return replace(self, lowest=self.lowest + by_m)


def underside(model: Model, to_map: Callable[[Vec3s], Vec3s]) -> Underside:
    """A model from below, put on the map by `to_map`; rooms and its picture of the ground do not count."""
    surfaces = [_of(surface, _counting(model)) for surface in model.surfaces]
    surfaces = [surface for surface in surfaces if len(surface.triangles)] or list(model.surfaces)
    placed = [to_map(surface.positions) for surface in surfaces]
    used = [xyz[surface.triangles.ravel()] for xyz, surface in zip(placed, surfaces, strict=True)]
    low = np.min([xyz.min(axis=0) for xyz in used], axis=0)[:2]
    high = np.max([xyz.max(axis=0) for xyz in used], axis=0)[:2]
    cell_m = max(_CELL_M, float((high - low).max()) / _MOST_CELLS)
    west, south = np.floor(low / cell_m) * cell_m
    columns, rows = (int(count) + 1 for count in (high - (west, south)) // cell_m)
    lowest = np.full((rows, columns), np.inf)
    for xyz, surface in zip(placed, surfaces, strict=True):
        kernel.lowest(xyz - (west, south, 0.0), surface.triangles, cell_m, lowest)
    return Underside(float(west), float(south), cell_m, lowest)


def _counting(model: Model) -> NDArray[np.bool_]:
    """Which elements stand on the ground, (elements,); all where none does by its kind."""
    kinds: Sequence[bool] = [each.layer != SPACES and each.kind not in _GROUND_KINDS for each in model.elements]
    counting = np.array(kinds, bool)
    return counting if counting.any() else np.ones(len(counting), bool)


def _of(surface: Surface, counting: NDArray[np.bool_]) -> Surface:
    return replace(surface, triangles=surface.triangles[counting[surface.features[surface.triangles[:, 0]]]])
