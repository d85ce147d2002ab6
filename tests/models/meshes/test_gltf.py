"""glTF beyond the plain house: extensions, what lies beside it, and what is broken or cannot be read."""

import json
import shutil
from io import BytesIO

import meshopt
import numpy as np
import pytest

import models
from tests import makemeshes as make
from tiles.errors import BadInput

millimetre = 1e-3


def read(path, **said):
    return models.read(path, models.Reading(**said), lambda _done, _total: None)


def written(path, document, data):
    path.write_bytes(make.pack_glb(document, data))
    return path


def test_extras_and_the_nodes_above_become_properties(tmp_path):
    walls, sign = read(make.glb(tmp_path / "house.glb")).elements
    assert walls.properties == {"glTF": {"within": "house"}, "extras": {"storey": 1, "use": "shop"}}
    assert sign.properties == {"glTF": {"within": "house"}}


def test_two_sidedness_metal_roughness_and_names_are_kept(tmp_path):
    document, data = make.gltf_document(None)
    document["materials"][0]["pbrMetallicRoughness"] |= {"metallicFactor": 0.4, "roughnessFactor": 0.3}
    walls, sign = read(written(tmp_path / "house.glb", document, data)).surfaces
    assert (walls.material.name, walls.material.metallic, walls.material.roughness) == ("brick", 0.4, 0.3)
    assert (walls.material.double_sided, sign.material.double_sided) == (True, False)


@pytest.mark.parametrize(
    ("said", "opacity", "alpha"),
    [
        ({"alphaMode": "BLEND"}, 0.25, "blend"),
        ({"alphaMode": "OPAQUE"}, 1.0, "opaque"),
        ({"alphaMode": "MASK", "alphaCutoff": 0.2}, 0.25, "mask"),
        ({"extensions": {"KHR_materials_transmission": {"transmissionFactor": 1.0}}}, 0.25, "opaque"),
    ],
)
def test_opacity_counts_as_the_alpha_mode_says(said, opacity, alpha, tmp_path):
    document, data = make.gltf_document(None)
    document["materials"][0]["pbrMetallicRoughness"]["baseColorFactor"] = [1, 1, 1, 0.25]
    document["materials"][0] |= said
    walls = read(written(tmp_path / "house.glb", document, data)).surfaces[0]
    assert walls.material.base_colour[3] == pytest.approx(opacity)
    assert walls.material.alpha == alpha


def test_a_base_colour_is_kept_beside_the_picture_it_tints(tmp_path):
    document, data = make.gltf_document(None)
    document["materials"][1]["pbrMetallicRoughness"]["baseColorFactor"] = [0.5, 0.25, 1, 1]
    sign = read(written(tmp_path / "house.glb", document, data)).surfaces[1]
    assert sign.material.base_colour == (0.5, 0.25, 1.0, 1.0)
    assert sign.material.texture is not None


def test_a_texture_transform_moves_the_texture_coordinates(tmp_path):
    document, data = make.gltf_document(None)
    # The specification's own example: the lower left quarter of the picture, turned by a quarter.
    transform = {"offset": [0, 1], "rotation": np.pi / 2, "scale": [0.5, 0.5]}
    laid = document["materials"][1]["pbrMetallicRoughness"]["baseColorTexture"]
    laid["extensions"] = {"KHR_texture_transform": transform}
    sign = read(written(tmp_path / "house.glb", document, data)).surfaces[1]
    assert sign.uv.min(axis=0) == pytest.approx([0.0, 0.5])
    assert sign.uv.max(axis=0) == pytest.approx([0.5, 1.0])


def test_webp_textures_are_read(tmp_path):
    document, data = make.gltf_document(None)
    with BytesIO() as file:
        make.picture().save(file, "WEBP", lossless=True)
        picture = file.getvalue()
    document["images"] = [{"bufferView": 6, "mimeType": "image/webp"}]
    document["bufferViews"].append({"buffer": 0, "byteOffset": len(data), "byteLength": len(picture)})
    document["textures"] = [{"extensions": {"EXT_texture_webp": {"source": 0}}}]
    document["extensionsRequired"] = document["extensionsUsed"] = ["EXT_texture_webp"]
    document["buffers"][0]["byteLength"] = len(data) + len(picture)
    model = read(written(tmp_path / "house.glb", document, data + picture))
    assert model.facts.missing == ()
    assert model.surfaces[1].material.texture is not None


def test_a_picture_of_a_kind_that_cannot_be_read_is_named(tmp_path):
    document, data = make.gltf_document(None)
    document["textures"] = [{"name": "brick", "extensions": {"KHR_texture_basisu": {"source": 0}}}]
    model = read(written(tmp_path / "house.glb", document, data))
    assert model.facts.missing == ("brick (KTX2)",)
    assert model.triangles == 10


