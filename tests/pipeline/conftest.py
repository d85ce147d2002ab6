"""Sheets of a made city and what an undisturbed run makes of them, for all who disturb one."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.points import PointOptions, PointSummary, build_points
from tests import city
from tests.launcher import Launcher
from tests.make import Cloud


@dataclass(frozen=True)
class Sheets:
    """Four sheets that meet at a corner, and the tileset of them."""

    cloud: Cloud
    paths: list[Path]
    tiles: Path
    summary: PointSummary
    digest: str


OPTIONS = PointOptions("EPSG:7415", title="city", jobs=1)
ASKED = ("--title", "city")
"""The same, for the command."""


@pytest.fixture(scope="session")
def sheets(tmp_path_factory) -> Sheets:
    folder = tmp_path_factory.mktemp("city")
    cloud = city.city()
    paths = city.sheets(folder / "sheets", cloud)
    summary = build_points(paths, folder / "tiles", OPTIONS)
    return Sheets(cloud, paths, folder / "tiles", summary, city.digest(folder / "tiles"))


@pytest.fixture(scope="session")
def launcher(tmp_path_factory):
    launcher = Launcher(tmp_path_factory.mktemp("runs"))
    yield launcher
    launcher.stop()
