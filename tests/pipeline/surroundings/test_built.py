"""What stands as tiles, read back by other people's readers."""

import numpy as np
import pytest

from pipeline.surroundings import built
from pipeline.surroundings.looks import Target
from pipeline.surroundings.shells import Face
from pipeline.surroundings.townscape import Townscape
from tests import readers
from tests.makehouses import SQUARE
from tiles.box import Box
from tiles.check import check
from tiles.frame import RD_NAP
from tiles.store import Directory, Memory
from tiles.tree import TILESET, About, Tile, Tileset

millimetre = 1e-3


@pytest.fixture(scope="module")
def tiles(amsterdam, tmp_path_factory):
    store = Directory(tmp_path_factory.mktemp("amsterdam"))
    block = built.write_block(amsterdam.squares, Target(store, amsterdam.place), "canals")
    about = About("Amsterdam", "model", "EPSG:7415")
    store.put(TILESET, Tileset(block.tile, amsterdam.placement, "REPLACE", about).to_json())
    return store.path, block


def test_everything_that_stands_is_counted(amsterdam, tiles):
    _, block = tiles
    assert block.buildings == len(amsterdam.buildings)
    assert block.trees == sum(len(each.trees) for each in amsterdam.squares)
    assert block.fit.points > 100_000


def test_the_tileset_is_sound_by_our_own_check_and_khronos_validator(tiles):
    folder, block = tiles
    checked = check(Directory(folder))
    assert checked.faults == ()
    assert checked.contents == 1 + len(block.squares)
    assert readers.read(folder).validate() == []


def test_every_corner_stands_where_the_exact_frame_puts_it(amsterdam, tiles, tmp_path):
    tileset = readers.read(tiles[0])
    vertices = tileset.vertices(tmp_path / "v.bin")
    readers.assert_everything_inside(tileset, vertices)
    found = RD_NAP.from_ecef(tileset.to_ecef(vertices.local[vertices.tile != tileset.contents[0]]))
    visible = [building.shell.only(Face.ROOF, Face.LEVEL_ROOF, Face.WALL) for building in amsterdam.buildings]
    expected = np.concatenate([shell.positions[np.unique(shell.triangles)] for shell in visible])
    seen = {tuple(row) for row in np.rint(found * 1000).astype(int).tolist()}
    near = np.array([[dx, dy, dz] for dx in (0, 1, -1) for dy in (0, 1, -1) for dz in (0, 1, -1)])
    for row in np.rint(expected[::997] * 1000).astype(int):
        assert any(tuple(each) in seen for each in (row + near).tolist()), row


def test_from_afar_there_is_a_third_of_the_triangles_and_the_error_is_said(tiles, amsterdam):
    folder, block = tiles
    full = sum((folder / child.content).stat().st_size for child in block.tile.children)
    assert (folder / block.tile.content).stat().st_size < 0.5 * full
    assert block.tile.geometric_error_m == max(building.coarse_error_m for building in amsterdam.buildings)
    assert all(child.geometric_error_m == 0 for child in block.tile.children)


def test_the_same_things_give_the_same_bytes(amsterdam):
    stores = Memory(), Memory()
    for store in stores:
        built.write_block(amsterdam.squares[:1], Target(store, amsterdam.place), "canals")
    assert stores[0].objects == stores[1].objects


def test_where_nothing_stands_nothing_is_written():
    store = Memory()
    assert built.write_block([Townscape(SQUARE, [], [])], Target(store, lambda xyz: xyz), "x") is None
    assert store.objects == {}


def test_many_tiles_are_joined_under_one_by_place():
    boxes = [
        Box(np.array([x, y, 0.0]), np.array([x + 9.0, y + 9, 9])) for x in range(0, 50, 10) for y in range(0, 50, 10)
    ]
    tiles = [Tile(box, 2.0, f"{number}.glb") for number, box in enumerate(boxes)]
    root, other = built.joined(tiles), built.joined(tiles[::-1])
    assert root.to_json() == other.to_json()
    assert sorted(tile.content for tile in root.walk() if tile.content) == sorted(tile.content for tile in tiles)
    for tile in root.walk():
        assert len(tile.children) <= 4
        assert all(tile.box.holds(child.box) for child in tile.children)
        assert all(tile.geometric_error_m >= child.geometric_error_m for child in tile.children)
    assert built.joined(tiles[:1]) is tiles[0]
