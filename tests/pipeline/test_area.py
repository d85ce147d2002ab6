"""Areas: what is asked for, however it is said; each point in one of two that adjoin."""

import pickle

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pipeline import area
from pipeline.area import Area
from tests.makemap import RD_CRS, collection, feature, rectangle, write_geojson
from tiles.errors import BadInput, OutsideArea
from tiles.frame import RD_NAP, points

CELL = (104_857.6, 425_197.568, 105_119.744, 425_459.712)
GROTE_KERK_RD = (104_898.5, 425_308.7)
TRIANGLE = [[104_000, 425_000], [105_000, 425_000], [104_000, 426_000], [104_000, 425_000]]


def at(*rows):
    return np.array([(*row, 3.0) for row in rows], np.float64)


def polygon(*rings):
    return area.from_document(feature(*rings), "x.geojson")


def test_numbers_of_metres_are_rd_and_taken_as_they_are():
    here = area.from_bbox("104650,425050,105150,425450.5")
    assert here == Area((104_650, 425_050, 105_150, 425_450.5))
    assert here.said == "RD 104650,425050,105150,425450.5"
    assert here.km2 == pytest.approx(0.5 * 0.4005)


def test_numbers_of_degrees_are_turned_into_rd_and_that_is_said():
    lat, lon, _ = RD_NAP.to_geographic(points((*GROTE_KERK_RD, 3.0)))[0]
    text = f"{lon - 0.003},{lat - 0.002},{lon + 0.003},{lat + 0.002}"
    here = area.from_bbox(text)
    west, south, east, north = here.bounds
    assert abs((west + east) / 2 - GROTE_KERK_RD[0]) < 1
    assert abs((south + north) / 2 - GROTE_KERK_RD[1]) < 1
    said = f"--bbox {text} is in longitude and latitude; RD {west:.0f},{south:.0f},{east:.0f},{north:.0f}, which"
    assert here.notes == (f"{said} covers it, was taken.",)
    assert here.outline is None


def test_whatever_a_rectangle_of_degrees_encloses_lies_in_the_one_in_rd():
    here = area.from_bbox("4.60,51.74,4.80,51.84")
    lat, lon = np.meshgrid(np.linspace(51.74, 51.84, 9), np.linspace(4.60, 4.80, 9))
    assert here.holds(RD_NAP.from_geographic(np.stack([lat.ravel(), lon.ravel(), np.zeros(81)], axis=-1))).all()


def test_a_point_on_the_line_between_two_rectangles_is_in_one_of_them():
    west, east = area.from_bbox("104900,425000,105000,425100"), area.from_bbox("105000, 425000, 105100, 425100")
    rng = np.random.default_rng(1)
    xyz = np.column_stack([rng.integers(104_900, 105_100, (2_000, 1)), rng.integers(425_000, 425_100, (2_000, 1))])
    xyz = np.column_stack([xyz, np.zeros(2_000)]).astype(float)
    assert (west.holds(xyz) ^ east.holds(xyz)).all()
    assert (west.holds(xyz[:, :2]) == west.holds(xyz)).all()
    assert east.holds(at((105_000, 425_000))).all()
    assert not west.holds(at((105_000, 425_000), (104_950, 425_100))).any()


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("104900,425000,105000", BadInput, "--bbox 104900,425000,105000 is no rectangle; write west,south,east,north"),
        ("a,b,c,d", BadInput, "is no rectangle"),
        ("", BadInput, "is no rectangle"),
        ("nan,425000,105000,425100", BadInput, "is empty"),
        ("-inf,425000,105000,425100", BadInput, "a position is two numbers"),
        ("105000,425000,104900,425100", BadInput, "is empty: west must be less than east"),
        ("51.74,4.60,51.84,4.80", OutsideArea, "look swapped"),
        ("13.3,52.4,13.5,52.6", OutsideArea, "longitude, latitude = 13.3, 52.4 lies outside the Netherlands"),
        ("2,50,8,56", OutsideArea, "lies outside RD New"),
        ("425000,104900,425100,105000", OutsideArea, "x and y look swapped"),
        ("904650,425050,905150,425450", OutsideArea, "--bbox 904650,425050,905150,425450: .* outside RD New"),
    ],
)
def test_a_rectangle_that_is_none_is_told(text, kind, said):
    with pytest.raises(kind, match=said) as caught:
        area.from_bbox(text)
    assert str(caught.value).startswith("--bbox")


