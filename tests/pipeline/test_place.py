"""Points from the map to local metres."""

import numpy as np
import pytest

from pipeline import place
from pipeline.place import Exact, Fit, Ground, placing
from pipeline.square import cell
from tiles.frame import RD_NAP

millimetre = 1e-3


def ground(x: float, y: float, level: int = 18) -> Ground:
    square = cell(int(x * 1000) >> 18, int(y * 1000) >> 18).above(level)
    return Ground(RD_NAP, square, square.frame(RD_NAP).placement)


@pytest.mark.parametrize("at", [(104_900, 425_250), (20_000, 375_000), (270_000, 590_000), (195_000, 320_000)])
def test_a_fit_is_within_a_hundredth_of_a_millimetre_of_proj_all_over_a_cell(at):
    here = ground(*at)
    fitted = placing(here, 1_000_000)
    assert isinstance(fitted, Fit)
    rng = np.random.default_rng(1)
    positions = rng.integers((0, 0, 100_000), (1 << 18, 1 << 18, 900_000), (20_000, 3)).astype(np.int32)
    exact = here.place(here.map_metres(positions))
    error = np.linalg.norm(fitted.place(positions, np.arange(len(positions))) - exact, axis=1)
    assert error.max() < 0.01 * millimetre


def test_a_square_too_large_for_a_fit_is_placed_by_proj():
    here = ground(104_900, 425_250, level=24)
    assert isinstance(placing(here, 1_000_000), Exact)
    west, south, _, _ = here.square.bounds
    inside = ((104_900 - west) * 1_000, (425_250 - south) * 1_000, 530_000)
    positions = np.array([inside]).astype(np.int32)
    wanted = here.local.from_ecef(RD_NAP.to_ecef(here.map_metres(positions)))
    assert placing(here, 1_000_000).place(positions, np.array([0])) == pytest.approx(wanted, abs=1e-6)


def test_a_cell_over_the_edge_of_the_map_is_placed_by_proj():
    square = cell(-1 - (7_000_000 >> 18), 425_250_000 >> 18)  # the map begins at x = −7 km
    here = Ground(RD_NAP, square, square.frame(RD_NAP).placement)
    assert isinstance(placing(here, 1_000_000), Exact)


def test_a_poor_fit_is_noticed(monkeypatch):
    monkeypatch.setattr(place, "TOLERANCE_M", 1e-12)
    assert place.fit(ground(104_900, 425_250)) is None


def test_the_coefficients_do_not_depend_on_the_order_of_sums():
    here = ground(104_900, 425_250)
    first, second = place.fit(here), place.fit(here)
    assert first is not None
    assert second is not None
    assert first.coefficients.tobytes() == second.coefficients.tobytes()
