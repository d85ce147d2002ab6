"""COPC files on a web server and on disk: of their octree only what an area needs is read."""

import struct
from pathlib import Path

import laspy
import numpy as np
import pytest

from pipeline.area import from_document, of_bounds
from pipeline.report import silent
from pipeline.sources.copc import Meter, copy, extract, is_copc, open_copc
from pipeline.sources.parts import LocalFile
from pipeline.sources.ranges import remote
from pipeline.sources.web import NotAtSource, SourceAway
from tests import make
from tests.ahnsource import copc
from tests.pipeline.sources.conftest import QUICK
from tiles.errors import BadInput, OutputProblem

BLOCK = 1 << 17
FULL = Path("/dev/full")
AREA = of_bounds((104_400.0, 425_350.0, 104_480.0, 425_420.0))
PATH = "/clouds/town.copc.laz"


@pytest.fixture(scope="module")
def town():
    return make.town(60_000, side_m=400.0, at=(104_300.0, 425_300.0))


@pytest.fixture(scope="module", params=[False, True], ids=["one page", "child pages"])
def made(request, town):
    return copc(town, paged=request.param)


@pytest.fixture
def address(land, base, made):
    land.files[PATH] = made[0]
    return base + PATH


@pytest.fixture
def disk(made, tmp_path):
    path = tmp_path / "town.copc.laz"
    path.write_bytes(made[0])
    return path


class Counted(LocalFile):
    """A file on disk of which every read is written down."""

    def __init__(self, path):
        super().__init__(path)
        self.parts, self.others = [], 0

    def part(self, start, size):
        self.parts.append(range(start, start + size))
        return super().part(start, size)

    def read(self, size=-1, /):
        data = super().read(size)
        self.others += len(data)
        return data

    def readinto(self, buffer, /):
        count = super().readinto(buffer)
        self.others += count
        return count


def fetched(address, area, folder):
    """The points of an area as a file."""
    folder.mkdir(exist_ok=True)
    path = folder / "part.laz"
    with remote(address, QUICK) as file:
        tile = open_copc(file, "part", area)
        assert copy(tile, area, path, Meter(silent, tile.points))
    return path


def useless(nodes, area):
    """Where the nodes lie that cannot hold points of an area, by its bounds."""
    west, south, east, north = area.bounds
    return [
        range(node.start, node.start + node.size)
        for node in nodes
        if node.size
        and not (node.low[0] < east and node.high[0] > west and node.low[1] < north and node.high[1] > south)
    ]


def wanted(town, area):
    return town.xyz[area.holds(town.xyz)]


def same(path, xyz):
    return same_rows(laspy.read(path).xyz, xyz)


def same_rows(got, xyz):
    return len(got) == len(xyz) and np.allclose(np.sort(got, axis=0), np.sort(xyz, axis=0), atol=1e-6)


def test_the_points_of_an_area_come_with_their_attributes(address, town, tmp_path):
    path = fetched(address, AREA, tmp_path / "points")
    assert same(path, wanted(town, AREA))
    got = laspy.read(path)
    assert set(np.unique(got.classification)) <= {1, 2, 6, 7, 18}
    assert len(np.unique(got.intensity)) > 100
    assert not [vlr for vlr in got.header.vlrs if vlr.user_id == "copc"]


def test_no_byte_is_asked_for_but_of_nodes_that_touch_and_of_the_hierarchy(address, made, land, tmp_path):
    data, nodes = made
    fetched(address, AREA, tmp_path)
    end_of_points = max(node.start + node.size for node in nodes)
    for one in land.asked:
        first, last = map(int, one.range.removeprefix("bytes=").split("-"))
        blocked = last - first + 1 == BLOCK or last == len(data) - 1
        if not blocked:  # a part with points; the others are blocks of head and hierarchy
            assert not [node for node in useless(nodes, AREA) if node.start <= last and node.stop > first]
            assert last < end_of_points


def test_a_polygon_reads_less_than_its_box(address, land, town, tmp_path):
    corners = [[104_300, 425_300], [104_690, 425_690], [104_690, 425_680], [104_310, 425_300], [104_300, 425_300]]
    sliver = from_document({"type": "Polygon", "coordinates": [corners]}, "sliver")
    path = fetched(address, sliver, tmp_path / "a")
    assert same(path, wanted(town, sliver))
    along, land.sent = land.sent, 0
    fetched(address, of_bounds(sliver.bounds), tmp_path / "b")
    assert along < land.sent


def test_a_real_file_comes_through(shared_data, land, base, tmp_path):
    real = shared_data("ahn/abossenbroek/points.copc.laz")
    land.files["/real.copc.laz"] = real.read_bytes()
    area = of_bounds((121_485.0, 487_490.0, 121_500.0, 487_515.0))
    got, whole = laspy.read(fetched(f"{base}/real.copc.laz?v=1", area, tmp_path)), laspy.read(real)
    assert len(got) == area.holds(whole.xyz).sum() > 0


def test_an_area_beside_the_points_needs_no_node(address, tmp_path):
    with remote(address, QUICK) as file:
        assert open_copc(file, "town", of_bounds((100_000.0, 420_000.0, 100_100.0, 420_100.0))).parts == ()


def test_a_file_that_is_not_there_is_said(base, tmp_path):
    with pytest.raises(NotAtSource, match=r"has no none\.copc\.laz"):
        fetched(f"{base}/none.copc.laz", AREA, tmp_path)


