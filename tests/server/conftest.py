"""A real server on loopback with a small tileset."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx
import pytest
import uvicorn

from pipeline.points import PointOptions, build_points
from server.accounts.sessions import Session
from server.app import create_app
from server.platform import Platform
from tests import make
from tests.server.installation import LARGE, SMALL, Parts, installation


@dataclass
class Served:
    """The command `voorland serve`, started in a session of its own; `address` waits until it says where it is."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, *folders: Path, port: int = 0, **environment: str) -> "Served":
        """On a port, or on any that is free."""
        program = [sys.executable, "-c", "from server.cli import main; main()"]
        command = [*program, "serve", *map(str, folders), "--port", str(port)]
        merged = os.environ | environment
        return cls(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=merged, start_new_session=True))

    @cached_property
    def address(self) -> str:
        """Where it listens."""
        assert self.process.stdout is not None
        found = re.search(r"http://localhost:\d+", self.process.stdout.readline())
        assert found, "the server did not say its address"
        return found.group()


@contextmanager
def serving(*folders: Path, **environment: str) -> Iterator[str]:
    """`voorland serve` on a free port; its address."""
    served = Served.start(*folders, **environment)
    with served.process as process:
        try:
            yield served.address
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


@pytest.fixture(scope="session")
def servers() -> Iterator[Parts]:
    """Servers that large installations stand on."""
    started = Parts()
    with started.stack:
        yield started


@pytest.fixture(params=[SMALL, LARGE])
def platform(request, tmp_path, servers) -> Iterator[Platform]:
    """An empty installation of each kind."""
    with installation(request.param, tmp_path, servers) as opened:
        yield opened


@pytest.fixture
def small(tmp_path, servers) -> Iterator[Platform]:
    """An empty small installation, for what does not depend on where things are kept."""
    with installation(SMALL, tmp_path, servers) as opened:
        yield opened


@contextmanager
def talking(platform: Platform) -> Iterator[httpx.Client]:
    """A client of a real server on an installation, in a thread of this process (Granian needs one of its own)."""
    configuration = uvicorn.Config(create_app(platform.settings), port=0, log_level="warning", access_log=False)
    server = uvicorn.Server(configuration)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


def signed(session: Session) -> dict[str, str]:
    """The headers of someone who is signed in, on a page of ours."""
    return {"Cookie": f"voorland={session.cookie}", "X-CSRF-Token": session.csrf}
