"""Someone else's tileset, passed on."""

import json

import numpy as np
import pytest

from pipeline.othertiles.passon import TilesetOptions, pass_on
from pipeline.othertiles.source import opened
from pipeline.othertiles.summary import describe_tileset
from pipeline.othertiles.walk import Walk
from tests import maketiles as make
from tests.make import Cloud, write_las
from tests.maketiles import AT, SHAPE, tile, tileset
from tiles.errors import BadInput, MissingGeoreference
from tiles.frame import RD_NAP

centimetre, millimetre = 1e-2, 1e-3
GROUND = AT[2]


def stands(folder):
    """Every vertex as RD and NAP, by our own reader."""
    with opened(folder) as source:
        found = [
            shown.content.vertices @ shown.to_earth[:3, :3].T + shown.to_earth[:3, 3] for shown in Walk(source).shown()
        ]
    return RD_NAP.from_ecef(np.concatenate(found))


def same_contents(one, other):
    names = {file.relative_to(one) for file in one.rglob("*") if file.is_file() and file.name != "tileset.json"}
    assert names == {
        file.relative_to(other) for file in other.rglob("*") if file.is_file() and file.name != "tileset.json"
    }
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


@pytest.mark.parametrize(
    ("name", "data"),
    [("a__glb", make.glb()), ("a__b3dm", make.b3dm()), ("a__pnts", make.pnts()), ("a__i3dm", make.i3dm())],
)
def test_a_tileset_that_stands_right_is_passed_on_as_it_is(passed, tmp_path, name, data):
    root = tile(name.replace("__", "."))
    folder = make.write(tmp_path / "in", tileset(root, "1.0" if "glb" not in name else "1.1"), **{name: data})
    summary = passed(folder, tmp_path / "out", title="Blok", attribution="Iemand")
    assert same_contents(folder, tmp_path / "out")
    document = json.loads((tmp_path / "out" / "tileset.json").read_text())
    assert document["root"]["transform"] == make.transform()
    said = document.get("metadata", {}).get("properties") or document["extras"]["voorland"]
    assert (said["title"], said["attribution"], document["asset"]["copyright"]) == ("Blok", "Iemand", "Iemand")
    assert (summary.contents, summary.up_m) == (1, 0)
    assert summary.low == pytest.approx(AT, abs=centimetre)
    assert "as 3D Tiles has them" in summary.heights


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_nap_taken_for_ellipsoidal_heights_is_mended_and_said(passed, tmp_path, version):
    root = tile("a.b3dm", transform=make.transform(nap_as_ellipsoidal=True))
    root["boundingVolume"] = {"region": make.region(low=2.0, high=15.0)}
    folder = make.write(tmp_path / "in", tileset(root, version), a__b3dm=make.b3dm())
    summary = passed(folder, tmp_path / "out")
    assert same_contents(folder, tmp_path / "out")
    # Where the tileset should stand: the block in its right place.
    found, right = stands(tmp_path / "out"), SHAPE + AT
    assert found[:, :2] == pytest.approx(right[:, :2], abs=1 * centimetre)  # the block's east is not the map's by 2 mm
    assert found[:, 2] == pytest.approx(right[:, 2], abs=2 * centimetre)
    assert summary.up_m == pytest.approx(43.7, abs=0.1)
    assert "NAP taken for ellipsoidal" in summary.heights
    *_, low, high = json.loads((tmp_path / "out" / "tileset.json").read_text())["root"]["boundingVolume"]["region"]
    assert low < 2 + summary.up_m < 15 + summary.up_m < high
    assert high - low < 13.5


def test_the_baarle_pair_comes_to_one_height_but_for_the_belgian_datum(passed, shared_data, tmp_path):
    # Belgian heights (TAW) begin 2.33 m below NAP: who took them to ellipsoidal heights knew, who copied them did not.
    folders = [shared_data(f"3dtiles/baarle/demo/{kind}/baarle_be_panden") for kind in ("geoid", "ellipsoid")]
    geoid, ellipsoid = (passed(folder, tmp_path / f"out-{row}") for row, folder in enumerate(folders))
    assert [summary.contents for summary in (geoid, ellipsoid)] == [13, 13]
    assert geoid.up_m == pytest.approx(44.26, abs=0.02)
    assert ellipsoid.up_m == 0
    one, other = (stands(tmp_path / f"out-{row}") for row in (0, 1))
    apart = np.median(one, axis=0) - np.median(other, axis=0)
    assert apart[:2] == pytest.approx([0, 0], abs=0.2)
    assert apart[2] == pytest.approx(2.33, abs=0.05)
    assert same_contents(folders[0], tmp_path / "out-0")
    text = describe_tileset(geoid, tmp_path)
    assert "Lifted by 44.2" in text
    assert "3D Tiles 1.1, made by pg2b3dm" in text


