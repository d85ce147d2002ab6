"""What is odd about the input: said, and refused only where it cannot be placed or read."""

import os
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pyproj import CRS

from pipeline import segment
from pipeline.mask import read_masks
from pipeline.photo import open_photos
from pipeline.points import PointOptions, build_points
from pipeline.treatment import Treatment
from tests import city, make, makemap, readers
from tiles.errors import BadInput, OutsideArea
from tiles.frame import RD_NAP

OPTIONS = PointOptions("EPSG:7415", crs="EPSG:7415", jobs=1)
WEST, SOUTH = make.DORDRECHT


@pytest.fixture
def las(tmp_path) -> Path:
    return make.write_las(tmp_path / "a.las", make.town(2_000))


def made_in(path: Path, year: int) -> Path:
    """The file with another year of creation in its header (LAS 1.4 R15, table 3)."""
    data = bytearray(path.read_bytes())
    struct.pack_into("<HH", data, 90, 1, year)
    path.write_bytes(data)
    return path


def test_an_empty_file_among_others_is_left_out_and_said(las, tmp_path):
    empty = make.write_las(tmp_path / "empty.las", make.Cloud(np.empty((0, 3))))
    summary = build_points([las, empty], tmp_path / "tiles", OPTIONS)
    assert summary.notes == ("empty.las: no points in it; left out.",)
    assert [file.path.name for file in summary.files] == ["a.las"]


def test_files_of_several_years_or_formats_are_said_and_tiled(las, tmp_path):
    north = make.write_las(tmp_path / "b.las", make.town(2_000, at=(WEST, SOUTH + 100)), point_format=6)
    summary = build_points([made_in(las, 2014), made_in(north, 2023)], tmp_path / "tiles", OPTIONS)
    told = "2014, point format 1: a.las; 2023, point format 6: b.las"
    said = f"The files look like several editions ({told}); where they overlap, the points of all are shown."
    assert summary.notes == (said,)
    assert summary.read == 4_000


def test_files_made_in_years_that_follow_each_other_are_one_edition(las, tmp_path):
    north = make.write_las(tmp_path / "b.las", make.town(2_000, at=(WEST, SOUTH + 100)))
    assert build_points([made_in(las, 2020), made_in(north, 2022)], tmp_path / "tiles", OPTIONS).notes == ()


def test_points_that_were_never_classified_are_said(tmp_path):
    cloud = make.town(1_000)
    cloud.columns["classification"][:] = 0
    unclassified = make.write_las(tmp_path / "raw.las", cloud)
    said = "raw.las: every point has class 0 (never classified), so ground and buildings look the same."
    for _ in range(2):  # the second time it is known from the first
        assert build_points([unclassified], tmp_path / "tiles", OPTIONS).notes == (said,)
    cloud.columns["classification"][5] = 2
    some = make.write_las(tmp_path / "some.las", cloud)
    assert build_points([some], tmp_path / "others", OPTIONS).notes == ()


def test_positions_in_coarse_steps_are_said_and_kept(tmp_path):
    cloud = make.town(2_000)
    cloud.columns["intensity"] = np.arange(2_000, dtype=np.uint16)
    cloud = replace(cloud, xyz=cloud.xyz.round(1))
    coarse = make.write_las(tmp_path / "coarse.las", cloud, scale=0.1)
    summary = build_points([coarse], tmp_path / "tiles", OPTIONS)
    assert summary.notes == ("coarse.las: its positions are in steps of 0.1 m, so its points stand in rows.",)
    tileset = readers.read(tmp_path / "tiles")
    vertices = tileset.vertices(tmp_path / "v.bin")
    exact = RD_NAP.to_ecef(cloud.xyz[vertices.intensity])
    assert len(vertices.intensity) == len(city.kept(cloud))
    assert np.linalg.norm(tileset.to_ecef(vertices.local) - exact, axis=1).max() < 0.002


def test_a_centimetre_is_not_coarse(tmp_path):
    fine = make.write_las(tmp_path / "fine.las", make.town(500), scale=0.01)
    assert build_points([fine], tmp_path / "tiles", OPTIONS).notes == ()


def test_one_file_of_another_reference_system_is_named(las, tmp_path):
    other = make.write_las(tmp_path / "utm.las", make.town(100), point_format=6, crs=CRS("EPSG:25831"))
    with pytest.raises(OutsideArea, match="EPSG:25831 cannot be placed exactly"):
        build_points([las, other], tmp_path / "tiles", replace(OPTIONS, crs=None))
    assert not (tmp_path / "tiles").exists()


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ((SOUTH, WEST), "x and y look swapped"),
        ((1e9, 1e9), "check the coordinate reference system and the unit"),
        ((WEST * 1000, SOUTH * 1000), "check the coordinate reference system and the unit"),
        ((4.67, 51.81), "check the coordinate reference system and the unit"),
    ],
)
def test_coordinates_that_cannot_be_are_one_sentence(las, tmp_path, at, why):
    far = make.write_las(tmp_path / "far.las", make.town(100, at=at))
    with pytest.raises(OutsideArea, match=rf"far\.las is taken to be in EPSG:7415, but .*{why}"):
        build_points([las, far], tmp_path / "tiles", OPTIONS)
    assert not (tmp_path / "tiles").exists()


