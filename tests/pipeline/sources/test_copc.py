"""One COPC file on a web server as an input."""

import struct

import laspy
import numpy as np
import pytest

from pipeline.area import from_document, of_bounds
from pipeline.sources.copc import fetch_copc
from pipeline.sources.web import NotAtSource, SourceAway
from tests import make
from tests.ahnsource import copc
from tiles.errors import BadInput

BLOCK = 1 << 17
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


def wanted(town, area):
    return town.xyz[area.holds(town.xyz)]


def same(path, xyz):
    return np.allclose(np.sort(laspy.read(path).xyz, axis=0), np.sort(xyz, axis=0), atol=1e-6)


def test_the_points_of_an_area_come_with_their_attributes(address, town, tmp_path):
    path = fetch_copc(address, AREA, tmp_path / "points")
    assert path == tmp_path / "points" / "town.laz"
    assert same(path, wanted(town, AREA))
    got = laspy.read(path)
    assert set(np.unique(got.classification)) <= {1, 2, 6, 7, 18}
    assert len(np.unique(got.intensity)) > 100
    assert not [vlr for vlr in got.header.vlrs if vlr.user_id == "copc"]


def test_no_byte_is_asked_for_but_of_nodes_that_touch_and_of_the_hierarchy(address, made, land, tmp_path):
    data, nodes = made
    fetch_copc(address, AREA, tmp_path)
    west, south, east, north = AREA.bounds
    useless = [
        range(node.start, node.start + node.size)
        for node in nodes
        if node.size
        and not (node.low[0] < east and node.high[0] > west and node.low[1] < north and node.high[1] > south)
    ]
    end_of_points = max(node.start + node.size for node in nodes)
    for one in land.asked:
        first, last = map(int, one.range.removeprefix("bytes=").split("-"))
        blocked = last - first + 1 == BLOCK or last == len(data) - 1
        if not blocked:  # a part with points; the others are blocks of head and hierarchy
            assert not [node for node in useless if node.start <= last and node.stop > first]
            assert last < end_of_points


def test_a_polygon_reads_less_than_its_box(address, land, town, tmp_path):
    corners = [[104_300, 425_300], [104_690, 425_690], [104_690, 425_680], [104_310, 425_300], [104_300, 425_300]]
    sliver = from_document({"type": "Polygon", "coordinates": [corners]}, "sliver")
    path = fetch_copc(address, sliver, tmp_path / "a")
    assert same(path, wanted(town, sliver))
    along, land.sent = land.sent, 0
    fetch_copc(address, of_bounds(sliver.bounds), tmp_path / "b")
    assert along < land.sent


def test_a_real_file_comes_through(shared_data, land, base, tmp_path):
    real = shared_data("ahn/abossenbroek/points.copc.laz")
    land.files["/real.copc.laz"] = real.read_bytes()
    area = of_bounds((121_485.0, 487_490.0, 121_500.0, 487_515.0))
    got, whole = laspy.read(fetch_copc(f"{base}/real.copc.laz?v=1", area, tmp_path)), laspy.read(real)
    assert len(got) == area.holds(whole.xyz).sum() > 0


def test_an_area_without_points_is_said(address, tmp_path):
    with pytest.raises(BadInput, match=r"town\.copc\.laz has no points within RD 100000"):
        fetch_copc(address, of_bounds((100_000.0, 420_000.0, 100_100.0, 420_100.0)), tmp_path / "points")
    assert list((tmp_path / "points").iterdir()) == []


def test_a_file_that_is_not_there_is_said(base, tmp_path):
    with pytest.raises(NotAtSource, match=r"has no none\.copc\.laz"):
        fetch_copc(f"{base}/none.copc.laz", AREA, tmp_path)


def test_a_hierarchy_that_leads_nowhere_is_said(town, land, base, tmp_path):
    data = bytearray(copc(town, paged=True)[0])
    link = data.rfind(struct.pack("<i", -1)) - 28
    struct.pack_into("<Qi", data, link + 16, link, 32)  # to itself
    land.files["/broken.copc.laz"] = bytes(data)
    everywhere = of_bounds((104_300.0, 425_300.0, 104_700.0, 425_700.0))
    with pytest.raises(SourceAway, match=r"no COPC file that can be read .the hierarchy leads nowhere"):
        fetch_copc(f"{base}/broken.copc.laz", everywhere, tmp_path)


def test_the_area_need_not_be_whole_metres(address, town, tmp_path):
    area = of_bounds((104_400.123, 425_350.123, 104_479.877, 425_419.877))
    assert same(fetch_copc(address, area, tmp_path), wanted(town, area))