def test_the_ground_of_a_point_cloud_decides(passed, tmp_path):
    at = (AT[0], AT[1], 60.0)
    rows = np.array([(at[0] + x, at[1] + y, 60.5) for x in range(-20, 60, 4) for y in range(-20, 40, 4)])
    cloud = write_las(tmp_path / "ahn.laz", Cloud(rows, {"classification": np.full(len(rows), 2, np.uint8)}))
    root = tile("a.glb", transform=make.transform(at, nap_as_ellipsoidal=True))
    folder = make.write(tmp_path / "in", tileset(root), a__glb=make.glb())
    assert passed(folder, tmp_path / "out").up_m == 0  # NAP +16 is ground elsewhere
    assert passed(folder, tmp_path / "lifted", on_ground=(str(cloud),)).up_m == pytest.approx(43.7, abs=0.1)
    high = tile("a.glb", transform=make.transform((*AT[:2], 200.0)))
    far = make.write(tmp_path / "far", tileset(high), a__glb=make.glb())
    with pytest.raises(BadInput, match="neither can be"):
        passed(far, tmp_path / "no", on_ground=(str(cloud),))


def test_the_user_may_say_what_the_heights_are(passed, tmp_path):
    folder = make.write(tmp_path / "in", tileset(tile("a.glb")), a__glb=make.glb())
    assert passed(folder, tmp_path / "out", heights="nap").up_m == pytest.approx(43.7, abs=0.1)


def test_external_and_implicit_tilesets_are_gone_through_and_lifted_as_one(passed, tmp_path):
    here = make.transform(nap_as_ellipsoidal=True)
    implicit = tile("c/{level}_{x}_{y}.glb", geometricError=10)
    implicit["implicitTiling"] = {
        "subdivisionScheme": "QUADTREE",
        "availableLevels": 2,
        "subtreeLevels": 2,
        "subtrees": {"uri": "s/{level}_{x}_{y}.subtree"},
    }
    inner = {"asset": {"version": "1.1"}, "geometricError": 10, "root": implicit}
    other = {"asset": {"version": "1.1"}, "geometricError": 10, "root": tile("b.glb")}
    other["root"]["boundingVolume"] = {"region": make.region(low=2.0, high=15.0)}
    root = tile("", [tile("in/inner.json"), tile("other.json")], transform=here)
    folder = make.write(
        tmp_path / "in",
        tileset(root),
        in___inner__json=json.dumps(inner).encode(),
        in___s___0_0_0__subtree=make.subtree([1, 1, 0, 0, 1], [0, 1, 0, 0, 1]),
        in___c___1_0_0__glb=make.glb(),
        in___c___1_1_1__glb=make.glb(),
        other__json=json.dumps(other).encode(),
        b__glb=make.glb(),
    )
    summary = passed(folder, tmp_path / "out")
    assert (summary.contents, summary.tiles) == (3, 3 + 2 + 3)
    assert stands(tmp_path / "out").min(axis=0) == pytest.approx(AT, abs=2 * centimetre)
    for name in ("in/inner.json", "in/s/0_0_0.subtree", "in/c/1_1_1.glb"):
        assert (folder / name).read_bytes() == (tmp_path / "out" / name).read_bytes()
    lifted = json.loads((tmp_path / "out" / "other.json").read_text())["root"]["boundingVolume"]["region"]
    assert lifted[4] == pytest.approx(45.7, abs=0.4)


def test_a_tileset_abroad_is_passed_on_and_said(passed, tmp_path):
    turned = make.transform()
    turned[12], turned[13] = turned[13], turned[12]  # somewhere in the Indian Ocean
    folder = make.write(tmp_path / "in", tileset(tile("a.glb", transform=turned)), a__glb=make.glb())
    summary = passed(folder, tmp_path / "out")
    assert summary.low is None
    assert "1 of 1 contents lie outside the Netherlands" in summary.notes[0]


def test_a_tileset_without_a_place_is_not_guessed(passed, tmp_path):
    folder = make.write(
        tmp_path / "in", tileset(tile("a.glb", transform=np.eye(4).ravel().tolist())), a__glb=make.glb()
    )
    with pytest.raises(MissingGeoreference, match="in the middle of the Earth"):
        passed(folder, tmp_path / "out")


def test_work_on_a_stranger_s_file_is_bounded_and_leaves_nothing_behind(tmp_path):
    loop = {"asset": {"version": "1.1"}, "geometricError": 1, "root": tile("", [tile("tileset.json")])}
    folder = make.write(tmp_path / "in", tileset(tile("", [tile("loop.json")])), loop__json=json.dumps(loop).encode())
    with pytest.raises(BadInput, match="leads back to it"):
        pass_on(folder, tmp_path / "out", TilesetOptions())
    assert not (tmp_path / "out").exists()
