"""Every format of meshes through to tiles, read back by other people's readers."""

import json

import numpy as np
import pytest

from pipeline.model import ModelOptions, convert
from pipeline.position import ByHand
from pipeline.report import silent
from tests import makemeshes as make
from tests import readers
from tiles.colour import linear
from tiles.frame import RD_NAP
from tiles.store import Directory

millimetre = 1e-3
a_byte = 1.5 / 255
AT = (104_900.0, 425_250.0, 2.5)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of tiles of each format."""
    folder = tmp_path_factory.mktemp("formats")
    found = {}
    for name, write in make.ALL.items():
        (folder / name).mkdir()
        path = write(folder / name / name)
        found[name] = folder / name / "tiles"
        found[name].mkdir()
        convert(path, Directory(found[name]), ModelOptions(ByHand(AT, "EPSG:7415")), silent)
    return found


def test_khronos_finds_nothing_wrong_with_any(made):
    contents = [path for folder in made.values() for path in sorted(folder.rglob("*.glb"))]
    assert len(contents) == len(make.ALL)
    assert json.loads(readers._run("validate.mjs", *contents)) == []


@pytest.mark.parametrize("name", ["house.obj", "house.glb", "house.dxf", "house.usdz"])
def test_the_house_stands_where_it_was_put(name, made, tmp_path):
    tileset = readers.read(made[name])
    rd = RD_NAP.from_ecef(tileset.to_ecef(tileset.vertices(tmp_path / "v.bin").local)) - AT
    assert rd.min(axis=0) == pytest.approx([0.0, -0.1, 0.0], abs=2 * millimetre)
    assert rd.max(axis=0) == pytest.approx(make.SIZE, abs=2 * millimetre)


def test_the_colour_of_vertices_is_in_the_tile(made, tmp_path):
    vertices = readers.read(made["house.ply"]).vertices(tmp_path / "v.bin")
    assert vertices.colour == pytest.approx(
        np.tile(linear(np.array(make.BRICK) / 255), (len(vertices.colour), 1)), abs=a_byte
    )


@pytest.mark.parametrize("name", make.TEXTURED)
def test_the_picture_is_in_the_tile_with_its_wrapping(name, made):
    data = next(made[name].rglob("*.glb")).read_bytes()
    document = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
    (texture,) = document["textures"]
    assert "EXT_texture_webp" in texture["extensions"]
    assert ("sampler" in texture) == (name not in {"house.obj", "house.zip"})
    laid = [each for each in document["materials"] if "baseColorTexture" in each["pbrMetallicRoughness"]]
    assert len(laid) == 1
