"""From the map to other reference systems: as good as PROJ, and PROJ itself where no polynomial is."""

import numpy as np
import pytest
from affine import Affine

from pipeline import raster, warp
from tests.makemap import write_photo

CELL = (104_857.6, 425_197.568, 105_119.744, 425_459.712)
WIDE = (0.0, 300_000.0, 280_000.0, 620_000.0)
TENTH_MM = 1e-4


def somewhere(bounds, count=500):
    rng = np.random.default_rng(1)
    return rng.uniform(bounds[0], bounds[2], count), rng.uniform(bounds[1], bounds[3], count)


@pytest.fixture
def photo(tmp_path):
    """A photo in ETRS89 degrees with pixels of about 0.3 m."""
    pixels = np.zeros((3, 4, 4), np.uint8)
    affine = Affine(3e-6, 0, 4.66, 0, -3e-6, 51.82)
    return raster.inspect(write_photo(tmp_path / "photo.tif", pixels, affine, "EPSG:4258"))


@pytest.mark.parametrize(("crs", "metre"), [("EPSG:4258", 1e-5), ("EPSG:3857", 1.0), ("EPSG:25831", 1.0)])
def test_the_polynomial_of_a_cell_is_proj_to_a_tenth_of_a_millimetre(crs, metre):
    way = warp._fitted(crs, CELL)
    found, exact = way.to_crs(*somewhere(CELL)), warp._exact(crs, *somewhere(CELL))
    assert np.abs(np.subtract(found, exact)).max() < TENTH_MM * metre
    assert way.error < TENTH_MM * metre


def test_where_no_polynomial_is_good_enough_proj_is_asked(photo):
    assert warp.way_to(photo, CELL).coefficients is not None
    way = warp.way_to(photo, WIDE)
    assert way.coefficients is None
    assert np.array_equal(way.to_crs(*somewhere(WIDE)), warp._exact("EPSG:4258", *somewhere(WIDE)))


def test_the_way_of_a_point_does_not_depend_on_the_points_around_it(photo):
    part = (CELL[0] + 10, CELL[1] + 20, CELL[0] + 30, CELL[1] + 50)
    whole = (CELL[0] + 1, CELL[1] + 1, CELL[2] - 1, CELL[3] - 1)
    assert np.array_equal(
        warp.way_to(photo, part).to_crs(*somewhere(part)), warp.way_to(photo, whole).to_crs(*somewhere(part))
    )
