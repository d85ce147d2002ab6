"""3DBAG buildings from a service on loopback that has the real one's habits."""

import dataclasses
import json

import numpy as np
import pytest

from models import read as read_model  # noqa: F401 - the reader must import
from pipeline.area import from_document
from pipeline.polygons import hull
from pipeline.sources.buildings import STEP_M, fetch_buildings
from pipeline.sources.web import SourceAway
from tests.land import Fault, house

AREA = (104_000.0, 425_000.0, 104_300.0, 425_200.0)
HALF_A_STEP_M = STEP_M / 2 + 1e-7


@pytest.fixture
def town(land):
    spots = [(x + 0.123, y + 0.456) for x in range(103_900, 104_400, 25) for y in range(424_900, 425_300, 25)]
    land.buildings = [house((index * 11) % len(spots), x, y) for index, (x, y) in enumerate(spots)]
    return land


@pytest.fixture
def bag3d(sources):
    return dataclasses.replace(sources.buildings, limit=10, tile_m=150.0)


def read(folder):
    header, *features = map(json.loads, (folder / "3dbag.city.jsonl").read_text().splitlines())
    return header, features


def placed(header, feature):
    transform = header["transform"]
    return np.array(feature["vertices"]) * transform["scale"] + transform["translate"]


def within(area, xyz):
    west, south, east, north = area
    low, high = xyz[:, :2].min(axis=0), xyz[:, :2].max(axis=0)
    return low[0] <= east and high[0] >= west and low[1] <= north and high[1] >= south


def test_every_building_that_touches_the_area_comes_once_and_stands_where_it_stood(town, bag3d, job, folder):
    got = fetch_buildings(bag3d, job(AREA))
    header, features = read(folder)
    wanted = {identity: xyz for identity, xyz in town.buildings if within(AREA, xyz)}
    assert [feature["id"] for feature in features] == sorted(wanted)
    assert got.counted == f"{len(wanted)} buildings"
    for feature in features:
        assert np.abs(placed(header, feature) - wanted[feature["id"]]).max() <= 0.0005 + HALF_A_STEP_M
        assert set(feature["CityObjects"]) == {feature["id"], f"{feature['id']}-0"}


def test_the_header_is_that_of_a_cityjson_sequence(town, bag3d, job, folder):
    fetch_buildings(bag3d, job(AREA))
    header, features = read(folder)
    assert header["type"] == "CityJSON"
    assert header["version"] == "2.0"
    assert header["CityObjects"] == {}
    assert header["vertices"] == []
    assert header["metadata"]["referenceSystem"] == "https://www.opengis.net/def/crs/EPSG/0/7415"
    assert {feature["type"] for feature in features} == {"CityJSONFeature"}


def test_a_building_whose_middle_lies_outside_the_area_is_not_forgotten(town, bag3d, job, folder):
    town.buildings = [house(1, AREA[2] - 1.0, 425_100.0, side=40.0)]
    fetch_buildings(bag3d, job(AREA))
    assert len(read(folder)[1]) == 1


def test_the_last_building_of_all_comes_though_the_source_forgets_to_link_to_it(town, bag3d, job, folder):
    town.buildings = [house(number, 104_010.0 + number * 10, 425_050.0) for number in range(11)]
    fetch_buildings(dataclasses.replace(bag3d, tile_m=1000.0), job(AREA))
    assert len(read(folder)[1]) == 11
    assert [one.query.get("offset") for one in town.asked] == [None, "11"]


def test_pages_are_not_asked_for_twice_and_the_bytes_do_not_depend_on_them(town, bag3d, job, folder):
    town.faults["/3dbag"] = [Fault()] * 5 + [Fault(status=503)] * 3
    with pytest.raises(SourceAway, match="answers 503"):
        fetch_buildings(bag3d, job(AREA))
    here = set(town.paths("/3dbag")[:5])
    town.asked.clear()
    fetch_buildings(bag3d, job(AREA))
    assert not here & set(town.paths("/3dbag"))
    identities = [feature["id"] for feature in read(folder)[1]]
    task = job(AREA)
    task.record.forget("3dbag.city.jsonl")
    fetch_buildings(dataclasses.replace(bag3d, limit=100, tile_m=400.0), task)
    assert [feature["id"] for feature in read(folder)[1]] == identities


def test_a_polygon_takes_the_buildings_that_touch_it(town, bag3d, job, folder):
    triangle = [[104_000, 425_000], [104_300, 425_000], [104_000, 425_200], [104_000, 425_000]]
    area = from_document({"type": "Polygon", "coordinates": [triangle]}, "triangle")
    fetch_buildings(bag3d, job(area))
    kept = {feature["id"] for feature in read(folder)[1]}
    assert kept == {identity for identity, xyz in town.buildings if area.touches(hull(xyz[:, :2]))}


def test_an_area_without_buildings_gives_a_file_without_buildings(land, bag3d, job, folder):
    assert fetch_buildings(bag3d, job(AREA)).counted == "0 buildings"
    assert read(folder)[1] == []


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ({"features": [{"id": "x", "vertices": []}]}, "without a transform"),
        (
            {
                "features": [{"id": "x"}],
                "metadata": {
                    "transform": {"scale": [1, 1, 1], "translate": [0, 0, 0]},
                    "referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4979",
                },
            },
            "sent buildings in .*4979",
        ),
    ],
)
def test_a_page_that_does_not_say_where_its_buildings_stand_is_refused(town, bag3d, job, page, said):
    town.faults["/3dbag"] = [Fault(body=json.dumps(page).encode())]
    with pytest.raises(SourceAway, match=said):
        fetch_buildings(bag3d, job(AREA))
