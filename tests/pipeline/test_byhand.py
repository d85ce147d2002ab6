"""A place that someone chose: a spot, or points known both ways."""

import numpy as np
import pytest

from models.georeference import Pair
from models.model import Facts
from pipeline.byhand import ByHand, ByPairs, fitted
from tiles.errors import BadInput

millimetre = 1e-3
RD = "EPSG:7415"
METRES = Facts("IFC4", unit_m=1.0)
AT = np.array([104_900.0, 425_250.0, 2.8])


def pairs(model, heading_deg=0.0, unit_m=1.0):
    """Pairs of points of a file in `unit_m`, z up, whose y axis points to `heading_deg`."""
    matrix = ByHand(tuple(AT), RD, heading_deg, unit_m).local_to_map
    return tuple(Pair(tuple(point), tuple(matrix[:3, :3] @ point + AT)) for point in np.array(model, float))


def found(given, facts=METRES):
    return fitted(given, facts, "plan.ifc").by_hand


def test_two_points_say_where_a_model_stands_and_how_it_is_turned():
    given = ByPairs(pairs([(0, 0, 0), (30, 12, 3)], heading_deg=33.0), RD)
    by_hand = found(given)
    assert by_hand.heading_deg == pytest.approx(33.0, abs=1e-5)
    assert by_hand.local_to_map[:3, 3] == pytest.approx(AT, abs=1e-6)


def test_a_point_is_in_the_files_own_units_and_axes():
    # glTF in millimetres: y up, so the file's (x, y, z) is the model's (x, −z, y).
    upright = pairs([(0, 0, 0), (30, 12, 3)], heading_deg=120.0)
    in_file = tuple(
        Pair((1000 * pair.model[0], 1000 * pair.model[2], -1000 * pair.model[1]), pair.on_map) for pair in upright
    )
    by_hand = found(ByPairs(in_file, RD), Facts("glTF 2.0", unit_m=0.001, up="y"))
    assert by_hand.heading_deg == pytest.approx(120.0, abs=1e-5)
    assert by_hand.local_to_map[:3, 3] == pytest.approx(AT, abs=1e-6)


def test_the_residuals_and_the_best_scale_are_told():
    (first, second) = pairs([(0, 0, 0), (30, 0, 0)])
    off = Pair(second.model, (second.on_map[0] + 0.3, *second.on_map[1:]))
    notes = fitted(ByPairs((first, off), RD), METRES, "plan.ifc").notes
    assert (
        "The pairs fit within 150 mm (each: 150, 150 mm); the scale that would fit best is 1.010000, 1 was taken."
        in notes
    )
    assert any("pairs 1 and 2 lie 30.00 m apart in the model and 30.30 m on the map" in note for note in notes)


def test_pairs_that_contradict_each_other_are_refused_with_their_distances():
    first, second, third = pairs([(0, 0, 0), (30, 0, 0), (30, 20, 0)])
    wrong = Pair(second.model, (second.on_map[0], second.on_map[1] + 8, second.on_map[2]))
    with pytest.raises(
        BadInput,
        match=r"contradict each other for plan\.ifc: pair 2 is .* m off .* 20\.00 m apart in the model and 12\.00 m",
    ):
        fitted(ByPairs((first, wrong, third), RD), METRES, "plan.ifc")


@pytest.mark.parametrize(("unit_m", "unit"), [(0.001, "mm"), (0.3048, "ft"), (0.0254, "in")])
def test_a_unit_that_was_not_said_is_recognised(unit_m, unit):
    model = np.array([(0, 0, 0), (30, 0, 0), (30, 20, 0)]) / unit_m
    with pytest.raises(BadInput, match=rf"as if a unit of the model were one \w+: pass --units {unit},"):
        fitted(ByPairs(pairs(model, unit_m=unit_m), RD), METRES, "plan.obj")


def test_the_size_is_fitted_where_that_is_asked_for():
    given = ByPairs(pairs([(0, 0, 0), (1200, 0, 0)], unit_m=0.025), RD, None)
    assert found(given).scale == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("model", "said"), [([(0, 0, 0)], "One pair of points"), ([(0, 0, 0), (0, 0, 5)], "within 10 cm")]
)
def test_too_few_points_are_refused(model, said):
    with pytest.raises(BadInput, match=said):
        fitted(ByPairs(pairs(model), RD), METRES, "plan.ifc")
