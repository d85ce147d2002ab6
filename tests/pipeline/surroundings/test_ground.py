"""The ground as a tileset, read back by other people's readers."""

import hashlib

import numpy as np
import pytest

from pipeline.pool import workers
from pipeline.report import silent
from pipeline.surroundings.cloud import SQUARE_M, Classified
from pipeline.surroundings.ground import Crew, GroundOptions, Site, make_ground
from tests import readers
from tests.pipeline.surroundings import made
from tests.pipeline.surroundings.made import CORNER, MemoryCloud, street
from tiles.check import check
from tiles.errors import BadInput
from tiles.frame import RD_NAP
from tiles.store import Directory

millimetre = 1e-3
LEAF_M = SQUARE_M / 2


def ground(folder, points, jobs=1, options=None):
    """Make the ground of some points; the folder of the tileset and what is said of it."""
    for name in ("measured", "kept"):
        (folder / name).mkdir(parents=True)
    site = Site(MemoryCloud(points), (made.extent(points),), RD_NAP, folder)
    with workers(jobs) as pool:
        found = make_ground(site, Directory(folder / "ground"), options or GroundOptions("Town"), Crew(pool, silent))
    return folder / "ground", found


@pytest.fixture(scope="module")
def points():
    return made.town()


@pytest.fixture(scope="module")
def built(points, tmp_path_factory):
    return ground(tmp_path_factory.mktemp("ground"), points)


@pytest.fixture(scope="module")
def tileset(built):
    return readers.read(built[0])


@pytest.fixture(scope="module")
def vertices(tileset, tmp_path_factory):
    return tileset.vertices(tmp_path_factory.mktemp("decoded") / "vertices.bin")


@pytest.fixture(scope="module")
def rd(tileset, vertices):
    """Every vertex in RD and NAP."""
    return RD_NAP.from_ecef(tileset.to_ecef(vertices.local))


def level(tileset, row):
    return int(tileset.tiles[row]["content"]["uri"].split("-")[0])


