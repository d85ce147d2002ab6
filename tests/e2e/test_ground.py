"""The ground in the viewer: whole, from every side and through every level of detail."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pipeline.surroundings.build import SurroundingsOptions, build_surroundings
from tests.e2e.conftest import SIZE, Viewer
from tests.pipeline.surroundings import made
from tests.pipeline.surroundings.made import CORNER
from tests.server.conftest import serving

BACKGROUND = (255, 0, 255)
BARE = """() => {
	for (const one of document.querySelectorAll('body *')) {
		if (!one.matches('canvas, :has(canvas)')) one.style.visibility = 'hidden';
	}
	for (const one of document.querySelectorAll('html, body, canvas')) one.style.background = 'rgb(255,0,255)';
}"""
SLANTWISE = [((-150, -20, 14), (60, 0, 0)), ((-20, -130, 25), (0, 60, 0)), ((150, 120, 30), (-40, -40, 0))]
LEVELS = (
    "[...voorland.layers.find(layer => layer.info.kind === 'ground').tiles.visibleTiles]"
    ".map(tile => tile.content.uri.match(/(\\d)-\\d+-\\d+.glb/)[1])"
)


@pytest.fixture(scope="module")
def ground_viewer(browser, tmp_path_factory):
    """The viewer with the made town's ground only, before a background that nothing in it has."""
    folder = tmp_path_factory.mktemp("ground")
    points = made.write(folder / "town.laz", made.town(half=(200.0, 160.0), density=6))
    build_surroundings([points], folder / "tiles", SurroundingsOptions("EPSG:7415"))
    context = browser.new_context(viewport=SIZE, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(8_000)
    with serving(folder / "tiles") as address:
        viewer = Viewer(context.new_page(), address).open()
        viewer.js(BARE)
        yield viewer
    context.close()


def picture(viewer, at, to):
    """What is seen from a place towards another, metres from the corner and NAP: (h, w, 3)."""
    x, y = CORNER
    viewer.look((x + at[0], y + at[1], at[2]), (x + to[0], y + to[1], to[2]))
    return np.asarray(Image.open(BytesIO(viewer.page.screenshot())).convert("RGB")).astype(int)


def background(pixels):
    return (np.abs(pixels - BACKGROUND) < 40).all(axis=-1)


def test_the_background_is_seen_where_there_is_no_ground(ground_viewer):
    pixels = picture(ground_viewer, (0, 0, 1500), (0, 1, 0))
    assert background(pixels)[: SIZE["height"] // 4].mean() > 0.9
    assert not background(pixels)[SIZE["height"] // 2, SIZE["width"] // 2]


@pytest.mark.parametrize("height", [40, 90, 180])
def test_no_background_shows_through_from_above(ground_viewer, height):
    assert not background(picture(ground_viewer, (0, -1, height), (0, 0, 0))).any()


@pytest.mark.parametrize(
    ("at", "to"), [((-150, -20, 14), (60, 0, 0)), ((-20, -130, 25), (0, 60, 0)), ((150, 120, 30), (-40, -40, 0))]
)
def test_no_background_shows_through_slantwise_where_levels_of_detail_meet(ground_viewer, at, to):
    pixels = picture(ground_viewer, at, to)
    assert len(set(ground_viewer.js(LEVELS))) > 1
    seen = ~background(pixels)
    # Below the horizon, that is in every column below the first ground, there is nothing but ground.
    horizon = seen.argmax(axis=0)
    below = np.arange(SIZE["height"])[:, None] > horizon + 2
    assert seen[below].all()
    assert below.mean() > 0.4


def test_land_and_water_look_different(ground_viewer):
    pixels = picture(ground_viewer, (-20, -35, 60), (-20, -34, 0))
    red, _, blue = np.moveaxis(pixels, -1, 0)
    assert 0.1 < (blue > red + 10).mean() < 0.9
    assert (red > blue).mean() > 0.1
