"""Other people's clients, a link that breaks, and a server that is killed: the file arrives whole."""

import hashlib
import os
import random
import signal
import subprocess
import time
from contextlib import contextmanager
from io import BytesIO

import httpx
import pytest
from tusclient.client import TusClient

from server.plans import projects
from server.plans.projects import Described
from server.platform import opened
from server.settings import Settings
from server.uploads import parts
from tests.breaking import Link, broken
from tests.readers import REFERENCE, _ready
from tests.server.conftest import Served, signed
from tests.server.installation import SMALL, settings, someone

MB = 1 << 20
PART = {"Content-Type": "application/offset+octet-stream"}


def content(size):
    return random.Random(size).randbytes(size)


class Serving:
    """The command `voorland serve` on an installation, that can be killed and started again at the same port."""

    def __init__(self, home, port=0):
        self.served = Served.start(port=port, VOORLAND_HOME=str(home))
        self.port = int(self.served.address.rsplit(":", 1)[1])

    def kill(self):
        process = self.served.process
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


@pytest.fixture
def home(tmp_path, servers):
    """The home of a small installation with a project in it, the headers of its planner, and its uploads' address."""
    with settings(SMALL, tmp_path, servers) as chosen:
        with opened(chosen) as platform:
            actor, session = someone(platform)
            with platform.database.writing() as connection:
                project = projects.create(connection, actor, "dordrecht", Described("Haven"))
        yield chosen.home, signed(session), f"/v1/projects/{project.id}/uploads"


@contextmanager
def serving(home):
    server = Serving(home)
    try:
        yield server
    finally:
        server.kill()


def stored(home, data):
    with opened(Settings(home=home)) as platform:
        return platform.store.get(parts.key(hashlib.sha256(data).hexdigest()))


def test_tuspy_uploads_in_chunks_with_checksums(home):
    folder, headers, uploads = home
    data = content(3 * MB + 17)
    with serving(folder) as server:
        client = TusClient(f"http://127.0.0.1:{server.port}{uploads}", headers=headers)
        uploader = client.uploader(
            file_stream=BytesIO(data), chunk_size=MB, metadata={"filename": "plan.ifc"}, upload_checksum=True
        )
        uploader.upload()
        assert uploader.offset == len(data)
    assert stored(folder, data) == data


def test_tus_js_client_gets_a_file_through_a_link_that_breaks(home, tmp_path):
    folder, headers, uploads = home
    data = content(24 * MB)
    (tmp_path / "plan.ifc").write_bytes(data)
    link = Link(cuts=12, between_bytes=(600_000, 3 * MB))
    with serving(folder) as server, broken(link, server.port) as port:
        given = [f"http://127.0.0.1:{port}{uploads}", str(tmp_path / "plan.ifc"), headers["Cookie"]]
        said = subprocess.run(
            [_ready(), REFERENCE / "upload.mjs", *given, headers["X-CSRF-Token"]],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert said.returncode == 0, said.stderr
    assert link.made == 12
    assert stored(folder, data) == data


def test_no_acknowledged_byte_is_lost_when_the_server_is_killed(home):
    folder, headers, uploads = home
    data, dice = content(40 * MB), random.Random(7)
    protocol = headers | {"Tus-Resumable": "1.0.0"}
    server = Serving(folder)
    try:
        base = f"http://127.0.0.1:{server.port}"
        asked = protocol | {"Upload-Length": str(len(data)), "Upload-Metadata": "filename cGxhbi5pZmM="}
        address = base + httpx.post(base + uploads, headers=asked).headers["Location"]
        acknowledged = kills = 0
        while acknowledged < len(data):
            if kills < 3 and dice.random() < 0.15:
                _kill_in_the_middle(
                    address, protocol | {"Upload-Offset": str(acknowledged)}, data[acknowledged:], server, dice
                )
                kills += 1
                server = Serving(folder, server.port)
                offset = int(httpx.head(address, headers=protocol).headers["Upload-Offset"])
                assert offset >= acknowledged
                acknowledged = offset
                continue
            piece = data[acknowledged : acknowledged + dice.randint(1, 2 * MB)]
            acknowledged = send(address, protocol, acknowledged, piece)
        assert kills == 3
    finally:
        server.kill()
    assert stored(folder, data) == data


def send(address, protocol, offset, piece):
    headers = protocol | PART | {"Upload-Offset": str(offset)}
    answer = httpx.patch(address, content=piece, headers=headers, timeout=30)
    assert answer.status_code == 204
    return int(answer.headers["Upload-Offset"])


def _kill_in_the_middle(address, headers, rest, server, dice):
    """Kill the server while it takes in a large part."""
    killed_at = time.monotonic() + dice.uniform(0.0, 0.1)

    def body():
        for start in range(0, len(rest), MB // 4):
            if time.monotonic() > killed_at:
                server.kill()
                raise httpx.WriteError("killed")
            yield rest[start : start + MB // 4]
        server.kill()

    try:
        httpx.patch(address, content=body(), headers=headers | PART, timeout=30)
    except httpx.TransportError:
        return
