"""Aerial photos as files: what they say of themselves, and what is wrong with them."""

import contextlib
import pickle
import shutil

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp, Resampling

from pipeline import raster
from tests.makemap import write_photo
from tiles.errors import BadInput, MissingGeoreference, OutsideArea, Problem

AFFINE = Affine(0.25, 0, 104_900, 0, -0.25, 425_300)
BOX = (0.0, 0.0, 64.0, 48.0)


def noise(bands=3, dtype=np.uint8, below=256, height=48, width=64):
    return np.random.default_rng(1).integers(0, below, (bands, height, width)).astype(dtype)


@pytest.fixture
def write(tmp_path):
    def write(pixels, affine=AFFINE, crs="EPSG:28992", name="photo.tif", **profile):
        return write_photo(tmp_path / name, pixels, affine, crs, **profile)

    return write


def test_a_photo_comes_back_pixel_by_pixel(write):
    pixels = noise()
    photo = raster.inspect(write(pixels))
    assert (photo.crs, photo.width, photo.height, photo.bits, photo.masked) == ("EPSG:28992", 64, 48, 8, False)
    piece = raster.read(photo, BOX, 1)
    assert (piece.rgb == pixels).all()
    assert piece.valid is None
    assert pickle.loads(pickle.dumps(photo)) == photo


def test_a_piece_is_what_was_asked_for_and_one_block_around_it(write):
    pixels = noise()
    piece = raster.read(raster.inspect(write(pixels)), (20.2, 10.0, 29.9, 14.0), 2)
    assert (piece.column, piece.row, piece.factor) == (9, 4, 2)
    blocks = pixels.reshape(3, 24, 2, 32, 2).mean(axis=(2, 4))[:, 4:8, 9:16]
    assert piece.rgb.shape == blocks.shape
    assert np.abs(piece.rgb - blocks).max() <= 0.5


def test_a_block_is_the_same_in_every_piece(write):
    photo = raster.inspect(write(noise(height=45, width=61), tiled=True, blockxsize=16, blockysize=16))
    whole = raster.read(photo, BOX, 4)
    assert whole.rgb.shape == (3, 11, 15)  # blocks that are not whole are left to their neighbours
    part = raster.read(photo, (33.0, 17.0, 40.0, 30.0), 4)
    rows, columns = slice(part.row, part.row + part.rgb.shape[1]), slice(part.column, part.column + part.rgb.shape[2])
    assert (part.rgb == whole.rgb[:, rows, columns]).all()


def test_smaller_copies_in_the_file_are_used_where_whole_blocks_are_made_of_them(write):
    path = write(noise(height=160, width=160), tiled=True, blockxsize=16, blockysize=16)
    with rasterio.open(path, "r+") as dataset:
        dataset.build_overviews([2, 4], Resampling.average)
        dataset.update_tags(ns="rio_overview", resampling="average")
    box = (0.0, 0.0, 160.0, 160.0)
    with_copies = {factor: raster.read(raster.inspect(path), box, factor).rgb for factor in (3, 4, 12)}
    plain = raster.inspect(write(noise(height=160, width=160), name="plain.tif"))
    for factor, blocks in with_copies.items():
        assert np.abs(blocks.astype(int) - raster.read(plain, box, factor).rgb).max() <= 1
    with rasterio.open(path, "r+") as dataset:
        dataset.write(np.zeros((3, 160, 160), np.uint8))  # the copies stay as they were
    assert raster.read(raster.inspect(path), box, 1).rgb.max() == 0
    assert np.abs(raster.read(raster.inspect(path), box, 4).rgb.astype(int) - with_copies[4]).max() == 0


def test_empty_pixels_do_not_count_in_a_mean(write):
    pixels = np.full((3, 8, 8), 100, np.uint8)
    pixels[:, :, :3] = 0
    piece = raster.read(raster.inspect(write(pixels, nodata=0)), (0, 0, 8, 8), 2)
    assert piece.valid.tolist() == [[False, True, True, True]] * 4
    assert (piece.rgb[:, piece.valid] == 100).all()


def test_bands_are_taken_by_their_meaning(write):
    pixels = noise(4)
    path = write(pixels, photometric="MINISBLACK", alpha="NO")
    assert raster.inspect(path).bands == (1, 2, 3)
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = (ColorInterp.undefined, ColorInterp.blue, ColorInterp.green, ColorInterp.red)
    photo = raster.inspect(path)
    assert photo.bands == (4, 3, 2)
    assert (raster.read(photo, BOX, 1).rgb == pixels[[3, 2, 1]]).all()


@pytest.mark.parametrize(
    ("below", "profile", "bits"),
    [(256, {}, 8), (1_000, {}, 10), (4_000, {}, 12), (60_000, {}, 16), (1_000, {"nbits": 12}, 12)],
)
def test_of_sixteen_bits_the_highest_eight_that_are_used_are_kept(write, below, profile, bits):
    pixels = noise(dtype=np.uint16, below=below)
    photo = raster.inspect(write(pixels, **profile))
    assert photo.bits == bits
    assert (raster.read(photo, BOX, 1).rgb == pixels >> (bits - 8)).all()


@pytest.mark.parametrize("kind", ["nodata", "alpha"])
def test_empty_pixels_are_known(write, kind):
    pixels = noise(3 if kind == "nodata" else 4, below=255) + np.uint8(kind == "nodata")
    empty = np.zeros((48, 64), bool)
    empty[:20, :30] = True
    if kind == "alpha":
        pixels[3] = np.where(empty, 0, 255)
    else:
        pixels[:, empty] = 0
    photo = raster.inspect(write(pixels, **({"nodata": 0} if kind == "nodata" else {})))
    assert photo.masked
    piece = raster.read(photo, BOX, 1)
    assert (piece.valid == ~empty).all()


