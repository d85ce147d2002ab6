"""Polygons of GeoJSON files on the map: what they say, what they mean, and what is wrong with them."""

import contextlib
import json

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline import geojson
from pipeline.geojson import read_features
from tests.makemap import RD_CRS, collection, feature, rectangle, write_geojson
from tiles.errors import BadInput, OutsideArea, Problem
from tiles.frame import RD_NAP

TENTH_MM = 0.0001
MILLIMETRE = 0.001

KINDS = ("Polygon", "MultiPolygon", "GeometryCollection", "Point", "FeatureCollection")
MEMBERS = ("type", "geometry", "geometries", "coordinates", "features", "properties", "name", "href", "crs")

BLOCK = rectangle(104_900, 425_250, 104_940, 425_280)
COURT = rectangle(104_910, 425_260, 104_920, 425_270)[::-1]


def to_lonlat(ring, height_m=0.0):
    rd = np.column_stack([np.array(ring), np.full(len(ring), height_m)])
    return RD_NAP.to_geographic(rd)[:, [1, 0]].round(10).tolist()


@pytest.fixture
def read(tmp_path):
    return lambda document: read_features(write_geojson(tmp_path / "plan.geojson", document))


def test_a_polygon_in_rd_keeps_every_coordinate(read):
    [found] = read(collection(feature(BLOCK, COURT, name="school"), crs=RD_CRS)).features
    assert found.outline.equals(shapely.Polygon(BLOCK, [COURT]))
    assert found.outline.area == 40 * 30 - 10 * 10
    assert found.properties == {"name": "school"}


@pytest.mark.parametrize(
    "crs",
    [
        None,
        {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}},
        {"crs": {"type": "name", "properties": {"name": "EPSG:4326"}}},
        {"coordRefSys": "http://www.opengis.net/def/crs/OGC/0/CRS84"},
        {"coordRefSys": "[OGC:CRS84]"},
        {"coordRefSys": "http://www.opengis.net/def/crs/EPSG/0/28992"},  # JSON-FG: of `place`, never of `geometry`
    ],
)
def test_longitude_and_latitude_are_the_same_polygon_as_rd(read, crs):
    found = read(collection(feature(to_lonlat(BLOCK), to_lonlat(COURT)), **(crs or {})))
    expected = shapely.Polygon(BLOCK, [COURT])
    assert shapely.hausdorff_distance(found.features[0].outline, expected) <= TENTH_MM
    assert found.notes == ()


