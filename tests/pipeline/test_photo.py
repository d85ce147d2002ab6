"""Aerial photos on the map: the right colour at the right place, whatever the photo's reference system."""

import pickle

import numpy as np
import pytest
import rasterio
from affine import Affine

from pipeline import photo as photo_module
from pipeline import raster
from pipeline.photo import Photos, find_photos, open_photos
from tests.makemap import ground, photo_of_ground, write_photo
from tiles.errors import BadInput

CELL = (104_857.6, 425_197.568, 105_119.744, 425_459.712)
NEXT_CELL = (105_119.744, 425_197.568, 105_381.888, 425_459.712)
BLOCK = (104_900.0, 425_250.0, 104_960.0, 425_300.0)
YARD = (104_900.0, 425_250.0, 104_912.0, 425_260.0)
LEVELS = 2.0
"""Of 255: half a level of rounding, twice, and what lies between pixels of 0.25 m in waves of 8 m."""
LEVELS_PER_PIXEL = 110 * 2 * np.pi / 8 * 0.25
"""How fast the ground changes at its steepest: 22 levels."""


def somewhere(bounds, count=5_000, seed=1):
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(bounds[0], bounds[2], count), rng.uniform(bounds[1], bounds[3], count)])


def opened(*paths, **options):
    return open_photos(paths, **options)


@pytest.mark.parametrize("crs", ["EPSG:28992", "EPSG:4326", "EPSG:4258", "EPSG:3857", "EPSG:25831", "EPSG:32631"])
def test_the_same_ground_has_the_same_colours_in_every_reference_system(tmp_path, crs):
    photos = opened(photo_of_ground(tmp_path / "photo.tif", BLOCK, 0.25, crs))
    points = somewhere(BLOCK)
    colours, found = photos.colours(points)
    inner = ((points > np.add(BLOCK[:2], 1)) & (points < np.subtract(BLOCK[2:], 1))).all(axis=1)
    assert found[inner].all()
    assert np.abs(colours - ground(points))[inner].max() < LEVELS
    # A tenth of a pixel to the side would show.
    moved = np.abs(colours - ground(points + 0.2 * 0.25))[inner].max()
    assert moved > LEVELS
    assert LEVELS_PER_PIXEL > 20


def test_a_pixel_centre_has_its_pixel_s_colour_and_the_photo_ends_at_its_edge(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (3, 8, 10), dtype=np.uint8)
    photos = opened(write_photo(tmp_path / "p.tif", pixels, Affine(0.5, 0, 1_000, 0, -0.5, 400_004), "EPSG:28992"))
    x, y = np.meshgrid(1_000.25 + 0.5 * np.arange(10), 400_003.75 - 0.5 * np.arange(8))
    colours, found = photos.colours(np.column_stack([x.ravel(), y.ravel()]))
    assert found.all()
    assert (colours == pixels.reshape(3, -1).T).all()
    edge = np.array(
        [(1_000, 400_002), (1_005, 400_002), (999.999, 400_002), (1_004.999, 400_000.001), (1_002, 400_000)]
    )
    assert photos.colours(edge)[1].tolist() == [True, False, False, True, False]


def test_between_two_pixels_lies_their_mean(tmp_path):
    pixels = np.zeros((3, 4, 4), np.uint8)
    pixels[:, :, 2:] = 200
    photos = opened(write_photo(tmp_path / "p.tif", pixels, Affine(1, 0, 1_000, 0, -1, 400_004), "EPSG:28992"))
    along = np.array([(1_001.5, 400_002), (1_001.75, 400_002), (1_002.0, 400_002), (1_002.5, 400_002)])
    assert photos.colours(along)[0][:, 0].tolist() == [0, 50, 100, 200]


def test_a_turned_photo_lies_where_it_says(tmp_path):
    affine = Affine.translation(104_900, 425_250) @ Affine.rotation(30) @ Affine.scale(0.25, -0.25)
    columns, rows = np.meshgrid(np.arange(200) + 0.5, np.arange(200) + 0.5)
    centres = np.stack(affine @ (columns.ravel(), rows.ravel()), axis=-1)
    pixels = np.rint(ground(centres)).astype(np.uint8).T.reshape(3, 200, 200)
    photos = opened(write_photo(tmp_path / "turned.tif", pixels, affine, "EPSG:28992"))
    points = somewhere((104_880, 425_200, 104_960, 425_290))
    colours, found = photos.colours(points)
    assert 0.2 < found.mean() < 0.9
    columns, rows = photos.photos[0].to_pixels(*points.T)
    inner = (columns > 2) & (columns < 198) & (rows > 2) & (rows < 198)
    assert found[inner].all()
    assert np.abs(colours - ground(points))[inner].max() < LEVELS


