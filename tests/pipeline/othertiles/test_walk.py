"""Through all of a tileset, and what stops the way."""

import pytest

from tests import maketiles as make
from tests.maketiles import tile, tileset
from tiles.errors import BadInput


def test_what_is_missing_is_named_and_may_be_gone_without(passed, tmp_path):
    folder = make.write(tmp_path / "in", tileset(tile("a.glb", [tile("gone.glb")])), a__glb=make.glb())
    with pytest.raises(BadInput, match=r"A file of .* is not there: gone\.glb\. Ask for the whole folder"):
        passed(folder, tmp_path / "out")
    assert "gone.glb" in " ".join(passed(folder, tmp_path / "without", incomplete=True).notes)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (tileset(tile("../secret.glb")), "leads outside the tileset's folder"),
        (tileset(tile("..%2f..%2fetc/passwd")), "leads outside"),
        (tileset(tile("/etc/passwd")), "leads outside"),
        (tileset(tile("a\\..\\..\\b.glb")), "leads outside"),
        (tileset(tile("https://example.org/a.glb")), "an address elsewhere, and nothing is fetched"),
        (tileset(tile("tileset.json")), "leads back to it"),
        (tileset(tile("a.glb", transform=[1, 2])), "a transform that is not sixteen numbers"),
        (tileset(tile("a.glb", transform=[0.0] * 16)), "flattens or skews"),
        (tileset(tile("a.glb", boundingVolume={"box": [1e30] * 12})), "root has a box that cannot be"),
        (tileset(tile("a.glb", boundingVolume={"region": [0, 2, 0, 1, 0, 1]})), "root has a region that cannot be"),
        (tileset(tile("a.glb", boundingVolume={"sphere": [0, 0, 0, -1]})), "root has a sphere that cannot be"),
        (tileset(tile("a.glb", boundingVolume={})), "no boundingVolume"),
        (tileset(tile("a.glb", geometricError=None)), "no geometricError"),
        (tileset(tile("a.glb") | {"children": 3}), "children are no list"),
        (tileset(tile("a.glb", contents=[{}])), "a content without a uri"),
        (tileset(tile("")), "shows nothing"),
        (tileset(tile("broken.glb")), r"broken\.glb is broken"),
        (tileset(tile("a.glb"), "2.0"), r"its asset\.version is '2\.0'"),
        ({"asset": {"version": "1.1"}}, "it has no root tile"),
        ([], "it has no root tile"),
    ],
)  # fmt: skip
def test_a_tileset_that_cannot_be_is_one_sentence(passed, tmp_path, document, said):
    folder = make.write(tmp_path / "in", document, a__glb=make.glb(), broken__glb=b"glTF")
    (tmp_path / "secret.glb").write_bytes(make.glb())
    with pytest.raises(BadInput, match=said) as raised:
        passed(folder, tmp_path / "out")
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


def test_what_is_odd_and_does_no_harm_is_said(passed, tmp_path):
    root = tile("a.glb", [tile("a.glb", geometricError=500)], refine="SOMETIMES")
    root["boundingVolume"] = {"box": [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]}
    notes = " ".join(passed(make.write(tmp_path / "in", tileset(root), a__glb=make.glb()), tmp_path / "out").notes)
    assert "1 contents reach out of their tile's volume" in notes
    assert "A tile has a larger geometricError than its parent (1 times)." in notes
    assert "The root says neither ADD nor REPLACE" in notes
