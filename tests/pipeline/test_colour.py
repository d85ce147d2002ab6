"""The colour of points: which of several counts, and that it is linear and the same everywhere."""

import numpy as np
import pytest

from pipeline import ahn
from pipeline.colour import (
    MODES,
    ColourOptions,
    Columns,
    brightest_of,
    colour,
    height_ramp,
    intensity_ramp,
    of_class,
    of_height,
)
from pipeline.photo import open_photos
from tests import make
from tiles.errors import BadInput

TREE, GROUND, HOUSE = 1, 2, 6
ONE_ECHO, THREE_ECHOES = 0x11, 0x32
ORANGE, BLUE = (200, 120, 40), (30, 60, 180)


def linear_of(srgb):
    """By the standard (IEC 61966-2-1), not by our table."""
    values = np.asarray(srgb) / 255
    return np.rint(np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4) * 255)


def columns(**given):
    count = len(given.get("classification", (GROUND, GROUND, HOUSE, TREE)))
    defaults = {
        "classification": np.array([GROUND, GROUND, HOUSE, TREE]),
        "z_mm": np.zeros(count),
        "intensity": np.zeros(count),
        "own": np.tile(ORANGE, (count, 1)),
        "has_own": np.arange(count) == 0,
        "photo": np.tile(BLUE, (count, 1)),
        "on_photo": np.arange(count) <= 1,
        "returns": np.full(count, ONE_ECHO),
    }
    kinds = {"z_mm": np.int32, "intensity": np.uint16, "has_own": bool, "on_photo": bool}
    merged = defaults | given
    return Columns(**{k: None if v is None else np.asarray(v, kinds.get(k, np.uint8)) for k, v in merged.items()})


def test_the_best_colour_is_the_point_s_own_then_the_photo_s_then_its_class_s():
    found = colour(columns(), ColourOptions())
    assert found.tolist() == [
        linear_of(ORANGE).tolist(),
        linear_of(BLUE).tolist(),
        ahn.palette()[HOUSE].tolist(),
        ahn.palette()[TREE].tolist(),
    ]


@pytest.mark.parametrize(
    ("mode", "rows"),
    [("class", 0), ("file", 1), ("photo", 2)],
)
def test_a_mode_takes_its_own_and_falls_back_on_the_class(mode, rows):
    points = columns()
    found = colour(points, ColourOptions(mode))
    expected = ahn.palette()[points.classification].copy()
    if mode == "file":
        expected[0] = linear_of(ORANGE)
    if mode == "photo":
        expected[:2] = linear_of(BLUE)
    assert (found == expected).all()
    assert (found != ahn.palette()[points.classification]).any(axis=1).sum() == rows


def test_without_file_colours_or_photos_every_mode_gives_a_colour():
    points = columns(own=None, has_own=None, photo=None, on_photo=None, returns=None)
    for mode in MODES:
        assert colour(points, ColourOptions(mode)).shape == (4, 3)
    assert (colour(points, ColourOptions("best")) == of_class(points.classification)).all()


def test_where_all_points_have_a_colour_it_is_the_same_colour_as_where_some_have():
    some, every = np.arange(256), np.arange(256)
    grey = np.stack([some, every, some[::-1]], axis=-1)
    points = {"classification": np.full(256, GROUND), "own": grey}
    all_have = colour(columns(**points, has_own=np.ones(256)), ColourOptions())
    most_have = colour(columns(**points, has_own=np.arange(256) > 0), ColourOptions())
    assert (all_have[1:] == most_have[1:]).all()
    assert (all_have == linear_of(grey)).all()


def test_a_tree_on_a_winter_photo_is_half_as_green_as_its_class_and_a_car_is_not():
    points = columns(
        classification=[TREE, TREE, GROUND, 5],
        returns=[THREE_ECHOES, ONE_ECHO, THREE_ECHOES, ONE_ECHO],
        has_own=np.zeros(4),
        on_photo=np.ones(4),
    )
    tree, car, grass, high = colour(points, ColourOptions()).astype(int)
    photo = linear_of(BLUE)
    assert np.abs(tree - (photo + ahn.palette()[TREE]) / 2).max() <= 1
    assert np.abs(high - (photo + ahn.palette()[5]) / 2).max() <= 1
    assert (car == photo).all()
    assert (grass == photo).all()
    assert (colour(points, ColourOptions("photo")) == photo).all()


