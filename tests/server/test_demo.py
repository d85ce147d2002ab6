"""The demo from nothing to two tilesets."""

import dataclasses

import pytest

from pipeline.municipality import municipality
from pipeline.report import silent
from server.demo import DemoOptions, prepare
from tests import readers
from tests.pipeline.test_copc import Source, served


@pytest.fixture
def here():
    """The municipality, with a smaller area for its demo."""
    whole = municipality()
    return dataclasses.replace(
        whole, demo=dataclasses.replace(whole.demo, bounds=(104_950.0, 425_350.0, 105_050.0, 425_440.0))
    )


def test_without_ahn_a_sample_takes_its_place_and_is_kept(here, tmp_path):
    said = []
    away = dataclasses.replace(here, sources=dataclasses.replace(here.sources, ahn_copc="http://127.0.0.1:9/{x}_{y}"))
    tilesets = prepare(away, DemoOptions(tmp_path), silent, said.append)
    assert "No AHN by internet (127.0.0.1 does not answer (ConnectError)); a generated sample" in said[0]
    city, plan = (readers.read(folder) for folder in tilesets)
    assert sum(readers.point_counts(city).values()) > 30_000
    assert city.validate() == plan.validate() == []
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    prepare(away, DemoOptions(tmp_path), silent, said.append)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == stamps


def test_where_ahn_answers_the_points_are_real(here, shared_data, tmp_path):
    copc = shared_data("ahn/abossenbroek/points.copc.laz").read_bytes()
    said = []
    area = dataclasses.replace(here.demo, bounds=(121_485.0, 487_490.0, 121_500.0, 487_515.0))
    with served(Source({"AHN5_C_121000_487000.COPC.LAZ": copc})) as template:
        there = dataclasses.replace(here, demo=area, sources=dataclasses.replace(here.sources, ahn_copc=template))
        city, _ = prepare(there, DemoOptions(tmp_path), silent, said.append)
    assert said[0].startswith("The points are real: AHN")
    assert 0 < sum(readers.point_counts(readers.read(city)).values()) < 2_170
