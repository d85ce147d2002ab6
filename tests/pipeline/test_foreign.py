"""py3dtiles as a second reader."""

import json

import pytest

from pipeline.foreign import second_opinion
from tests import maketiles as make
from tests.maketiles import tile, tileset
from tiles.errors import BadInput


def external(root):
    return json.dumps({"asset": {"version": "1.0"}, "geometricError": 10, "root": root | {"refine": "ADD"}}).encode()


def test_the_tilesets_that_one_refers_to_are_read_too(tmp_path):
    folder = make.write(
        tmp_path / "in",
        tileset(tile("", [tile("a/one.json"), tile("b.b3dm")]), "1.0"),
        a___one__json=external(tile("two.json")),
        a___two__json=external(tile("", [tile("../b.b3dm"), tile("../b.b3dm")])),
        b__b3dm=make.b3dm(),
    )
    assert second_opinion(folder) == "py3dtiles reads 7 tiles"


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("tileset.json", "refers to itself"),
        ("../other.json", "lies outside its folder"),
        ("gone.json", r"cannot be read by py3dtiles: .*gone\.json"),
        ("broken.json", "cannot be read by py3dtiles"),
    ],
)
def test_a_tileset_that_leads_nowhere_is_one_sentence(tmp_path, uri, said):
    (tmp_path / "other.json").write_bytes(external(tile("")))
    folder = make.write(tmp_path / "in", tileset(tile("", [tile(uri)]), "1.0"), broken__json=b'{"root": {}}')
    with pytest.raises(BadInput, match=said):
        second_opinion(folder)


def test_what_py3dtiles_does_not_know_is_said(tmp_path):
    root = tile("a.b3dm", boundingVolume={"region": make.region()})
    folder = make.write(tmp_path / "in", tileset(root), a__b3dm=make.b3dm())
    assert second_opinion(folder).startswith("py3dtiles cannot read it (")
