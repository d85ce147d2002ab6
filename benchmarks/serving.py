"""CPU per 64 KB tile: our plain ASGI application, Starlette's StaticFiles and a FastAPI route, all under Granian.

    python benchmarks/serving.py [--requests 3000] [--rounds 3]

Each server answers the same requests over one kept-alive connection, in turns; the median of the rounds is reported.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

TILE = 64 * 1024
SERVERS = {
    "plain ASGI (ours)": "ours",
    "Starlette StaticFiles": "static",
    "FastAPI route": "route",
}
PROGRAM = """
import sys
from pathlib import Path
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

def ours():
    import json, os
    from server.app import create_app
    from server.settings import Settings
    return create_app(Settings(tilesets=(Path(os.environ["BENCH_FOLDER"]),)))

def static():
    import os
    from starlette.applications import Starlette
    from starlette.routing import Mount
    from starlette.staticfiles import StaticFiles
    return Starlette(routes=[Mount("/t/tiles", StaticFiles(directory=os.environ["BENCH_FOLDER"]))])

def route():
    import os
    from fastapi import FastAPI
    from fastapi.responses import FileResponse
    app = FastAPI()
    @app.get("/t/tiles/{name}")
    def tile(name: str):
        return FileResponse(Path(os.environ["BENCH_FOLDER"]) / name)
    return app

if __name__ == "__main__":
    Server(f"bench_app:{sys.argv[1]}", factory=True, port=int(sys.argv[2]), interface=Interfaces.ASGINL, workers=1,
           log_level=LogLevels.error, websockets=False).serve()
"""


def cpu_seconds(pid: int) -> float:
    """CPU of a process and its children so far."""
    total = 0.0
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (str(pid), *children):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def measure(name: str, folder: Path, port: int, requests: int) -> float:
    """Microseconds of CPU per request."""
    environment = os.environ | {"BENCH_FOLDER": str(folder), "PYTHONPATH": f"{folder.parent}:{Path.cwd()}"}
    command = [sys.executable, str(folder.parent / "bench_app.py"), name, str(port)]
    with subprocess.Popen(command, env=environment) as process:
        connection = answering(port)
        for _ in range(200):
            fetch(connection)
        before = cpu_seconds(process.pid)
        for _ in range(requests):
            fetch(connection)
        used = cpu_seconds(process.pid) - before
        connection.close()
        process.terminate()
    return used / requests * 1e6


def answering(port: int) -> HTTPConnection:
    """A connection to a server that has started."""
    for _ in range(200):
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            fetch(connection)
        except OSError:
            connection.close()
            time.sleep(0.05)
        else:
            return connection
    raise SystemExit("a server did not start")


def fetch(connection: HTTPConnection) -> None:
    """Ask for the tile and read it."""
    connection.request("GET", "/t/tiles/tile.glb")
    response = connection.getresponse()
    body = response.read()
    assert len(body) == TILE, (response.status, len(body))


def main() -> None:
    """Run and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "tiles"
        folder.mkdir()
        (folder / "tile.glb").write_bytes(os.urandom(TILE))
        box = "[0,0,6400000,1,0,0,0,1,0,0,0,1]"
        (folder / "tileset.json").write_text(
            '{"asset":{"version":"1.1"},"root":{"boundingVolume":{"box":' + box + '},"geometricError":1}}'
        )
        (Path(scratch) / "bench_app.py").write_text(PROGRAM)
        found: dict[str, list[float]] = {title: [] for title in SERVERS}
        for turn in range(options.rounds):
            for number, (title, name) in enumerate(SERVERS.items()):
                found[title].append(measure(name, folder, 8_700 + turn * 10 + number, options.requests))
    ours = statistics.median(found["plain ASGI (ours)"])
    for title, values in found.items():
        middle = statistics.median(values)
        print(f"{title:24} {middle:6.0f} µs of CPU a tile ({middle / ours:.1f} ×)")


if __name__ == "__main__":
    main()