def test_a_point_has_one_colour_in_whatever_company_it_is_asked(tmp_path):
    photos = opened(photo_of_ground(tmp_path / "photo.tif", YARD, 0.03, "EPSG:25831"))
    points = somewhere(YARD, 3_000)
    together, found = photos.colours(points)
    alone = np.concatenate([photos.colours(points[i : i + 7])[0] for i in range(0, 140, 7)])
    assert (alone == together[:140]).all()
    backwards, found_backwards = photos.colours(points[::-1])
    assert (backwards[::-1] == together).all()
    assert (found_backwards[::-1] == found).all()


def test_a_photo_finer_than_points_is_averaged_not_picked_from(tmp_path):
    pixels = np.zeros((3, 400, 400), np.uint8)
    pixels[:, ::2] = 200  # stripes of 2 cm
    photos = opened(write_photo(tmp_path / "p.tif", pixels, Affine(0.02, 0, 1_000, 0, -0.02, 400_008), "EPSG:28992"))
    colours, found = photos.colours(somewhere((1_001, 400_001, 1_007, 400_007)))
    assert found.all()
    # Five rows hold three light stripes or two: 120 or 80, and nothing near 0 or 200.
    assert 75 < colours.min() < colours.max() < 125


def test_points_far_apart_are_coloured_in_bounded_memory(tmp_path, monkeypatch):
    one = photo_of_ground(tmp_path / "a.tif", BLOCK, 0.25)
    other = photo_of_ground(tmp_path / "b.tif", (150_000, 460_000, 150_020, 460_020), 0.25)
    photos = opened(one, other)
    points = np.concatenate([somewhere(BLOCK, 100), somewhere((150_000, 460_000, 150_020, 460_020), 100)])
    boxes = []
    read = raster.read
    monkeypatch.setattr(raster, "read", lambda photo, box, factor: boxes.append(box) or read(photo, box, factor))
    colours, found = photos.colours(points)
    assert found.all()
    assert len(boxes) == 2
    assert np.abs(colours - ground(points))[:100].mean() < LEVELS


def test_of_two_photos_the_first_by_name_counts_and_the_other_fills_what_it_leaves(tmp_path):
    west, east = (1_000.0, 400_000.0, 1_060.0, 400_050.0), (1_030.0, 400_000.0, 1_090.0, 400_050.0)

    def flat(name, bounds, level):
        pixels = np.full((3, 50, 60), level, np.uint8)
        return write_photo(tmp_path / name, pixels, Affine(1, 0, bounds[0], 0, -1, bounds[3]), "EPSG:28992")

    first, second = flat("a.tif", west, 50), flat("b.tif", east, 200)
    points = np.array([(1_010.0, 400_020.0), (1_045.0, 400_020.0), (1_080.0, 400_020.0), (1_100.0, 400_020.0)])
    for order in ((first, second), (second, first), (first, second, first)):
        photos = opened(*order)
        assert len(photos.photos) == 2
        colours, found = photos.colours(points)
        assert colours[:, 0].tolist() == [50, 50, 200, 0]
        assert found.tolist() == [True, True, True, False]


def test_a_photo_under_another_that_covers_all_points_is_not_read(tmp_path, monkeypatch):
    above = photo_of_ground(tmp_path / "a.tif", BLOCK, 0.25)
    below = photo_of_ground(tmp_path / "b.tif", BLOCK, 0.5)
    photos = opened(above, below)
    asked = []
    read = raster.read
    monkeypatch.setattr(raster, "read", lambda photo, *rest: asked.append(photo.path.name) or read(photo, *rest))
    assert photos.colours(somewhere(BLOCK))[1].all()
    assert asked == ["a.tif"]


def test_empty_pixels_are_left_to_the_next_photo_and_do_not_bleed(tmp_path):
    pixels = np.full((3, 40, 40), 250, np.uint8)
    pixels[:, :, :20] = 0
    holed = write_photo(tmp_path / "a.tif", pixels, Affine(1, 0, 1_000, 0, -1, 400_040), "EPSG:28992", nodata=0)
    below = write_photo(
        tmp_path / "b.tif", np.full((3, 40, 40), 90, np.uint8), Affine(1, 0, 1_000, 0, -1, 400_040), "EPSG:28992"
    )
    points = np.array([(1_019.9, 400_020.0), (1_020.1, 400_020.0), (1_010.0, 400_020.0), (1_030.0, 400_020.0)])
    assert opened(holed).colours(points)[1].tolist() == [False, True, False, True]
    assert opened(holed, below).colours(points)[0][:, 0].tolist() == [90, 250, 90, 250]


def test_a_window_lies_on_the_map_with_north_up(tmp_path):
    photos = opened(photo_of_ground(tmp_path / "photo.tif", BLOCK, 0.25))
    picture, found = photos.window((104_910, 425_260, 104_930, 425_270), 0.25)
    assert picture.shape == (40, 80, 3)
    assert found.all()
    x, y = np.meshgrid(104_910.125 + 0.25 * np.arange(80), 425_269.875 - 0.25 * np.arange(40))
    assert np.abs(picture.reshape(-1, 3) - ground(np.column_stack([x.ravel(), y.ravel()]))).max() <= 0.5


