"""Buildings from CityJSON."""

import json

import numpy as np
import pytest

from pipeline.surroundings import modelled
from pipeline.surroundings.shells import ROOFS, Face
from tests.models.test_cityjson import cube, write
from tests.pipeline.surroundings.test_shells import open_edges, volume
from tiles.errors import BadInput, MissingGeoreference, OutsideArea

decimetre = 0.1


def read(path):
    return modelled.read(path, lambda *_: None)


@pytest.fixture(scope="module")
def delft(shared_data):
    return read(shared_data("cityjson/3dbag_v210908_fd2cee53_5910.json"))


def test_buildings_of_3dbag_keep_their_bag_ids_and_their_roofs(delft, shared_data):
    assert len(delft) == 429  # three of the 432 have a footprint only
    house = delft["0503100000004247"]
    assert house.shell.positions[:, 2].max() == pytest.approx(7.73, abs=2 * decimetre)  # h_dak_max
    assert house.ground_m == pytest.approx(-0.61, abs=1 * decimetre)  # h_maaiveld


def test_solids_of_3dbag_face_outward_and_mostly_close(delft):
    shells = [building.shell for building in delft.values()]
    assert all(volume(shell) > 0 for shell in shells)
    assert np.mean([not open_edges(shell) for shell in shells]) > 0.9


def test_the_plain_shape_is_lod_1_2(delft):
    full = sum(len(building.shell.triangles) for building in delft.values())
    plain = sum(len(building.coarse.triangles) for building in delft.values())
    assert plain < 0.7 * full
    flat = delft["0503100000004247"].coarse.only(*ROOFS)
    assert np.ptp(flat.positions[flat.triangles][:, :, 2]) == 0
    assert 0 < delft["0503100000004247"].coarse_error_m < 6


def test_faces_that_nobody_named_are_told_apart_by_their_slope(shared_data):
    building = next(iter(read(shared_data("cityjson/delft.json")).values()))
    walls, roofs = building.shell.only(Face.WALL), building.shell.only(*ROOFS)
    assert len(walls.triangles) > 0
    assert np.ptp(roofs.positions[roofs.triangles][:, :, 2]) < 1


def test_coordinates_without_a_reference_system_are_refused(tmp_path):
    document = cube()
    del document["metadata"]
    with pytest.raises(MissingGeoreference, match=r"does not say what its coordinates are in; set metadata"):
        read(write(tmp_path / "c.city.json", document))


def test_coordinates_that_contradict_the_reference_system_are_refused(tmp_path):
    document = cube(at=(4.6, 51.8, 0))
    with pytest.raises(OutsideArea, match=r"c\.city\.json states EPSG:7415, but"):
        read(write(tmp_path / "c.city.json", document))


def test_a_file_with_footprints_only_is_refused(tmp_path):
    document = cube()
    (building,) = document["CityObjects"].values()
    building["geometry"] = [{"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3]]]}]
    with pytest.raises(BadInput, match=r"holds no buildings with roofs and walls"):
        read(write(tmp_path / "c.city.json", json.loads(json.dumps(document))))
