"""The aerial photo from a Web Map Service on loopback that draws real pictures."""

import dataclasses

import numpy as np
import pytest
import rasterio

from pipeline.area import from_document, of_bounds
from pipeline.sources.photo import fetch_photo, grid
from pipeline.sources.web import SourceAway
from tests.land import Fault, colour, exception
from tiles.errors import BadInput

AREA = (104_000.3, 425_000.2, 104_600.9, 425_350.4)
JPEG_TWICE = 12  # of 255


@pytest.fixture
def photo(sources):
    """Pixels of a metre, 256 to a request."""
    return dataclasses.replace(sources.photo, resolution_m=1.0, most_pixels=300)


def test_every_pixel_shows_what_lies_there(land, photo, job, folder):
    got = fetch_photo(photo, job(AREA))
    with rasterio.open(folder / "photo.tif") as file:
        assert file.crs.to_epsg() == 28992
        assert tuple(file.bounds) == (104_000, 425_000, 104_601, 425_351)
        assert file.profile["compress"] == "jpeg"
        assert file.profile["tiled"]
        x, y = 104_000 + np.arange(601) + 0.5, 425_351 - np.arange(351) - 0.5
        expected = colour(*np.meshgrid(x, y))
        difference = np.abs(np.moveaxis(file.read(), 0, 2).astype(int) - expected)
        assert difference.max() <= JPEG_TWICE
        assert (file.dataset_mask() == 255).all()
    assert got.counted == "601 × 351 pixels of 1 m"


@pytest.mark.parametrize("kind", ["image/png", "image/tiff"])
def test_other_formats_come_through(land, photo, job, folder, kind):
    fetch_photo(dataclasses.replace(photo, format=kind), job((104_000.0, 425_000.0, 104_100.0, 425_100.0)))
    with rasterio.open(folder / "photo.tif") as file:
        assert (file.read().std(axis=(1, 2)) > 10).all()


def test_no_request_is_larger_than_allowed_and_none_comes_twice(land, photo, job):
    fetch_photo(photo, job(AREA))
    sizes = [(int(one.query["WIDTH"]), int(one.query["HEIGHT"])) for one in land.asked]
    assert max(max(size) for size in sizes) == 256
    assert sum(width * height for width, height in sizes) == 601 * 351
    assert len(land.paths("/wms")) == len(set(land.paths("/wms"))) == 6


def test_neighbouring_photos_share_their_pixels():
    left = grid(of_bounds((104_000.0, 425_000.0, 104_100.1, 425_100.0)), 0.25)
    right = grid(of_bounds((104_100.1, 425_000.0, 104_200.0, 425_100.0)), 0.25)
    assert left.bounds[2] - right.bounds[0] == 0.25
    assert (left.bounds[0] / 0.25).is_integer()


def test_broken_off_it_goes_on_with_the_squares_it_lacks_and_gives_the_same_bytes(land, photo, job, folder):
    fetch_photo(photo, job(AREA))
    whole = (folder / "photo.tif").read_bytes()
    job(AREA).record.forget("photo.tif")
    land.asked.clear()
    one_by_one = dataclasses.replace(photo, connections=1)
    land.faults["/wms"] = [Fault()] * 3 + [Fault(status=502)] * 3
    with pytest.raises(SourceAway, match="answers 502"):
        fetch_photo(one_by_one, job(AREA))
    here = set(land.paths("/wms")[:3])
    land.asked.clear()
    fetch_photo(photo, job(AREA))
    assert len(land.asked) == 3
    assert not here & set(land.paths("/wms"))
    assert (folder / "photo.tif").read_bytes() == whole
    assert fetch_photo(photo, job(AREA)).already


def test_another_resolution_is_another_photo(land, photo, job, folder):
    fetch_photo(photo, job(AREA))
    fetch_photo(dataclasses.replace(photo, resolution_m=2.0), job(AREA))
    with rasterio.open(folder / "photo.tif") as file:
        assert file.res == (2.0, 2.0)


def test_of_a_polygon_only_the_squares_that_touch_it_are_asked_for(land, photo, job, folder):
    triangle = [[104_000, 425_000], [105_024, 425_000], [104_000, 426_024], [104_000, 425_000]]
    area = from_document({"type": "Polygon", "coordinates": [triangle]}, "triangle")
    fetch_photo(photo, job(area))
    assert len(land.asked) == 10  # of 16: those that only share an edge or a corner with it stay away
    with rasterio.open(folder / "photo.tif") as file:
        mask = file.dataset_mask()
        assert mask[-5, 5] == 255
        assert mask[5, -5] == 0


def test_an_exception_with_status_200_is_an_error_with_its_text(land, photo, job):
    with pytest.raises(SourceAway, match=r"sent no picture but text/xml: .*must be between 1 and 2000 pixels"):
        fetch_photo(dataclasses.replace(photo, most_pixels=4000, resolution_m=0.25), job(AREA))


def test_an_exception_that_calls_itself_a_picture_is_noticed(land, photo, job):
    land.faults["/wms"] = [Fault(body=exception("msWMSGetMap(): out of memory"), kind="image/jpeg")]
    with pytest.raises(SourceAway, match="out of memory"):
        fetch_photo(photo, job(AREA))


def test_a_cut_picture_is_asked_for_again(land, photo, job, folder):
    land.faults["/wms"] = [Fault(cut_after=700), Fault(body=b"\xff\xd8\xff\xe0 half a picture", kind="image/jpeg")]
    fetch_photo(photo, job(AREA))
    assert (folder / "photo.tif").exists()


def test_squares_of_one_colour_are_masked_and_said(land, photo, job, folder):
    land.blank_east_of = 104_400.0
    got = fetch_photo(photo, job(AREA))
    assert got.notes == ("2 of 6 squares of the photo came in one colour and are masked",)
    with rasterio.open(folder / "photo.tif") as file:
        mask = file.dataset_mask()
    assert (mask[:, 512:] == 0).all()
    assert (mask[:, :512] == 255).all()


def test_a_resolution_of_no_use_is_refused(photo, job):
    with pytest.raises(BadInput, match=r"0\.001 metres a pixel"):
        fetch_photo(dataclasses.replace(photo, resolution_m=0.001), job(AREA))
