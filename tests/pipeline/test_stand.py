"""Models in their place, with a look at the ground and the buildings there."""

import numpy as np
import pytest

import models
from models.georeference import Pair
from models.model import Reading
from pipeline.byhand import ByHand, ByPairs
from pipeline.position import corners, off_map_m
from pipeline.stand import NOTHING, Around, stand
from tests import make
from tests.makeifc import Ifc, write_ifc
from tiles.errors import BadInput, MissingGeoreference

millimetre = 1e-3
RD = "EPSG:7415"
X, Y = make.DORDRECHT
IN_THE_CANAL = (85_052.0, 447_520.0, 0.0)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return make.write_las(tmp_path_factory.mktemp("t") / "town.laz", make.town())


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    path = make.write_obj(tmp_path_factory.mktemp("m") / "box.obj")
    return path, models.read(path, Reading(), lambda _done, _total: None)


def stood(box, by_hand, around=NOTHING):
    path, model = box
    return stand(model, path, by_hand, around)


def test_a_model_is_put_on_the_ground(box, town):
    found = stood(box, ByHand((X + 25, Y + 25, 0.0), RD), Around(terrain=(town,), on_ground=True))
    # The ground rises to the east: 2.5 m and a hundredth of the way; the box is 10 m wide.
    assert found.by_hand.at == pytest.approx((X + 25, Y + 25, 2.5 + 0.30), abs=0.02)
    assert found.position.to_map(np.zeros((1, 3)))[0] == pytest.approx(found.by_hand.at, abs=1e-6)
    assert found.notes[0].startswith("Put on the ground: its height 0 stands at NAP 2.8")
    assert found.plausibility.gap_m == pytest.approx(0.0, abs=0.06)


def test_one_that_was_put_too_high_is_said_to_float(box, town):
    found = stood(box, ByHand((X + 25, Y + 25, 9.0), RD), Around(terrain=(town,)))
    assert any(note.startswith("It floats: its lowest parts are 6.") for note in found.notes)
    assert found.by_hand.at[2] == 9.0


def test_pairs_and_the_ground_go_together(box, town):
    pairs = (Pair((0.0, 0.0, 0.0), (X + 25, Y + 25, 0.0)), Pair((0.0, 20.0, 0.0), (X + 45, Y + 25, 0.0)))
    found = stood(box, ByPairs(pairs, RD), Around(terrain=(town,), on_ground=True))
    assert found.by_hand.heading_deg == pytest.approx(90.0, abs=1e-4)
    assert found.notes[0].startswith("The pairs fit within 0 mm")
    at_origin = found.position.to_map(np.zeros((1, 3)))[0]
    assert at_origin == pytest.approx((X + 25, Y + 25, 2.85), abs=0.03)


def test_what_is_kept_of_pairs_puts_the_model_on_the_same_spot(box):
    pairs = (Pair((0.0, 0.0, 0.0), (X, Y, 1.0)), Pair((7.0, 20.0, 0.0), (X + 19, Y + 9.3, 1.1)))
    first = stood(box, ByPairs(pairs, RD))
    again = stood(box, first.by_hand)
    xyz = corners(box[1].box)
    ecef = [each.position.local.to_ecef(each.position.place(xyz)) for each in (first, again)]
    assert np.abs(ecef[0] - ecef[1]).max() < 1e-6


def test_a_model_placed_by_hand_keeps_its_right_angles_and_its_size(box):
    found = stood(box, ByHand((X, Y, 3.0), RD, 33.0))
    xyz = np.array([[0.0, 0.0, 0.0], [100.0, 0.0, 0.0], [0.0, 100.0, 0.0], [0.0, 0.0, 100.0]])
    placed = found.position.place(xyz)
    axes = placed[1:] - placed[0]
    assert np.linalg.norm(axes, axis=1) == pytest.approx([100.0] * 3, abs=1e-7)
    assert axes @ axes.T == pytest.approx(np.eye(3) * 1e4, abs=1e-6)


