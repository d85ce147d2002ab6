"""A real server on loopback with a small tileset."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from pipeline.points import PointOptions, build_points
from tests import make


@contextmanager
def serving(*folders: Path, **environment: str) -> Iterator[str]:
    """`voorland serve` on a free port; its address."""
    command = [sys.executable, "-c", "from server.cli import main; main()", "serve", *map(str, folders), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | environment) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://localhost:\d+", process.stdout.readline())
            assert found, "the server did not say its address"
            yield found.group()
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture(scope="session")
def tilesets(tmp_path_factory) -> Path:
    """A folder with one tileset of points in it."""
    folder = tmp_path_factory.mktemp("served")
    laz = make.write_las(folder / "town.laz", make.town(5_000))
    options = PointOptions("EPSG:7415", title="Town", attribution="AHN")
    build_points([laz], folder / "tilesets" / "The Town", options)
    return folder / "tilesets"


@pytest.fixture(scope="session")
def address(tilesets) -> Iterator[str]:
    with serving(tilesets) as url:
        yield url


@pytest.fixture
def client(address) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=10) as session:
        yield session
