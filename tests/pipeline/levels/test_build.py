"""A model's tree of tiles, from elements whose detail is known."""

import json

import pytest

from pipeline.levels.build import FIRST_VIEW_BYTES, build
from pipeline.levels.join import joined
from pipeline.report import silent
from tests import readers
from tests.pipeline.levels.made import GLASS, ball, box, elements
from tiles.check import check
from tiles.frame import east_north_up
from tiles.geometry import Surface
from tiles.store import Directory, Memory
from tiles.tree import TILESET, About, Tileset

BALLS = 20
millimetre = 1e-3


def exhibition() -> list[Surface]:
    """Balls of different sizes in two rooms, one with glass walls, one closed; 56 k triangles."""
    balls = [ball((3.0 * (i % 5), 3.0 * (i // 5), 2.0), 1 + i / 100, i, 27) for i in range(BALLS)]
    closed, glass = box((-3, -3, -1), (15, 4.4, 5), BALLS), box((-3, 4.6, -1), (15, 13, 5), BALLS + 1, GLASS)
    return [joined([*balls, closed]), glass]


@pytest.fixture(scope="module")
def made():
    store = Memory()
    return store, build(exhibition(), elements(BALLS + 2), store, silent)


def names(store, tile):
    document = store.objects[tile.content]
    return {name for name in (f"guid-{row:05}" for row in range(BALLS + 2)) if name.encode() in document}


def test_the_first_view_is_light_and_measured(made):
    store, root = made
    assert len(store.objects[root.content]) <= FIRST_VIEW_BYTES
    assert sum(map(len, store.objects.values())) > 2 * FIRST_VIEW_BYTES
    assert 0.001 < root.geometric_error_m < 0.5


def test_errors_fall_towards_the_leaves_which_have_none(made):
    _, root = made
    for tile in root.walk():
        assert all(child.geometric_error_m <= tile.geometric_error_m for child in tile.children)
        assert (tile.geometric_error_m == 0) == (not tile.children)


def test_the_leaves_have_every_element_once(made):
    store, root = made
    leaves = [names(store, tile) for tile in root.walk() if not tile.children]
    assert sum(map(len, leaves)) == len(set().union(*leaves)) == BALLS + 2


def test_from_afar_what_is_in_the_closed_room_is_left_out_and_what_is_behind_glass_is_not(made):
    store, root = made
    drawn = names(store, root)
    assert {f"guid-{row:05}" for row in range(10)} & drawn == set()
    assert {f"guid-{row:05}" for row in range(10, BALLS + 2)} <= drawn


def test_the_tree_is_a_valid_tileset_and_other_readers_find_everything_inside_its_boxes(made, tmp_path):
    store, root = made
    for name, data in store.objects.items():
        Directory(tmp_path).put(name, data)
    placement = east_north_up(51.81, 4.66, 46.0)
    document = Tileset(root, placement, "REPLACE", About("t", "model", "EPSG:7415")).to_json()
    Directory(tmp_path).put(TILESET, document)
    assert json.loads(document)["root"]["refine"] == "REPLACE"
    assert check(Directory(tmp_path)).faults == ()
    tileset = readers.read(tmp_path)
    assert tileset.validate() == []
    readers.assert_everything_inside(tileset, tileset.vertices(tmp_path / "v.bin"))


def test_a_small_model_is_one_tile():
    store = Memory()
    root = build([box((0, 0, 0), (9, 9, 9))], elements(1), store, silent)
    assert (root.children, root.geometric_error_m, len(store.objects)) == ((), 0.0, 1)


def test_many_copies_of_a_heavy_shape_are_one_small_tile():
    store = Memory()
    many = joined([ball((4.0 * (i % 20), 4.0 * (i // 20), 0), 1.5, i, 20) for i in range(200)])
    root = build([many], elements(200), store, silent)
    assert not root.children
    assert len(store.objects[root.content]) < FIRST_VIEW_BYTES / 4


def test_the_same_model_makes_the_same_bytes(made):
    store, _ = made
    again = Memory()
    build(exhibition(), elements(BALLS + 2), again, silent)
    assert again.objects == store.objects
