"""Everything for an area in one folder: from nothing, again, after a kill, and with a source away."""

import dataclasses
import json
import signal
import subprocess
import sys
import time

import laspy
import pytest
import rasterio

from pipeline.area import of_bounds
from pipeline.sources import record
from pipeline.sources.fetch import KINDS, fetch
from pipeline.sources.web import SourceAway
from tests.land import Fault
from tests.pipeline.sources.conftest import AREA_OPTIONS, BBOX
from tiles.errors import BadInput, OutputProblem

AREA = of_bounds(BBOX)
FILES = {"bag.geojson", "3dbag.city.jsonl", "photo.tif", "ahn/ahn-104000-425000.laz", "ahn/ahn-105000-425000.laz"}


def contents(folder):
    """Every file that is data, with its bytes."""
    paths = [path for path in folder.rglob("*") if path.is_file() and ".fetch" not in path.parts]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths if path.name != "sources.json"}


def test_everything_for_an_area_comes_in_one_folder(country, sources, options, folder):
    summary = fetch(AREA, sources, options)
    assert set(contents(folder)) == FILES
    assert summary.away == ()
    assert [got.source for got in summary.got] == list(KINDS)
    west, south, east, north = BBOX
    assert len(json.loads((folder / "bag.geojson").read_text())["features"]) == 81
    with rasterio.open(folder / "photo.tif") as file:
        assert tuple(file.bounds) == BBOX
    xyz = laspy.read(folder / "ahn/ahn-104000-425000.laz").xyz
    assert (xyz[:, :2].min(axis=0) >= (west, south)).all()
    assert (xyz[:, :2].max(axis=0) < (east, north)).all()


def test_the_record_says_of_every_file_whose_it_is(country, sources, options, folder):
    fetch(AREA, sources, options)
    document = json.loads((folder / "sources.json").read_text())
    assert {file["path"] for file in document["files"]} == FILES
    for file in document["files"]:
        assert file["bytes"] == (folder / file["path"]).stat().st_size
        assert file["address"].startswith("http://127.0.0.1")
        assert file["licence"]
    assert [credit.attribution for credit in record.credits(folder)] == [
        "3DBAG, tudelft3d and 3DGI",
        "AHN, Het Waterschapshuis / Rijkswaterstaat",
        "Kadaster, BAG",
        "Beeldmateriaal Nederland",
    ]


def test_a_second_run_asks_for_nothing(country, sources, options, folder):
    fetch(AREA, sources, options)
    before, asked = contents(folder), len(country.asked)
    summary = fetch(AREA, sources, options)
    assert len(country.asked) == asked
    assert summary.received == 0
    assert all(got.already for got in summary.got)
    assert contents(folder) == before


def test_more_can_be_fetched_later(country, sources, options, folder):
    fetch(AREA, sources, dataclasses.replace(options, what=("bag",)))
    assert set(contents(folder)) == {"bag.geojson"}
    country.asked.clear()
    fetch(AREA, sources, options)
    assert set(contents(folder)) == FILES
    assert not country.paths("/bag")


def test_a_source_that_is_away_does_not_hold_up_the_others(country, sources, options, folder):
    country.faults["/3dbag"] = [Fault(status=503)] * 3
    summary = fetch(AREA, sources, options)
    assert [kind for kind, _ in summary.away] == ["3dbag"]
    assert "answers 503" in summary.away[0][1]
    assert set(contents(folder)) == FILES - {"3dbag.city.jsonl"}
    country.asked.clear()
    assert fetch(AREA, sources, options).away == ()
    assert {one.path for one in country.asked} == {"/3dbag"}


def test_a_municipality_is_an_area(country, sources, options, folder):
    summary = fetch("Dordrecht", sources, options)
    assert summary.area.km2 == pytest.approx(0.02)
    assert set(contents(folder)) == FILES | {"municipality.geojson"}
    asked = len(country.asked)
    fetch("Dordrecht", sources, options)
    assert len(country.asked) == asked


