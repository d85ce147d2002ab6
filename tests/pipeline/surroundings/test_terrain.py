"""Terrain of neighbouring squares: one surface, filled under houses, flat on water, exact between nodes."""

import numpy as np
import pytest

from pipeline.surroundings import overview as over
from pipeline.surroundings.cloud import Classified, Square
from pipeline.surroundings.lattice import NODES, STEP_M, Window
from pipeline.surroundings.measure import Known, Measured, measure_square
from pipeline.surroundings.terrain import MARGIN, Plot, Terrain, work_window
from tests.pipeline.surroundings import made
from tests.pipeline.surroundings.made import CORNER, WATER_LEVEL, MemoryCloud, street


def plots_of(points, folder, extents=()):
    """Every square of a cloud with what its terrain is worked out from."""
    cloud, kept = MemoryCloud(points), Measured(folder)
    looked, _ = over.overview(
        {square: measure_square(cloud, kept, Known(extents), square) for square in cloud.squares()}
    )
    return {square: Plot(square, kept, looked.cut(work_window(square)), extents) for square in looked.squares()}


@pytest.fixture(scope="module")
def plots(tmp_path_factory):
    """The squares of the made town."""
    points = made.town()
    return plots_of(points, tmp_path_factory.mktemp("measured"), (made.extent(points),))


@pytest.fixture(scope="module")
def terrains(plots):
    return {square: plot.terrain() for square, plot in plots.items()}


@pytest.fixture(scope="module")
def heights(terrains):
    """Heights anywhere in the town, at places counted from the corner: from the square each lies in."""

    def find(x, y):
        xy = np.stack([np.ravel(x), np.ravel(y)], axis=-1) + CORNER
        found = np.full(len(xy), np.nan)
        for square, terrain in terrains.items():
            west, south, east, north = square.bounds
            own = (xy[:, 0] >= west) & (xy[:, 0] < east) & (xy[:, 1] >= south) & (xy[:, 1] < north)
            found[own] = terrain.heights(xy[own])
        return found

    return find


def places(west, south, east, north, step=0.7):
    return np.meshgrid(np.arange(west, east, step), np.arange(south, north, step))


def test_the_town_lies_in_four_squares(plots):
    assert list(plots) == [Square(399, 1621), Square(400, 1621), Square(399, 1622), Square(400, 1622)]


def test_nodes_that_squares_share_are_the_same_to_the_bit(terrains):
    squares = list(terrains)
    for number, first in enumerate(squares):
        for second in squares[number + 1 :]:
            a, b = terrains[first], terrains[second]
            column, row = max(a.window.column, b.window.column), max(a.window.row, b.window.row)
            east = min(a.window.column + a.window.columns, b.window.column + b.window.columns)
            north = min(a.window.row + a.window.rows, b.window.row + b.window.rows)
            assert min(east - column, north - row) >= 2 * MARGIN
            shared = Window(column, row, east - column, north - row)
            for name in ("heights_mm", "water", "covered"):
                assert (getattr(a.part(shared), name) == getattr(b.part(shared), name)).all()


def test_open_ground_lies_where_it_truly_is(heights):
    x, y = places(-100, -25, -60, 10)
    open_ground = (x + 70) ** 2 + (y - 20) ** 2 > 49
    error = heights(x, y) - street(x, y).ravel()
    assert np.sqrt(np.mean(error[open_ground.ravel()] ** 2)) < 0.02


def test_the_dike_keeps_its_crest_and_its_sides(heights):
    x, y = places(-90, 48, 90, 72)
    error = heights(x, y) - street(x, y).ravel()
    assert np.abs(error).max() < 0.25
    assert np.sqrt(np.mean(error**2)) < 0.04


def test_under_houses_the_ground_goes_on(heights):
    west, south, east, north = made.HOUSE
    x, y = places(west, south, east, north)
    assert heights(x, y) == pytest.approx(street(x, y).ravel(), abs=0.1)