def test_the_difference_from_rd_is_told(box):
    found = stood(box, ByHand((X, Y, 3.0), RD))
    # 22 m from corner to corner at 0.999932: about a millimetre and a half.
    assert off_map_m(found.position, box[1]) == pytest.approx(22.4 * 68e-6, abs=0.3 * millimetre)
    told = f"at most {off_map_m(found.position, box[1]) * 1000:.1f} mm"
    assert any("RD is drawn at 0.999932 here" in note and told in note for note in found.notes)


def test_a_place_without_ground_is_refused_where_the_ground_was_to_set_the_height(box, town):
    with pytest.raises(BadInput, match=r"No ground \(class 2\) is known within 20 m of the model at RD 105405, 425260"):
        stood(box, ByHand((X + 500, Y, 0.0), RD), Around(terrain=(town,), on_ground=True))


@pytest.fixture(scope="module")
def variants(tmp_path_factory):
    """One building in metres and in millimetres, its eastings in millimetres too and no scale (Laan op Zuid)."""
    folder = tmp_path_factory.mktemp("ifc")
    place = {"Eastings": X + 25.0, "Northings": Y + 25.0, "OrthogonalHeight": 3.1}
    crs = {"Name": "EPSG:7415", "MapUnit": 1.0}
    in_mm = {name: value * 1000 for name, value in place.items()}
    said = {"m.ifc": Ifc(crs=crs, conversion=place), "mm.ifc": Ifc(project_m=0.001, crs=crs, conversion=in_mm)}
    paths = [write_ifc(folder / name, each) for name, each in said.items()]
    return [(path, models.read(path, Reading(), lambda _done, _total: None)) for path in paths]


def test_metres_and_millimetres_of_one_building_stand_on_one_spot(variants):
    metres, millimetres = (stood(each, None).position.to_map(corners(each[1].box)) for each in variants)
    assert np.abs(metres - millimetres).max() < 1 * millimetre
    assert metres.min(axis=0) == pytest.approx((X + 25, Y + 25, 3.1), abs=1 * millimetre)


def test_the_ground_is_weighed_too_and_can_set_the_height_of_a_file_that_says_its_place(variants, town):
    found = stood(variants[0], None, Around(terrain=(town,), on_ground=True))
    assert "its lowest point would be 0.3 m above the ground" in found.position.weighing.why
    assert found.by_hand is None
    assert found.position.to_map(np.zeros((1, 3)))[0] == pytest.approx((X + 25, Y + 25, 2.8), abs=0.02)


def test_a_model_that_nothing_places_is_refused(box):
    with pytest.raises(MissingGeoreference, match="says nothing of its place that can be trusted"):
        stood(box, None)


def test_a_house_in_a_street_of_old_delft(box, shared_data):
    ahn = (shared_data("ahn/3dfier/ahn3_cropped_2.laz"),)
    found = stood(box, ByHand((85_030.0, 447_500.0, 0.0), RD), Around(terrain=ahn, on_ground=True))
    assert 0.0 < found.by_hand.at[2] < 0.6  # the street lies at NAP +0.2
    assert found.plausibility.sunk_m == pytest.approx(0.0, abs=0.1)
    high = stood(box, ByHand((85_030.0, 447_500.0, 20.0), RD), Around(terrain=ahn))
    assert any(note.startswith("It floats") for note in high.notes)


def test_a_house_in_a_canal_of_old_delft_is_said_to_stand_in_water(box, shared_data):
    ahn = (shared_data("ahn/3dfier/ahn3_cropped_2.laz"),)
    found = stood(box, ByHand(IN_THE_CANAL, RD), Around(terrain=ahn))
    assert any(note.startswith("It stands in water with") for note in found.notes)


def test_amsterdam_houses_that_stay_are_named(box, shared_data):
    footprints = shared_data("bag/bag3d_amsterdam_bag_pand.geojson")
    found = stood(box, ByHand((120_700.0, 486_300.0, 1.0), RD), Around(footprints=footprints))
    assert found.plausibility.overlaps
    assert any(note.startswith("It overlaps") for note in found.notes)
