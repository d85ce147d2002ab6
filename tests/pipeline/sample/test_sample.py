"""The sample town: from facts to LAZ like AHN's."""

import laspy
import numpy as np
import pytest

import assets
from pipeline.rays import Surfaces
from pipeline.sample import facts, scene, survey
from tiles.errors import BadInput

BOUNDS = (104_840.0, 425_270.0, 105_060.0, 425_440.0)  # church, canal, harbour, and the line where sheets meet


@pytest.fixture(scope="module")
def known():
    return facts.read(assets.path("samples/dordrecht.toml"))


@pytest.fixture(scope="module")
def returns(known):
    return survey.fly(scene.build(known, BOUNDS), known, BOUNDS)


def near(returns, x, y, reach, classes):
    chosen = np.isin(returns.classification, classes) & (np.hypot(*(returns.xyz[:, :2] - [x, y]).T) < reach)
    return returns.xyz[chosen]


def test_the_grote_kerk_has_its_measured_heights(known, returns):
    # Ridge NAP +39, tower NAP +66, ground about +2.9.
    church = near(returns, *known.church.at, 60, [6])
    assert np.quantile(church[:, 2], 0.9999) == pytest.approx(66.0, abs=0.5)
    east = near(returns, 104_925.0, 425_303.0, 10, [6])
    assert east[:, 2].max() == pytest.approx(39.0, abs=0.3)


def test_water_lies_lower_than_the_quays(known, returns):
    water = returns.xyz[returns.classification == 9]
    assert water[:, 2] == pytest.approx(np.full(len(water), known.water_nap), abs=0.15)
    ground = returns.xyz[returns.classification == 2]
    assert np.median(ground[:, 2]) == pytest.approx(known.ground_nap, abs=0.15)


def test_trees_send_a_pulse_back_several_times(returns):
    several = returns.of > 1
    assert several.any()
    assert (returns.number <= returns.of).all()
    first = several & (returns.number == 1)
    assert (returns.classification[first] == 1).all()


def test_the_plot_of_the_proposal_is_free(known, returns):
    on_plot = near(returns, *known.proposal.at, 10, [1, 6, 9, 26])
    assert len(on_plot) == 0


def test_the_same_facts_give_the_same_points(known, returns):
    again = survey.fly(scene.build(known, BOUNDS), known, BOUNDS)
    assert (again.xyz == returns.xyz).all()


def test_two_sheets_hold_every_point_once(returns, tmp_path):
    west, east = survey.write_sheets(returns, tmp_path, 105_000.0, seed=1)
    a, b = laspy.read(west), laspy.read(east)
    assert len(a.points) + len(b.points) == len(returns.xyz)
    assert np.asarray(a.X).max() < 105_000_000 <= np.asarray(b.X).min()
    # As AHN4 is delivered.
    for las in (a, b):
        assert (str(las.header.version), las.header.point_format.id) == ("1.4", 1)
        assert las.header.parse_crs() is None
        assert {"Amplitude", "Reflectance", "Deviation"} <= set(las.point_format.extra_dimension_names)
        assert las.header.scales.tolist() == [0.001] * 3


def test_noise_is_there_to_be_left_out(returns):
    assert {7, 18} < set(np.unique(returns.classification).tolist())


def test_a_ray_meets_the_nearest_surface():
    floor = np.array([[[0, 0, z], [10, 0, z], [0, 10, z]] for z in (1.0, 5.0)])
    hits = Surfaces(floor).cast(np.array([[1.0, 1.0, 9.0], [50.0, 50.0, 9.0]]), np.array([[0.0, 0.0, -1.0]] * 2))
    assert hits.distance_m[0] == pytest.approx(4.0)
    assert hits.triangle.tolist() == [1, -1]


def test_a_sample_that_lacks_something_is_named(tmp_path):
    (tmp_path / "town.toml").write_text("seed = 1\n")
    with pytest.raises(BadInput, match=r"town\.toml cannot be used: KeyError\('ground_nap'\)"):
        facts.read(tmp_path / "town.toml")
