"""Whether a model can stand where it was put."""

import re

import numpy as np
import pytest
import shapely

from pipeline.mask import Mask, Masks
from pipeline.plausible import ground_under, plausibility
from pipeline.surroundings.footprints import Footprint
from pipeline.terrain import Terrain
from pipeline.underside import Underside

NOTHING = np.empty((0, 3))


def standing(height, side_m=20.0):
    """A square at a height, its south-west corner at (1000, 2000)."""
    cells = round(side_m / 0.5)
    return Underside(1000.0, 2000.0, 0.5, np.full((cells, cells), float(height)))


def ground(height=0.0, slope=0.0, hole=None, around_m=30.0):
    """Points of ground at 4 a square metre that rise to the east; none in a box."""
    x, y = np.meshgrid(
        np.arange(1000 - around_m, 1020 + around_m, 0.5), np.arange(2000 - around_m, 2020 + around_m, 0.5)
    )
    xyz = np.stack([x.ravel(), y.ravel(), height + slope * (x.ravel() - 1010)], axis=-1)
    if hole is not None:
        west, south, east, north = hole
        xyz = xyz[~((xyz[:, 0] > west) & (xyz[:, 0] < east) & (xyz[:, 1] > south) & (xyz[:, 1] < north))]
    return Terrain(xyz, NOTHING, NOTHING)


def test_what_stands_on_the_ground_needs_no_remark():
    found = plausibility(standing(1.2), ground(1.0))
    assert (found.gap_m, found.sunk_m) == (pytest.approx(0.2), pytest.approx(-0.2))
    assert found.notes == ()


@pytest.mark.parametrize(
    ("height", "said"), [(3.0, "It floats: its lowest parts are 2.0 m above"), (-0.5, "It is sunk: .* 1.5 m below")]
)
def test_what_floats_or_is_sunk_is_said(height, said):
    (note,) = plausibility(standing(height), ground(1.0)).notes
    assert re.match(said, note)


@pytest.mark.parametrize("height", [1.45, 0.55])
def test_half_a_metre_is_let_pass(height):
    assert plausibility(standing(height), ground(1.0)).notes == ()


def test_a_roof_on_columns_stands_and_does_not_float():
    lowest = np.full((40, 40), 6.0)
    lowest[::4, ::4] = 1.0  # feet of columns, one cell in sixteen
    found = plausibility(Underside(1000.0, 2000.0, 0.5, lowest), ground(1.0))
    assert found.notes == ()


def test_a_slope_is_said():
    found = plausibility(standing(1.0), ground(1.0, slope=0.1))
    assert found.ground_rise_m == pytest.approx(2.0, abs=0.1)
    assert "rises by 1.9 m" in found.notes[0] or "rises by 2.0 m" in found.notes[0]


def test_the_ground_under_a_building_that_stands_now_is_taken_from_its_sides():
    terrain = ground(1.0, slope=0.05, hole=(1000, 2000, 1020, 2020))
    filled = ground_under(standing(1.0), terrain)
    assert np.isfinite(filled).all()
    assert float(np.median(filled)) == pytest.approx(1.0, abs=0.1)


def test_ground_far_away_is_not_taken_for_that_underfoot():
    terrain = Terrain(np.array([[1100.0, 2000.0, 5.0]]), NOTHING, NOTHING)
    found = plausibility(standing(1.0), terrain)
    assert found.ground_nap_m is None
    assert found.notes == ("No ground is known within 20 m of it, so its height was not checked.",)


def test_water_is_said_by_how_much_of_the_footprint_is_in_it():
    # A canal under the western half, of which a few returns came.
    water = np.array([[x, y, -0.4] for x in (1002.0, 1007.0) for y in range(2000, 2021, 2)])
    terrain = Terrain(ground(0.0, hole=(999, 1969, 1010, 2051)).ground, water, NOTHING)
    found = plausibility(standing(0.0), terrain)
    assert found.water_part == pytest.approx(0.4, abs=0.05)  # halfway between the returns of water and of its banks
    assert found.notes[0].startswith(f"It stands in water with {found.water_part:.0%} of its footprint.")


def test_a_house_that_stands_at_a_canal_now_is_no_water():
    water = np.array([[998.0, y, -0.4] for y in range(2000, 2021, 2)])
    roof = ground(9.0, around_m=0.0).ground
    terrain = Terrain(ground(0.0, hole=(990, 1990, 1030, 2030)).ground, water, roof)
    assert plausibility(standing(0.0), terrain).water_part == 0.0


HOUSES = [
    Footprint("0505100000000001", shapely.box(1015, 2000, 1040, 2020)),
    Footprint("0505100000000002", shapely.box(1000, 2018, 1004, 2030)),
    Footprint("0505100000000003", shapely.box(1020.4, 1990, 1030, 2000)),
]


def test_buildings_that_stay_are_named_by_how_much_is_overlapped():
    found = plausibility(standing(0.0), buildings=HOUSES)
    assert [(each.id[-1], each.area_m2) for each in found.overlaps] == [("1", 100.0), ("2", 8.0)]
    named = "0505100000000001 (100 m²), 0505100000000002 (8 m²)"
    assert found.notes == (f"It overlaps 2 buildings that stay: {named}; what of that goes can be said with --mask.",)


def test_what_goes_may_be_overlapped():
    goes = Masks((Mask("old house", shapely.box(1014, 1999, 1041, 2021)),))
    assert [each.id[-1] for each in plausibility(standing(0.0), None, HOUSES, goes).overlaps] == ["2"]
