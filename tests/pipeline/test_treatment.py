"""Which points are kept, and what colour they get, cell by cell."""

import numpy as np
import pytest
from affine import Affine

from pipeline import records
from pipeline.area import from_bbox
from pipeline.colour import ColourOptions
from pipeline.mask import read_masks
from pipeline.photo import open_photos
from pipeline.points import PointOptions, build_points
from pipeline.square import cell
from pipeline.treatment import Treatment
from tests import make, makemap, readers
from tiles.colour import linear
from tiles.errors import BadInput
from tiles.frame import RD_NAP

OPTIONS = PointOptions("EPSG:7415")
WEST, SOUTH = make.DORDRECHT
HERE = cell(int(WEST * 1000) >> 18, int(SOUTH * 1000) >> 18)


def mask(path, *bounds, **properties):
    feature = makemap.feature(makemap.rectangle(*bounds), **properties)
    return makemap.write_geojson(path, feature | {"crs": {"type": "name", "properties": {"name": "EPSG:28992"}}})


@pytest.fixture
def town():
    """A cloud whose intensities number its points."""
    cloud = make.town(20_000)
    cloud.columns["intensity"] = np.arange(20_000, dtype=np.uint16)
    cloud.columns["classification"][np.isin(cloud.columns["classification"], (7, 18))] = 1
    cloud.xyz[:, 2] = np.minimum(cloud.xyz[:, 2], 50)
    return cloud


def written(tmp_path, name):
    return readers.read(tmp_path / name).vertices(tmp_path / "v.bin")


def test_points_in_a_mask_are_left_out_and_all_others_are_there(tmp_path, town):
    laz = make.write_las(tmp_path / "town.laz", town)
    masks = read_masks(mask(tmp_path / "m.geojson", WEST + 10, SOUTH + 20, WEST + 50, SOUTH + 60))
    options = PointOptions("EPSG:7415", treatment=Treatment(masks))
    summary = build_points([laz], tmp_path / "tiles", options)
    x, y = town.xyz[:, 0] - WEST, town.xyz[:, 1] - SOUTH
    inside = (x >= 10) & (x <= 50) & (y >= 20) & (y <= 60)
    assert np.array_equal(np.sort(written(tmp_path, "tiles").intensity), np.flatnonzero(~inside))
    assert summary.left_out == inside.sum() > 1_000
    assert summary.read == summary.written + summary.left_out


def test_a_mask_between_two_heights_leaves_what_is_below_and_above(tmp_path, town):
    laz = make.write_las(tmp_path / "town.laz", town)
    masks = read_masks(mask(tmp_path / "m.geojson", WEST - 1, SOUTH - 1, WEST + 101, SOUTH + 101, lowNap=6, highNap=13))
    build_points([laz], tmp_path / "tiles", PointOptions("EPSG:7415", treatment=Treatment(masks)))
    kept = np.sort(written(tmp_path, "tiles").intensity)
    assert np.array_equal(kept, np.flatnonzero((town.xyz[:, 2] < 6) | (town.xyz[:, 2] > 13)))


def test_only_points_of_the_area_are_tiled_its_west_edge_in_and_its_east_edge_out(tmp_path, town):
    town.xyz[:2, 0] = WEST + 30, WEST + 70
    town.xyz[:2, 1] = SOUTH + 50
    laz = make.write_las(tmp_path / "town.laz", town)
    area = from_bbox(f"{WEST + 30},{SOUTH + 10},{WEST + 70},{SOUTH + 90}")
    build_points([laz], tmp_path / "tiles", PointOptions("EPSG:7415", treatment=Treatment(area=area)))
    kept = set(written(tmp_path, "tiles").intensity.tolist())
    assert 0 in kept
    assert 1 not in kept
    x, y = town.xyz[:, 0] - WEST, town.xyz[:, 1] - SOUTH
    assert kept == set(np.flatnonzero((x >= 30) & (x < 70) & (y >= 10) & (y < 90)).tolist())


def test_an_area_or_mask_that_leaves_nothing_is_told(tmp_path, town):
    laz = make.write_las(tmp_path / "town.laz", town)
    elsewhere = Treatment(area=from_bbox("200000,500000,200100,500100"))
    with pytest.raises(BadInput, match=r"The area lies outside town\.laz"):
        build_points([laz], tmp_path / "out", PointOptions("EPSG:7415", treatment=elsewhere))
    all_of_it = read_masks(mask(tmp_path / "m.geojson", WEST - 1, SOUTH - 1, WEST + 101, SOUTH + 101))
    with pytest.raises(BadInput, match="Nothing is left to tile"):
        build_points([laz], tmp_path / "out", PointOptions("EPSG:7415", treatment=Treatment(all_of_it)))
    assert not (tmp_path / "out").exists()