def test_a_palette_gives_its_colours(tmp_path):
    counts = noise(1, below=3)
    path = tmp_path / "palette.tif"
    shape = {"count": 1, "height": 48, "width": 64, "dtype": "uint8", "transform": AFFINE, "crs": "EPSG:28992"}
    with rasterio.open(path, "w", driver="GTiff", photometric="palette", **shape) as dataset:
        dataset.write(counts)
        dataset.write_colormap(1, {0: (10, 20, 30, 255), 1: (200, 100, 50, 255), 2: (0, 255, 7, 255)})
    photo = raster.inspect(path)
    expected = np.array([(10, 20, 30), (200, 100, 50), (0, 255, 7)])[counts[0]]
    assert (raster.read(photo, BOX, 1).rgb == expected.transpose(2, 0, 1)).all()


def test_the_fingerprint_is_of_what_is_in_the_file_and_not_of_where_it_is(write, tmp_path):
    path = write(noise())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    copy = shutil.copyfile(path, elsewhere / "other.tif")
    changed = noise()
    changed[0, 0, 0] ^= 1
    fingerprints = [raster.inspect(p).fingerprint for p in (path, copy, write(changed, name="changed.tif"))]
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]


def test_a_picture_with_a_world_file_is_used_once_its_reference_system_is_said(write, tmp_path):
    path = write(noise(), name="photo.png", driver="PNG", crs=None, worldfile="YES")
    (tmp_path / "photo.png.aux.xml").unlink(missing_ok=True)
    with pytest.raises(MissingGeoreference, match=r"photo\.png names no reference system; say which"):
        raster.inspect(path)
    photo = raster.inspect(path, "28992")
    assert photo.crs == "EPSG:28992"
    assert photo.affine == pytest.approx(tuple(AFFINE)[:6])
    before = photo.fingerprint
    world = tmp_path / "photo.wld"
    world.write_text(world.read_text().replace("0.25", "0.5"))
    assert raster.inspect(path, "28992").fingerprint != before


@pytest.mark.parametrize(
    ("pixels", "crs", "kind", "said"),
    [
        (noise(1), "EPSG:28992", BadInput, "has one band"),
        (noise(2), "EPSG:28992", BadInput, "has 2 bands"),
        (noise(3, np.float32), "EPSG:28992", BadInput, "holds float32 numbers, not colours"),
        (noise(), None, MissingGeoreference, "names no reference system; say which with --photo-crs"),
        (noise(), "EPSG:31370", OutsideArea, "is in EPSG:31370, which is not on ETRS89"),
        (noise(), "+proj=sterea +lat_0=52 +lon_0=5 +ellps=bessel", MissingGeoreference, "is in .* no EPSG code"),
    ],
)
def test_a_photo_that_cannot_be_used_is_named(write, pixels, crs, kind, said):
    with pytest.raises(kind, match=rf"photo\.tif {said}"):
        raster.inspect(write(pixels, crs=crs))


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_photo_without_a_place_is_named(write):
    with pytest.raises(MissingGeoreference, match=r"photo\.tif does not say where its pixels lie; save it as GeoTIFF"):
        raster.inspect(write(noise(), affine=Affine.identity()))


def test_what_is_no_photo_is_named(tmp_path):
    text = tmp_path / "photo.tif"
    text.write_text("<VRTDataset><SourceFilename>/etc/passwd</SourceFilename></VRTDataset>")
    with pytest.raises(BadInput, match=r"photo\.tif is not a photo that can be used; save it as GeoTIFF"):
        raster.inspect(text)
    text.write_bytes(b"II*\0 and then nothing")
    with pytest.raises(BadInput, match=r"photo\.tif cannot be read as a photo"):
        raster.inspect(text)
    with pytest.raises(BadInput, match="There is no photo"):
        raster.inspect(tmp_path / "absent.tif")
    with pytest.raises(BadInput, match="cannot be read: Is a directory"):
        raster.inspect(tmp_path)


def test_a_photo_that_is_cut_off_is_named_before_anything_is_made_of_it(write):
    path = write(noise(height=480, width=640), compress="deflate", copy_src_overviews=False)
    path.write_bytes(path.read_bytes()[:-200_000])
    with pytest.raises(BadInput, match=r"photo\.tif is cut off or damaged at column \d+, row \d+"):
        raster.inspect(path)


def test_a_photo_that_is_damaged_in_the_middle_is_named_while_it_is_read(write):
    path = write(noise(height=640, width=640), compress="deflate", tiled=True, blockxsize=64, blockysize=64)
    photo = raster.inspect(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40_000] = bytes(40_000)
    path.write_bytes(data)
    with pytest.raises(BadInput, match=r"photo\.tif cannot be read as a photo"):
        raster.read(photo, (0, 0, 640, 640), 1)


@pytest.mark.parametrize("profile", [{}, {"compress": "deflate", "tiled": True, "blockxsize": 32, "blockysize": 32}])
def test_whatever_is_damaged_in_a_photo_it_is_read_or_told(write, profile):
    path = write(noise(), **profile)
    whole = path.read_bytes()
    rng = np.random.default_rng(4)
    for _ in range(80):
        damaged = bytearray(whole)
        for at in rng.integers(0, min(len(whole), 700), 3):
            damaged[at] = rng.integers(0, 256)
        path.write_bytes(damaged)
        with contextlib.suppress(Problem):  # anything else is a bug
            raster.read(raster.inspect(path), BOX, 1)
