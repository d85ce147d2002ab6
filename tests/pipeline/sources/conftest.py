"""What tests of sources share."""

import os
from pathlib import Path

import pytest

from pipeline import municipality
from pipeline.area import of_bounds
from pipeline.report import silent
from pipeline.sources import record
from pipeline.sources.fetch import FetchOptions
from pipeline.sources.job import Job
from pipeline.sources.web import Patience, web
from tests import land as lands
from tests import make
from tests.ahnsource import copc

QUICK = Patience(connect_s=5.0, silence_s=5.0, pauses_s=(0.0, 0.0), longest_wait_s=1.0)
WEST, EAST = "/copc/AHN5_C_104000_425000.COPC.LAZ", "/copc/AHN5_C_105000_425000.COPC.LAZ"
BBOX = (104_900.0, 425_100.0, 105_100.0, 425_300.0)
AREA_OPTIONS = ["--bbox", ",".join(f"{value:.0f}" for value in BBOX), "--resolution", "0.1"]


@pytest.fixture
def land():
    return lands.Land()


@pytest.fixture
def base(land):
    with lands.served(land) as address:
        yield address


@pytest.fixture
def sources(base, tmp_path):
    """The sources that ship, each led to the server on loopback."""
    path = tmp_path / "land.toml"
    path.write_text(lands.configured(base))
    return municipality.read(path).sources


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def job(folder):
    """Makes a job of an area, in the same folder each time."""
    with web(QUICK) as source:

        def make(area, report=silent):
            area = of_bounds(area) if isinstance(area, tuple) else area
            folder.mkdir(exist_ok=True)
            return Job(area, record.for_area(folder, area), source, report)

        yield make


@pytest.fixture(scope="module")
def published():
    corners = {WEST: (104_000, 425_000), EAST: (105_000, 425_000)}
    return {path: copc(make.town(8_000, side_m=999.0, at=at))[0] for path, at in corners.items()}


@pytest.fixture
def country(land, published):
    """A country with a city of four blocks."""
    land.files |= published
    spots = [(x, y) for x in range(104_850, 105_150, 25) for y in range(425_050, 425_350, 25)]
    land.panden = [lands.pand(number, x, y) for number, (x, y) in enumerate(spots)]
    land.buildings = [lands.house(number, x, y) for number, (x, y) in enumerate(spots)]
    x, y = 104_900.0, 425_100.0
    land.municipalities = {"Dordrecht": [[[x, y], [x + 200, y], [x + 200, y + 200], [x, y]]]}
    return land


@pytest.fixture
def options(folder):
    return FetchOptions(folder, resolution_m=0.5, patience=QUICK)


@pytest.fixture
def city(base, tmp_path):
    """The environment of a command whose municipality has its sources on loopback, in many small pieces."""
    path = tmp_path / "city.toml"
    path.write_text(
        lands.configured(base)
        .replace("tile_m = 2000.0", "tile_m = 50.0")
        .replace("most_pixels = 2000", "most_pixels = 512")
    )
    municipality.read(path)
    return os.environ | {"VOORLAND_MUNICIPALITY": str(path)}
