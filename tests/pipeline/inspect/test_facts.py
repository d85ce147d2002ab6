"""What a model is made of."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pipeline.inspect import facts
from pipeline.inspect.report import Counted
from tests.pipeline.inspect.models import blocks
from tiles.errors import BadInput
from tiles.geometry import Image as Texture
from tiles.geometry import Material


def test_elements_triangles_and_extent_are_counted():
    model = blocks(((0, 0, 0), (4, 5, 6)), ((10, 0, -1), (1, 1, 1)), kinds=("IfcSlab",))
    found = facts.contents(model, None)
    assert (found.elements, found.triangles, found.vertices, found.flat_triangles) == (2, 24, 16, 0)
    assert found.kinds == (Counted("IfcSlab", 1), Counted("IfcWall", 1))
    assert (found.low, found.high, found.size_m) == ((0, 0, -1), (11, 5, 6), (11, 5, 7))


def test_triangles_without_area_are_counted():
    assert facts.contents(blocks(((0, 0, 0), (4, 5, 0))), None).flat_triangles == 8


@pytest.mark.parametrize("nowhere", [np.nan, np.inf, 1e300])
def test_triangles_that_lie_nowhere_are_left_out_and_said(nowhere):
    model = blocks(((0, 0, 0), (4, 5, 6)), ((10, 0, 0), (1, 1, 1)))
    model.surfaces[0].positions[8:] = nowhere
    found = facts.placed(model)
    assert found.triangles == 12
    assert found.notes == ("12 triangles have a corner that lies nowhere; they were left out.",)
    assert facts.contents(found, None).size_m == (4, 5, 6)
    model.surfaces[0].positions[:] = nowhere
    with pytest.raises(BadInput, match="holds no triangle"):
        facts.placed(model)


def test_a_model_that_lies_somewhere_is_left_alone():
    model = blocks(((0, 0, 0), (4, 5, 6)))
    assert facts.placed(model) is model


class TestSameShape:
    """Elements that lie exactly on one another."""

    def test_two_of_the_same_in_one_place_are_named(self):
        model = blocks(((0, 0, 0), (4, 5, 6)), ((9, 9, 9), (1, 1, 1)), ((0, 0, 0), (4, 5, 6)))
        assert facts.contents(model, None).same_shape == (("IfcWall block 0 (guid-0)", "IfcWall block 2 (guid-2)"),)

    @pytest.mark.parametrize("moved", [(0.002, 0, 0), (0, 0, 3), (5, 4, 0)])
    def test_the_same_shape_elsewhere_is_another(self, moved):
        assert facts.contents(blocks(((0, 0, 0), (4, 5, 6)), (moved, (4, 5, 6))), None).same_shape == ()

    def test_many_neighbours_are_told_apart(self):
        grid = [((float(x), float(y), 0.0), (1.0, 1.0, 1.0)) for x in range(30) for y in range(30)]
        assert facts.contents(blocks(*grid), None).same_shape == ()


def test_a_material_is_shown_in_the_colour_of_a_screen():
    row = facts.contents(
        blocks(((0, 0, 0), (1, 1, 1)), material=Material("brick", (0.5, 0.0, 1.0, 0.25))), None
    ).materials[0]
    assert (row.name, row.colour, row.opacity, row.triangles) == ("brick", "#bc00ff", 0.25, 12)


def test_a_picture_is_shown_by_its_mean():
    with BytesIO() as file:
        Image.fromarray(np.full((8, 8, 3), 188, np.uint8)).save(file, "PNG")
        texture = Texture(file.getvalue(), "image/png")
    row = facts.contents(
        blocks(((0, 0, 0), (1, 1, 1)), material=Material(base_colour=(1, 1, 1, 1), texture=texture)), None
    ).materials[0]
    assert (row.colour, row.textured) == ("#bcbcbc", True)


def test_a_picture_that_is_none_is_passed_over():
    assert facts.texels(b"no picture") is None
