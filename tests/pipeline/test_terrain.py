"""The ground near a spot, from point files."""

import numpy as np
import pytest

from pipeline.terrain import read_terrain
from tests import make

DELFT = "ahn/3dfier/ahn3_cropped_2.laz"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    cloud = make.town(side_m=200.0)
    return cloud, make.write_las(tmp_path_factory.mktemp("t") / "town.laz", cloud)


def test_only_ground_and_water_near_the_place_are_read(town):
    cloud, path = town
    x, y = make.DORDRECHT
    bounds = (x + 90, y + 90, x + 110, y + 110)
    found = read_terrain([path], bounds, "EPSG:7415")
    near = (np.abs(cloud.xyz[:, :2] - (x + 100, y + 100)) <= 35).all(axis=1)
    expected = cloud.xyz[near & (cloud.columns["classification"] == 2)]
    assert len(found.ground) == len(expected) > 0
    assert np.sort(found.ground, axis=0) == pytest.approx(np.sort(expected, axis=0), abs=1e-6)
    assert len(found.water) == 0
    assert found.notes == ("town.laz: no reference system stated; EPSG:7415 taken.",)


def test_files_elsewhere_are_not_read(town):
    found = read_terrain([town[1]], (0, 300_000, 10, 300_010), "EPSG:7415")
    assert len(found.ground) == len(found.water) == len(found.built) == 0
    assert found.near(5, 300_005) is None


def test_the_ground_of_old_delft_and_its_canal(shared_data):
    found = read_terrain([shared_data(DELFT)], (85_000, 447_413, 85_072, 447_641), "EPSG:7415")
    assert (len(found.ground), len(found.water), len(found.built)) == (87_130, 568, 33_312 + 1_114)
    assert -0.6 < found.near(85_036, 447_505) < 1.5


def test_of_a_copc_file_a_part_is_read_and_it_is_the_same(shared_data, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = shared_data("ahn/abossenbroek/points.copc.laz")
    whole = read_terrain([path], (121_488, 487_492, 121_508, 487_512), "EPSG:7415")
    assert len(whole.ground) == 1_711
    part = read_terrain([path], (121_488, 487_492, 121_488, 487_492), "EPSG:7415")
    assert 0 < len(part.ground) <= len(whole.ground)
