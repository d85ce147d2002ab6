"""Everything for an area in one folder: from nothing, again, after a kill, and with a source away."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import laspy
import pytest
import rasterio

from pipeline import municipality
from pipeline.sources import record
from pipeline.sources.area import of_bounds
from pipeline.sources.cli import describe
from pipeline.sources.fetch import KINDS, FetchOptions, fetch
from pipeline.sources.web import SourceAway
from tests import make
from tests.ahnsource import copc
from tests.land import Fault, configured, house, pand
from tests.pipeline.sources.conftest import QUICK
from tiles.errors import BadInput, OutputProblem

WEST, EAST = "/copc/AHN5_C_104000_425000.COPC.LAZ", "/copc/AHN5_C_105000_425000.COPC.LAZ"
BBOX = (104_900.0, 425_100.0, 105_100.0, 425_300.0)
AREA = of_bounds(BBOX)
FILES = {"bag.geojson", "3dbag.city.jsonl", "photo.tif", "ahn/ahn-104000-425000.laz", "ahn/ahn-105000-425000.laz"}


@pytest.fixture(scope="module")
def published():
    corners = {WEST: (104_000, 425_000), EAST: (105_000, 425_000)}
    return {path: copc(make.town(8_000, side_m=999.0, at=at))[0] for path, at in corners.items()}


@pytest.fixture
def country(land, published):
    """A country with a city of four blocks."""
    land.files |= published
    spots = [(x, y) for x in range(104_850, 105_150, 25) for y in range(425_050, 425_350, 25)]
    land.panden = [pand(number, x, y) for number, (x, y) in enumerate(spots)]
    land.buildings = [house(number, x, y) for number, (x, y) in enumerate(spots)]
    x, y = 104_900.0, 425_100.0
    land.municipalities = {"Dordrecht": [[[x, y], [x + 200, y], [x + 200, y + 200], [x, y]]]}
    return land


@pytest.fixture
def options(folder):
    return FetchOptions(folder, resolution_m=0.5, patience=QUICK)


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


def test_the_summary_says_what_came_from_whom_and_what_is_next(country, sources, options, folder):
    del country.files[EAST]
    text = describe(fetch(AREA, sources, options))
    assert len(text.splitlines()) < 20
    for said in ("0.04 km², RD 104900", "81 footprints", "Kadaster, BAG", "CC BY 4.0", "1 of 2 kilometre tiles"):
        assert said in text
    assert "the source does not have 1 of the files" in text
    assert EAST in text
    assert f"Next: voorland tile points {folder}/ahn/*.laz" in text


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


AREA_OPTIONS = ["--bbox", ",".join(f"{value:.0f}" for value in BBOX), "--resolution", "0.1"]
ALONE = "import typer; from pipeline.sources.cli import fetch_command; typer.run(fetch_command)"  # begins sooner
WHOLE = "from server.cli import main; main()"


@pytest.fixture
def city(base, tmp_path):
    """The environment of a command whose municipality has its sources on loopback, in many small pieces."""
    path = tmp_path / "city.toml"
    path.write_text(
        configured(base).replace("tile_m = 2000.0", "tile_m = 50.0").replace("most_pixels = 2000", "most_pixels = 512")
    )
    municipality.read(path)
    return os.environ | {"VOORLAND_MUNICIPALITY": str(path)}


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


def test_the_command_says_what_came_and_ends_with_2_when_a_source_is_away(country, city, tmp_path):
    country.faults["/bag"] = [Fault(status=400)]
    command = [
        sys.executable,
        "-c",
        WHOLE,
        "fetch",
        *AREA_OPTIONS,
        "--out",
        str(tmp_path / "data"),
        "--what",
        "bag,photo",
    ]
    run = subprocess.run(command, check=False, env=city, capture_output=True, text=True)
    assert run.returncode == 2
    assert "photo  2,000 × 2,000 pixels of 0.1 m" in run.stdout
    assert "bag    not complete: the source is away" in run.stdout
    assert run.stderr.splitlines()[-1].startswith("voorland: bag: 127.0.0.1")
    assert run.stderr.rstrip().endswith("What came is kept; the same command goes on from there.")
    assert "Traceback" not in run.stderr
