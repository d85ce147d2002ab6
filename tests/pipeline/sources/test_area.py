"""The area, however it is said."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources import area as areas
from pipeline.sources.ahn import kilometre_tiles
from tiles.errors import BadInput, OutsideArea
from tiles.frame import RD_NAP, points

GROTE_KERK_RD = (104_898.5, 425_308.7)
millimetre = 0.001
TRIANGLE = [[104_000, 425_000], [105_000, 425_000], [104_000, 426_000], [104_000, 425_000]]


def crossing(corners):
    return {"type": "Polygon", "coordinates": [corners]}


def test_numbers_of_metres_are_rd():
    area = areas.of_text("104650,425050,105150,425450")
    assert area.bounds == (104_650, 425_050, 105_150, 425_450)
    assert area.is_box
    assert area.said == "RD 104650,425050,105150,425450"


def test_numbers_of_degrees_are_turned_into_rd_and_that_is_said():
    lat, lon, _ = RD_NAP.to_geographic(points((*GROTE_KERK_RD, 3.0)))[0]
    area = areas.of_text(f"{lon - 0.003},{lat - 0.002},{lon + 0.003},{lat + 0.002}")
    west, south, east, north = area.bounds
    assert abs((west + east) / 2 - GROTE_KERK_RD[0]) < 1
    assert abs((south + north) / 2 - GROTE_KERK_RD[1]) < 1
    assert "longitude and latitude" in area.said
    assert "RD" in area.said


def test_every_corner_in_degrees_lies_within_the_box_in_rd():
    area = areas.of_text("4.60,51.74,4.80,51.84")
    west, south, east, north = area.bounds
    for lon in np.linspace(4.60, 4.80, 9):
        for lat in np.linspace(51.74, 51.84, 9):
            x, y = areas.to_rd(np.array([[lon, lat]]))[0]
            assert west <= x <= east
            assert south <= y <= north


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("104650,425050,105150", BadInput, "is no box"),
        ("a,b,c,d", BadInput, "is no box"),
        ("105150,425050,104650,425450", BadInput, "west must be less than east"),
        ("51.74,4.60,51.84,4.80", OutsideArea, "look swapped"),
        ("13.3,52.4,13.5,52.6", OutsideArea, "neither in RD New nor in degrees"),
        ("904650,425050,905150,425450", OutsideArea, "outside RD New"),
        ("nan,425050,905150,425450", BadInput, "holds nothing"),
    ],
)
def test_a_box_that_is_none_is_refused_with_advice(text, error, said):
    with pytest.raises(error, match=said):
        areas.of_text(text)


def test_a_polygon_in_rd_is_taken_as_it_is(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": crossing(TRIANGLE)}))
    area = areas.of_file(path)
    assert area.km2 == pytest.approx(0.5)
    assert area.touches_box((104_100, 425_100, 104_200, 425_200))
    assert not area.touches_box((104_900, 425_900, 104_990, 425_990))
    assert not area.touches_box((103_900, 425_000, 104_000, 425_100))  # only an edge
    assert not area.covers_box((104_400, 425_400, 104_600, 425_600))


def test_the_real_municipality_in_degrees_comes_out_where_dordrecht_lies(shared_data):
    area = areas.of_file(shared_data("dordrecht/gemeente_dordrecht_wgs84.geojson"))
    assert 90 < area.km2 < 110
    assert area.touches_box((*GROTE_KERK_RD, GROTE_KERK_RD[0] + 1, GROTE_KERK_RD[1] + 1))
    assert "in longitude and latitude" in area.said


def test_the_real_sheets_are_one_area(shared_data):
    area = areas.of_file(shared_data("dordrecht/ahn_kaartbladen_binnenstad.geojson"))
    assert area.bounds == (100_000, 418_750, 110_000, 431_250)
    assert area.km2 == pytest.approx(125)


def test_an_outline_that_crosses_itself_is_repaired_and_said():
    bow_tie = [[104_000, 425_000], [105_000, 426_000], [105_000, 425_000], [104_000, 426_000], [104_000, 425_000]]
    area = areas.of_geojson(crossing(bow_tie), "bow tie")
    assert area.km2 == pytest.approx(0.5)
    assert "crosses itself and was repaired" in area.said


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"type": "Point", "coordinates": [104_000, 425_000]}, "has no polygon"),
        ({"type": "FeatureCollection", "features": []}, "has no polygon"),
        (crossing([[104_000, 425_000], [104_000, 425_000]]), "cannot be read"),
        ({"type": "Oval"}, "cannot be read"),
        (crossing(TRIANGLE) | {"crs": {"properties": {"name": "EPSG:3857"}}}, "is in EPSG:3857; write it in RD"),
        (
            crossing(TRIANGLE) | {"crs": {"properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}},
            "but its first corner",
        ),
    ],
)
def test_a_polygon_that_is_none_is_refused(document, said):
    with pytest.raises(BadInput, match=said):
        areas.of_geojson(document, "x.geojson")


def test_a_file_that_is_no_geojson_is_named(tmp_path):
    with pytest.raises(BadInput, match="There is no file"):
        areas.of_file(tmp_path / "none.geojson")
    for text in ("{", "[]"):
        (tmp_path / "bad.geojson").write_text(text)
        with pytest.raises(BadInput, match=r"bad\.geojson is no GeoJSON"):
            areas.of_file(tmp_path / "bad.geojson")


def test_the_digest_is_of_the_place_and_not_of_how_it_was_drawn():
    turned = [*TRIANGLE[1:], TRIANGLE[1]]
    assert areas.of_geojson(crossing(TRIANGLE), "a").digest == areas.of_geojson(crossing(turned), "b").digest
    assert (
        areas.of_bounds((0.0, 400_000.0, 9.0, 400_009.0)).digest
        != areas.of_bounds((0.0, 400_000.0, 9.0, 400_008.0)).digest
    )


def test_a_point_on_the_edge_of_two_boxes_belongs_to_one():
    left, right = areas.of_bounds((0.0, 400_000.0, 5.0, 400_010.0)), areas.of_bounds((5.0, 400_000.0, 9.0, 400_010.0))
    x, y = np.array([5.0, 2.0, 9.0, 2.0, 2.0]), np.array([400_003.0, 400_003.0, 400_003.0, 400_000.0, 400_010.0])
    assert left.inside(x, y).tolist() == [False, True, False, True, False]
    assert right.inside(x, y).tolist() == [True, False, False, False, False]


def test_points_are_in_a_polygon_or_on_its_edge_or_not():
    area = areas.of_geojson(crossing(TRIANGLE), "triangle")
    x, y = (
        np.array([104_100.0, 104_900.0, 103_000.0, 104_000.0]),
        np.array([425_100.0, 425_900.0, 425_100.0, 425_500.0]),
    )
    assert area.inside(x, y).tolist() == [True, False, False, True]


@given(
    st.floats(90_000, 110_000),
    st.floats(410_000, 430_000),
    st.floats(1, 3_000),
    st.floats(1, 3_000),
    st.floats(100, 2_500),
)
def test_the_tiles_of_a_box_cover_it_and_do_not_overlap(west, south, width, height, size):
    area = areas.of_bounds((west, south, west + width, south + height))
    tiles = list(area.tiles(size))
    surface = sum((right - left) * (top - bottom) for left, bottom, right, top in tiles)
    assert surface == pytest.approx(width * height, rel=1e-6)
    assert len(set(tiles)) == len(tiles)


def test_only_the_kilometre_tiles_that_are_touched_are_named():
    assert list(kilometre_tiles((104_650, 425_050, 105_150, 425_450))) == [(104_000, 425_000), (105_000, 425_000)]