def test_a_mirrored_wrap_becomes_a_picture_with_its_mirror_image(tmp_path):
    document, data = make.gltf_document(None)
    document["samplers"] = [{"wrapS": 33648, "wrapT": 33648}]
    sign = read(written(tmp_path / "house.glb", document, data)).surfaces[1]
    assert sign.uv.max() == pytest.approx(0.5)
    assert sign.material.texture.repeats


def with_normals_and_colours(document, data, colours, component):
    """The walls with smooth normals all pointing up, and colours."""
    normals = np.tile(np.array([0, 1, 0], "<f4"), (8, 1)).tobytes()
    coloured = colours.tobytes()
    document["bufferViews"] += [
        {"buffer": 0, "byteOffset": len(data), "byteLength": len(normals)},
        {"buffer": 0, "byteOffset": len(data) + len(normals), "byteLength": len(coloured)},
    ]
    views = len(document["bufferViews"])
    kind = f"VEC{colours.shape[1]}"
    document["accessors"] += [
        {"bufferView": views - 2, "componentType": 5126, "count": 8, "type": "VEC3"},
        {
            "bufferView": views - 1,
            "componentType": component,
            "count": 8,
            "type": kind,
            "normalized": component != 5126,
        },
    ]
    attributes = document["meshes"][0]["primitives"][0]["attributes"]
    attributes |= {"NORMAL": len(document["accessors"]) - 2, "COLOR_0": len(document["accessors"]) - 1}
    document["buffers"][0]["byteLength"] = len(data) + len(normals) + len(coloured)
    return document, data + normals + coloured


@pytest.mark.parametrize(("kind", "component", "most"), [("<u2", 5123, 65535), ("u1", 5121, 255), ("<f4", 5126, 1.0)])
def test_the_files_own_normals_and_linear_vertex_colours_are_kept(kind, component, most, tmp_path):
    share = np.tile([1.0, 0.5, 0.25, 0.8], (8, 1))
    colours = (share * most).round().astype(kind) if most > 1 else share.astype(kind)
    document, data = with_normals_and_colours(*make.gltf_document(None), colours, component)
    walls = read(written(tmp_path / "house.glb", document, data)).surfaces[0]
    assert len(walls.positions) == 8  # smooth: walls share their corners
    assert walls.normals == pytest.approx(np.tile([0.0, 0.0, 1.0], (8, 1)))
    assert walls.colours == pytest.approx(share, abs=1 / 255)


def test_instances_stand_where_they_are_put(tmp_path):
    document, data = make.gltf_document(None)
    places = np.array([[0, 0, 0], [100, 0, 0], [0, 0, -50]], "<f4").tobytes()
    document["bufferViews"].append({"buffer": 0, "byteOffset": len(data), "byteLength": len(places)})
    document["accessors"].append({"bufferView": 6, "componentType": 5126, "count": 3, "type": "VEC3"})
    instancing = {"attributes": {"TRANSLATION": 5}}
    document["nodes"][1]["extensions"] = {"EXT_mesh_gpu_instancing": instancing}
    document["extensionsRequired"] = document["extensionsUsed"] = ["EXT_mesh_gpu_instancing"]
    document["buffers"][0]["byteLength"] = len(data) + len(places)
    model = read(written(tmp_path / "house.glb", document, data + places))
    assert [element.name for element in model.elements] == ["walls"] * 3 + ["sign"]
    assert model.box.high == pytest.approx([110.0, 56.0, 4.0], abs=1 * millimetre)


def test_a_mirroring_node_keeps_its_walls_facing_outward(tmp_path):
    document, data = make.gltf_document(None)
    document["nodes"][0]["scale"] = [-1, 1, 1]
    walls = read(written(tmp_path / "house.glb", document, data)).surfaces[0]
    assert walls.positions[:, 0].min() == pytest.approx(-10.0)
    a, b, c = (walls.positions[walls.triangles[:, corner]] for corner in range(3))
    outward = (a + b + c) / 3 - [-5.0, 3.0, 2.0]
    assert ((np.cross(b - a, c - a) * outward).sum(axis=1) > 0).all()


