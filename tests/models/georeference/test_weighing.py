"""Weighing candidates: which is taken, which is not, and what is said."""

from dataclasses import replace

import numpy as np
import pytest

from models.georeference import Candidate, Doubt, Georeference, refused, required, weigh
from tiles.errors import MissingGeoreference, OutsideArea

SMALL = np.array([[-10.0, -10.0, 0.0], [10.0, 10.0, 9.0]])
RD = "EPSG:7415"
IN_DELFT = np.array([84_900.0, 447_500.0, 1.0])


def at(x, y, nap=0.0, source="conversion", evidence="said"):
    matrix = np.eye(4)
    matrix[:3, 3] = x, y, nap
    return Candidate(RD, matrix, evidence, source)


def in_samoa():
    return replace(at(729_013, 9_063_992), crs="EPSG:32760")


def weighed(*candidates, extremes=SMALL, ground=None):
    return weigh(Georeference(candidates), extremes, "plan.ifc", ground)


def test_scores_run_from_the_best_down_and_each_has_its_reasons():
    weighing = weighed(at(104_900, 425_250, source="site"), at(104_900, 425_250), at(0, 0))
    assert [each.score for each in weighing.scored] == sorted((each.score for each in weighing.scored), reverse=True)
    assert all(each.reasons and 0 <= each.score <= 1 for each in weighing.scored)
    assert weighing.scored[-1].score == 0.0


def test_an_independent_source_that_agrees_raises_a_score():
    alone = weighed(at(104_900, 425_250)).best.score
    together = weighed(at(104_900, 425_250), at(104_900.2, 425_250, source="points")).best.score
    assert together > alone


def test_an_independent_source_that_is_as_good_and_elsewhere_leaves_it_to_the_planner():
    weighing = weighed(at(104_900, 425_250), at(104_950, 425_250, source="points", evidence="GEO-Nulpunt"))
    assert weighing.chosen is None
    assert "can be read in 2 ways: said or GEO-Nulpunt, 50.00 m apart" in weighing.why


def test_a_doubtful_rival_does_not():
    doubtful = replace(at(104_950, 425_250, source="points"), doubts=(Doubt("one point", 0.1),))
    weighing = weighed(at(104_900, 425_250), doubtful)
    assert weighing.chosen is not None
    assert "puts it 50.00 m away" in weighing.why


def test_a_coarse_site_nearby_neither_helps_nor_harms_but_one_far_away_lowers_the_score():
    alone = weighed(at(104_900, 425_250)).best.score
    assert weighed(at(104_900, 425_250), at(105_900, 425_250, source="site")).best.score == alone
    assert weighed(at(104_900, 425_250), at(149_900, 425_250, source="site")).best.score < alone


def test_a_site_is_never_taken_by_itself_not_even_with_the_ground_in_its_favour():
    weighing = weighed(at(104_900, 425_250, 0.2, "site"), ground=lambda _x, _y: 0.0)
    assert weighing.chosen is None
    assert weighing.best.score < 0.5


def test_the_ground_speaks_for_a_reading_near_it_and_against_one_far_above():
    near = weighed(at(104_900, 425_250, 1.0), ground=lambda _x, _y: 0.5)
    far = weighed(at(104_900, 425_250, 90.0), ground=lambda _x, _y: 0.5)
    assert near.best.score > far.best.score
    assert "0.5 m above the ground" in near.why


def test_a_height_that_the_netherlands_do_not_have_is_odd():
    assert "lowest point would be at NAP 900.0" in weighed(at(104_900, 425_250, 900.0)).why


def test_coordinates_that_can_only_be_rds_are_taken_and_said_to_name_no_system():
    weighing = weighed(extremes=SMALL + IN_DELFT)
    assert weighing.chosen.source == "coordinates"
    assert "coordinates that look like RD New" in weighing.why
    assert "of which no reference system is named" in weighing.why
    assert weighing.level.startswith("LoGeoRef 30")


def test_a_stated_system_is_not_guessed_again():
    weighing = weighed(Candidate(RD, np.eye(4), "CityJSON"), extremes=SMALL + IN_DELFT)
    assert [each.candidate.evidence for each in weighing.scored] == ["CityJSON"]


def test_a_foreign_system_is_a_problem_of_its_own():
    weighing = weighed(in_samoa())
    assert isinstance(refused(weighing), OutsideArea)
    assert "georeferenced in EPSG:32760" in weighing.why
    with pytest.raises(OutsideArea, match="EPSG:32760"):
        required(weigh(Georeference([in_samoa()]), SMALL, "plan.ifc"))


def test_nothing_at_all_is_missing():
    weighing = weighed()
    assert isinstance(refused(weighing), MissingGeoreference)
    assert weighing.level == "LoGeoRef 0: nothing says where it is."
