"""A model from below."""

import numpy as np
import pytest
import trimesh

from models.georeference import Georeference
from models.model import SPACES, Element, Model
from pipeline.underside import underside
from tiles.geometry import Material, Surface


def box(size, at):
    """A box by its low corner."""
    made = trimesh.creation.box(extents=size)
    return np.asarray(made.vertices) + np.array(size) / 2 + np.array(at), np.asarray(made.faces, np.uint32)


def model(*parts):
    """A model of boxes, each an element of its own: (size, low corner, kind, layer)."""
    positions, triangles, features, elements = [], [], [], []
    for size, at, kind, layer in parts:
        xyz, faces = box(size, at)
        triangles.append(faces + sum(map(len, positions)))
        positions.append(xyz)
        features.append(np.full(len(xyz), len(elements), np.uint32))
        elements.append(Element(f"{len(elements)}", kind, layer=layer))
    xyz = np.concatenate(positions)
    surface = Surface(Material(), xyz, np.zeros_like(xyz), np.concatenate(features), np.concatenate(triangles))
    return Model("made", elements, [surface], Georeference())


def as_it_is(xyz):
    return xyz


def test_a_house_covers_what_it_covers_at_its_own_height():
    found = underside(model(((10.0, 20.0, 6.0), (100.0, 200.0, 1.5), "IfcWall", "")), as_it_is)
    assert found.area_m2 == pytest.approx(10 * 20, rel=0.06)
    assert np.unique(found.lowest[found.covered]) == pytest.approx([1.5])
    assert (found.west, found.south) == (100.0, 200.0)


def test_what_hangs_over_has_its_own_height():
    wall = ((10.0, 20.0, 6.0), (0.0, 0.0, 0.0), "IfcWall", "")
    balcony = ((4.0, 20.0, 0.2), (10.0, 0.0, 3.0), "IfcSlab", "")
    found = underside(model(wall, balcony), as_it_is)
    assert found.lowest[10, 4] == pytest.approx(0.0)
    assert found.lowest[10, 25] == pytest.approx(3.0)


def test_rooms_and_the_picture_of_the_ground_do_not_count():
    wall = ((10.0, 10.0, 6.0), (0.0, 0.0, 1.0), "IfcWall", "")
    room = ((10.0, 10.0, 6.0), (0.0, 0.0, -9.0), "IfcSpace", SPACES)
    ground = ((50.0, 50.0, 0.2), (-20.0, -20.0, -1.0), "IfcSite", "")
    found = underside(model(wall, room, ground), as_it_is)
    assert found.lowest[found.covered].min() == pytest.approx(1.0)
    assert found.area_m2 < 120


def test_a_model_of_ground_alone_is_looked_at_all_the_same():
    found = underside(model(((50.0, 50.0, 0.2), (0.0, 0.0, -1.0), "IfcSite", "")), as_it_is)
    assert found.area_m2 == pytest.approx(2500, rel=0.05)


def test_a_pole_that_is_thinner_than_a_cell_counts():
    found = underside(model(((0.05, 0.05, 9.0), (3.3, 4.4, -2.0), "IfcColumn", "")), as_it_is)
    assert found.lowest[found.covered].min() == pytest.approx(-2.0)


def test_a_slope_is_as_low_as_its_plane_at_the_middle_of_each_cell():
    xyz = np.array([[0.0, 0.0, 0.0], [40.0, 0.0, 4.0], [40.0, 30.0, 4.0], [0.0, 30.0, 0.0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)
    surface = Surface(Material(), xyz, np.zeros_like(xyz), np.zeros(4, np.uint32), faces)
    found = underside(Model("ramp", [Element("0", "IfcRamp")], [surface], Georeference()), as_it_is)
    columns = np.arange(1, 79)
    assert found.lowest[30, columns] == pytest.approx((columns + 0.5) * 0.5 * 0.1)


def test_a_neighbourhood_gets_coarser_cells_not_more():
    found = underside(model(((4_000.0, 1_000.0, 6.0), (0.0, 0.0, 0.0), "Building", "")), as_it_is)
    assert max(found.lowest.shape) <= 402
    assert found.area_m2 == pytest.approx(4e6, rel=0.05)