def test_under_a_tree_the_ground_goes_on(heights):
    x, y = places(-74, 16, -66, 24)
    assert heights(x, y) == pytest.approx(street(x, y).ravel(), abs=0.1)


def test_water_is_flat_at_the_median_of_its_returns_also_where_it_gives_none(heights):
    found = heights(*places(-100, -38.6, 55, -29.4))
    assert np.ptp(found) == 0
    assert found[0] == pytest.approx(WATER_LEVEL, abs=0.01)
    beyond = heights(*places(72, -38.6, 100, -29.4))
    assert np.ptp(beyond) == 0
    assert beyond[0] == pytest.approx(WATER_LEVEL, abs=0.01)


def test_quays_stand_within_a_metre_and_a_half_of_the_bank(heights):
    x = np.arange(-100, 50, 0.9)
    for bank, away in ((made.CANAL[0], -1.4), (made.CANAL[1], 1.4)):
        assert heights(x, np.full(len(x), bank - away)) == pytest.approx(WATER_LEVEL, abs=0.02)
        on_land = heights(x, np.full(len(x), bank + away))
        assert on_land == pytest.approx(street(x, bank + away), abs=0.1)


def test_a_bridge_is_no_ground_and_the_water_goes_on_under_it(heights):
    found = heights(*places(made.BRIDGE[0], -37, made.BRIDGE[1], -31))
    assert found == pytest.approx(WATER_LEVEL, abs=0.01)


def test_between_nodes_heights_are_those_of_the_two_triangles_of_a_cell():
    window = Window(1000, 2000, 5, 5)
    nodes = np.zeros((5, 5), np.int32)
    nodes[1, 1] = 1000
    terrain = Terrain(window, nodes, nodes != 0, nodes == 0)
    at = np.array([(1001, 2001), (1000.5, 2000.5), (1001.5, 2000.5), (1000.75, 2001.5), (1002, 2002)]) * STEP_M
    # Node (1001, 2001) is odd and odd: all diagonals about it run to it, so the peak is a pyramid of eight sides.
    assert terrain.heights(at) == pytest.approx([1.0, 0.5, 0.5, 0.5, 0.0])


def test_a_plane_is_a_plane_everywhere():
    window = Window(999, 2001, 40, 30)
    x, y = np.meshgrid(np.arange(40), np.arange(30))
    plane = (100 * x - 30 * y).astype(np.int32)
    terrain = Terrain(window, plane, plane < 0, plane >= 0)
    u, v = np.random.default_rng(4).uniform(0, 29, (2, 500))
    found = terrain.heights(np.stack([999 + u, 2001 + v], axis=-1) * STEP_M)
    assert found == pytest.approx(0.1 * u - 0.03 * v, abs=1e-6)


def test_the_data_ends_where_the_files_do(terrains):
    terrain = terrains[Square(400, 1622)]
    covered = terrain.part(Window(400 * NODES, 1622 * NODES, NODES, NODES)).covered
    assert covered[:175, :213].all()
    assert not covered[178:].any()
    assert not covered[:, 217:].any()


def test_data_that_ends_askew_is_shown_to_where_it_ends(tmp_path):
    points = made.town(half=(80.0, 80.0))
    x, y = (points.xyz[:, :2] - CORNER).T
    kept = (x + y < 60) & (x > 5) & (y > 5)  # a triangle of streets in one square
    plot = plots_of(Classified(points.xyz[kept], points.classification[kept]), tmp_path)[Square(400, 1622)]
    terrain = plot.terrain().part(Window(400 * NODES, 1622 * NODES, NODES, NODES))
    x, y = np.meshgrid(np.arange(NODES) * STEP_M, np.arange(NODES) * STEP_M)
    assert terrain.covered[(x > 6) & (y > 6) & (x + y < 58)].all()
    assert not terrain.covered[(x + y > 64) | (x < 3) | (y < 3)].any()
