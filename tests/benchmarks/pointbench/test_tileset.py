"""What the benchmark says of a tileset."""

from dataclasses import replace

import pytest

from benchmarks.pointbench.tileset import View, describe
from pipeline.points import PointOptions, build_points
from tests import make, readers

EVERYTHING = View(distance_m=1.0, error_px=1e-6, field_of_view_deg=179.0, down_deg=90.0)


@pytest.fixture(scope="module")
def tiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tileset")
    laz = make.write_las(folder / "town.laz", make.town(200_000, side_m=400.0))
    summary = build_points([laz], folder / "tiles", PointOptions("EPSG:7415", jobs=1))
    return folder / "tiles", summary


def test_points_and_tiles_are_those_that_were_written(tiled):
    folder, summary = tiled
    told = describe(folder)
    counts = readers.point_counts(readers.read(folder)).values()
    assert (told.points, told.tiles, told.bytes) == (summary.written, summary.tiles, summary.bytes)
    assert (told.points_a_tile["min"], told.points_a_tile["max"]) == (min(counts), max(counts))


def test_the_weights_of_the_attributes_add_up(tiled):
    folder, _ = tiled
    told = describe(folder)
    contents = sum(path.stat().st_size for path in folder.rglob("*.glb"))
    assert sum(told.attribute_bytes.values()) == contents
    assert told.attribute_bytes["POSITION"] > contents / 3
    assert 0 < told.colour_bytes < told.attribute_bytes["_INTENSITY"]
    assert 0 < told.attribute_bytes["rest"] < 2_000 * told.tiles


def test_a_view_from_afar_takes_the_root_alone(tiled):
    far = describe(tiled[0], View(distance_m=1e6))
    assert far.first_view_tiles <= 1


def test_a_view_of_everything_takes_every_tile(tiled):
    told = describe(tiled[0], EVERYTHING)
    assert (told.first_view_tiles, told.first_view_bytes) == (told.tiles, told.bytes)


def test_what_is_out_of_sight_is_not_loaded(tiled):
    narrow = describe(tiled[0], replace(EVERYTHING, distance_m=500.0, field_of_view_deg=5.0))
    assert 0 < narrow.first_view_tiles < narrow.tiles


def test_a_larger_error_takes_fewer_bytes(tiled):
    views = [describe(tiled[0], View(error_px=pixels)).first_view_bytes for pixels in (1, 4, 16, 64)]
    assert views == sorted(views, reverse=True)
    assert views[0] > views[-1]
