"""GLB for Scene Viewer, read by others."""

import json
from dataclasses import replace

import numpy as np
import pytest

from pipeline.export.glb import glb
from pipeline.export.pictures import png
from pipeline.export.view import View
from tests import readers
from tests.makemesh import box, coloured
from tiles.geometry import Material
from tiles.glb import read

micrometre = 1e-6
PICTURE = png(np.random.default_rng(1).integers(0, 255, (8, 8, 3), np.uint8))
VEIL = png(np.random.default_rng(1).integers(0, 255, (8, 8, 4), np.uint8))


@pytest.fixture
def surfaces():
    wall, glass = box(material=coloured(0.6, 0.2, 0.1)), box((1, 1, 1), (0, 0, 6), coloured(0.5, 0.6, 0.7, 0.3))
    brick = replace(box((2, 2, 2), (10, 0, 0)), material=Material("brick", texture=PICTURE))
    veil = replace(box((2, 2, 2), (12, 0, 0)), material=Material("veil", (0.5, 1, 1, 1), texture=VEIL))
    return [wall, glass, *(replace(each, uv=each.positions[:, :2]) for each in (brick, veil))]


def test_it_is_plain_gltf_that_the_validator_finds_nothing_in(surfaces, tmp_path):
    path = tmp_path / "plan.glb"
    path.write_bytes(content := glb(surfaces, View(1.0, "Plan")))
    assert readers.validate(path) == []
    document = read(content).document
    assert not {"extensionsUsed", "extensionsRequired"} & document.keys()
    assert {image["mimeType"] for image in document["images"]} == {"image/png"}
    assert "extensions" not in json.dumps(document)


def test_another_reader_finds_every_vertex_in_its_place(surfaces, tmp_path):
    (tmp_path / "plan.glb").write_bytes(glb(surfaces, View(0.1)))
    found = readers.positions(tmp_path / "plan.glb", tmp_path / "v.bin")
    given = np.concatenate([surface.positions for surface in surfaces]) * 0.1
    assert np.abs(found - given[:, [0, 2, 1]] * [1, 1, -1]).max() < 1 * micrometre


def test_materials_look_as_they_should(surfaces):
    wall, glass, brick, veil = read(glb(surfaces, View())).document["materials"]
    assert wall["pbrMetallicRoughness"]["baseColorFactor"] == [0.6, 0.2, 0.1, 1.0]
    assert [each.get("alphaMode") for each in (wall, glass, brick, veil)] == [None, "BLEND", None, "BLEND"]
    assert (wall["doubleSided"], brick["name"]) == (False, "brick")
    assert "baseColorTexture" in brick["pbrMetallicRoughness"]


def test_the_same_surfaces_give_the_same_bytes(surfaces):
    assert glb(surfaces, View()) == glb(surfaces, View())
