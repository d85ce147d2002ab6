"""What a tile shows, whatever its format."""

import meshopt
import numpy as np
import pytest

from pipeline.othertiles import contents
from tests import maketiles as make
from tests.maketiles import SHAPE
from tiles.errors import BadInput

millimetre = 1e-3
AROUND = np.array([3_900_000.0, 300_000.0, 5_000_000.0])


def nothing(uri):
    raise AssertionError(uri)


def meshopted():
    rows = SHAPE[:, [0, 2, 1]] * (1, 1, -1)
    values = np.zeros((len(rows), 4), "<u2")
    values[:, :3] = np.round(rows + np.array((0, 0, 20)))
    encoded = meshopt.encode_gltf_buffer(values.view(np.uint8).reshape(len(rows), 8), "ATTRIBUTES", 0)
    packed = {"buffer": 0, "byteLength": len(encoded), "byteStride": 8, "count": len(rows), "mode": "ATTRIBUTES"}
    view = {"buffer": 1, "byteLength": 64, "byteStride": 8, "extensions": {"EXT_meshopt_compression": packed}}
    accessor = {"bufferView": 0, "componentType": 5123, "count": len(rows), "type": "VEC3"}
    document = {
        "asset": {"version": "2.0"},
        "nodes": [{"children": [1], "translation": [0, 0, -20]}, {"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [accessor],
        "bufferViews": [view],
        "buffers": [{"byteLength": len(encoded)}, {"byteLength": 64}],
    }
    return make.packed(document, encoded)


@pytest.mark.parametrize(
    ("data", "kind", "points"),
    [
        (make.glb(), "glTF", False),
        (make.b3dm(), "b3dm", False),
        (make.pnts(), "pnts", True),
        (make.pnts(quantized=True), "pnts", True),
        (make.i3dm(), "i3dm", False),
        (make.cmpt(make.b3dm(), make.cmpt(make.pnts())), "cmpt", False),
        (meshopted(), "glTF", False),
    ],
)
def test_vertices_of_every_kind_of_content_are_found(data, kind, points):
    found = contents.read(data, nothing)
    assert (found.kind, found.points, found.closed) == (kind, points, False)
    assert found.vertices.min(axis=0) == pytest.approx(SHAPE.min(axis=0), abs=millimetre)
    assert found.vertices.max(axis=0) == pytest.approx(SHAPE.max(axis=0), abs=millimetre)


@pytest.mark.parametrize(
    "data", [make.b3dm(center=AROUND), make.glb(extra={"extensions": {"CESIUM_RTC": {"center": AROUND.tolist()}}})]
)
def test_a_centre_far_away_keeps_millimetres(data):
    found = contents.read(data, nothing).vertices - AROUND
    assert found.max(axis=0) == pytest.approx(SHAPE.max(axis=0), abs=millimetre)


def test_nodes_turn_stretch_and_move_what_they_hold():
    quarter = {"rotation": [0, 0.5**0.5, 0, 0.5**0.5], "scale": [2, 2, 2], "translation": [1, 2, 3]}
    found = contents.read(make.glb(node=quarter), nothing).vertices
    # About glTF's y, which is up: east becomes north; then doubled, then 1 east, 2 up and 3 south.
    assert found.min(axis=0) == pytest.approx((1 - 40, -3, 2), abs=millimetre)
    assert found.max(axis=0) == pytest.approx((1, 80 - 3, 26), abs=millimetre)


def test_instances_stand_where_their_translations_are():
    extra = {"nodes": [{"mesh": 0, "extensions": {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 0}}}}]}
    assert contents.read(make.glb(extra=extra), nothing).vertices.max(axis=0) == pytest.approx(SHAPE.max(axis=0))


def test_files_beside_a_content_are_named():
    binary = (SHAPE[:, [0, 2, 1]] * (1, 1, -1)).astype("<f4").tobytes()
    found = contents.read(make.glb(uri="b.bin"), {"b.bin": binary}.__getitem__)
    assert found.uris == ("b.bin",)
    assert found.vertices.max(axis=0) == pytest.approx(SHAPE.max(axis=0))
    assert contents.read(make.i3dm(uri="tree.glb"), nothing).uris == ("tree.glb",)


def test_what_cannot_be_looked_into_is_said():
    draco = {
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "extensions": {"KHR_draco_mesh_compression": {}}}]}]
    }
    for data in (make.glb(extra=draco), b"vctr????????????"):
        found = contents.read(data, nothing)
        assert found.closed
        assert len(found.vertices) == 0


@pytest.mark.parametrize("axis", range(3))
def test_the_axis_that_points_up_may_be_another(axis):
    up = "XYZ"[axis]
    height = np.zeros((2, 3))
    height[1] = (0, 0, 7)
    stored = np.zeros((2, 3))
    stored[1, axis] = 7
    # `glb` writes y up: give it what comes out as `stored`.
    data = make.glb(np.column_stack([stored[:, 0], -stored[:, 2], stored[:, 1]]))
    assert contents.read(data, nothing, up).vertices == pytest.approx(height)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (make.b3dm()[:40], "cut off"),
        (make.b3dm()[:20], "b3dm"),
        (make.pnts()[:60], "pnts"),
        (make.cmpt(make.pnts())[:50], "cut off"),
        (make.glb(extra={"accessors": []}), "glTF"),
        (make.glb(extra={"meshes": 3}), "glTF"),
        (make.glb(extra={"nodes": [{"children": [0], "mesh": 0}]}), "circle"),
        (make.glb(extra={"bufferViews": [{"buffer": 0, "byteLength": 9999}]}), "ends at byte 9,999 of a buffer of 96"),
        (make.glb(np.full((3, 3), np.nan)), "no numbers"),
        (b"glTF", "glTF"),
        (b'{"asset": 1', "no glTF"),
    ],
)  # fmt: skip
def test_a_broken_content_is_one_sentence(data, said):
    with pytest.raises(BadInput, match=said):
        contents.read(data, nothing)
