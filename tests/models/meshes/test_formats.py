"""The same small house in every format: its size, colour and picture, and what is said of the file."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import models
from tests import makemeshes as make
from tiles.colour import linear

millimetre = 1e-3
a_byte = 1.5 / 255
STL_COLOUR = 1 / 31  # five bits a channel
jpeg_like = 12  # WebP loses a little of a colour

UNIT_M = {"dae": 0.01, "3mf": 0.001, "dxf": 0.001, "usda": 0.01, "usdc": 0.01, "usdz": 0.01, "glb": 1.0, "gltf": 1.0}
FORMATS = {
    "house.obj": "OBJ",
    "house.glb": "glTF 2.0",
    "house.gltf": "glTF 2.0",
    "house.dae": "COLLADA 1.4.1",
    "house.3mf": "3MF",
    "house.usda": "USD (text)",
    "house.usdc": "USD (binary)",
    "house.usdz": "USDZ",
    "house.zip": "OBJ",
    "house.stl": "STL (binary)",
    "text.stl": "STL (text)",
    "house.ply": "PLY 1.0 (text)",
    "house.dxf": "DXF R2018",
}


def silent(_done, _total):
    pass


def read(path, **said):
    return models.read(path, models.Reading(**said), silent)


@pytest.fixture(scope="module", params=make.ALL)
def named(request, tmp_path_factory):
    path = make.ALL[request.param](tmp_path_factory.mktemp("house") / request.param)
    return request.param, read(path)


def test_it_has_its_size_in_metres_z_up(named):
    _, model = named
    assert model.box.low == pytest.approx([0.0, -0.1, 0.0], abs=1 * millimetre)
    assert model.box.high == pytest.approx(make.SIZE, abs=1 * millimetre)
    assert model.triangles == 10


def test_its_walls_have_their_colour(named):
    name, model = named
    if name == "text.stl":
        pytest.skip("STL as text has no colours")
    tolerance = STL_COLOUR if name == "house.stl" else a_byte
    walls = next(s for s in model.surfaces if (s.positions[:, 1] > 1).any())
    colours = walls.colours[:, :3] if walls.colours is not None else np.ones((1, 3))
    assert colours * walls.material.base_colour[:3] == pytest.approx(
        np.tile(linear(np.array(make.BRICK) / 255), (len(colours), 1)), abs=tolerance
    )


def test_every_wall_faces_outward(named):
    _, model = named
    for surface in model.surfaces:
        a, b, c = (surface.positions[surface.triangles[:, corner]] for corner in range(3))
        outward = (a + b + c) / 3 - np.array(make.SIZE) / 2
        faces = np.cross(b - a, c - a)
        assert ((faces * outward).sum(axis=1) > 0).all()
        assert ((faces * surface.normals[surface.triangles[:, 0]]).sum(axis=1) > 0).all()


def test_the_sign_shows_each_corner_of_its_picture_where_it_belongs(named):
    name, model = named
    if name not in make.TEXTURED:
        assert all(surface.uv is None for surface in model.surfaces)
        return
    (sign,) = (surface for surface in model.surfaces if surface.material.texture is not None)
    assert sign.uv is not None
    assert sign.material.texture.repeats == (name in {"house.obj", "house.zip"})  # the others say: clamp
    picture = np.asarray(Image.open(BytesIO(sign.material.texture.data)).convert("RGB"), int)
    height, width = picture.shape[:2]
    for (x, _, z), (u, v) in zip(sign.positions, sign.uv, strict=True):
        corner = f"{'upper' if z > 2.5 else 'lower'} {'right' if x > 5 else 'left'}"
        pixel = picture[min(int(v * height), height - 1), min(int(u * width), width - 1)]
        assert np.abs(pixel - make.CORNERS[corner]).max() < jpeg_like


def test_its_elements_have_their_names(named):
    name, model = named
    names = {element.name for element in model.elements}
    expected = {"house.stl": {"house"}, "house.ply": {"house"}, "house.dxf": {"walls", "side", "sign"}}
    assert names == expected.get(name, {"walls", "sign"})
    assert len({element.guid for element in model.elements}) == len(model.elements)


def test_the_file_says_what_it_is(named):
    name, model = named
    assert model.facts.format == FORMATS[name]
    assert model.facts.unit_m == UNIT_M.get(name.rpartition(".")[2])
    assert model.facts.missing == model.facts.repaired == ()
    silent_of_unit = name.endswith((".obj", ".stl", ".ply", ".zip"))
    assert any("nothing of its unit; metres were taken" in note for note in model.notes) == silent_of_unit


@pytest.mark.parametrize("name", make.ALL)
def test_what_the_user_says_goes_before_what_the_file_says(name, tmp_path):
    path = make.ALL[name](tmp_path / name)
    stated = UNIT_M.get(name.rpartition(".")[2], 1.0)
    larger = read(path, unit_m=2 * stated)
    assert larger.box.high == pytest.approx(2 * np.array(make.SIZE), abs=1 * millimetre)
    assert larger.facts.unit_m == 2 * stated
    up = "y" if read(path).facts.up == "z" else "z"
    lying = read(path, up=up)
    assert lying.facts.up == up
    assert np.ptp(lying.box.corners, axis=0) == pytest.approx([10.0, 4.0, 6.1], abs=1 * millimetre)
