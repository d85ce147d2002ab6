"""What stands behind `voorland tile points`: files, folders, patterns, addresses; of COPC only what an area needs."""

import os
import subprocess
import sys
import time

import laspy
import numpy as np
import pytest

from pipeline import inputs
from pipeline.area import from_document, of_bounds
from pipeline.inputs import Inputs, point_files
from pipeline.points import PointOptions, build_points
from pipeline.sources.web import NotAtSource, Patience, SourceAway
from pipeline.treatment import Treatment
from tests import land as lands
from tests import make
from tests.ahnsource import copc
from tests.land import Fault
from tiles.errors import BadInput, OutputProblem

AREA = of_bounds((104_400.0, 425_350.0, 104_480.0, 425_420.0))
ELSEWHERE = of_bounds((100_000.0, 420_000.0, 100_100.0, 420_100.0))
PATH = "/clouds/town.copc.laz"
BLOCK = 1 << 17


@pytest.fixture(scope="module")
def town():
    return make.town(60_000, side_m=400.0, at=(104_300.0, 425_300.0))


@pytest.fixture(scope="module")
def made(town):
    return copc(town)


@pytest.fixture
def land(made):
    return lands.Land({PATH: made[0]})


@pytest.fixture
def base(land):
    with lands.served(land) as address:
        yield address


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def disk(made, tmp_path):
    path = tmp_path / "town.copc.laz"
    path.write_bytes(made[0])
    return path


def within(path, area):
    """The points of an area in a file, millimetres, in one order."""
    return ordered(laspy.read(path).xyz, area)


def ordered(xyz, area):
    return np.unique(np.rint(xyz[area.holds(xyz)] * 1000).astype(int), axis=0)


def tiles(files, area, out):
    """All that a reader sees of the tiles that are made of files."""
    build_points(files, out, PointOptions("EPSG:7415", title="town", treatment=Treatment(area=area), jobs=1))
    paths = sorted(path for path in out.rglob("*") if path.is_file() and ".voorland" not in path.parts)
    return {str(path.relative_to(out)): path.read_bytes() for path in paths}


def test_folders_and_patterns_are_the_files_they_mean(tmp_path):
    paths = [tmp_path / "a" / "b.laz", tmp_path / "a" / "c" / "D.LAS", tmp_path / "e.laz", tmp_path / "a" / "x.txt"]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert point_files([str(tmp_path / "a"), str(tmp_path / "*.laz")]) == Inputs(tuple(sorted(paths[:3])))
    assert point_files([str(paths[2]), str(tmp_path)]).files == tuple(sorted(paths[:3]))
    assert point_files(["none.laz"]).files[0].name == "none.laz"  # who reads it says what is wrong
    with pytest.raises(BadInput, match="holds no LAS or LAZ files"):
        point_files([str(tmp_path / "a" / "c"), str(cachefolder(tmp_path))])
    with pytest.raises(BadInput, match=r"No file is called .*\*\.las"):
        point_files([str(tmp_path / "*.las")])


