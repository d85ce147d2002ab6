"""Footprints from GeoJSON, with their ids."""

import json

import pytest
import shapely

from pipeline.surroundings import footprints
from pipeline.surroundings.cloud import SQUARE_M, Square
from tests.makehouses import SQUARE, rectangle
from tiles.errors import BadInput

RD = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}


def write(path, *features):
    members = [
        {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(geometry))}
        for geometry, properties in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": RD, "features": members}))
    return path


def test_every_footprint_of_the_real_file_has_its_bag_id(amsterdam):
    assert len(amsterdam.footprints.all) == 1479
    ids = [footprint.id for footprint in amsterdam.footprints.all]
    assert ids == sorted(set(ids))
    assert all(len(name) == 16 and name.startswith("0363") for name in ids)


def test_every_footprint_belongs_to_exactly_one_square(amsterdam):
    west, south, east, north = shapely.total_bounds([each.outline for each in amsterdam.footprints.all])
    squares = [
        Square(column, row)
        for column in range(int(west // SQUARE_M), int(east // SQUARE_M) + 1)
        for row in range(int(south // SQUARE_M), int(north // SQUARE_M) + 1)
    ]
    found = [footprint.id for square in squares for footprint in amsterdam.footprints.of(square.bounds)]
    assert sorted(found) == [footprint.id for footprint in amsterdam.footprints.all]


@pytest.mark.parametrize(
    ("properties", "name"),
    [
        ({"identificatie": "0363100012078463"}, "0363100012078463"),
        ({"gid": 7, "identification": 363100012078463.0}, "0363100012078463"),
        ({"Identificatie": "NL.1", "id": 4}, "NL.1"),
        ({"id": 21}, "21"),
        ({"id": None, "fid": True}, "houses-1"),
        ({}, "houses-1"),
    ],
)
def test_the_id_is_what_the_file_calls_so(tmp_path, properties, name):
    read = footprints.read(write(tmp_path / "houses.geojson", (rectangle(1, 1, 5, 5), properties)))
    assert [footprint.id for footprint in read.all] == [name]


def test_a_second_footprint_with_one_id_is_left_out_and_said(tmp_path):
    house, other = (rectangle(1, 1, 5, 5), {"id": 1}), (rectangle(9, 9, 5, 5), {"id": 1})
    read = footprints.read(write(tmp_path / "houses.geojson", house, other))
    assert [footprint.outline.bounds[0] for footprint in read.all] == [house[0].bounds[0]]
    assert any("1 footprints came twice" in note for note in read.notes)


def test_holes_and_several_polygons_stay(tmp_path):
    ring = shapely.difference(rectangle(0, 0, 20, 20), rectangle(5, 5, 10, 10))
    both = shapely.MultiPolygon([ring, rectangle(30, 0, 5, 5)])
    (footprint,) = footprints.read(write(tmp_path / "houses.geojson", (both, {}))).all
    assert sorted(polygon.area for polygon in footprint.polygons) == pytest.approx([25, 300], abs=0.05)


def test_a_file_of_nothing_but_crumbs_is_refused(tmp_path):
    crumb = (rectangle(1, 1, 0.5, 0.5), {"id": 1})
    with pytest.raises(BadInput, match=r"houses\.geojson holds no footprint of 1 m² or more"):
        footprints.read(write(tmp_path / "houses.geojson", crumb))


def test_outlines_near_a_square_are_found(tmp_path):
    read = footprints.read(write(tmp_path / "h.geojson", (rectangle(1, 1, 5, 5), {}), (rectangle(900, 1, 5, 5), {})))
    assert len(read.near(SQUARE.bounds)) == 1
