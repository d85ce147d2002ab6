"""Tiles of ground: what is drawn is the surface it is said to be, measured with someone else's rays."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pipeline.rays import Surfaces
from pipeline.surroundings import rtin
from pipeline.surroundings.cloud import Bounds, Square
from pipeline.surroundings.draped import TILE_CELLS, Drape, mesh, photo_over, sheet
from pipeline.surroundings.groundtiles import TOLERANCE_MM, Kept, kinds
from pipeline.surroundings.lattice import NODES, STEP_M, Window
from pipeline.surroundings.standing import Standing
from pipeline.surroundings.terrain import MARGIN, Terrain, surface
from tiles.frame import RD_NAP, east_north_up

millimetre = 1e-3
SQUARE = Square(400, 1622)
INNER = (slice(rtin.BLOCK, -rtin.BLOCK),) * 2


def hills(window):
    """Hills with a cliff and a pond, all covered."""
    x, y = np.meshgrid(window.x() - SQUARE.bounds.west, window.y() - SQUARE.bounds.south)
    pond = (x - 60) ** 2 + (y - 70) ** 2 < 400
    heights = 2000 * np.sin(x / 30) * np.cos(y / 40) + 1500 * (x + 0.3 * y > 90)
    return Terrain(window, np.where(pond, -600, np.rint(heights)).astype(np.int32), pond, np.ones(window.shape, bool))


@pytest.fixture(scope="module")
def part():
    """Terrain for one leaf, in the south-west of its square, and as far beyond as it needs."""
    more = rtin.BLOCK
    return hills(Window(SQUARE.column * NODES - more, SQUARE.row * NODES - more, 257 + 2 * more, 257 + 2 * more))


@pytest.fixture(scope="module")
def drawn(part):
    return rtin.deviations(part.heights_mm, kinds(part)) > TOLERANCE_MM


@pytest.fixture(scope="module")
def made(part, drawn):
    return sheet(part, drawn)


@pytest.fixture(scope="module")
def standing():
    latitude, longitude, height = RD_NAP.to_geographic(np.array([[105_000.0, 425_300.0, 0.0]]))[0]
    return Standing(RD_NAP, east_north_up(latitude, longitude, height))


def test_rays_from_above_meet_the_surface_that_is_said_to_be_drawn(part, drawn, made):
    triangles = np.concatenate(made.triangles)
    corner = np.array([*part.window.bounds[:2], 0.0])
    xy = np.random.default_rng(6).uniform(0.01, TILE_CELLS * STEP_M - 0.01, (4000, 2)) + rtin.BLOCK * STEP_M
    rays = np.column_stack([xy, np.full(len(xy), 50.0)])
    hits = Surfaces((made.xyz_mm / 1000 - corner)[triangles]).cast(rays, np.tile([0.0, 0.0, -1.0], (len(xy), 1)))
    tile = Window(SQUARE.column * NODES, SQUARE.row * NODES, 257, 257)
    said = surface(tile, rtin.drawn_surface(part.heights_mm, drawn)[INNER], xy + corner[:2]) / 1000
    assert np.isfinite(hits.distance_m).all()
    assert 50 - hits.distance_m == pytest.approx(said, abs=1 * millimetre)


def test_water_is_apart_and_level(part, made):
    _, water = made.triangles
    assert len(water)
    top = made.xyz_mm[np.unique(water), 2]
    assert (top == -600).all()
    x, y = (made.xyz_mm[np.unique(water), :2] / 1000 - SQUARE.bounds[:2]).T
    assert ((x - 60) ** 2 + (y - 70) ** 2 < 400).all()
    assert (made.normals[np.unique(water)] == (0, 0, 1)).all()


def test_skirts_hang_from_the_whole_rim_and_face_outward(part, made):
    corners = made.xyz_mm[made.triangles[0]] / 1000
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    upright = np.abs(normal[:, 2]) < 1e-9
    side = TILE_CELLS * STEP_M
    assert np.linalg.norm(normal[upright], axis=1).sum() / 2 > 4 * side * 0.5
    middle = corners[upright].mean(axis=1)[:, :2] - SQUARE.bounds[:2] - side / 2
    assert ((middle * normal[upright, :2]).sum(axis=1) > 0).all()
    length = np.linalg.norm(np.diff(corners[upright][:, [1, 2], :2], axis=1)[:, 0], axis=1)
    assert length[length > 0].sum() == pytest.approx(4 * side)


def test_all_but_skirts_face_up(made):
    corners = made.xyz_mm[np.concatenate(made.triangles)].astype(float)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (normal[:, 2] >= 0).all()


def test_vertices_stand_where_proj_puts_them_whatever_they_are_placed_with(made, standing):
    xyz = made.xyz_mm / 1000
    exact = RD_NAP.to_ecef(xyz)
    all_at_once = standing.place(xyz)
    assert standing.placement.to_ecef(all_at_once) == pytest.approx(exact, abs=0.01 * millimetre)
    assert (standing.place(xyz[100:103]) == all_at_once[100:103]).all()


class Ramp:
    """A photo that is redder to the east and greener to the north, by 100 m."""

    def window(self, bounds: Bounds, pixel_m: float):
        count = round((bounds.east - bounds.west) / pixel_m)
        x = bounds.west + (np.arange(count) + 0.5) * pixel_m - SQUARE.bounds.west
        y = bounds.north - (np.arange(count) + 0.5) * pixel_m - SQUARE.bounds.south
        red, green = np.meshgrid(np.clip(x + 50, 0, 255), np.clip(y + 50, 0, 255))
        rgb = np.rint(np.stack([red, green, np.full_like(red, 90)], axis=-1)).astype(np.uint8)
        return rgb, np.ones((count, count), bool)


def test_a_photo_lies_where_it_should_to_its_pixel(part, made, standing):
    photo = photo_over(part, Drape(Ramp(), 256))
    content = mesh(made, standing, photo)
    picture = np.asarray(Image.open(BytesIO(photo.image.data)).convert("RGB")).astype(float)
    assert picture.shape == (256, 256, 3)
    uv = photo.uv(made.xyz_mm / 1000)
    assert uv.min() == pytest.approx(0.5 / 256)
    assert uv.max() == pytest.approx(1 - 0.5 / 256)
    column, row = np.rint(uv * 256 - 0.5).astype(int).T
    there = made.xyz_mm[:, :2] / 1000 - SQUARE.bounds[:2] + 50
    assert np.abs(picture[row, column, :2] - there).max() < 6  # WebP's loss, and half a pixel
    assert all(surface.uv is not None for surface in content.surfaces)


def test_kept_heights_are_read_back_over_squares_at_every_level(tmp_path):
    kept = Kept(tmp_path)
    for square in (SQUARE, Square(401, 1622)):
        kept.keep(square, hills(Window.around(square, MARGIN)))
    for stride in (2, 4, 64):
        at = Window(SQUARE.column * NODES + 2 * stride, SQUARE.row * NODES, 2 * NODES // stride - 5, 7, stride)
        read, true = kept.read(at), hills(at)
        assert (read.heights_mm == true.heights_mm).all()
        assert (read.water == true.water).all()
        assert read.covered.all()
    outside = kept.read(Window((SQUARE.column - 1) * NODES, SQUARE.row * NODES, 300, 5, 2))
    assert not outside.covered[:, :256].any()
    assert outside.covered[:, 256:].all()
