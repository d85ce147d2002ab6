"""How a model stands."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.georeference import Candidate, Georeference
from models.model import SPACES, Element
from pipeline.export.standing import Wanted, stand
from pipeline.position import ByHand
from tests.makemesh import box, model
from tiles.errors import BadInput

FILE = Path("plan.ifc")


def test_its_origin_is_the_middle_of_its_footprint_on_the_ground():
    standing = stand(model(box((10, 8, 6), (100_000, 400_000, 3))), FILE, Wanted(0))
    assert standing.box.low.tolist() == [-5, -4, 0]
    assert standing.box.high.tolist() == [5, 4, 6]
    assert standing.origin == (100_005, 400_004, 3)


def test_spaces_are_left_out():
    house, room = box(), box((30, 30, 30))
    room.features[:] = 1
    elements = [Element("0", "IfcWall"), Element("1", "IfcSpace", layer=SPACES)]
    standing = stand(model(house, room, elements=elements), FILE, Wanted(0))
    assert (standing.box.high - standing.box.low).tolist() == [10, 8, 6]
    assert "Left out: 1 space." in standing.notes
    with pytest.raises(BadInput, match="shows nothing but spaces"):
        stand(model(room, elements=elements), FILE, Wanted(0))


def test_heading_is_where_its_y_axis_points_clockwise_from_north():
    house = box((10, 20, 6))
    standing = stand(model(house), FILE, Wanted(90.0))
    ahead = house.positions[:, 1] == 20
    assert standing.surfaces[0].positions[ahead, 0] == pytest.approx(np.full(ahead.sum(), 10.0))  # in the east now
    assert standing.surfaces[0].normals[house.normals[:, 1] == 1] == pytest.approx(np.array([[1.0, 0, 0]] * 4))


def test_north_is_what_the_georeference_says():
    at = ByHand((104_900.0, 425_250.0, 0.0), "EPSG:7415", heading_deg=90.0)
    georeference = Georeference([Candidate("EPSG:7415", at.local_to_map, "IfcMapConversion")])
    standing = stand(model(box((10, 20, 6)), georeference=georeference), FILE, Wanted())
    assert standing.surfaces[0].normals[3 * 4] == pytest.approx([1, 0, 0])  # the face that was ahead, along y
    assert any("grid north, by the file's georeference" in note for note in standing.notes)


def test_a_north_that_nobody_knows_is_said():
    standing = stand(model(box((10, 20, 6))), FILE, Wanted())
    assert standing.box.high.tolist() == [5, 10, 6]
    assert any(note.startswith("North: not known") for note in standing.notes)


def test_a_cellar_is_said_or_left_out():
    house = model(box((10, 8, 9), (0, 0, -3)))
    whole = stand(house, FILE, Wanted(0))
    assert whole.box.high[2] == 9
    assert any("3.00 m below its own height 0" in note for note in whole.notes)
    on_map = Georeference([Candidate("EPSG:7415", np.eye(4), "CityJSON")])
    assert not any("height 0" in note for note in stand(replace(house, georeference=on_map), FILE, Wanted(0)).notes)
    cut = stand(house, FILE, Wanted(0, 0.0))
    assert (cut.box.low[2], cut.box.high[2]) == (0, 6)
    with pytest.raises(BadInput, match=r"All of plan\.ifc lies below --ground 7: it ends at 6\.00 m\."):
        stand(house, FILE, Wanted(0, 7.0))


@pytest.mark.parametrize(("size_m", "said"), [(50_000.0, "50 km across"), (0.002, "2 mm across"), (np.nan, "nan km")])
def test_a_size_that_no_plan_has_is_said(size_m, said):
    with pytest.raises(BadInput, match=said):
        stand(model(box((size_m, size_m, size_m))), FILE, Wanted(0))


def test_a_place_that_was_chosen_goes_before_what_the_file_says():
    found = stand(
        model(box((10, 20, 6))), FILE, Wanted(by_hand=ByHand((104_900.0, 425_250.0, 2.8), "EPSG:7415", 90.0, 0.5))
    )
    assert found.box.high == pytest.approx((5.0, 2.5, 3.0))
    assert "placed by hand at 104900" in found.notes[-1]
