"""Where contents lie on the map."""

import numpy as np
import pytest

from pipeline.othertiles.contents import Content
from pipeline.othertiles.spread import Spread
from pipeline.othertiles.walk import Shown
from tests import maketiles as make
from tests.maketiles import AT

MATRIX = np.array(make.transform()).reshape(4, 4).T
decimetre = 0.1


def shown(vertices, volume=None, matrix=MATRIX):
    return Shown(
        "a", Content("glTF", vertices), matrix, volume or {"box": [0, 0, 0, 1e4, 0, 0, 0, 1e4, 0, 0, 0, 1e4]}, True
    )


def test_the_farthest_vertices_are_found_among_many():
    rng = np.random.default_rng(1)
    vertices = rng.uniform((-50, -50, 0), (50, 50, 10), (50_000, 3))
    spread = Spread()
    spread.add(shown(vertices))
    low, high = (vertices.min(axis=0) + AT, vertices.max(axis=0) + AT)
    # The block's east is 0.57° from the map's, so the farthest on one are not quite so on the other.
    assert spread.low == pytest.approx(low, abs=1)
    assert spread.high == pytest.approx(high, abs=1)
    assert spread.low[2] == pytest.approx(low[2], abs=decimetre)
    assert spread.ground_nap_m == pytest.approx(AT[2] + 0.5, abs=3 * decimetre)
    assert spread.undulation_m == pytest.approx(43.7, abs=decimetre)


def test_one_cellar_is_no_ground():
    spread = Spread()
    house = np.column_stack([np.tile(np.linspace(0, 10, 50), 2), np.zeros(100), np.repeat([0.0, 9.0], 50)])
    spread.add(shown(np.vstack([house, [(5, 0, -30)]])))
    assert spread.low[2] == pytest.approx(AT[2] - 30, abs=decimetre)
    assert spread.ground_nap_m == pytest.approx(AT[2], abs=decimetre)


def test_what_cannot_be_looked_into_lies_where_its_tile_does():
    spread = Spread()
    spread.add(shown(np.empty((0, 3)), {"region": make.region(low=46.2, high=58.2)}))
    assert (spread.closed, spread.placed) == (1, True)
    assert spread.low[2] == pytest.approx(2.5, abs=decimetre)
    assert spread.high[2] == pytest.approx(14.5, abs=decimetre)


@pytest.mark.parametrize("volume", [{"box": [0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 9]}, {"sphere": [0, 0, 0, 9]}])
def test_contents_that_reach_out_of_their_tile_are_counted(volume):
    spread = Spread()
    spread.add(shown(np.array([(8.0, 0, 0)]), volume))
    assert spread.beyond == 0
    spread.add(shown(np.array([(10.0, 0, 0)]), volume))
    assert spread.beyond == 1


def test_what_stands_in_the_middle_of_the_earth_is_counted():
    spread = Spread()
    spread.add(shown(np.array([(8.0, 0, 0)]), matrix=np.eye(4)))
    assert (spread.unplaced, spread.placed) == (1, False)