@pytest.mark.parametrize(
    "crs",
    [
        {"crs": RD_CRS},
        {"crs": {"type": "name", "properties": {"name": "EPSG:28992"}}},
        {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::7415"}}},
        {"coordRefSys": "http://www.opengis.net/def/crs/EPSG/0/28992"},
        {"coordRefSys": {"type": "Reference", "href": "http://www.opengis.net/def/crs/EPSG/0/7415"}},
        {"coordRefSys": "[EPSG:28992]"},
    ],
)
def test_every_way_to_name_rd_is_understood_without_a_note(read, crs):
    found = read(collection(feature(BLOCK), **crs))
    assert found.features[0].outline.equals(shapely.Polygon(BLOCK))
    assert found.notes == ()


def test_rd_that_nothing_names_is_recognised_by_its_numbers_and_said_once(read):
    found = read(collection(feature(BLOCK), feature(COURT)))
    assert found.features[0].outline.equals(shapely.Polygon(BLOCK))
    assert found.notes == ("plan.geojson names no reference system; its numbers can only be RD New (EPSG:28992).",)


def test_json_fg_keeps_rd_in_place_beside_a_geometry_in_crs84(read):
    member = feature(to_lonlat(COURT))
    member["place"] = {"type": "Polygon", "coordinates": [BLOCK]}
    [found] = read(collection(member, coordRefSys="http://www.opengis.net/def/crs/EPSG/0/28992")).features
    assert found.outline.equals(shapely.Polygon(BLOCK))


def test_where_a_point_lies_on_the_map_does_not_depend_on_its_height(read):
    ring = np.array(BLOCK)
    low, high = (RD_NAP.to_geographic(np.column_stack([ring, np.full(5, h)])) for h in (0.0, 300.0))
    assert (low[:, :2] == high[:, :2]).all()
    back = RD_NAP.from_geographic(np.column_stack([high[:, :2], np.zeros(5)]))
    assert np.abs(back[:, :2] - ring).max() < TENTH_MM


def test_a_long_edge_is_straight_in_degrees_as_the_standard_wants(read):
    west, south, east, north = 4.6, 51.75, 4.8, 51.85  # 14 by 11 km: the graticule bends 5 m there
    [found] = read(feature(rectangle(west, south, east, north))).features
    lon = np.linspace(west, east, 1_000)
    along = RD_NAP.from_geographic(np.column_stack([np.full_like(lon, south), lon, np.zeros_like(lon)]))[:, :2]
    edge = shapely.boundary(found.outline)
    assert shapely.distance(edge, shapely.points(along)).max() < MILLIMETRE
    chord = shapely.LineString([along[0], along[-1]])
    assert shapely.distance(chord, shapely.points(along)).max() > 3


def test_every_kind_of_object_gives_its_polygons(read):
    polygon, other = shapely.Polygon(BLOCK), shapely.box(105_000, 425_000, 105_010, 425_010)
    bare = json.loads(shapely.to_geojson(polygon))
    several = json.loads(shapely.to_geojson(shapely.MultiPolygon([polygon, other])))
    mixed = {"type": "GeometryCollection", "geometries": [bare, json.loads(shapely.to_geojson(other))]}
    assert read(bare).features[0].outline.equals(polygon)
    for document in (several, mixed, {"type": "Feature", "properties": None, "geometry": several}):
        assert read(document).features[0].outline.equals(shapely.MultiPolygon([polygon, other]))


def test_polygons_of_one_feature_that_overlap_are_counted_once(read):
    document = {"type": "MultiPolygon", "coordinates": [[BLOCK], [rectangle(104_930, 425_250, 104_950, 425_280)]]}
    [found] = read(document).features
    assert found.outline.is_valid
    assert found.outline.area == 50 * 30


def test_a_polygon_that_crosses_itself_is_repaired_and_said(read):
    bow_tie = [[104_900, 425_250], [104_910, 425_260], [104_910, 425_250], [104_900, 425_260], [104_900, 425_250]]
    found = read(feature(bow_tie))
    assert found.features[0].outline.is_valid
    assert found.features[0].outline.area == 50
    assert any("self-intersection at 104905, 425255" in note for note in found.notes)


def test_a_hole_that_sticks_out_only_takes_away(read):
    found = read(feature(BLOCK, rectangle(104_930, 425_260, 104_960, 425_270)))
    assert found.features[0].outline.area == 40 * 30 - 10 * 10
    assert len(found.notes) == 2


def test_a_third_number_of_a_position_is_left_alone(read):
    assert read(feature([[*at, 17.5] for at in BLOCK])).features[0].outline.equals(shapely.Polygon(BLOCK))


def document_with(ring):
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.mark.parametrize(
    ("document", "kind", "said"),
    [
        ("<gml/>", BadInput, "is not JSON that can be read"),
        ("[1, 2]", BadInput, r"is not GeoJSON: it holds \[1, 2\]"),
        ("{}", BadInput, "JSON but not GeoJSON"),
        ("[" * 100_000, BadInput, "is not JSON that can be read"),
        ('{"type": "Polygon", "coordinates": [[[NaN, 1]]]}', BadInput, "NaN is no number"),
        (collection(), BadInput, "holds no features"),
        ({"type": "FeatureCollection", "features": [3]}, BadInput, "feature 1 is no Feature but 3"),
        ({"type": "FeatureCollection", "features": 3}, BadInput, "holds no features"),
        ({"type": "Feature", "geometry": None}, BadInput, "has no geometry"),
        ({"type": "Feature", "geometry": document_with(BLOCK), "properties": [1]}, BadInput, "not an object"),
        ({"type": "Point", "coordinates": [4.67, 51.81]}, BadInput, 'is a "Point"; only polygons'),
        ({"type": "Polygon"}, BadInput, "its Polygon has no coordinates"),
        ({"type": "Polygon", "coordinates": []}, BadInput, "is empty"),
        ({"type": "Polygon", "coordinates": [3]}, BadInput, "a ring is 3, not a list of positions"),
        ({"type": "MultiPolygon", "coordinates": [3]}, BadInput, "a polygon is 3, not a list of rings"),
        ({"type": "GeometryCollection", "geometries": []}, BadInput, "is empty"),
        (document_with([]), BadInput, "a ring has 0 positions"),
        (document_with(BLOCK[:3]), BadInput, "a ring has 3 positions"),
        (document_with(BLOCK[:4]), BadInput, "not closed: it begins at 104900, 425250 and ends at 104900, 425280"),
        (document_with([["4.6", 51.8]] * 4), BadInput, r'\["4.6", 51.8\] is no position'),
        (document_with([[True, False]] * 4), BadInput, r"\[true, false\] is no position"),
        (document_with([[4.6]] * 4), BadInput, r"\[4.6\] is no position"),
        (document_with([[10**400, 1]] * 4), BadInput, "a position is two numbers"),
        (document_with([[104_900, 425_250]] * 4), BadInput, "a polygon without area"),
        (document_with([[51.80, 4.66], [51.81, 4.66], [51.81, 4.67], [51.80, 4.66]]), OutsideArea, "look swapped"),
        (document_with([[13.4, 52.5], [13.5, 52.5], [13.5, 52.6], [13.4, 52.5]]), OutsideArea, "outside the Nether"),
        (document_with([[425_250, 104_900]] * 4), OutsideArea, "x and y look swapped"),
        (document_with(rectangle(-180, -90, 180, 90)), OutsideArea, "outside the Netherlands"),
        (document_with(rectangle(2, 50, 8, 56)), OutsideArea, "lies outside RD New"),
        (document_with([[4.6, 51.8], [104_900, 425_250], [4.7, 51.9], [4.6, 51.8]]), OutsideArea, "lies outside RD"),
        (collection(feature(to_lonlat(BLOCK)), crs=RD_CRS), OutsideArea, "states EPSG:28992, but 4.6"),
        (collection(feature(BLOCK), coordRefSys="OGC:CRS84"), OutsideArea, "are no degrees"),
        (collection(feature(BLOCK), coordRefSys="EPSG:25831"), BadInput, "is in EPSG:25831; convert it"),
        (collection(feature(BLOCK), coordRefSys="EPSG:99999"), BadInput, "no coordinate reference system"),
        (collection(feature(BLOCK), crs={"type": "link"}), BadInput, "names its reference system as"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_told_in_one_sentence(read, document, kind, said):
    with pytest.raises(kind, match=said) as caught:
        read(document)
    assert str(caught.value).startswith("plan.geojson")
    assert "\n" not in str(caught.value)


numbers = st.one_of(st.floats(), st.integers(), st.sampled_from([4.66, 51.8, 104_900, 425_250]))
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=5), st.sampled_from(["Polygon", "EPSG:28992"])),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4)),
    max_leaves=30,
)
rings = st.lists(st.lists(st.one_of(numbers, anything), min_size=1, max_size=3), max_size=5).map(lambda r: [r + r[:1]])
geometries = st.fixed_dictionaries({"type": st.sampled_from(KINDS), "coordinates": st.one_of(rings, anything)})
features = st.fixed_dictionaries(
    {"type": st.just("Feature"), "geometry": st.one_of(geometries, anything)},
    optional={"properties": anything, "crs": anything, "coordRefSys": anything, "place": geometries},
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.one_of(anything, geometries, features, features.map(lambda f: collection(f, f))))
@example(document={"type": "Feature", "geometry": None, "crs": ""})
def test_whatever_a_file_holds_it_is_read_or_told(read, document):
    with contextlib.suppress(Problem):  # anything else is a bug
        found = read(json.dumps(document))
        assert all(feature.outline.is_valid and feature.outline.area > 0 for feature in found.features)


