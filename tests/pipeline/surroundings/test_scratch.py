"""Points on scratch disk as a cloud that is asked by place."""

import numpy as np
import pytest

from pipeline import las
from pipeline.pool import Here
from pipeline.report import silent
from pipeline.surroundings import scratch
from pipeline.surroundings.cloud import Bounds, Square
from tests import make
from tests.pipeline.surroundings import made
from tests.pipeline.surroundings.made import CORNER, MemoryCloud
from tiles.errors import BadInput
from tiles.frame import RD_NAP


@pytest.fixture(scope="module")
def points():
    return made.town(density=3)


@pytest.fixture(scope="module")
def cloud(points, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scratch")
    file = las.read_header(made.write(folder / "town.las", points))
    return scratch.fill(folder, [file], RD_NAP, Here(), silent)


def ordered(found):
    rows = np.column_stack([found.xyz, found.classification])
    return rows[np.lexsort(rows.T)]


@pytest.mark.parametrize("half", [(300.0, 300.0), (20.0, 20.0), (0.5, 40.0)])
def test_it_gives_the_points_in_bounds_across_squares_and_no_others(cloud, points, half):
    x, y = CORNER
    bounds = Bounds(x - half[0], y - half[1], x + half[0] / 2, y + half[1])
    assert ordered(cloud.within(bounds)) == pytest.approx(ordered(MemoryCloud(points).within(bounds)), abs=1e-9)


def test_it_knows_its_squares(cloud):
    assert cloud.squares() == [Square(399, 1621), Square(400, 1621), Square(399, 1622), Square(400, 1622)]


def test_where_there_is_nothing_it_gives_nothing(cloud):
    assert len(cloud.within(Bounds(0, 0, 10, 10)).xyz) == 0


def test_noise_alone_is_refused(tmp_path):
    noise = make.town(100)
    noise.columns["classification"][:] = 7
    file = las.read_header(make.write_las(tmp_path / "noise.las", noise))
    with pytest.raises(BadInput, match="all 100 points are noise"):
        scratch.fill(tmp_path, [file], RD_NAP, Here(), silent)