def cachefolder(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_of_an_address_only_the_nodes_that_touch_the_area_come(base, land, made, town, cache):
    got = point_files([base + PATH], AREA, cache=cache)
    [path] = got.files
    assert path.name == "town.laz"
    assert (within(path, AREA) == ordered(town.xyz, AREA)).all()
    west, south, east, north = AREA.bounds
    useless = [
        node
        for node in made[1]
        if node.size
        and not (node.low[0] < east and node.high[0] > west and node.low[1] < north and node.high[1] > south)
    ]
    asked = [tuple(map(int, one.range.removeprefix("bytes=").split("-"))) for one in land.asked]
    parts = [(first, last) for first, last in asked if last - first + 1 < BLOCK and last != len(made[0]) - 1]
    assert len(parts) > 1
    assert not [n for n in useless for first, last in parts if n.start <= last and n.start + n.size > first]
    assert land.sent < len(made[0])
    came = f"{land.sent / 1000:.1f} kB of {len(made[0]) / 1000:.1f} kB"
    assert got.notes == (f"town.copc.laz: {came} came by range, what can lie in the area.",)


def test_the_tiles_of_a_part_of_copc_are_those_of_the_whole_file(base, disk, town, cache, tmp_path):
    plain = make.write_las(tmp_path / "plain.laz", town, point_format=6)
    corners = [[104_310, 425_310], [104_600, 425_400], [104_450, 425_680], [104_310, 425_310]]
    for number, area in enumerate((AREA, from_document({"type": "Polygon", "coordinates": [corners]}, "triangle"))):
        far, near = (point_files([place], area, cache=cache).files for place in (base + PATH, str(disk)))
        expected = tiles([plain], area, tmp_path / f"plain{number}")
        assert tiles(far, area, tmp_path / f"far{number}") == expected
        assert tiles(near, area, tmp_path / f"near{number}") == expected


def test_a_whole_copc_file_gives_the_tiles_that_its_points_give(disk, town, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.segment.SEGMENT_POINTS", 5_000)
    plain = make.write_las(tmp_path / "plain.laz", town, point_format=6)
    assert tiles([disk], None, tmp_path / "a") == tiles([plain], None, tmp_path / "b")


def test_a_real_copc_file_comes_by_range_as_it_is_read_from_disk(shared_data, base, land, cache, tmp_path):
    real = shared_data("ahn/abossenbroek/points.copc.laz")
    land.files["/points.copc.laz"] = real.read_bytes()
    area = of_bounds((121_485.0, 487_490.0, 121_500.0, 487_515.0))
    [path] = point_files([f"{base}/points.copc.laz?v=1"], area, cache=cache).files
    assert 0 < len(within(path, area)) == len(within(real, area))
    near = point_files([str(real)], area, cache=cache).files
    expected = tiles([real], area, tmp_path / "whole")
    assert tiles([path], area, tmp_path / "far") == tiles(near, area, tmp_path / "near") == expected


def test_what_came_once_is_not_fetched_again_until_it_changes(base, land, cache):
    first = point_files([base + PATH], AREA, cache=cache)
    land.asked.clear()
    again = point_files([base + PATH], AREA, cache=cache)
    assert again.files == first.files
    assert again.notes == ("town.copc.laz: what can lie in the area was here from an earlier run.",)
    assert [one.range for one in land.asked] == [f"bytes=0-{BLOCK - 1}"]  # to see that it is the same
    land.etag = '"b"'
    assert point_files([base + PATH], AREA, cache=cache).files != first.files
    assert point_files([base + PATH], of_bounds((104_400.0, 425_350.0, 104_481.0, 425_420.0)), cache=cache) != first


def test_what_broke_off_is_not_taken_for_whole(base, land, cache, tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "Patience", lambda: Patience(pauses_s=()))
    everything = of_bounds((104_000.0, 425_000.0, 105_000.0, 426_000.0))  # its nodes come in one piece, the last asked
    [whole] = point_files([base + PATH], everything, cache=tmp_path / "other").files
    land.faults[PATH] = [*[Fault()] * (len(land.asked) - 1), Fault(cut_after=5_000)]
    with pytest.raises(SourceAway, match="does not answer"):
        point_files([base + PATH], everything, cache=cache)
    assert land.faults[PATH] == []
    assert not list(cache.rglob("*.laz*"))
    [again] = point_files([base + PATH], everything, cache=cache).files
    assert again.read_bytes() == whole.read_bytes()


def test_of_a_file_on_disk_only_a_part_is_read_and_kept(disk, town, cache):
    got = point_files([str(disk)], AREA, cache=cache)
    [part] = got.files
    assert part.stat().st_size < disk.stat().st_size / 2
    assert (within(part, AREA) == ordered(town.xyz, AREA)).all()
    assert f"of {disk.stat().st_size / 1000:.1f} kB were read" in got.notes[0]
    assert "from an earlier run" in point_files([str(disk)], AREA, cache=cache).notes[0]
    os.utime(disk, (1, 1))  # another edition
    assert point_files([str(disk)], AREA, cache=cache).files != got.files


def test_a_file_that_is_needed_whole_or_is_no_copc_stays_where_it_is(disk, town, cache, tmp_path):
    plain = make.write_las(tmp_path / "plain.laz", town)
    everything = of_bounds((104_000.0, 425_000.0, 105_000.0, 426_000.0))
    assert point_files([str(disk)], everything, cache=cache) == Inputs((disk,))
    assert point_files([str(disk)], cache=cache) == Inputs((disk,))
    assert point_files([str(plain)], AREA, cache=cache) == Inputs((plain,))
    assert not cache.exists()


def test_a_file_that_lies_elsewhere_is_left_out_and_said(base, disk, town, cache, tmp_path):
    plain = make.write_las(tmp_path / "plain.laz", make.town(100, at=ELSEWHERE.bounds[:2]))
    got = point_files([base + PATH, str(disk), str(plain)], ELSEWHERE, cache=cache)
    assert got.files == (plain,)
    said = "town.copc.laz has nothing in the area; it covers 104300,425300,104700,425700."
    assert got.notes == (said, said)
    with pytest.raises(BadInput, match=r"no points within RD 100000,.* town\.copc\.laz has nothing .*Check --bbox"):
        point_files([base + PATH], ELSEWHERE, cache=cache)


def test_an_address_without_an_area_is_told_what_to_do(base, land):
    with pytest.raises(BadInput, match=r"Of http.*town\.copc\.laz only a part is fetched: say which with --bbox"):
        point_files([base + PATH])
    assert land.asked == []


@pytest.mark.parametrize("body", [b"<html>no</html>", b"LASF" + bytes(2_000)])
def test_an_address_of_something_else_is_told(base, land, cache, body):
    land.files["/plain.laz"] = body
    with pytest.raises(BadInput, match=r"http.*/plain\.laz is no COPC file, .*; download it"):
        point_files([base + "/plain.laz"], AREA, cache=cache)


def test_an_address_where_nothing_is_is_told(base, cache):
    with pytest.raises(NotAtSource, match=r"has no none\.copc\.laz"):
        point_files([base + "/none.copc.laz"], AREA, cache=cache)


def test_a_place_where_nothing_can_be_kept_is_told(disk, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputProblem, match="cannot be written"):
        point_files([str(disk)], AREA, cache=tmp_path / "file")


def test_what_no_run_used_for_a_month_is_forgotten(disk, cache):
    [old] = point_files([str(disk)], AREA, cache=cache).files
    week, month = (time.time() - days * 86_400 for days in (7, 31))
    os.utime(old.parent, (week, week))
    point_files([str(disk)], AREA, cache=cache)
    assert old.exists()
    os.utime(old.parent, (month, month))
    [new] = point_files([str(disk)], of_bounds((104_400.0, 425_350.0, 104_480.0, 425_421.0)), cache=cache).files
    assert not old.exists()
    assert new.exists()


def test_the_command_tiles_what_lies_in_a_box_of_degrees_at_an_address(base, land, tmp_path):
    command = [sys.executable, "-c", "from server.cli import main; main()", "tile", "points", base + PATH]
    command += ["--bbox", "4.6530,51.8142,4.6545,51.8150", "--out", str(tmp_path / "tiles")]
    here = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    told = [subprocess.run(command, check=False, env=here, capture_output=True, text=True) for _ in range(2)]
    assert [run.returncode for run in told] == [0, 0], told[0].stderr
    assert "--bbox 4.6530,51.8142,4.6545,51.8150 is in longitude and latitude; RD 104" in told[0].stdout
    assert "town.copc.laz: " in told[0].stdout
    assert "came by range" in told[0].stdout
    assert "were there already and still hold" in told[1].stdout
    assert "was here from an earlier run" in told[1].stdout
    assert len(list((tmp_path / "voorland" / "copc").rglob("*.laz"))) == 1
