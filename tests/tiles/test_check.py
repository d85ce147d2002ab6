"""Looking through a tileset."""

import copy
import json

import pytest

from pipeline.points import PointOptions, build_points
from tests import make
from tiles.check import check
from tiles.errors import BadInput
from tiles.store import Directory, Memory


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A tileset of ours, in memory."""
    folder = tmp_path_factory.mktemp("check")
    laz = make.write_las(folder / "town.laz", make.town(60_000, side_m=150.0))
    build_points([laz], folder / "tiles", PointOptions("EPSG:7415"))
    store = Directory(folder / "tiles")
    return {key: store.get(key) for key in store.keys()}  # noqa: SIM118 - a store is no dict


def _cell(document):
    return document["root"]["children"][0]["content"]["uri"]


def faults(written, change):
    document = json.loads(written["tileset.json"])
    objects = dict(written)
    change(document, objects)
    objects["tileset.json"] = json.dumps(document).encode()
    return check(Memory(objects)).faults


def test_a_tileset_of_ours_has_no_faults(written):
    checked = check(Memory(copy.copy(written)))
    assert checked.faults == ()
    assert checked.contents == len(written) - 1 > 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d, _: d["asset"].update(version="0.0"), "asset.version is '0.0'"),
        (lambda d, _: d["root"].pop("refine"), "neither ADD nor REPLACE"),
        (lambda d, _: d["root"].update(transform=[2, *d["root"]["transform"][1:]]), "not rigid"),
        (lambda d, _: d["root"]["children"][0].update(geometricError=1e9), "larger geometricError"),
        (lambda d, _: d["root"]["children"][0].pop("geometricError"), "has no geometricError"),
        (lambda d, _: d["root"]["children"][0].update(contents=[]), "several contents"),
        (
            lambda d, _: d["root"]["children"][0]["boundingVolume"]["box"].__setitem__(0, 9e3),
            "reaches outside its parent",
        ),
        (lambda d, _: d["root"]["boundingVolume"]["box"].__setitem__(11, 0.001), "reaches outside"),
        (lambda d, _: d["root"]["children"][0].pop("boundingVolume"), "has no boundingVolume"),
        (lambda d, o: o.pop(d["root"]["content"]["uri"]), "There is no tiles/"),
        (lambda d, o: o.pop(_cell(d)), "is no tileset that can be read: There is no cells/"),
        (lambda d, o: o.update({_cell(d): b"{}"}), "is no tileset that can be read: 'root'"),
        (lambda d, o: o.update({_cell(d): o[_cell(d)].replace(b"../tiles/", b"../lost/")}), "There is no lost/"),
        (lambda d, _: d["root"]["children"][0]["transform"].__setitem__(12, 9e3), "reaches outside its parent"),
        (lambda d, o: o.update({d["root"]["content"]["uri"]: b"no tile"}), "does not begin with 'glTF'"),
    ],
)
def test_each_fault_is_named(written, change, said):
    found = faults(written, change)
    assert any(said in fault for fault in found), found


def test_a_folder_without_a_tileset_is_refused(tmp_path):
    with pytest.raises(BadInput, match="There is no tileset"):
        check(Directory(tmp_path))