def test_a_hierarchy_that_leads_nowhere_is_said(town, land, base, tmp_path):
    data = bytearray(copc(town, paged=True)[0])
    link = data.rfind(struct.pack("<i", -1)) - 28
    struct.pack_into("<Qi", data, link + 16, link, 32)  # to itself
    land.files["/broken.copc.laz"] = bytes(data)
    everywhere = of_bounds((104_300.0, 425_300.0, 104_700.0, 425_700.0))
    with pytest.raises(SourceAway, match=r"no COPC file that can be read .the hierarchy leads nowhere"):
        fetched(f"{base}/broken.copc.laz", everywhere, tmp_path)


def test_the_area_need_not_be_whole_metres(address, town, tmp_path):
    area = of_bounds((104_400.123, 425_350.123, 104_479.877, 425_419.877))
    assert same(fetched(address, area, tmp_path), wanted(town, area))


def test_on_disk_too_only_nodes_that_touch_are_read(disk, made, town, tmp_path):
    with Counted(disk) as file:
        tile = open_copc(file, "town", AREA)
        head = file.others
        assert copy(tile, AREA, tmp_path / "part.laz", Meter(silent, tile.points)) > 0
        read = {byte for part in file.parts for byte in part}
        assert file.others == head
    assert same(tmp_path / "part.laz", wanted(town, AREA))
    assert not any(set(node) & read for node in useless(made[1], AREA))
    assert sum(map(len, file.parts)) == tile.bytes < len(made[0]) / 2
    assert head < 50_000


def test_nodes_are_taken_over_as_they_are_compressed(disk, made, town, tmp_path):
    with LocalFile(disk) as file:
        tile = open_copc(file, "town", AREA)
        extract(tile, tmp_path / "part.laz", Meter(silent, tile.points))
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["part.laz", "town.copc.laz"]
    got = laspy.read(tmp_path / "part.laz")
    assert len(got) == tile.points < len(town.xyz)
    assert same_rows(got.xyz[AREA.holds(got.xyz)], wanted(town, AREA))
    (stated,) = got.header.vlrs.get("WktCoordinateSystemVlr")
    assert "Amersfoort / RD New + NAP height" in stated.string
    assert not [vlr for vlr in got.header.vlrs if vlr.user_id == "copc"]
    packed = b"".join(disk.read_bytes()[part.start : part.start + part.size] for part in tile.parts)
    assert packed in (tmp_path / "part.laz").read_bytes()


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said_and_nothing_is_left(disk, tmp_path):
    (tmp_path / "part.laz.part").symlink_to(FULL)
    with LocalFile(disk) as file:
        tile = open_copc(file, "town", AREA)
        with pytest.raises(OutputProblem, match=r"part\.laz cannot be written: the disk is full"):
            extract(tile, tmp_path / "part.laz", Meter(silent, tile.points))
    assert list(tmp_path.iterdir()) == [disk]


def test_all_nodes_are_needed_where_the_area_is_all(disk, town):
    with LocalFile(disk) as file:
        assert open_copc(file, "town", of_bounds((104_000.0, 425_000.0, 105_000.0, 426_000.0))).points == len(town.xyz)


@pytest.mark.parametrize(("side", "beyond"), [(0.0, 0.0), (0.0003, 0.0004)], ids=["on its side", "rounded across it"])
def test_a_point_on_the_edge_of_a_polygon_and_of_a_node_is_not_forgotten(tmp_path, side, beyond):
    middle = 104_500.0
    along = [[middle + beyond, 425_450 + y, 1] for y in range(9)]
    xyz = np.array([[middle + side - 50, 425_400, 1], [middle + side + 50, 425_500, 1], *along], float)
    data, nodes = copc(make.Cloud(xyz), levels=3)
    assert any(node.low[0] == pytest.approx(middle + side, abs=1e-7) and node.size for node in nodes)
    (tmp_path / "edge.copc.laz").write_bytes(data)
    corners = [[middle - 60, 425_390], [middle, 425_390], [middle, 425_510], [middle - 60, 425_510]]
    area = from_document({"type": "Polygon", "coordinates": [[*corners, corners[0]]]}, "edge")
    with LocalFile(tmp_path / "edge.copc.laz") as file:
        tile = open_copc(file, "edge", area)
        assert copy(tile, area, tmp_path / "part.laz", Meter(silent, tile.points)) == 10


def test_only_copc_is_taken_for_it(disk, town, tmp_path):
    plain = make.write_las(tmp_path / "plain.laz", town, point_format=6)
    (tmp_path / "page.laz").write_bytes(b"<html>")
    for path, expected in ((disk, True), (plain, False), (tmp_path / "page.laz", False)):
        with LocalFile(path) as file:
            assert is_copc(file) == expected


@pytest.mark.parametrize("cut", [700, 20_000, -10])
def test_a_file_on_disk_that_is_cut_off_is_said(made, tmp_path, cut):
    path = tmp_path / "cut.copc.laz"
    path.write_bytes(made[0][:cut])
    everything = of_bounds((104_300.0, 425_300.0, 104_700.0, 425_700.0))
    with LocalFile(path) as file, pytest.raises(BadInput, match=r"cut\.copc\.laz is no COPC file that can be read"):
        open_copc(file, "cut", everything)