def test_a_point_s_own_colour_is_never_tinted():
    points = columns(classification=[TREE], returns=[THREE_ECHOES], has_own=[True], on_photo=[True])
    assert (colour(points, ColourOptions())[0] == linear_of(ORANGE)).all()


def test_heights_have_fixed_colours_and_ends():
    heights = np.array([-99_000, -5_000, 20_000, 44_999, 45_000, 2_000_000], np.int32)
    found = of_height(heights, (-5.0, 45.0))
    assert (found[0] == found[1]).all()
    assert (found[4] == found[5]).all()
    assert len({tuple(row) for row in found[1:5].tolist()}) >= 3
    assert (of_height(heights[2:3], (-5.0, 45.0)) == found[2]).all()


def test_the_ramp_of_heights_grows_lighter_evenly_so_that_it_reads_in_grey():
    luminance = height_ramp() / 255 @ (0.2126, 0.7152, 0.0722)
    lightness = 116 * np.cbrt(luminance) - 16  # CIE 1976, above its straight part
    steps = np.diff(lightness[:: len(lightness) // 16])
    assert (steps > 0).all()
    assert steps.max() < 2.5 * steps.min()
    assert lightness[0] < 30
    assert lightness[-1] > 85


def test_heights_the_wrong_way_round_are_told():
    with pytest.raises(BadInput, match="Heights from 10 to 2 m make no ramp"):
        ColourOptions("height", height_nap_m=(10, 2))


def test_intensity_is_a_square_root_on_the_screen():
    ramp = intensity_ramp(1_000)
    assert ramp[0] == 0
    assert ramp[250] == linear_of(127.5)  # half as light on the screen
    assert (ramp[1_000:] == 255).all()
    found = colour(columns(intensity=[0, 250, 1_000, 65_535]), ColourOptions("intensity", brightest=1_000))
    assert found.tolist() == [[ramp[i]] * 3 for i in (0, 250, 1_000, 65_535)]


def test_the_brightest_leaves_out_the_few_that_shine():
    counts = np.zeros(65_536, np.int64)
    counts[0], counts[100], counts[500], counts[60_000] = 1_000, 900, 85, 15
    assert brightest_of(counts) == 500
    assert brightest_of(counts * 2) == 500


def test_where_no_intensity_was_measured_points_are_grey():
    counts = np.zeros(65_536, np.int64)
    counts[0] = 10
    assert brightest_of(counts) == 0
    found = colour(columns(), ColourOptions("intensity", brightest=brightest_of(counts)))
    assert (found == linear_of(127.5)).all()


@pytest.mark.parametrize("mode", MODES)
def test_a_point_has_one_colour_in_whatever_company(mode):
    rng = np.random.default_rng(1)
    count = 2_000
    given = {
        "classification": rng.choice([1, 2, 6, 9, 26, 200], count),
        "z_mm": rng.integers(-5_000, 60_000, count),
        "intensity": rng.integers(0, 3_000, count),
        "own": rng.integers(0, 256, (count, 3)),
        "has_own": rng.random(count) < 0.5,
        "photo": rng.integers(0, 256, (count, 3)),
        "on_photo": rng.random(count) < 0.5,
        "returns": rng.choice([ONE_ECHO, THREE_ECHOES], count),
    }
    options = ColourOptions(mode, brightest=2_500)
    together = colour(columns(**given), options)
    part = {name: values[700:710] for name, values in given.items()}
    assert (colour(columns(**part), options) == together[700:710]).all()


def test_a_real_cloud_under_its_photo_takes_the_photo_s_colours(shared_data):
    las = make.laspy.read(shared_data("ahn/abossenbroek/amsterdam_cloud.laz"))
    photos = open_photos([shared_data("raster/amsterdam_ortho.tif")])
    photo, on_photo = photos.colours(np.asarray(las.xyz)[:, :2])
    assert on_photo.all()
    points = Columns(
        np.asarray(las.classification),
        np.rint(np.asarray(las.z) * 1000).astype(np.int32),
        np.asarray(las.intensity),
        photo=photo,
        on_photo=on_photo,
    )
    found = colour(points, ColourOptions())
    # The shadow of a tower lies over the pavement's south-east, and the pavement is light.
    at = np.asarray(las.xyz)[:, :2] - (121_488, 487_492)
    shadow = (np.abs(at - (16, 2)) < 1).all(axis=1)
    pavement = (np.abs(at - (7, 6)) < 1).all(axis=1)
    assert found[shadow].mean() < 50
    assert found[pavement].mean() > 85
    assert found[shadow, 2].mean() > found[shadow, 0].mean()  # lit by the sky