def hashes(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_khronos_and_our_own_check_find_nothing_wrong(tileset):
    assert tileset.validate() == []
    assert check(Directory(tileset.folder)).faults == ()


def test_every_content_lies_inside_its_own_box_and_its_parents(tileset, vertices):
    readers.assert_everything_inside(tileset, vertices)


def test_coarser_tiles_are_replaced_and_err_more(tileset):
    assert tileset.document["root"]["refine"] == "REPLACE"
    for row, parent in enumerate(tileset.parents):
        if parent >= 0:
            assert level(tileset, row) == level(tileset, parent) - 1
            assert 0 < tileset.tiles[row]["geometricError"] < tileset.tiles[parent]["geometricError"]


def test_vertices_stand_on_the_lattice_to_two_millimetres(rd):
    off = rd[:, :2] - np.rint(rd[:, :2] / 0.512) * 0.512
    assert np.abs(off).max() < 2 * millimetre
    assert np.abs(rd[:, 2] - np.rint(rd[:, 2] * 1000) / 1000).max() < 2 * millimetre


def test_tiles_of_a_level_that_meet_have_the_same_vertices_where_they_meet(tileset, vertices, rd):
    compared = 0
    for axis, edge in ((0, CORNER[0]), (1, CORNER[1]), (0, CORNER[0] - LEAF_M / 2 * 2), (1, CORNER[1] + LEAF_M)):
        on_edge = np.abs(rd[:, axis] - edge) < 2 * millimetre
        for wanted in (0, 1):
            tops = {}
            for row in (row for row in tileset.contents if level(tileset, row) == wanted):
                own = on_edge & (vertices.tile == row)
                middle = rd[vertices.tile == row, axis].mean()
                tops.setdefault(middle > edge, set()).update(_tops(vertices.local[own], rd[own, 1 - axis]))
            if len(tops) == 2:
                low, high = tops.values()
                if low and high:
                    assert low == high
                    compared += len(low)
    assert compared > 100


def _tops(local, along):
    """The highest vertex at each place along an edge, in half millimetres: that of the ground, not of the skirt."""
    best = {}
    for place, steps in zip(
        np.rint(along * 1000).astype(int).tolist(), np.rint(local / 0.0005).astype(int).tolist(), strict=True
    ):
        if place not in best or steps[2] > best[place][2]:
            best[place] = tuple(steps)
    return {(place, *steps) for place, steps in best.items()}


def test_leaves_follow_the_true_ground(tileset, vertices, rd):
    leaf = np.isin(vertices.tile, [row for row in tileset.contents if level(tileset, row) == 0])
    x, y = (rd[leaf, :2] - CORNER).T
    z = rd[leaf, 2]
    open_ground = (x > -105) & (x < 105) & (y > -24) & (y < 85) & (np.hypot(x + 70, y - 20) > 7)
    error = z[open_ground] - street(x[open_ground], y[open_ground])
    error = error[error > -0.45]  # skirts hang half a metre below
    assert np.sqrt(np.mean(error**2)) < 0.05


def test_water_is_a_surface_of_its_own_at_one_height(vertices, rd):
    water = rd[vertices.feature == 1]
    top = water[water[:, 2] > made.WATER_LEVEL - 0.3]
    assert len(top) > 50
    assert np.ptp(top[:, 2]) < 2 * millimetre
    assert ((top[:, 1] - CORNER[1] > made.CANAL[0]) & (top[:, 1] - CORNER[1] < made.CANAL[1])).all()


def test_the_accuracy_is_that_of_all_ground_points_and_good(points, built):
    found = built[1].summary.residuals
    assert found.count == (points.classification == 2).sum()
    assert found.rms_m < 0.10
    assert abs(found.bias_m) < 0.01
    # The dike's crest is cut by a lattice of half a metre, the streets' noise is 2 cm.
    assert found.within_m(0.95) < 0.07


def test_the_same_points_in_any_order_and_any_number_of_processes_give_the_same_bytes(points, built, tmp_path):
    order = np.random.default_rng(0).permutation(len(points.xyz))
    shuffled = Classified(points.xyz[order], points.classification[order])
    again, _ = ground(tmp_path, shuffled, jobs=2)
    assert hashes(again) == hashes(built[0])


def test_the_same_town_farther_on_is_made_the_same(points, built, tmp_path):
    far = points.xyz + np.array([3 * SQUARE_M, 0, 0])
    more = Classified(np.concatenate([points.xyz, far]), np.tile(points.classification, 2))
    _, found = ground(tmp_path, more)
    assert found.summary.residuals.rms_m == pytest.approx(built[1].summary.residuals.rms_m, rel=1e-3)
    assert found.summary.residuals.count == 2 * built[1].summary.residuals.count
    assert found.summary.water.count == 2 * built[1].summary.water.count


def test_points_without_ground_are_refused(points, tmp_path):
    with pytest.raises(BadInput, match="hold no ground"):
        ground(tmp_path, Classified(points.xyz, np.full(len(points.xyz), 1, np.uint8)))


class Chequers:
    """A photo of squares of 10 m; none of it east of the corner."""

    def window(self, bounds, pixel_m):
        count = round((bounds.east - bounds.west) / pixel_m)
        x = bounds.west + (np.arange(count) + 0.5) * pixel_m
        y = bounds.north - (np.arange(count) + 0.5) * pixel_m
        dark = (np.floor(x / 10)[None] + np.floor(y / 10)[:, None]) % 2 == 0
        found = np.broadcast_to(x < CORNER[0], (count, count))
        return np.where(dark[..., None], np.uint8(60), np.uint8(200)) * np.ones(3, np.uint8), found


def test_a_photo_is_draped_over_the_tiles_it_reaches(points, tmp_path):
    folder, _ = ground(tmp_path, points, options=GroundOptions("Town", photos=Chequers(), pixel_m=1.0))
    tileset = readers.read(folder)
    assert tileset.validate() == []
    draped = [b"EXT_texture_webp" in tileset.path(row).read_bytes() for row in tileset.contents]
    assert any(draped)
    assert not all(draped)
    document = tileset.path(tileset.contents[draped.index(True)]).read_bytes()
    assert document.count(b"WEBPVP8") == 1  # ground and water share one picture
    # Eight pixels of a metre: coarser than the lattice asks.
    assert tileset.tiles[tileset.contents[draped.index(True)]]["geometricError"] >= 8
