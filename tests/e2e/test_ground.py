"""The ground in the viewer: whole, from every side and through every level of detail."""

import numpy as np
import pytest

from pipeline.surroundings.build import SurroundingsOptions, build_surroundings
from tests.e2e.bare import background, bare, picture
from tests.e2e.conftest import SIZE
from tests.pipeline.surroundings import made

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
    with bare(browser, folder / "tiles") as viewer:
        yield viewer


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