def test_quantized_and_meshopt_compressed_vertices_are_read(tmp_path):
    document, _ = make.gltf_document(None)
    corners = np.array(make.WALL_CORNERS)[:, [0, 2, 1]] * [1, 1, -1]
    steps = np.zeros((8, 4), "<u2")
    steps[:, :3] = np.rint((corners - [0, 0, -6]) * 1000)
    indices = np.array([[a, b, c, a, c, d] for a, b, c, d in make.WALL_QUADS], "<u2").reshape(-1, 1)
    encoded = [meshopt.encode_gltf_buffer(steps, "ATTRIBUTES"), meshopt.encode_gltf_buffer(indices, "TRIANGLES")]
    views, data = [], b""
    for piece, rows, mode in zip(encoded, (steps, indices), ("ATTRIBUTES", "TRIANGLES"), strict=True):
        said = {"buffer": 0, "byteOffset": len(data), "byteLength": len(piece), "byteStride": rows.strides[0]}
        said |= {"count": len(rows), "mode": mode}
        views.append({"buffer": 1, "byteLength": rows.nbytes, "extensions": {"EXT_meshopt_compression": said}})
        views[-1] |= {"byteStride": 8} if mode == "ATTRIBUTES" else {}
        data += piece + bytes(-len(piece) % 4)
    used = ["EXT_meshopt_compression", "KHR_mesh_quantization"]
    document |= {"extensionsUsed": used, "extensionsRequired": used, "bufferViews": views}
    document["accessors"] = [
        {"bufferView": 0, "componentType": 5123, "count": 8, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5123, "count": 24, "type": "SCALAR"},
    ]
    document["meshes"] = [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}]
    document["nodes"] = [{"mesh": 0, "scale": [0.001] * 3, "translation": [0, 0, -6]}]
    document["buffers"] = [{"byteLength": len(data)}, {"byteLength": 112}]
    for key in ("images", "textures", "samplers"):
        del document[key]
    document["materials"] = document["materials"][:1]
    model = read(written(tmp_path / "house.glb", document, data))
    assert model.box.high == pytest.approx(make.SIZE, abs=1 * millimetre)
    assert model.triangles == 8


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("KHR_texture_basisu", "export it with PNG, JPEG or WebP textures"),
        ("EXT_of_tomorrow", "export it without that"),
    ],
)
def test_an_extension_that_cannot_be_read_is_named(name, instead, tmp_path):
    document, data = make.gltf_document(None)
    document["extensionsRequired"] = [name]
    with pytest.raises(BadInput, match=rf"house\.glb cannot be read as glTF: it needs the extension {name}.*{instead}"):
        read(written(tmp_path / "house.glb", document, data))


def test_a_missing_picture_is_named_and_the_model_still_shown(tmp_path):
    path = make.gltf(tmp_path / "house.gltf")
    (tmp_path / "sign.png").unlink()
    model = read(path)
    assert model.facts.missing == ("sign.png",)
    assert model.triangles == 10


def test_a_missing_buffer_is_named(tmp_path):
    path = make.gltf(tmp_path / "house.gltf")
    (tmp_path / "house data.bin").unlink()
    with pytest.raises(BadInput, match=r"needs house%20data\.bin, which is not beside it"):
        read(path)


@pytest.mark.parametrize("uri", ["../secret.png", "%2e%2e/secret.png", "..\\secret.png", "file:///{above}/secret.png"])
def test_nothing_outside_the_models_folder_is_read(uri, tmp_path):
    make.write_png(tmp_path / "secret.png")
    folder = tmp_path / "model"
    folder.mkdir()
    path = make.gltf(folder / "house.gltf")
    document = json.loads(path.read_text())
    document["images"][0]["uri"] = uri.format(above=tmp_path)
    path.write_text(json.dumps(document))
    assert read(path).facts.missing == ("secret.png",)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    document["images"][0]["uri"] = "link.png"
    path.write_text(json.dumps(document))
    assert read(path).facts.missing == ("link.png",)
    shutil.copy(tmp_path / "secret.png", folder)
    document["images"][0]["uri"] = uri.format(above=tmp_path)
    path.write_text(json.dumps(document))
    assert read(path).facts.missing == ()  # the file of that name inside


def test_data_in_addresses_is_read(tmp_path):
    document, data = make.gltf_document(None)
    document["buffers"][0]["uri"] = make.data_uri(data)
    (tmp_path / "house.gltf").write_text(json.dumps(document))
    assert read(tmp_path / "house.gltf").triangles == 10


def test_rd_baked_in_with_z_up_is_kept_to_the_last_bit(shared_data):
    model = read(shared_data("mesh/tudelft_campus_model.glb"))
    assert model.facts.up == "z"
    assert any("RD New with z up" in note and "--up y" in note for note in model.notes)
    xyz = model.surfaces[0].positions
    assert (xyz == xyz.astype(np.float32)).all()  # what the file holds, not moved by any matrix
    assert model.box.low[0] == pytest.approx(84_927.9, abs=0.1)
    assert len(model.elements) == 303


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"asset": {"version": "1.0"}}, "version '1.0', and only 2.0"),
        ({"meshes": []}, "number 0 of its meshes"),
        ({"nodes": [{"children": [0], "mesh": 0}]}, "its own ancestor"),
        ({"bufferViews": [{"buffer": 0, "byteLength": 10**9}] * 6}, "ends at byte 1,000,000,000"),
        ({"nodes": [{"mesh": 0, "scale": [1, 1, 0], "translation": [1e30, 0, 0]}]}, "no triangle that can be drawn"),
        ({"scenes": [{"nodes": []}]}, "holds no triangles"),
    ],
)
def test_a_broken_file_says_what_is_wrong(change, said, tmp_path):
    document, data = make.gltf_document(None)
    with pytest.raises(BadInput, match=said):
        read(written(tmp_path / "house.glb", document | change, data))
