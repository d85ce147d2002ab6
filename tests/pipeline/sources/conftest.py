"""What tests of sources share."""

from pathlib import Path

import pytest

from pipeline import municipality
from pipeline.report import silent
from pipeline.sources import record
from pipeline.sources.area import of_bounds
from pipeline.sources.job import Job
from pipeline.sources.web import Patience, web
from tests import land as lands

QUICK = Patience(connect_s=5.0, silence_s=5.0, pauses_s=(0.0, 0.0), longest_wait_s=1.0)


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
