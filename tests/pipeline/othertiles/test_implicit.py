"""Subtrees: which tiles there are."""

import json

import pytest

from pipeline.othertiles import implicit
from pipeline.othertiles.implicit import Cell
from tests.maketiles import subtree
from tiles.errors import BadInput


def tiling(**changed):
    said = {"subdivisionScheme": "QUADTREE", "availableLevels": 4, "subtreeLevels": 2, "subtrees": {"uri": "{level}"}}
    return implicit.tiling({"implicitTiling": said | changed}, "root")


def nothing(uri):
    raise AssertionError(uri)


def test_tiles_are_found_by_their_morton_numbers():
    # One root, of whose four children the second (east) and the third (north) are there, the third with a content.
    found = implicit.subtree(subtree([1, 0, 1, 1, 0], [0, 0, 0, 1, 0], [0] * 15 + [1]), tiling(), nothing)
    cells = [*implicit.cells(found, Cell(0, (0, 0)), tiling())]
    assert cells == [(Cell(0, (0, 0)), ()), (Cell(1, (1, 0)), ()), (Cell(1, (0, 1)), (0,))]
    assert [*implicit.below(found, Cell(0, (0, 0)), tiling())] == [Cell(2, (3, 3))]
    assert [*implicit.below(found, Cell(2, (3, 3)), tiling())] == []  # there are four levels


def test_an_octree_has_three_axes():
    of = tiling(subdivisionScheme="OCTREE", subtreeLevels=1)
    found = implicit.subtree(subtree([1], [1], [0, 0, 0, 0, 0, 1, 0, 0]), of, nothing)
    (cell,) = implicit.below(found, Cell(1, (1, 0, 1)), of)
    assert cell == Cell(2, (3, 0, 3))
    assert cell.filled("{level}/{x}-{y}-{z}.glb") == "2/3-0-3.glb"


def test_a_subtree_in_json_may_have_its_bits_in_another_file():
    said = {
        "buffers": [{"uri": "bits.bin", "byteLength": 1}],
        "bufferViews": [{"buffer": 0, "byteLength": 1}],
        "tileAvailability": {"bitstream": 0},
        "contentAvailability": {"constant": 1},
        "childSubtreeAvailability": {"constant": 0},
    }
    found = implicit.subtree(json.dumps(said).encode(), tiling(), {"bits.bin": b"\x03"}.__getitem__)
    assert found.tiles.tolist() == [True, True, False, False, False]
    assert found.contents[0].all()


@pytest.mark.parametrize(
    "data", [b"", b"subt", subtree([1], [1])[:40], subtree([1], [1]), b"{}", b"[]", b'{"tileAvailability": 3}']
)
def test_a_broken_subtree_is_one_sentence(data):
    with pytest.raises(BadInput, match="no subtree that can be read"):
        implicit.subtree(data, tiling(subtreeLevels=4), nothing)


@pytest.mark.parametrize(
    "changed",
    [
        {"subdivisionScheme": "BINARY"},
        {"subtreeLevels": 0},
        {"subtreeLevels": 14},
        {"subtreeLevels": 10**30},
        {"availableLevels": 1000},
        {"subtrees": {}},
        {"availableLevels": "many"},
    ],
)
def test_an_impossible_tiling_is_one_sentence(changed):
    with pytest.raises(BadInput, match="root has an implicitTiling"):
        tiling(**changed)
