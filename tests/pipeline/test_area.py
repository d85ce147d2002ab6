"""Areas: which points are asked for, each point in one of two that adjoin."""

import pickle

import numpy as np
import pytest

from pipeline import area
from pipeline.area import Area
from tests.makemap import RD_CRS, collection, feature, rectangle, write_geojson
from tiles.errors import BadInput, OutsideArea

CELL = (104_857.6, 425_197.568, 105_119.744, 425_459.712)


def at(*rows):
    return np.array([(*row, 3.0) for row in rows], np.float64)


def test_a_point_on_the_line_between_two_rectangles_is_in_one_of_them():
    west, east = area.from_bbox("104900,425000,105000,425100"), area.from_bbox("105000, 425000, 105100, 425100")
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.integers(104_900, 105_100, (2_000, 1)), rng.integers(425_000, 425_100, (2_000, 1))])
    points = np.column_stack([points, np.zeros(2_000)]).astype(float)
    assert (west.holds(points) ^ east.holds(points)).all()
    assert east.holds(at((105_000, 425_000))).all()
    assert not west.holds(at((105_000, 425_000), (104_950, 425_100))).any()


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("104900,425000,105000", BadInput, "'104900,425000,105000' is not a rectangle; write west,south,east,north"),
        ("a,b,c,d", BadInput, "is not a rectangle"),
        ("nan,425000,105000,425100", BadInput, "is not a position"),
        ("105000,425000,104900,425100", BadInput, "is empty"),
        ("4.6,51.7,4.7,51.8", OutsideArea, "looks like degrees"),
        ("425000,104900,425100,105000", OutsideArea, "x and y look swapped"),
    ],
)
def test_a_rectangle_that_is_none_is_told(text, kind, said):
    with pytest.raises(kind, match=said):
        area.from_bbox(text)


@pytest.fixture
def block(tmp_path):
    ring, hole = rectangle(104_900, 425_250, 104_940, 425_280), rectangle(104_910, 425_260, 104_920, 425_270)
    return area.from_geojson(write_geojson(tmp_path / "area.geojson", collection(feature(ring, hole), crs=RD_CRS)))


def test_a_polygon_holds_what_lies_in_it_with_its_edge_and_without_its_holes(block):
    assert block.bounds == (104_900, 425_250, 104_940, 425_280)
    assert block.holds(at((104_900, 425_250), (104_940, 425_280), (104_939.999, 425_265))).all()
    assert not block.holds(at((104_940.001, 425_265), (104_915, 425_265))).any()
    assert pickle.loads(pickle.dumps(block)) == block


def test_adjoining_polygons_of_a_file_are_one_area(tmp_path):
    halves = (
        feature(rectangle(104_900, 425_250, 104_920, 425_280)),
        feature(rectangle(104_920, 425_250, 104_940, 425_280)),
    )
    both = area.from_geojson(write_geojson(tmp_path / "two.geojson", collection(*halves)))
    assert both.holds(at((104_920, 425_260))).all()
    assert len(both.notes) == 1


def test_a_square_is_touched_where_it_can_hold_points_and_covered_where_all_are_held(block):
    wide = area.from_bbox("104000,425000,106000,426000")
    assert wide.touched(CELL)
    assert wide.covers(CELL)
    beside = Area((CELL[0] - 10, CELL[1], CELL[0], CELL[3]))
    assert not beside.touched(CELL)
    assert not beside.covers(CELL)
    assert block.touched(CELL)
    assert not block.covers(CELL)
    assert not block.touched((0, 400_000, 100, 400_100))
    assert Area(CELL).covers(CELL)


def test_the_digest_of_a_square_changes_only_with_what_is_kept_of_it(block):
    wide, wider = area.from_bbox("104000,425000,106000,426000"), area.from_bbox("103000,425000,106000,426000")
    assert wide.digest(CELL) == wider.digest(CELL) == b""
    half, other_half = Area((0, 400_000, 105_000, 500_000)), Area((100_000, 420_000, 105_000, 490_000))
    assert half.digest(CELL) == other_half.digest(CELL)
    assert len({half.digest(CELL), block.digest(CELL), Area(block.bounds).digest(CELL), wide.digest(CELL)}) == 4