def test_one_of_the_options_is_enough_and_two_are_too_many(tmp_path):
    path = write_geojson(tmp_path / "a.geojson", collection(feature(TRIANGLE), crs=RD_CRS))
    assert area.from_options(None, None) is None
    assert area.from_options("104900,425000,105000,425100", None) == area.from_bbox("104900,425000,105000,425100")
    assert area.from_options(None, path) == area.from_geojson(path)
    with pytest.raises(BadInput, match="give one of them"):
        area.from_options("104900,425000,105000,425100", path)


@pytest.fixture
def block(tmp_path):
    ring, hole = rectangle(104_900, 425_250, 104_940, 425_280), rectangle(104_910, 425_260, 104_920, 425_270)
    return area.from_geojson(write_geojson(tmp_path / "area.geojson", collection(feature(ring, hole), crs=RD_CRS)))


def test_a_polygon_holds_what_lies_in_it_with_its_edge_and_without_its_holes(block):
    assert block.bounds == (104_900, 425_250, 104_940, 425_280)
    assert block.holds(at((104_900, 425_250), (104_940, 425_280), (104_939.999, 425_265))).all()
    assert not block.holds(at((104_940.001, 425_265), (104_915, 425_265))).any()
    assert pickle.loads(pickle.dumps(block)) == block


def test_a_polygon_says_which_file_it_is_and_where(block):
    assert block.said == "area.geojson, within RD 104900,425250,104940,425280"
    assert block.km2 == pytest.approx((40 * 30 - 10 * 10) / 1e6)
    assert block.notes == ()


def test_adjoining_polygons_of_a_file_are_one_area(tmp_path):
    halves = (
        feature(rectangle(104_900, 425_250, 104_920, 425_280)),
        feature(rectangle(104_920, 425_250, 104_940, 425_280)),
    )
    both = area.from_geojson(write_geojson(tmp_path / "two.geojson", collection(*halves)))
    assert both.holds(at((104_920, 425_260))).all()
    assert len(both.notes) == 1


def test_an_outline_that_crosses_itself_is_repaired_and_said():
    bow_tie = [[104_000, 425_000], [105_000, 426_000], [105_000, 425_000], [104_000, 426_000], [104_000, 425_000]]
    here = polygon(bow_tie)
    assert here.km2 == pytest.approx(0.5)
    assert any("it was repaired" in note for note in here.notes)


def test_a_file_that_is_no_area_is_told(tmp_path):
    with pytest.raises(BadInput, match="There is no file"):
        area.from_geojson(tmp_path / "none.geojson")
    with pytest.raises(BadInput, match=r'x\.geojson is a "Point"; only polygons'):
        area.from_document({"type": "Point", "coordinates": [104_000, 425_000]}, "x.geojson")


def test_the_real_municipality_in_degrees_comes_out_where_dordrecht_lies(shared_data):
    dordrecht = area.from_geojson(shared_data("dordrecht/gemeente_dordrecht_wgs84.geojson"))
    assert 90 < dordrecht.km2 < 110
    assert dordrecht.overlaps((*GROTE_KERK_RD, GROTE_KERK_RD[0] + 1, GROTE_KERK_RD[1] + 1))


def test_the_real_sheets_are_one_area(shared_data):
    sheets = area.from_geojson(shared_data("dordrecht/ahn_kaartbladen_binnenstad.geojson"))
    assert sheets.bounds == (100_000, 418_750, 110_000, 431_250)
    assert sheets.km2 == pytest.approx(125)


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