def test_a_coarse_window_holds_means_and_says_where_there_is_no_photo(tmp_path):
    photos = opened(photo_of_ground(tmp_path / "photo.tif", BLOCK, 0.25))
    picture, found = photos.window((104_880, 425_250, 104_960, 425_300), 8.0)
    assert found.shape == (6, 10)
    assert not found[:, :2].any()
    assert found[:, 3:].all()
    assert np.abs(picture[:, 3:9].astype(int) - 128).max() < 40  # whole waves


def test_a_window_of_many_rows_is_the_same_as_one_at_once(tmp_path, monkeypatch):
    photos = opened(photo_of_ground(tmp_path / "photo.tif", BLOCK, 0.25, "EPSG:3857"))
    bounds = (104_905, 425_255, 104_955, 425_295)
    whole = photos.window(bounds, 0.5)
    monkeypatch.setattr(photo_module, "_MOST_PIXELS", 16_000)
    assert (photos.window(bounds, 0.5)[0] == whole[0]).all()


def test_the_digest_of_a_square_is_of_the_photos_over_it(tmp_path):
    here = photo_of_ground(tmp_path / "here.tif", BLOCK, 0.5, "EPSG:25831")
    there = photo_of_ground(tmp_path / "there.tif", (105_130, 425_210, 105_150, 425_230), 0.5)
    both = opened(here, there)
    assert both.digest(CELL) == opened(here).digest(CELL) != b""
    assert both.digest(NEXT_CELL) == opened(there).digest(NEXT_CELL) != both.digest(CELL)
    assert both.digest((0, 400_000, 262.144, 400_262.144)) == b""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    copy = elsewhere / "here.tif"
    copy.write_bytes(here.read_bytes())
    assert opened(copy).digest(CELL) == opened(here).digest(CELL)
    changed = bytearray(here.read_bytes())
    changed[len(changed) // 2] ^= 1
    copy.write_bytes(changed)
    assert opened(copy).digest(CELL) != opened(here).digest(CELL)


def test_photos_travel_to_other_processes(tmp_path):
    photos = opened(photo_of_ground(tmp_path / "photo.tif", BLOCK, 0.5))
    copy = pickle.loads(pickle.dumps(photos))
    assert copy == photos
    points = somewhere(BLOCK, 50)
    assert (copy.colours(points)[0] == photos.colours(points)[0]).all()


def test_without_photos_nothing_is_found():
    photos = Photos()
    assert not photos
    assert not photos.colours(somewhere(BLOCK, 10))[1].any()
    assert photos.digest(CELL) == b""
    assert photos.colours(np.empty((0, 2)))[0].shape == (0, 3)


def test_photos_are_found_in_folders_by_globs_and_by_name(tmp_path):
    (tmp_path / "sheets" / "north").mkdir(parents=True)
    names = ("sheets/a.tif", "sheets/north/b.TIFF", "sheets/notes.txt", "c.tif")
    for name in names:
        (tmp_path / name).touch()
    found = [str(path.relative_to(tmp_path)) for path in find_photos([tmp_path / "sheets", tmp_path / "*.tif"])]
    assert found == ["c.tif", "sheets/a.tif", "sheets/north/b.TIFF"]
    assert find_photos([tmp_path / "c.tif", str(tmp_path / "c.tif")]) == [tmp_path / "c.tif"]
    for none in (tmp_path / "*.jp2", tmp_path / "sheets" / "empty"):
        none.mkdir() if none.name == "empty" else None
        with pytest.raises(BadInput, match="There are no photos in"):
            find_photos([none])


def test_sixteen_bits_are_said(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 4_000, (3, 20, 20)).astype(np.uint16)
    path = write_photo(tmp_path / "deep.tif", pixels, Affine(1, 0, 1_000, 0, -1, 400_020), "EPSG:28992")
    assert opened(path).notes == (
        "deep.tif has 16 bits a colour, of which 12 are used; the upper 8 of them are shown.",
    )


def test_the_photo_of_dordrecht_lies_where_its_file_says(shared_data):
    path = shared_data("dordrecht/step2_luchtfoto-actueel_rd.tif")
    photos = opened(path)
    rng = np.random.default_rng(1)
    rows, columns = rng.integers(0, 1131, 300), rng.integers(0, 1600, 300)
    with rasterio.open(path) as dataset:
        centres = np.stack(dataset.xy(rows, columns), axis=-1)
        expected = dataset.read()[:, rows, columns].T
    colours, found = photos.colours(centres)
    assert found.all()
    assert (colours == expected).all()
    river, market_hall = np.array([(104_835.0, 425_550.0)]), np.array([(105_495.0, 425_341.0)])
    assert photos.colours(river)[0].mean() < 90
    assert photos.colours(market_hall)[0].mean() > 150