def test_fresh_forgets_what_came_and_nothing_else(country, sources, options, folder):
    fetch(AREA, sources, options)
    (folder / "notes.txt").write_text("mine")
    elsewhere = of_bounds((104_950.0, 425_150.0, 105_050.0, 425_250.0))
    with pytest.raises(OutputProblem, match="holds data of another area"):
        fetch(elsewhere, sources, options)
    fetch(elsewhere, sources, dataclasses.replace(options, what=("bag",), fresh=True))
    assert set(contents(folder)) == {"bag.geojson", "notes.txt"}


def test_a_folder_of_other_things_is_left_alone(country, sources, options, folder):
    folder.mkdir()
    (folder / "bag.geojson").write_text("mine")
    with pytest.raises(OutputProblem, match="holds other things already"):
        fetch(AREA, sources, options)
    assert contents(folder) == {"bag.geojson": b"mine"}


def test_two_runs_do_not_write_into_one_folder(country, sources, options, folder):
    second = []

    def meanwhile(_stage, _done, _total):
        if not second:
            second.append("asked")
            with pytest.raises(OutputProblem, match="Another run is fetching into"):
                fetch(AREA, sources, options)

    fetch(AREA, sources, options, meanwhile)
    assert second


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"what": ("bag", "bgt")}, "--what bgt is nothing that can be fetched; choose from bag,3dbag,photo,ahn"),
        ({}, r"names no source for photo; add \[sources.photo\]"),
        ({"what": ("ahn",), "ahn": "laz"}, "--ahn laz is no way"),
        ({"what": ()}, "--what names nothing to fetch"),
    ],
)
def test_what_cannot_be_fetched_is_said_before_anything_is_asked(country, sources, options, change, said):
    with pytest.raises(BadInput, match=said):
        fetch(AREA, dataclasses.replace(sources, photo=None), dataclasses.replace(options, **change))
    assert country.asked == []


def test_without_a_source_of_boundaries_a_name_is_no_area(country, sources, options):
    with pytest.raises(BadInput, match=r"names no source of boundaries"):
        fetch("Dordrecht", dataclasses.replace(sources, boundary=None), options)


def test_when_not_even_the_area_can_be_had_that_is_said(country, sources, options):
    country.faults["/gemeentegebied"] = [Fault(status=503)] * 3
    with pytest.raises(SourceAway, match="answers 503"):
        fetch("Dordrecht", sources, options)


ALONE = "import typer; from pipeline.sources.cli import fetch_command; typer.run(fetch_command)"  # begins sooner


def started(city, folder):
    command = [sys.executable, "-c", ALONE, *AREA_OPTIONS, "--out", str(folder)]
    return subprocess.Popen(command, env=city, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def kill_once_asked(process, country, beginning, count):
    begun = time.monotonic()
    while len(country.paths(beginning)) < count:
        assert process.poll() is None
        assert time.monotonic() - begun < 60
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_killed_half_way_it_goes_on_and_ends_in_the_same_bytes(country, city, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    started(city, whole).communicate()
    assert contents(whole).keys() == FILES
    country.asked.clear()
    country.delay_s = 0.05
    kill_once_asked(started(city, killed), country, "/bag", 9)  # of 20
    assert contents(killed) == {}
    kill_once_asked(started(city, killed), country, "/wms", 8)  # of 16
    assert contents(killed).keys() == {"bag.geojson", "3dbag.city.jsonl"}
    process = started(city, killed)
    assert process.communicate(timeout=60)[1].decode().count("Traceback") == 0
    assert contents(killed) == contents(whole)
    for beginning, on_their_way in (("/bag", 1), ("/3dbag", 0), ("/wms", 3), ("/copc", None)):
        asked = country.paths(beginning)
        assert on_their_way is None or 0 <= len(asked) - len(set(asked)) <= on_their_way, beginning
    assert not list((killed / ".fetch").glob("*.sqlite*"))
