"""glTF packed by Draco, as Sketchfab and Blender write it."""

import sys

import numpy as np
import pytest

import models
from tests import makemeshes as make
from tiles.errors import BadInput

STEP_M = 3.0 / (1 << 14)  # of positions that are packed in 14 bits
CORNERS = np.array([(x, y, z) for z in (0.0, 3.0) for x, y in ((0, 0), (2, 0), (2, 1), (0, 1))])
FACES = np.array([(0, 1, 2), (0, 2, 3), (4, 6, 5), (4, 7, 6), (0, 5, 1), (0, 4, 5)], np.uint32)


def read(path):
    return models.read(path, models.Reading(), lambda _done, _total: None)


def packed(data, attributes, count=8):
    """A GLB of one primitive that Draco packed, with the accessors that describe it, which have no view."""
    accessors = [{"componentType": 5126, "count": count, "type": "VEC3"}] * 2
    accessors += [{"componentType": 5125, "count": 18, "type": "SCALAR"}]
    primitive = {
        "attributes": {"POSITION": 0, "NORMAL": 1},
        "indices": 2,
        "extensions": {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": attributes}},
    }
    document = {
        "asset": {"version": "2.0"},
        "extensionsUsed": ["KHR_draco_mesh_compression"],
        "extensionsRequired": ["KHR_draco_mesh_compression"],
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "house"}],
        "meshes": [{"primitives": [primitive]}],
        "accessors": accessors,
        "bufferViews": [{"buffer": 0, "byteLength": len(data)}],
        "buffers": [{"byteLength": len(data)}],
    }
    return make.pack_glb(document, data)


@pytest.fixture
def draco():
    return pytest.importorskip("DracoPy", reason="DracoPy is not installed")


@pytest.fixture
def house(draco):
    normals = CORNERS / np.linalg.norm(CORNERS + 0.1, axis=1, keepdims=True)
    data = draco.encode(CORNERS, FACES, quantization_bits=14, normals=normals, preserve_order=True)
    numbers = {each["attribute_type"]: each["unique_id"] for each in draco.decode(data).attributes}
    return data, {"POSITION": numbers[0], "NORMAL": numbers[1]}


def triangles(model):
    return np.concatenate([surface.positions[surface.triangles] for surface in model.surfaces])


def same(corners):
    """Triangles as sets of corners, in steps of Draco's, since they may begin anywhere and be turned."""
    return sorted(sorted(map(tuple, np.round(each / (2 * STEP_M)).astype(int).tolist())) for each in corners)


def test_a_mesh_packed_by_draco_is_read_with_its_faces(house, tmp_path):
    path = tmp_path / "house.glb"
    path.write_bytes(packed(*house))
    model = read(path)
    assert [element.name for element in model.elements] == ["house"]
    upright = CORNERS[:, [0, 2, 1]] * (1, -1, 1)  # from y up to z up
    assert same(triangles(model)) == same(upright[FACES])


def test_draco_that_is_cut_off_or_misses_an_attribute_is_one_sentence(house, tmp_path):
    data, numbers = house
    path = tmp_path / "house.glb"
    for broken, said in (
        (packed(data[: len(data) // 2], numbers), "Draco compression is broken"),
        (packed(b"nothing", numbers), "Draco compression is broken"),
        (packed(data, numbers | {"NORMAL": 77}), "does not hold the NORMAL it should"),
        (packed(data, numbers, count=99), "has 99 values, and 8 are packed"),
    ):
        path.write_bytes(broken)
        with pytest.raises(BadInput, match=said):
            read(path)


def test_where_draco_cannot_be_read_it_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "DracoPy", None)
    path = tmp_path / "house.glb"
    path.write_bytes(packed(b"DRACO", {"POSITION": 0, "NORMAL": 1}))
    with pytest.raises(BadInput, match=r"install DracoPy, or export it without Draco compression, or with meshopt\."):
        read(path)
