"""What the report says of a place."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.georeference import Candidate, Georeference
from models.georeference.candidate import Doubt
from pipeline.byhand import ByHand
from pipeline.inspect.place import Where, place
from pipeline.stand import Around
from tests import make
from tests.pipeline.inspect.models import blocks

FILE = Path("toren.ifc")
millimetre = 1e-3
NAP_M = 2.8


def moved(x, y, turned_deg=0.0, scale=1.0, crs="EPSG:7415"):
    cos, sin = np.cos(np.radians(turned_deg)) * scale, np.sin(np.radians(turned_deg)) * scale
    matrix = np.array([[cos, -sin, 0, x], [sin, cos, 0, y], [0, 0, scale, NAP_M], [0, 0, 0, 1]])
    return Candidate(crs, matrix, f"at {x:g}, {y:g}")


def placed(*candidates, hints=()):
    return place(replace(blocks(((0, 0, 0), (10, 20, 6))), georeference=Georeference(candidates, hints)), FILE).place


def test_the_reading_that_stands_is_chosen_and_the_others_say_why_not():
    found = placed(moved(104.9, 425.25), moved(104_900, 425_250, turned_deg=-90), hints=("Boston",))
    assert found.chosen
    assert (found.level, found.hints, found.heights_assumed) == ("LoGeoRef 50", ("Boston",), False)
    chosen, fallen = found.candidates
    assert (chosen.chosen, chosen.origin, chosen.heading_deg) == (True, (104_900, 425_250, 2.8), 90)
    assert (fallen.chosen, fallen.score) == (False, 0)
    assert "does not hold where it would stand" in fallen.reasons[0]
    assert found.bounds == pytest.approx((104_900, 425_240, 104_920, 425_250), abs=millimetre)
    assert found.nap_m == pytest.approx((2.8, 8.8))
    assert found.longitude_latitude_deg == pytest.approx((4.6607, 51.8136), abs=0.001)


def test_bounds_are_those_of_what_was_turned_and_not_of_a_turned_box():
    diamond = blocks(((0, 0, 0), (10, 10, 6)))
    turned = [
        replace(s, positions=s.positions @ moved(0, 0, turned_deg=45).local_to_map[:3, :3].T) for s in diamond.surfaces
    ]
    model = replace(diamond, surfaces=turned, georeference=Georeference((moved(104_900, 425_250, turned_deg=-45),)))
    assert place(model, FILE).place.bounds == pytest.approx((104_900, 425_250, 104_910, 425_260), abs=millimetre)


def test_two_readings_that_both_stand_leave_the_choice_to_people():
    found = placed(moved(104_900, 425_250), moved(104_950, 425_250))
    assert not found.chosen
    assert not any(each.chosen for each in found.candidates)
    assert found.bounds is not None, "one of them is drawn, for people to judge"
    assert found.bounds[:2] == (104_900, 425_250)
    assert "can be read in 2 ways" in found.why
    assert len({each.score for each in found.candidates}) == 1


def test_heights_that_nothing_is_said_of_are_pointed_out():
    found = placed(moved(104_900, 425_250, crs="EPSG:28992"))
    assert found.heights_assumed


def test_a_scale_that_no_building_has():
    found = placed(moved(104_900, 425_250, scale=0.001))
    assert "at scale 0.001" in found.candidates[0].reasons[0]
    assert not found.chosen


def test_coordinates_that_can_only_be_rd_are_taken_and_it_is_said():
    found = place(blocks(((104_900, 425_250, 2), (10, 20, 6))), Path("x.obj"))
    assert found.shown is not None
    assert found.place.chosen
    assert "no reference system is named" in found.place.why
    assert found.place.bounds == (104_900, 425_250, 104_910, 425_270)
    assert "look like RD New" in found.place.why
    assert [words.en for words in found.place.warnings] == [
        "The file names no reference system; its coordinates look like RD."
    ]


def test_doubts_about_the_chosen_reading_are_warnings():
    doubted = replace(moved(104_900, 425_250), doubts=(Doubt("its eastings are in another unit than its map", 0.1),))
    assert placed(doubted).warnings[0].en == "In doubt: its eastings are in another unit than its map."
    assert placed(moved(104_900, 425_250)).warnings == ()


def test_a_model_on_its_side_whose_coordinates_were_rd():
    found = place(blocks(((104_900, -8, 425_250), (10, 6, 20))), Path("x.glb"))
    assert found.shown is None
    assert "if z were up" in found.place.why


def test_nothing_said_is_nothing_known():
    found = placed()
    assert (found.chosen, found.candidates, found.bounds) == (False, (), None)
    assert "says nothing of its place" in found.why


X, Y = make.DORDRECHT


def test_a_place_by_hand_goes_before_what_the_file_says():
    model = replace(blocks(((0, 0, 0), (10, 20, 6))), georeference=Georeference((moved(104_900, 425_250),)))
    found = place(model, FILE, Where(ByHand((104_950.0, 425_300.0, 1.0), "EPSG:7415", 90.0), kept=("As kept.",))).place
    assert (found.by_hand, found.chosen) == (True, True)
    assert [row.chosen for row in found.candidates] == [True, False]
    assert found.bounds == pytest.approx((104_950, 425_290, 104_970, 425_300), abs=millimetre)
    assert found.remarks[0] == "As kept."
    assert any("true size" in remark for remark in found.remarks)


@pytest.mark.parametrize(("nap_m", "said"), [(9.0, "It floats"), (2.8, ""), (0.0, "It is sunk")])
def test_it_is_said_in_both_languages_how_it_stands_on_the_ground(nap_m, said, tmp_path):
    around = Around(terrain=(make.write_las(tmp_path / "town.laz", make.town()),))
    where = Where(ByHand((X + 25, Y + 25, nap_m), "EPSG:7415"), around)
    found = place(blocks(((0, 0, 0), (10, 20, 6))), FILE, where).place
    assert [words.en[: len(said)] for words in found.warnings] == ([said] if said else [])
    assert all(words.nl != words.en for words in found.warnings)
    assert found.standing.gap_m == pytest.approx(nap_m - 2.8, abs=0.1)
