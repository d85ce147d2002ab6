"""The demo from nothing to two tilesets."""

import dataclasses
import sys
import webbrowser

import numpy as np
import pytest

from pipeline.municipality import municipality
from pipeline.report import silent
from server.demo import DemoOptions, Listener, open_browser, prepare
from tests import make, readers
from tests.ahnsource import Source, copc, served

WEST, EAST = "AHN5_C_104000_425000.COPC.LAZ", "AHN5_C_105000_425000.COPC.LAZ"
NOWHERE = "http://127.0.0.1:9/{x}_{y}"


@pytest.fixture(scope="module")
def here():
    """The municipality, with a smaller area for its demo and a source that refuses."""
    whole = municipality()
    return dataclasses.replace(
        whole,
        demo=dataclasses.replace(whole.demo, bounds=(104_970.0, 425_375.0, 105_030.0, 425_425.0)),
        sources=_with_copc(whole.sources, NOWHERE),
    )


def at(here, template):
    return dataclasses.replace(here, sources=_with_copc(here.sources, template))


def _with_copc(sources, template):
    return dataclasses.replace(sources, ahn=dataclasses.replace(sources.ahn, copc=template))


class Said(list):
    """What the demo said."""

    @property
    def listener(self):
        return Listener(silent, self.append)


def stamps(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made(here, tmp_path_factory):
    """A demo made where no AHN is to be had, and what it said."""
    folder, said = tmp_path_factory.mktemp("demo"), Said()
    return folder, prepare(here, DemoOptions(folder), said.listener), said


def test_without_ahn_a_sample_takes_its_place(made):
    _, (city, plan), said = made
    assert "No AHN by internet (127.0.0.1:9 does not answer (ConnectError)); a generated sample" in said[0]
    city, plan = readers.read(city), readers.read(plan)
    assert sum(readers.point_counts(city).values()) > 10_000
    assert city.validate() == plan.validate() == []


def test_where_no_source_is_configured_that_is_said(here, made):
    folder, _, _ = made
    said = Said()
    without = dataclasses.replace(here, sources=dataclasses.replace(here.sources, ahn=None))
    prepare(without, DemoOptions(folder), said.listener)
    assert said[0].startswith("No source of AHN is configured; a generated sample")


def test_a_second_run_makes_nothing_anew(here, made):
    folder, tilesets, _ = made
    before = stamps(folder)
    assert prepare(here, DemoOptions(folder, ahn=False), Said().listener) == tilesets
    assert stamps(folder) == before


def test_where_ahn_answers_the_points_are_real_and_are_kept(here, tmp_path):
    west, south, east, north = here.demo.bounds
    town = make.town(40_000, side_m=200.0, at=(104_900.0, 425_300.0))
    x, y = town.xyz[:, 0], town.xyz[:, 1]
    wanted = (x >= west) & (x < east) & (y >= south) & (y < north)
    noise = np.isin(town.columns["classification"], (7, 18))
    source = Source({WEST: copc(some(town, x < 105_000))[0], EAST: copc(some(town, x >= 105_000))[0]})
    said = Said()
    with served(source) as template:
        there = at(here, template)
        city, _ = prepare(there, DemoOptions(tmp_path), said.listener)
        assert said[0].startswith(f"{wanted.sum():,} real points")
        assert sum(readers.point_counts(readers.read(city)).values()) == (wanted & ~noise).sum()
        asked = len(source.asked)
        assert prepare(there, DemoOptions(tmp_path), said.listener)[0] == city
        assert len(source.asked) == asked
        # And who wants the sample all the same gets it.
        sample, _ = prepare(there, DemoOptions(tmp_path, ahn=False), said.listener)
        assert "made up" in (sample / "tileset.json").read_text()


def test_a_tile_that_the_source_lacks_is_said(here, tmp_path):
    town = make.town(20_000, side_m=200.0, at=(104_900.0, 425_300.0))
    said = Said()
    with served(Source({WEST: copc(some(town, town.xyz[:, 0] < 105_000))[0]})) as template:
        prepare(at(here, template), DemoOptions(tmp_path), said.listener)
    assert said[1].startswith("The source has no http://127.0.0.1")
    assert EAST in said[1]


def test_a_real_file_of_ahn_comes_through(here, shared_data, tmp_path):
    real = shared_data("ahn/abossenbroek/points.copc.laz").read_bytes()
    area = dataclasses.replace(here.demo, bounds=(121_485.0, 487_490.0, 121_500.0, 487_515.0))
    with served(Source({"AHN5_C_121000_487000.COPC.LAZ": real})) as template:
        there = dataclasses.replace(at(here, template), demo=area)
        city, _ = prepare(there, DemoOptions(tmp_path), Said().listener)
    assert 0 < sum(readers.point_counts(readers.read(city)).values()) < 2_170


def some(cloud, chosen):
    return make.Cloud(cloud.xyz[chosen], {name: values[chosen] for name, values in cloud.columns.items()})


def test_fresh_removes_only_what_the_demo_made(here, tmp_path):
    mine, theirs = tmp_path / f"{here.id}-0123456789ab", tmp_path / "holiday"
    for folder in (mine, theirs):
        folder.mkdir()
        (folder / "photo.jpg").write_text("")
    prepare(here, DemoOptions(tmp_path, ahn=False, fresh=True), Said().listener)
    assert (theirs / "photo.jpg").exists()
    assert not mine.exists()


def test_the_page_is_shown_only_where_there_is_a_screen(monkeypatch):
    shown = []
    monkeypatch.setattr(webbrowser, "open", shown.append)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    for display in ("", ":0"):
        monkeypatch.setenv("DISPLAY", display)
        open_browser(f"http://localhost/{display}")
    assert shown == ["http://localhost/:0"]