def test_a_photo_colours_the_points_that_lie_on_it(tmp_path, town):
    # Left half of the town red, right half blue; nothing beyond 80 m north.
    pixels = np.zeros((3, 80, 100), np.uint8)
    pixels[0, :, :50], pixels[2, :, 50:] = 200, 120
    affine = Affine(1, 0, WEST, 0, -1, SOUTH + 80)
    photo = makemap.write_photo(tmp_path / "photo.tif", pixels, affine, "EPSG:28992")
    laz = make.write_las(tmp_path / "town.laz", town)
    treatment = Treatment(photos=open_photos([photo]), colour=ColourOptions("photo"))
    build_points([laz], tmp_path / "tiles", PointOptions("EPSG:7415", treatment=treatment))
    found = written(tmp_path, "tiles")
    at = town.xyz[found.intensity]
    x, y = at[:, 0] - WEST, at[:, 1] - SOUTH
    left, right, off = (x < 49) & (y < 79), (x > 51) & (y < 79), y > 81
    assert found.colour[left] == pytest.approx(np.tile([linear(200 / 255), 0, 0], (left.sum(), 1)), abs=0.005)
    assert found.colour[right] == pytest.approx(np.tile([0, 0, linear(120 / 255)], (right.sum(), 1)), abs=0.005)
    buildings = off & (found.classification == 6)
    assert (found.colour[buildings][:, 1] > 0.1).all()  # their class's, which has green in it


def test_height_and_intensity_colour_points_the_same_in_every_level(tmp_path, town):
    laz = make.write_las(tmp_path / "town.laz", town)
    ranks = {"height": town.xyz[:, 2], "intensity": np.arange(20_000)}
    for mode, rank in ranks.items():
        options = PointOptions("EPSG:7415", treatment=Treatment(colour=ColourOptions(mode, (0, 20))))
        build_points([laz], tmp_path / mode, options)
        found = written(tmp_path, mode)
        ordered = found.colour[np.argsort(rank[found.intensity], kind="stable")].sum(axis=1)
        assert (np.diff(ordered) >= -0.02).all()
        assert ordered[-1] > ordered[0] + 0.5


def test_the_key_of_a_cell_follows_what_happens_in_it_and_nothing_else(tmp_path):
    west, south, east, _ = HERE.bounds
    inside = read_masks(mask(tmp_path / "a.geojson", west + 10, south + 10, west + 20, south + 20, name="one"))
    renamed = read_masks(mask(tmp_path / "b.geojson", west + 10, south + 10, west + 20, south + 20, name="two"))
    larger = read_masks(mask(tmp_path / "c.geojson", west + 10, south + 10, west + 21, south + 20))
    outside = read_masks(mask(tmp_path / "d.geojson", east + 10, south + 10, east + 20, south + 20))
    digests = [Treatment(each).digest(HERE.bounds) for each in (None, inside, renamed, larger, outside)]
    assert digests[0] == digests[4]
    assert digests[1] == digests[2]
    assert len(set(digests)) == 3
    assert Treatment(colour=ColourOptions("height")).digest(HERE.bounds) != digests[0]


def test_within_a_cell_only_what_touches_it_travels(tmp_path):
    west, south, east, north = HERE.bounds
    outside = read_masks(mask(tmp_path / "d.geojson", east + 10, south + 10, east + 20, south + 20))
    around = from_bbox(f"{west - 5},{south - 5},{east + 5},{north + 5}")
    assert Treatment(outside, around).within(HERE.bounds) == Treatment()


def test_colours_replace_those_that_were_there():
    found = records.with_colour(records.empty(2) * 0, np.array([[1, 2, 3], [4, 5, 6]], np.uint8), np.ones(2, bool))
    again = records.with_colour(found, np.array([[9, 8, 7], [0, 0, 0]], np.uint8), np.array([True, False]))
    rgb, has = records.colour(again)
    assert rgb[0].tolist() == [9, 8, 7]
    assert has.tolist() == [True, False]
    assert not records.any_colour(again[1:])


def test_dense_ground_is_tiled_by_quarters_with_every_point_in_its_place(tmp_path, town, monkeypatch):
    monkeypatch.setattr("pipeline.pointtiles.MOST_POINTS", 3_000)
    monkeypatch.setattr("pipeline.quadtree.NODE_POINTS", 1_000)
    laz = make.write_las(tmp_path / "town.laz", town)
    half = {name: values[:5_000] for name, values in town.columns.items()}
    twin = make.write_las(tmp_path / "twin.laz", make.Cloud(town.xyz[:5_000], half))
    summary = build_points([laz, twin], tmp_path / "tiles", PointOptions("EPSG:7415", jobs=1))
    assert summary.doubled == 5_000
    tileset = readers.read(tmp_path / "tiles")
    found = tileset.vertices(tmp_path / "v.bin")
    assert np.array_equal(np.sort(found.intensity), np.arange(20_000))
    error = np.linalg.norm(tileset.to_ecef(found.local) - RD_NAP.to_ecef(town.xyz[found.intensity]), axis=1)
    assert error.max() < 0.002
    readers.assert_everything_inside(tileset, found)
