"""AHN by HTTP range, from a loopback server that plays the source."""

import time

import laspy
import numpy as np
import pytest

from pipeline.sources.ahn import fetch_ahn, kilometre_tiles
from pipeline.sources.web import SourceAway
from tests import make
from tests.ahnsource import Source, copc, served
from tiles.errors import BadInput

HERE = (121_485.0, 487_490.0, 121_500.0, 487_515.0)  # part of the real COPC file
REAL = "AHN5_C_121000_487000.COPC.LAZ"
MADE = "AHN5_C_104000_425000.COPC.LAZ"


@pytest.fixture
def real(shared_data):
    return shared_data("ahn/abossenbroek/points.copc.laz")


@pytest.fixture(scope="module")
def town():
    """400 × 400 m of points, so that most nodes lie outside what is asked for."""
    return make.town(60_000, side_m=400.0, at=(104_300.0, 425_300.0))


@pytest.fixture(scope="module")
def made(town):
    return copc(town)


AREA = (104_400.0, 425_350.0, 104_480.0, 425_420.0)


def within(bounds, x, y):
    west, south, east, north = bounds
    return (x >= west) & (x < east) & (y >= south) & (y < north)


def test_the_points_of_an_area_come_by_range_with_their_attributes(real, tmp_path):
    with served(Source({REAL: real.read_bytes()})) as template:
        fetched = fetch_ahn(template, HERE, tmp_path / "ahn")
    (path,) = fetched.files
    got, whole = laspy.read(path), laspy.read(real)
    inside = within(HERE, np.asarray(whole.x), np.asarray(whole.y))
    assert 0 < inside.sum() == fetched.points < len(inside)
    for name in whole.point_format.dimension_names:
        assert (np.sort(np.asarray(got[name])) == np.sort(np.asarray(whole[name])[inside])).all(), name
    assert got.header.parse_crs().to_epsg() == 28992
    assert not [vlr for vlr in got.header.vlrs if vlr.user_id == "copc"]


def test_only_the_nodes_that_touch_the_area_are_read(town, made, tmp_path):
    data, nodes = made
    west, south, east, north = AREA
    touching = [
        node
        for node in nodes
        if node.low[0] <= east and node.high[0] >= west and node.low[1] <= north and node.high[1] >= south
    ]
    source = Source({MADE: data})
    with served(source) as template:
        fetched = fetch_ahn(template, AREA, tmp_path / "ahn")
    x, y = town.xyz[:, 0], town.xyz[:, 1]
    assert fetched.points == within(AREA, x, y).sum() > 0
    assert fetched.bytes == sum(node.size for node in touching)
    overhead = 3 * (1 << 17)  # the first block, and those of the hierarchy at the end
    assert source.sent < fetched.bytes + overhead < 0.75 * len(data)


def test_a_node_without_points_of_its_own_is_passed_over(made, tmp_path):
    data, nodes = made
    assert [node for node in nodes if node.size == 0]
    with served(Source({MADE: data})) as template:
        assert fetch_ahn(template, AREA, tmp_path / "ahn").points > 0


def test_a_reference_system_at_the_end_of_the_file_is_kept(made, tmp_path):
    with served(Source({MADE: made[0]})) as template:
        (path,) = fetch_ahn(template, AREA, tmp_path / "ahn").files
    with laspy.open(path) as file:
        (stated,) = file.header.vlrs.get("WktCoordinateSystemVlr")
    assert "Amersfoort / RD New + NAP height" in stated.string
    assert not file.header.global_encoding.wkt  # as it came


def test_only_the_kilometre_tiles_that_are_touched_are_asked_for(real, tmp_path):
    assert list(kilometre_tiles((104_650, 425_050, 105_150, 425_450))) == [(104_000, 425_000), (105_000, 425_000)]
    source = Source({REAL: real.read_bytes()})
    with served(source) as template:
        fetched = fetch_ahn(template, (120_990.0, 487_490.0, 121_500.0, 487_515.0), tmp_path / "ahn")
    assert set(source.asked) == {"/AHN5_C_120000_487000.COPC.LAZ", f"/{REAL}"}
    assert [address.rsplit("/", 1)[-1] for address in fetched.missing] == ["AHN5_C_120000_487000.COPC.LAZ"]  # 403


def test_how_far_the_fetching_is_is_told_in_points(made, tmp_path):
    told = []
    with served(Source({MADE: made[0]})) as template:
        fetch_ahn(template, AREA, tmp_path / "ahn", lambda *step: told.append(step))
    done = [(done, total) for stage, done, total in told if stage == "Fetching AHN"]
    assert done[-1][0] == done[-1][1] > 0
    assert done == sorted(done)


def away(source, folder, bounds=AREA):
    """The sentence with which fetching ends, and nothing left behind."""
    with served(source) as template, pytest.raises(SourceAway) as raised:
        fetch_ahn(template, bounds, folder / "ahn")
    assert list(folder.iterdir()) == []
    return str(raised.value)


def test_a_source_without_the_tiles_is_said(tmp_path):
    assert "has no points there" in away(Source({}), tmp_path)


def test_a_tile_without_points_in_the_area_is_said(made, tmp_path):
    assert "has no points there" in away(
        Source({MADE: made[0]}), tmp_path, (104_010.0, 425_010.0, 104_090.0, 425_090.0)
    )


def test_a_source_that_ignores_ranges_is_not_read_whole(tmp_path):
    source = Source({MADE: b"LASF" * 5_000_000}, ranges=False)
    assert "answers 200 to a request for a part" in away(source, tmp_path)
    assert source.sent < 20_000_000


def test_a_source_that_sends_something_else_is_said(tmp_path):
    assert "no COPC file that can be read" in away(Source({MADE: b"<html>" * 500}), tmp_path)


def test_a_file_that_ends_too_soon_is_said(made, tmp_path):
    data, _ = made
    assert "no COPC file that can be read" in away(Source({MADE: data[: len(data) // 2]}), tmp_path)


def test_a_body_that_is_cut_off_is_noticed(made, tmp_path):
    assert "does not answer (RemoteProtocolError)" in away(Source({MADE: made[0]}, cut=100), tmp_path)


def test_a_source_that_takes_more_than_five_seconds_is_not_waited_for(made, tmp_path):
    begun = time.monotonic()
    assert "does not answer within 5 seconds" in away(Source({MADE: made[0]}, drip_s=0.1), tmp_path)
    assert time.monotonic() - begun < 6.5


def test_an_address_that_is_none_is_said(tmp_path):
    for template in ("C:/ahn/{x}_{y}.laz", "https://ahn.example/{z}.laz"):
        with pytest.raises(BadInput, match="is no address of AHN tiles"):
            fetch_ahn(template, AREA, tmp_path / "ahn")
