"""AHN of an area in files: by range from COPC, whole tiles, and sheets."""

import dataclasses
import json

import laspy
import numpy as np
import pytest

from pipeline.area import from_document, of_bounds
from pipeline.sources.pointclouds import fetch_points, way
from pipeline.sources.web import NotAtSource, SourceAway
from tests import make
from tests.ahnsource import copc
from tests.land import Fault
from tiles.errors import BadInput

TILES = {(104_000, 425_000): 1, (105_000, 425_000): 2}
EDGE = (104_900.0, 425_100.0, 105_100.0, 425_300.0)


@pytest.fixture(scope="module")
def clouds():
    """Two kilometre tiles, thinly filled."""
    return {corner: make.town(8_000, side_m=999.0, at=corner, seed=seed) for corner, seed in TILES.items()}


@pytest.fixture(scope="module")
def published(clouds):
    return {f"/copc/AHN5_C_{x:06d}_{y:06d}.COPC.LAZ": copc(cloud)[0] for (x, y), cloud in clouds.items()}


@pytest.fixture
def ahn(land, published, sources):
    land.files |= published
    return sources.ahn


def read(entries, folder):
    return np.concatenate([laspy.read(folder / entry.path).xyz for entry in entries])


def expected(clouds, area):
    xyz = np.concatenate([cloud.xyz for cloud in clouds.values()])
    return xyz[area.holds(xyz)]


def same_points(got, wanted):
    return len(got) == len(wanted) and np.allclose(np.sort(got, axis=0), np.sort(wanted, axis=0), atol=1e-6)


def test_the_points_of_a_box_come_from_the_tiles_it_touches(ahn, clouds, job, folder):
    got = fetch_points(ahn, job(EDGE), "copc")
    assert [entry.path for entry in got.files] == ["ahn/ahn-104000-425000.laz", "ahn/ahn-105000-425000.laz"]
    assert same_points(read(got.files, folder), expected(clouds, of_bounds(EDGE)))
    assert got.counted == "2 of 2 kilometre tiles"


def test_the_points_of_a_polygon_are_those_within_it(ahn, clouds, job, folder):
    corners = [[104_500, 425_200], [105_600, 425_300], [105_000, 425_900], [104_500, 425_200]]
    area = from_document({"type": "Polygon", "coordinates": [corners]}, "triangle")
    got = fetch_points(ahn, job(area), "copc")
    wanted = expected(clouds, area)
    assert 100 < len(wanted) < len(expected(clouds, of_bounds(area.bounds)))
    assert same_points(read(got.files, folder), wanted)


def test_a_tile_within_the_area_comes_as_it_was_published(ahn, published, job, folder):
    got = fetch_points(ahn, job((104_000.0, 425_000.0, 105_000.0, 426_000.0)), "copc")
    (entry,) = got.files
    assert entry.path == "ahn/ahn-104000-425000.copc.laz"
    assert (folder / entry.path).read_bytes() == published["/copc/AHN5_C_104000_425000.COPC.LAZ"]


def test_a_whole_tile_that_breaks_off_goes_on_within_the_file(ahn, land, published, job, folder):
    path = "/copc/AHN5_C_104000_425000.COPC.LAZ"
    land.faults[path] = [Fault(cut_after=30_000)]
    fetch_points(ahn, job((104_000.0, 425_000.0, 105_000.0, 426_000.0)), "copc")
    assert [one.range for one in land.asked] == ["", "bytes=30000-"]
    assert land.sent == len(published[path])


def test_tiles_that_are_there_are_not_asked_for_again(ahn, land, job):
    fetch_points(ahn, job(EDGE), "copc")
    asked = len(land.asked)
    assert fetch_points(ahn, job(EDGE), "copc").already
    assert len(land.asked) == asked


def test_broken_off_it_goes_on_with_the_tile_it_lacks(ahn, land, job, folder):
    second = "/copc/AHN5_C_105000_425000.COPC.LAZ"
    land.faults[second] = [Fault(status=503)] * 3
    with pytest.raises(SourceAway, match="answers 503"):
        fetch_points(ahn, job(EDGE), "copc")
    assert [path.name for path in (folder / "ahn").iterdir()] == ["ahn-104000-425000.laz"]
    land.asked.clear()
    assert len(fetch_points(ahn, job(EDGE), "copc").files) == 2
    assert {one.path for one in land.asked} == {second}


