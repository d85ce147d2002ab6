"""AHN by HTTP range, from a loopback server that plays the source."""

import http.server
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import laspy
import numpy as np
import pytest

from pipeline.copc import fetch_ahn, kilometre_tiles
from pipeline.fetch import SourceAway, remote

HERE = (121_485.0, 487_490.0, 121_500.0, 487_515.0)  # part of the real COPC file
TILE = "AHN5_C_121000_487000.COPC.LAZ"


@dataclass
class Source:
    """What the server holds, how it behaves, and what it sent."""

    files: dict[str, bytes]
    ranges: bool = True
    delay_s: float = 0.0
    cut: int = 0
    sent: int = 0
    asked: list[str] = field(default_factory=list)


@contextmanager
def served(source: Source) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            time.sleep(source.delay_s)
            source.asked.append(self.path)
            data = source.files.get(self.path.lstrip("/"))
            wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
            if data is None:
                self.send_error(403)
                return
            if not source.ranges or not wanted:
                body = data
                self.send_response(200)
            else:
                first, last = int(wanted[1]), min(int(wanted[2]), len(data) - 1)
                body = data[first : last + 1]
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) - source.cut])
            source.sent += len(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/AHN5_C_{{x:06d}}_{{y:06d}}.COPC.LAZ"
    server.shutdown()
    server.server_close()


@pytest.fixture
def copc(shared_data):
    return shared_data("ahn/abossenbroek/points.copc.laz")


def test_the_points_of_an_area_come_by_range_with_their_attributes(copc, tmp_path):
    source = Source({TILE: copc.read_bytes()})
    with served(source) as template:
        (path,) = fetch_ahn(template, HERE, tmp_path)
    got, whole = laspy.read(path), laspy.read(copc)
    west, south, east, north = HERE
    x, y = np.asarray(whole.x), np.asarray(whole.y)
    inside = (x >= west) & (x < east) & (y >= south) & (y < north)
    assert 0 < inside.sum() < len(x)
    for name in ("X", "Y", "Z", "intensity", "classification", "return_number", "gps_time"):
        assert (np.sort(np.asarray(got[name])) == np.sort(np.asarray(whole[name])[inside])).all()
    assert got.header.parse_crs().to_epsg() == 28992
    assert not [vlr for vlr in got.header.vlrs if vlr.user_id == "copc"]


def test_only_the_kilometre_tiles_that_are_touched_are_asked_for(copc, tmp_path):
    assert list(kilometre_tiles((104_650, 425_050, 105_150, 425_450))) == [(104_000, 425_000), (105_000, 425_000)]
    source = Source({TILE: copc.read_bytes()})
    with served(source) as template:
        fetch_ahn(template, (120_990.0, 487_490.0, 121_500.0, 487_515.0), tmp_path)
    assert set(source.asked) == {"/AHN5_C_120000_487000.COPC.LAZ", f"/{TILE}"}  # the first has none: 403


def test_only_what_is_needed_is_read_of_a_large_file():
    data = bytes(range(256)) * 40_000  # 10 MB
    source = Source({TILE: data})
    with served(source) as template, remote(template.format(x=121_000, y=487_000), 5.0) as file:
        file.seek(5_000_000)
        assert file.read(1_000) == data[5_000_000:5_001_000]
        assert file.size == len(data)
    assert source.sent < 800_000


def away(source, tmp_path):
    with served(source) as template, pytest.raises(SourceAway) as raised:
        fetch_ahn(template, HERE, tmp_path)
    assert list(tmp_path.glob("*.laz")) == []
    return str(raised.value)


def test_a_source_without_the_tiles_is_said(tmp_path):
    assert "has no points there" in away(Source({}), tmp_path)


def test_a_source_that_ignores_ranges_is_not_read_whole(copc, tmp_path):
    assert "answers 200 to a request for a part" in away(Source({TILE: copc.read_bytes()}, ranges=False), tmp_path)


def test_a_body_that_is_cut_off_is_noticed(copc, tmp_path):
    assert "does not answer" in away(Source({TILE: copc.read_bytes()}, cut=100), tmp_path)


def test_a_source_that_takes_more_than_five_seconds_is_not_waited_for(copc, tmp_path):
    begun = time.monotonic()
    assert "does not answer" in away(Source({TILE: copc.read_bytes()}, delay_s=7.0), tmp_path)
    assert time.monotonic() - begun < 12  # the loopback server's own threads included


def test_a_host_that_refuses_is_said_at_once(tmp_path):
    with pytest.raises(SourceAway, match=r"127\.0\.0\.1 does not answer"):
        fetch_ahn("http://127.0.0.1:9/{x}_{y}", HERE, tmp_path)
