"""BAG footprints from an OGC API Features service on loopback."""

import dataclasses
import json

import pytest

from pipeline.area import from_document
from pipeline.polygons import as_written
from pipeline.sources.footprints import fetch_footprints
from pipeline.sources.web import SourceAway
from tests.land import Fault, pand

AREA = (104_000.0, 425_000.0, 104_500.0, 425_300.0)


@pytest.fixture
def many(land):
    """A street every 20 m, 375 footprints, not in the order of their identities."""
    spots = [(x, y) for x in range(104_000, 104_500, 20) for y in range(425_000, 425_300, 20)]
    land.panden = [pand((index * 7) % 375, x, y) for index, (x, y) in enumerate(spots)]
    return land


@pytest.fixture
def bag(sources):
    """Small pages of small tiles, so that there are edges enough."""
    return dataclasses.replace(sources.bag, limit=10, tile_m=100.0)


def read(folder):
    return json.loads((folder / "bag.geojson").read_text())


def test_every_footprint_comes_once_in_order_however_pages_and_tiles_cut_them(many, bag, job, folder):
    got = fetch_footprints(bag, job(AREA))
    written = read(folder)
    identities = [feature["properties"]["identificatie"] for feature in written["features"]]
    assert identities == sorted(feature["properties"]["identificatie"] for feature in many.panden)
    assert got.counted == "375 footprints"
    assert len(many.asked) > 15  # tiles, most with more than one page
    assert written["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::28992"


def test_properties_keep_their_values_and_the_year_its_name(many, bag, job, folder):
    fetch_footprints(bag, job(AREA))
    by_id = {feature["id"]: feature for feature in read(folder)["features"]}
    for original in many.panden:
        feature = by_id[original["id"]]
        year = original["properties"]["bouwjaar"]
        kept = {name: value for name, value in original["properties"].items() if name != "bouwjaar"}
        assert feature["properties"] == kept | {"oorspronkelijkBouwjaar": year}
        assert feature["geometry"] == original["geometry"]


def test_the_same_footprints_give_the_same_bytes_whatever_order_they_come_in(many, bag, job, folder):
    fetch_footprints(bag, job(AREA))
    first = (folder / "bag.geojson").read_bytes()
    many.panden.reverse()
    task = job(AREA)
    task.record.forget("bag.geojson")
    fetch_footprints(dataclasses.replace(bag, limit=7, tile_m=130.0), task)
    assert (folder / "bag.geojson").read_bytes() == first


def test_what_is_there_is_not_asked_for_again(many, bag, job):
    fetch_footprints(bag, job(AREA))
    asked = len(many.asked)
    assert fetch_footprints(bag, job(AREA)).already
    assert len(many.asked) == asked


def test_a_file_that_was_changed_is_fetched_anew(many, bag, job, folder):
    fetch_footprints(bag, job(AREA))
    path = folder / "bag.geojson"
    path.write_text(path.read_text().replace("Pand in gebruik", "Pand in Gebruik", 1))
    assert not fetch_footprints(bag, job(AREA)).already
    assert "Pand in Gebruik" not in path.read_text()


def test_broken_off_it_goes_on_with_the_pages_it_lacks(many, bag, job, folder):
    many.faults["/bag"] = [Fault()] * 12 + [Fault(status=500)] * 3
    with pytest.raises(SourceAway, match="answers 500"):
        fetch_footprints(bag, job(AREA))
    assert not (folder / "bag.geojson").exists()
    here = set(many.paths("/bag")[:12])
    many.asked.clear()
    fetch_footprints(bag, job(AREA))
    assert len(read(folder)["features"]) == 375
    assert not here & set(many.paths("/bag"))
    assert len(many.paths("/bag")) == len(set(many.paths("/bag")))


def test_a_polygon_takes_the_footprints_that_touch_it_and_says_how_many_others_came(many, bag, job, folder):
    triangle = [[104_000, 425_000], [104_500, 425_000], [104_000, 425_300], [104_000, 425_000]]
    area = from_document({"type": "Polygon", "coordinates": [triangle]}, "triangle")
    got = fetch_footprints(bag, job(area))
    kept = {feature["id"] for feature in read(folder)["features"]}
    assert kept == {feature["id"] for feature in many.panden if area.touches(as_written(feature["geometry"]))}
    assert len(kept) < 375
    assert "footprints outside the polygon left out" in got.notes[0]
    boxes = [tuple(map(float, one.query["bbox"].split(","))) for one in many.asked]
    assert all(area.overlaps(box) for box in boxes)


def test_an_answer_in_another_reference_system_is_refused(many, bag, job):
    many.content_crs = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    with pytest.raises(SourceAway, match=r"was asked for RD .* and says .*CRS84 of what it sent"):
        fetch_footprints(bag, job(AREA))


def test_an_answer_that_says_nothing_of_its_reference_system_is_refused(many, bag, job):
    many.content_crs = ""
    with pytest.raises(SourceAway, match="says nothing of what it sent"):
        fetch_footprints(bag, job(AREA))


def test_a_cut_answer_and_a_busy_server_are_asked_again(many, bag, job, folder):
    many.faults["/bag"] = [Fault(cut_after=50), Fault(status=429, headers=(("Retry-After", "0"),))]
    fetch_footprints(bag, job(AREA))
    assert len(read(folder)["features"]) == 375


def test_a_server_that_wants_to_be_left_alone_for_long_is_left_alone(many, bag, job):
    many.faults["/bag"] = [Fault(status=429, headers=(("Retry-After", "3600"),))]
    with pytest.raises(SourceAway, match="answers 429 and asks to come back in 3,600 seconds"):
        fetch_footprints(bag, job(AREA))
    assert len(many.asked) == 1


def test_a_refusal_is_told_with_its_text(many, bag, job):
    with pytest.raises(SourceAway, match=r"answers 400 to .*: unknown query parameter\(s\) found: \['colour'\]"):
        fetch_footprints(dataclasses.replace(bag, items=bag.items + "&colour=red"), job(AREA))


def test_pages_that_go_round_in_a_circle_are_noticed(many, bag, job, base):
    again = json.dumps({"features": [], "links": [{"rel": "next", "href": f"{base}/bag"}]})
    many.faults["/bag"] = [Fault(body=again.encode())] * 2
    with pytest.raises(SourceAway, match="links from its last page back"):
        fetch_footprints(bag, job(AREA))


def test_a_link_to_another_host_is_not_followed(many, bag, job):
    away = json.dumps({"features": [], "links": [{"rel": "next", "href": "http://elsewhere.example/bag"}]})
    many.faults["/bag"] = [Fault(body=away.encode())]
    with pytest.raises(SourceAway, match=r"another host, elsewhere\.example"):
        fetch_footprints(bag, job(AREA))


def test_a_footprint_that_differs_between_pages_is_said(many, bag, job):
    changed = pand(3, *many.panden[0]["geometry"]["coordinates"][0][0], side=9.0)
    many.panden.append(changed)
    got = fetch_footprints(bag, job(AREA))
    assert got.notes == ("1 footprints came twice and differed; one of each was kept",)