def test_the_feature_that_is_wrong_is_named(read):
    with pytest.raises(BadInput, match=r"plan\.geojson, feature 2: a ring has 3 positions"):
        read(collection(feature(BLOCK), feature(BLOCK[:3])))


def test_a_file_that_is_not_there_or_too_large_is_told(tmp_path, monkeypatch):
    with pytest.raises(BadInput, match="There is no file"):
        read_features(tmp_path / "absent.geojson")
    with pytest.raises(BadInput, match="cannot be read: Is a directory"):
        read_features(tmp_path)
    monkeypatch.setattr(geojson, "MOST_BYTES", 10)
    with pytest.raises(BadInput, match="polygons may take"):
        read_features(write_geojson(tmp_path / "large.geojson", collection(feature(BLOCK))))


def test_real_files_of_the_city_are_read(shared_data):
    municipality = read_features(shared_data("dordrecht/gemeente_dordrecht_wgs84.geojson"))
    houses = read_features(shared_data("dordrecht/dordrecht_bag_panden_vectorised.geojson"))
    assert municipality.features[0].outline.area == pytest.approx(99.5e6, rel=0.02)  # CBS: 99.5 km² with water
    assert len(houses.features) == 578
    inside = shapely.covers(municipality.features[0].outline, [house.outline for house in houses.features])
    assert inside.all()
