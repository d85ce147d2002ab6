"""The canal belt of Amsterdam as AHN3 and BAG have it, made once for all tests that look at it."""

from dataclasses import dataclass

import laspy
import numpy as np
import pytest

from pipeline.surroundings import footprints, townscape
from pipeline.surroundings.buildings import Building
from pipeline.surroundings.cloud import Classified
from pipeline.surroundings.footprints import Footprints
from pipeline.surroundings.looks import Place
from pipeline.surroundings.standing import Standing
from pipeline.surroundings.townscape import Plan, Townscape
from tests.makehouses import Scattered
from tiles.frame import RD_NAP, Placement, east_north_up, points

AHN3_TILES = ("2__f97831", "6__fa9119")
_CELL_M = 4.0


def read(*paths) -> Classified:
    files = [laspy.read(path) for path in paths]
    kinds = np.concatenate([np.asarray(file.classification) for file in files])
    return Classified(np.concatenate([file.xyz for file in files]), kinds.astype(np.uint8))


def lowest_ground(cloud: Classified):
    """A terrain good enough to stand on: the lowest ground point in cells of 4 m, spread to where there is none."""
    ground = cloud.xyz[cloud.classification == 2]
    cells = np.floor(ground[:, :2] / _CELL_M).astype(int)
    corner, size = cells.min(axis=0) - 10, np.ptp(cells, axis=0) + 21
    heights = np.full(size, np.inf)
    np.minimum.at(heights, tuple((cells - corner).T), ground[:, 2])
    while np.isinf(heights).any():
        padded = np.pad(heights, 1, constant_values=np.inf)
        around = np.minimum.reduce([padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]])
        heights = np.where(np.isinf(heights), around, heights)

    def terrain(xy):
        at = np.clip(np.floor(xy / _CELL_M).astype(int) - corner, 0, size - 1)
        return heights[tuple(at.T)]

    return terrain


def placement_at(xyz) -> Placement:
    latitude, longitude, height = RD_NAP.to_geographic(points(tuple(xyz.mean(axis=0))))[0]
    return east_north_up(latitude, longitude, height)


@dataclass(frozen=True, eq=False)
class Town:
    """Everything that stands there, and how it was found."""

    cloud: Scattered
    footprints: Footprints
    squares: list[Townscape]
    placement: Placement

    @property
    def buildings(self) -> list[Building]:
        return [building for each in self.squares for building in each.buildings]

    @property
    def place(self) -> Place:
        return Standing(RD_NAP, self.placement).place


@pytest.fixture(scope="session")
def amsterdam(shared_data) -> Town:
    paths = [shared_data(f"ahn/bag3d/unit_25gn1_{name}.laz") for name in AHN3_TILES]
    outlines = footprints.read(shared_data("bag/bag3d_amsterdam_bag_pand.geojson"))
    cloud = Scattered(read(*paths))
    terrain, plan = lowest_ground(cloud.points), Plan(outlines)
    squares = [townscape.townscape(square, cloud, terrain, plan) for square in cloud.squares()]
    return Town(cloud, outlines, squares, placement_at(cloud.points.xyz))