def test_a_tile_that_changes_while_it_is_read_is_noticed(ahn, land, job, folder, monkeypatch):
    monkeypatch.setattr("pipeline.sources.copc._PART_BYTES", 5_000)

    def another_edition(stage, _done, _total):
        if "points" in stage:
            land.etag = '"b"'

    with pytest.raises(SourceAway, match=r"changed AHN5_C_104000_425000.* while it was read"):
        fetch_points(ahn, job((104_001.0, 425_001.0, 104_999.0, 425_999.0), another_edition), "copc")
    assert not list((folder / "ahn").glob("*.laz"))


def test_a_tile_that_the_source_lacks_is_said_and_the_others_come(ahn, land, job):
    del land.files["/copc/AHN5_C_105000_425000.COPC.LAZ"]
    task = job(EDGE)
    got = fetch_points(ahn, task, "copc")
    assert len(got.files) == 1
    assert [address.rsplit("/", 1)[1] for address in got.missing] == ["AHN5_C_105000_425000.COPC.LAZ"]
    assert task.record.missing["ahn"] == got.missing


def test_a_source_that_lacks_every_tile_is_not_taken_for_one_that_has_nothing_there(ahn, land, job):
    land.files.clear()
    with pytest.raises(NotAtSource, match=r"has none of the 2 files of this area, such as http.*104000_425000"):
        fetch_points(ahn, job(EDGE), "copc")


def test_what_is_written_is_compressed(ahn, job, folder):
    for entry in fetch_points(ahn, job(EDGE), "copc").files:
        with laspy.open(folder / entry.path) as file:
            assert file.header.are_points_compressed


def test_a_tile_without_points_in_the_area_makes_no_file_and_is_not_asked_again(ahn, land, job, folder):
    nowhere = (104_000.0, 425_999.2, 104_100.0, 425_999.9)
    assert fetch_points(ahn, job(nowhere), "copc").files == ()
    assert list((folder / "ahn").iterdir()) == []
    asked = len(land.asked)
    fetch_points(ahn, job(nowhere), "copc")
    assert len(land.asked) == asked


@pytest.fixture
def sheet(land, clouds, tmp_path):
    """A part of a sheet as published, and the index that names it."""
    ring = [[100_000, 425_000], [105_000, 425_000], [105_000, 431_250], [100_000, 431_250], [100_000, 425_000]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    index = [{"type": "Feature", "properties": {"kaartbladNr": "M_38CZ1"}, "geometry": geometry}]
    land.files["/sheets.json"] = json.dumps({"type": "FeatureCollection", "features": index}).encode()
    land.files["/sheets/38CZ1_25.LAZ"] = make.write_las(tmp_path / "s.laz", clouds[104_000, 425_000]).read_bytes()
    return land.files["/sheets/38CZ1_25.LAZ"]


def test_sheets_come_whole_by_their_index_and_go_on_where_they_broke_off(sheet, land, sources, job, folder):
    land.faults["/sheets/"] = [Fault(cut_after=40_000), *[Fault(status=502)] * 3]
    area = (104_100.0, 425_100.0, 104_200.0, 425_200.0)
    with pytest.raises(SourceAway, match="answers 502"):
        fetch_points(sources.ahn, job(area), "sheets")
    land.asked.clear()
    got = fetch_points(sources.ahn, job(area), "sheets")
    assert [(one.path, one.range) for one in land.asked] == [("/sheets/38CZ1_25.LAZ", "bytes=40000-")]
    assert [entry.path for entry in got.files] == ["ahn/38CZ1_25.laz"]
    assert (folder / "ahn/38CZ1_25.laz").read_bytes() == sheet


def test_how_far_it_is_is_told(ahn, job):
    told = []
    fetch_points(ahn, job(EDGE, lambda *step: told.append(step)), "copc")
    assert [step for step in told if step[0] == "Fetching AHN"] == [("Fetching AHN", n, 2) for n in range(3)]


def test_the_way_is_the_one_that_the_configuration_knows(sources):
    assert way(sources.ahn, "") == "copc"
    assert way(dataclasses.replace(sources.ahn, copc=""), "") == "sheets"
    with pytest.raises(BadInput, match="names no AHN copc"):
        way(dataclasses.replace(sources.ahn, copc=""), "copc")
    with pytest.raises(BadInput, match="names no AHN source"):
        way(dataclasses.replace(sources.ahn, copc="", sheets=""), "")
    with pytest.raises(BadInput, match="--ahn laz is no way"):
        way(sources.ahn, "laz")
