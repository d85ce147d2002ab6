"""The outline of a model on the ground."""

import numpy as np
import pytest
import shapely

from pipeline.inspect import footprint
from tests.pipeline.inspect.models import blocks

two_centimetres = 0.02


def test_a_block_covers_its_rectangle():
    found = footprint.footprint(blocks(((3, 4, 0), (10, 20, 6))))
    assert (
        found.equals(shapely.box(3, 4, 13, 24)) or found.hausdorff_distance(shapely.box(3, 4, 13, 24)) < two_centimetres
    )
    assert len(footprint.rings(found)[0]) == 5


def test_a_courtyard_stays_open():
    wings = [((0, 0, 0), (20, 5, 6)), ((0, 15, 0), (20, 5, 6)), ((0, 0, 0), (5, 20, 6)), ((15, 0, 0), (5, 20, 6))]
    found = footprint.footprint(blocks(*wings))
    assert found.area == pytest.approx(300, abs=1)
    assert len(found.interiors) == 1


def test_two_houses_are_two_outlines_the_larger_first():
    found = footprint.footprint(blocks(((0, 0, 0), (4, 4, 4)), ((20, 0, 0), (10, 10, 4))))
    assert [len(ring) for ring in footprint.rings(found)] == [5, 5]
    assert footprint.rings(found)[0][:, 0].min() == pytest.approx(20, abs=two_centimetres)


def test_the_ground_around_a_building_is_no_part_of_it():
    model = blocks(((-50, -50, -1), (100, 100, 1)), ((0, 0, 0), (10, 10, 6)), kinds=("IfcSite",))
    assert footprint.footprint(model).area == pytest.approx(100, abs=0.5)
    assert footprint.footprint(blocks(((0, 0, 0), (9, 9, 1)), kinds=("IfcSite",))).area == pytest.approx(81, abs=0.5)


def test_ten_thousand_small_pieces_join_into_one():
    tiles = [((x * 0.2, y * 0.2, 0.0), (0.2, 0.2, 0.1)) for x in range(40) for y in range(50)]
    found = footprint.footprint(blocks(*tiles))
    assert found.geom_type == "Polygon"
    assert found.area == pytest.approx(80, abs=0.5)


@pytest.mark.parametrize("thick_m", [0.0, 0.004])
def test_an_upright_sheet_is_a_thin_line(thick_m):
    found = footprint.footprint(blocks(((0, 0, 0), (10, thick_m, 5))))
    assert found.bounds == pytest.approx((0, 0, 10, 0), abs=0.04)
    assert found.area < 1


def test_an_outline_turns_and_moves_with_its_model():
    matrix = np.array([[0, -1, 0, 100], [1, 0, 0, 200], [0, 0, 1, 5], [0, 0, 0, 1]], float)
    assert footprint.moved(shapely.box(0, 0, 2, 1), matrix).equals(shapely.box(99, 200, 100, 202))
