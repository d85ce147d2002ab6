"""Weighing what a file says of its place."""

import numpy as np
import pytest

from models.georeference import Georeference, Helmert, Units, conversions, helmert_of, required, site_hint, weigh
from tiles.errors import MissingGeoreference, OutsideArea

millimetre = 1e-3
SMALL = np.array([[-10.0, -10.0, 0.0], [10.0, 10.0, 9.0]])
METRES, MILLIMETRES = Units(1.0, 1.0), Units(0.001, 1.0)


def chosen(helmert: Helmert, units: Units, crs: str = "EPSG:7415"):
    return required(weigh(Georeference(conversions(helmert, units, crs, "IfcMapConversion")), SMALL, "plan.ifc"))


def origin(candidate):
    return candidate.to_map(np.zeros((1, 3)))[0]


def test_a_conversion_in_metres_is_taken_as_it_stands():
    candidate = chosen(Helmert(104_900.0, 425_250.0, 2.8), METRES)
    assert origin(candidate) == pytest.approx([104_900.0, 425_250.0, 2.8])


def test_scale_is_the_unit_factor_of_a_project_in_millimetres():
    candidate = chosen(Helmert(149_626.316, 413_717.684, 0.0, scale=0.001), MILLIMETRES)
    assert candidate.scale == pytest.approx(1.0)
    assert origin(candidate) == pytest.approx([149_626.316, 413_717.684, 0.0], abs=millimetre)


@pytest.mark.parametrize("scale", [None, 1.0])
def test_without_the_unit_factor_the_units_decide(scale):
    candidate = chosen(Helmert(104_900.0, 425_250.0, 2.8, scale=scale), MILLIMETRES)
    assert candidate.scale == pytest.approx(1.0)
    assert origin(candidate) == pytest.approx([104_900.0, 425_250.0, 2.8])


def test_eastings_in_millimetres_under_a_map_unit_of_metres_are_recognised():
    # Laan op Zuid: project in millimetres, eastings too, MapUnit metre, no Scale.
    candidate = chosen(Helmert(93_500_000.0, 436_200_000.0, 1_500.0), MILLIMETRES)
    assert origin(candidate) == pytest.approx([93_500.0, 436_200.0, 1.5])


def test_the_x_axis_turns_the_model_counter_clockwise():
    quarter = chosen(Helmert(104_900.0, 425_250.0, 0.0, abscissa=0.0, ordinate=1.0), METRES)
    east, north, _ = quarter.to_map(np.array([[5.0, 0.0, 0.0]]))[0] - origin(quarter)
    assert (east, north) == pytest.approx((0.0, 5.0), abs=1e-9)


def test_a_place_outside_the_netherlands_is_refused_with_what_it_would_be():
    with pytest.raises(MissingGeoreference, match=r"plan\.ifc puts its origin at x 0\.000, y 0\.000"):
        chosen(Helmert(0.0, 0.0, 0.0), METRES)


def test_two_readings_that_both_hold_are_left_to_the_planner():
    one, other = (conversions(Helmert(x, 425_250.0, 0.0), METRES, "EPSG:7415", "said") for x in (104_900.0, 104_950.0))
    with pytest.raises(MissingGeoreference, match=r"plan\.ifc can be read in 2 ways: said.* or said"):
        required(weigh(Georeference([*one, *other]), SMALL, "plan.ifc"))


def test_a_file_that_says_nothing_is_refused_with_its_hints():
    hint = site_hint(42.3584, -71.0598)
    with pytest.raises(MissingGeoreference, match=r"Revit's Boston, an exporter's default\); pass --at"):
        required(weigh(Georeference((), (hint,)), SMALL, "plan.ifc"))


def test_a_reference_system_that_is_not_ours_is_named():
    with pytest.raises(OutsideArea, match=r"plan\.ifc is georeferenced in EPSG:32760"):
        chosen(Helmert(729_013.0, 9_063_992.0, 1.3), METRES, "EPSG:32760")


def test_a_conversion_without_eastings_is_none():
    assert helmert_of({"Eastings": None, "Northings": 1.0}) is None
    assert helmert_of({"Eastings": 1.0, "Northings": 2.0, "XAxisAbscissa": 0.0}) == Helmert(1.0, 2.0, 0.0)