def test_a_square_that_shares_an_edge_can_hold_points_and_does_not_overlap(block):
    east_of_it = (104_940, 425_250, 104_950, 425_260)
    assert block.touched(east_of_it)
    assert not block.overlaps(east_of_it)
    triangle = polygon(TRIANGLE)
    assert triangle.overlaps((104_100, 425_100, 104_200, 425_200))
    assert not triangle.overlaps((104_900, 425_900, 104_990, 425_990))
    assert not triangle.overlaps((103_900, 425_000, 104_000, 425_100))
    assert not triangle.covers((104_400, 425_400, 104_600, 425_600))
    box = Area((104_900, 425_000, 105_000, 425_100))
    assert box.touched((104_800, 425_000, 104_900, 425_100))
    assert not box.overlaps((104_800, 425_000, 104_900, 425_100))


def test_an_outline_touches_where_it_has_anything_in_common(block):
    assert block.touches(shapely.box(104_940, 425_280, 104_950, 425_290))
    assert not block.touches(shapely.box(104_912, 425_262, 104_918, 425_268))
    assert Area(block.bounds).touches(shapely.box(104_912, 425_262, 104_918, 425_268))


def test_the_digest_of_a_square_changes_only_with_what_is_kept_of_it(block):
    wide, wider = area.from_bbox("104000,425000,106000,426000"), area.from_bbox("103000,425000,106000,426000")
    assert wide.digest(CELL) == wider.digest(CELL) == b""
    half, other_half = Area((0, 400_000, 105_000, 500_000)), Area((100_000, 420_000, 105_000, 490_000))
    assert half.digest(CELL) == other_half.digest(CELL)
    assert len({half.digest(CELL), block.digest(CELL), Area(block.bounds).digest(CELL), wide.digest(CELL)}) == 4


def test_the_identity_is_of_the_place_and_not_of_how_it_was_drawn(block):
    triangle, turned = polygon(TRIANGLE), area.from_document(feature([*TRIANGLE[1:], TRIANGLE[1]][::-1]), "y")
    assert triangle.identity == turned.identity
    box, lower = Area((0.0, 400_000.0, 9.0, 400_009.0)), Area((0.0, 400_000.0, 9.0, 400_008.0))
    with_edge = polygon(rectangle(0, 400_000, 9, 400_009))
    assert len({triangle.identity, block.identity, box.identity, lower.identity, with_edge.identity}) == 5


def test_what_is_written_of_an_area_is_the_same_area(block):
    assert area.from_document(block.to_geojson(), "again").identity == block.identity
    assert polygon(*Area(CELL).to_geojson()["coordinates"]).bounds == CELL


def test_a_rectangle_where_rd_does_not_hold_is_refused():
    assert area.of_bounds(CELL) == Area(CELL)
    with pytest.raises(OutsideArea):
        area.of_bounds((0.0, 0.0, 1.0, 1.0))


@given(
    st.floats(90_000, 110_000),
    st.floats(410_000, 430_000),
    st.floats(1, 3_000),
    st.floats(1, 3_000),
    st.floats(100, 2_500),
)
def test_the_squares_of_a_rectangle_cover_it_and_do_not_overlap(west, south, width, height, side):
    squares = list(Area((west, south, west + width, south + height)).squares(side))
    surface = sum((right - left) * (top - bottom) for left, bottom, right, top in squares)
    assert surface == pytest.approx(width * height, rel=1e-6)
    assert len(set(squares)) == len(squares)


def test_only_the_squares_that_overlap_a_polygon_are_there():
    squares = list(polygon(TRIANGLE).squares(250))
    assert len(squares) == 4 + 3 + 2 + 1
    assert squares[0] == (104_000, 425_000, 104_250, 425_250)