@pytest.mark.parametrize("suffix", ["las", "laz"])
def test_a_file_that_changes_while_it_is_read_is_one_sentence(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(segment, "SEGMENT_POINTS", 500)
    path = make.write_las(tmp_path / f"growing.{suffix}", make.town(3_000))
    longer = make.write_las(tmp_path / f"longer.{suffix}", make.town(4_000)).read_bytes()

    def grow(_stage: str, done: int, _total: int) -> None:
        if done == 1_000:
            path.write_bytes(longer)

    with pytest.raises(BadInput, match=rf"growing\.{suffix} (changed while it was being read|is cut off or damaged)"):
        build_points([path], tmp_path / "tiles", OPTIONS, grow)
    assert not (tmp_path / "tiles").exists()


def test_a_file_that_changes_after_its_header_was_read_is_one_sentence(tmp_path, las, monkeypatch):
    other = make.write_las(tmp_path / "other.las", make.town(3_000)).read_bytes()

    def segments(file, cut=segment.segments):
        las.write_bytes(other)  # as large a part of the new file as the old one was would be read without a word
        return cut(file)

    monkeypatch.setattr(segment, "segments", segments)
    with pytest.raises(BadInput, match=r"a\.las changed while it was being read; wait until it is complete"):
        build_points([las], tmp_path / "tiles", OPTIONS)


def test_a_file_that_may_not_be_read_is_one_sentence(las, tmp_path, monkeypatch):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    las.chmod(0)
    with pytest.raises(BadInput, match="may not be read; change its permissions"):
        build_points([las], tmp_path / "tiles", OPTIONS)


def test_a_mask_that_crosses_itself_is_repaired_said_and_used(las, tmp_path):
    bow = [[WEST, SOUTH], [WEST + 50, SOUTH + 50], [WEST + 50, SOUTH], [WEST, SOUTH + 50], [WEST, SOUTH]]
    path = makemap.write_geojson(tmp_path / "bow.geojson", makemap.collection(makemap.feature(bow), crs=makemap.RD_CRS))
    options = replace(OPTIONS, treatment=Treatment(masks=read_masks(path)))
    summary = build_points([las], tmp_path / "tiles", options)
    assert summary.notes[0].startswith("bow.geojson is no proper polygon (self-intersection at ")
    assert "it was repaired, check that it is meant so." in summary.notes[0]
    x, y = (make.town(2_000).xyz[city.kept(make.town(2_000)), axis] - at for axis, at in enumerate((WEST, SOUTH)))
    in_left, in_right = np.abs(y - 25) <= 25 - x, np.abs(y - 25) <= x - 25
    assert summary.left_out == ((x >= 0) & (x <= 50) & (in_left | in_right)).sum()


def test_a_mask_outside_the_points_is_said_and_takes_nothing(las, tmp_path):
    far = makemap.feature(makemap.rectangle(WEST + 5_000, SOUTH, WEST + 5_100, SOUTH + 100), name="school")
    path = makemap.write_geojson(tmp_path / "far.geojson", makemap.collection(far, crs=makemap.RD_CRS))
    options = replace(OPTIONS, treatment=Treatment(masks=read_masks(path)))
    summary = build_points([las], tmp_path / "tiles", options)
    assert summary.notes == ("The mask school lies outside the points; it takes nothing away.",)
    assert summary.left_out == 0


def test_a_photo_that_is_none_is_one_sentence(las, tmp_path, launcher):
    (tmp_path / "photo.tif").write_bytes(b"II*\0" + os.urandom(500))
    run = launcher.run(las, "--out", tmp_path / "tiles", "--photo", tmp_path / "photo.tif")
    assert run.returncode == 2
    assert run.said.splitlines()[-1].startswith("voorland: photo.tif cannot be read as a photo")
    assert run.said.count("voorland:") == 1
    assert not (tmp_path / "tiles").exists()


def test_a_photo_that_turns_out_damaged_while_points_are_coloured_is_one_sentence(las, tmp_path):
    bounds = (WEST - 10, SOUTH - 10, WEST + 110, SOUTH + 110)
    photo = makemap.photo_of_ground(tmp_path / "photo.tif", bounds, 0.5, compress="deflate", tiled=True)
    photos = open_photos([photo])
    data = bytearray(photo.read_bytes())
    data[600:2_000] = bytes(1_400)
    photo.write_bytes(data)
    with pytest.raises(BadInput, match=r"photo\.tif"):
        build_points([las], tmp_path / "tiles", replace(OPTIONS, treatment=Treatment(photos=photos)))
    assert not (tmp_path / "tiles").exists()
