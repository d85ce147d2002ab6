"""The files that are tiled in the benchmark are as AHN is delivered."""

import struct

import laspy
import numpy as np
import pytest

from benchmarks.pointbench.ahnlike import POINTS_PER_M2, Survey, shift, write

MILLIONS = 0.1
AHN_BYTES_A_POINT = pytest.approx(4.9, abs=0.15)  # as GeoTiles' index of AHN4 has it, without the extra bytes


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ahnlike")

    def make(point_format):
        path = folder / f"{point_format}.laz"
        if not path.exists():
            write(Survey(MILLIONS, point_format), path)
        return path

    return make


def test_ahn4_is_format_1_with_three_extra_bytes_and_no_reference_system(made):
    with laspy.open(made(1)) as file:
        header = file.header
        assert (str(header.version), header.point_format.id) == ("1.4", 1)
        extra = {each.name: (each.dtype.str[1:], each.scales) for each in header.point_format.extra_dimensions}
        assert extra == {"Amplitude": ("u2", [0.01]), "Reflectance": ("i2", [0.01]), "Deviation": ("u2", None)}
        assert list(header.scales) == [0.001] * 3
        assert header.parse_crs() is None
        assert not header.global_encoding.wkt
        assert header.global_encoding.gps_time_type == laspy.header.GpsTimeType.STANDARD


def test_ahn5_is_format_6_without_the_wkt_flag(made):
    with laspy.open(made(6)) as file:
        assert file.header.point_format.id == 6
        assert not list(file.header.point_format.extra_dimension_names)
        assert not file.header.global_encoding.wkt
        assert file.header.parse_crs() is None


@pytest.mark.parametrize("point_format", [1, 6])
def test_chunks_hold_50_000_points(made, point_format):
    with laspy.open(made(point_format)) as file:
        (laszip,) = file.header.vlrs.get("LasZipVlr")
        assert struct.unpack_from("<I", laszip.record_data, 12) == (50_000,)


def test_the_classes_are_those_of_ahn(made):
    points = laspy.read(made(1))
    assert np.unique(points.classification).tolist() == [1, 2, 6, 9, 26]
    assert points.classification[points.z > 12].min() in {1, 6}


def test_the_twin_of_format_6_holds_the_same_points(made):
    one, six = laspy.read(made(1)), laspy.read(made(6))
    for name in ("X", "Y", "Z", "intensity", "return_number", "number_of_returns", "classification", "gps_time"):
        assert np.array_equal(one[name], six[name]), name


def test_points_come_strip_after_strip_in_the_order_of_time(made):
    points = laspy.read(made(6))
    assert np.all(np.diff(points.point_source_id.astype(int)) >= 0)
    assert np.all(np.diff(points.gps_time) >= 0)
    number, of = np.asarray(points.return_number), np.asarray(points.number_of_returns)
    assert np.all((number >= 1) & (number <= of))
    assert of.max() == 5


def test_only_format_7_has_the_colours_of_a_photo(made):
    points = laspy.read(made(7))
    assert np.array_equal(points.X, laspy.read(made(6)).X)
    rgb = np.stack([points.red, points.green, points.blue], axis=-1)
    assert rgb.max() > 255
    leaves, roofs = (rgb[chosen].mean(axis=0) for chosen in (points.number_of_returns > 1, points.classification == 6))
    assert leaves.argmax() == 1
    assert roofs.argmax() == 0


def test_the_same_survey_gives_the_same_bytes(made, tmp_path):
    write(Survey(MILLIONS, 1), tmp_path / "again.laz")
    assert (tmp_path / "again.laz").read_bytes() == made(1).read_bytes()


def test_a_square_kilometre_compresses_like_ahn_at_twenty_points_a_square_metre(tmp_path):
    survey = Survey(1, 6)
    count = write(survey, tmp_path / "part.laz")
    assert count / survey.side_m**2 == pytest.approx(POINTS_PER_M2, rel=0.1)  # a part of it is less even than the whole
    assert (tmp_path / "part.laz").stat().st_size / count == AHN_BYTES_A_POINT


def test_a_shifted_copy_lies_further_east_and_is_not_compressed_again(made, tmp_path):
    shift(made(1), tmp_path / "east.laz", 1000.0)
    one, copy = laspy.read(made(1)), laspy.read(tmp_path / "east.laz")
    assert np.allclose(copy.x, one.x + 1000, atol=1e-6)
    assert np.array_equal(copy.y, one.y)
    assert copy.header.mins[0] == pytest.approx(copy.x.min())
    assert copy.header.maxs[0] == pytest.approx(copy.x.max())
    before, after = made(1).read_bytes(), (tmp_path / "east.laz").read_bytes()
    assert len(before) == len(after)
    assert before[375:] == after[375:]  # all but the header
