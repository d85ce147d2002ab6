"""Meshes as glTF: one grid for tiles that touch, one picture for surfaces that share it."""

from dataclasses import replace

import numpy as np
import pytest

from tiles import glb
from tiles.content import encode
from tiles.geometry import Image, Material, Mesh, Surface

STEP_M = 0.0005


def plate(low, high, step_m=STEP_M, image=None, surfaces=1):
    """A level square from one corner to another, metres."""
    xyz = np.array([(low[0], low[1], 2.0), (high[0], low[1], 2.0), (high[0], high[1], 2.0), (low[0], high[1], 2.0)])
    surface = Surface(
        Material("plate", texture=image),
        xyz,
        np.tile([0.0, 0.0, 1.0], (4, 1)),
        np.zeros(4, np.uint32),
        np.array([(0, 1, 2), (0, 2, 3)], np.uint32),
        np.zeros((4, 2)),
    )
    return Mesh([surface] * surfaces, {"class": ["plate"]}, step_m)


def extent(data):
    """West and east of a GLB with one surface, through its matrix, in double precision."""
    document = glb.read(data).document
    matrix = document["nodes"][0]["matrix"]
    position = document["accessors"][document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    return [matrix[0] * position[end][0] + matrix[12] for end in ("min", "max")]


@pytest.mark.parametrize("side", [10.0, 131.072, 1048.576])
def test_meshes_with_one_step_put_the_edge_they_share_in_one_place(side):
    edge = 17.12345678
    west, east = encode(plate((edge - side, 0), (edge, side))), encode(plate((edge, 3), (edge + side / 3, 9)))
    assert extent(west)[1] == pytest.approx(extent(east)[0], abs=1e-9)
    assert extent(west)[1] == pytest.approx(edge, abs=STEP_M / 2 + 1e-9)


def test_a_mesh_wider_than_floats_count_takes_larger_steps():
    west, east = extent(encode(plate((0, 0), (20_000, 20_000))))
    assert west == pytest.approx(0, abs=0.01)
    assert east == pytest.approx(20_000, abs=0.01)


def test_surfaces_that_share_a_picture_share_its_bytes_and_do_not_repeat_it():
    picture = Image(b"not looked into", "image/png", repeats=False)
    document = glb.read(encode(plate((0, 0), (9, 9), image=picture, surfaces=2))).document
    assert len(document["images"]) == len(document["textures"]) == 1
    sampler = document["samplers"][document["textures"][0]["sampler"]]
    assert (sampler["wrapS"], sampler["wrapT"]) == (33071, 33071)  # glTF 2.0, sampler: clamp to edge


def test_a_picture_that_repeats_needs_no_sampler():
    document = glb.read(encode(plate((0, 0), (9, 9), image=Image(b"x", "image/png")))).document
    assert "samplers" not in document
    assert "sampler" not in document["textures"][0]


def test_colours_of_vertices_are_linear_and_fine_enough_for_the_dark():
    surface = replace(plate((0, 0), (9, 9)).surfaces[0], colours=np.tile([0.001, 0.5, 1.0, 0.25], (4, 1)))
    document = glb.read(encode(Mesh([surface], {"class": ["plate"]}))).document
    colour = document["accessors"][document["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"]]
    assert (colour["componentType"], colour["type"], colour["normalized"]) == (5123, "VEC4", True)


@pytest.mark.parametrize(
    ("alpha", "opacity", "mode"),
    [("opaque", 1.0, None), ("opaque", 0.5, "BLEND"), ("blend", 1.0, "BLEND"), ("mask", 1.0, "MASK")],
)
def test_opacity_is_blended_or_cut_out(alpha, opacity, mode):
    surface = plate((0, 0), (9, 9)).surfaces[0]
    material = Material("plate", (1.0, 1.0, 1.0, opacity), alpha=alpha)
    document = glb.read(encode(Mesh([replace(surface, material=material)], {"class": ["plate"]}))).document
    assert document["materials"][0].get("alphaMode") == mode
