"""Points in the viewer: no gaps in a plain that is seen from one end, where the renderer leaves far tiles out."""

import numpy as np
import pytest

from pipeline.points import PointOptions, build_points
from tests import make
from tests.e2e.bare import background, bare, picture
from tests.e2e.conftest import SIZE
from tests.pipeline.surroundings.made import CORNER

HALF_M, STEP_M = 250.0, 0.5
PARTLY = """[...voorland.layers[0].tiles.visibleTiles].filter(tile => {
	const used = tile.children.filter(child => child.traversal?.used).length;
	return used > 0 && used < tile.children.length;
}).length"""


@pytest.fixture(scope="module")
def plain(browser, tmp_path_factory):
    """A plain of a million points, 0.5 m apart, before a background that nothing in it has."""
    folder = tmp_path_factory.mktemp("plain")
    axis = np.arange(-HALF_M, HALF_M, STEP_M)
    x, y = (part.ravel() for part in np.meshgrid(axis + CORNER[0], axis + CORNER[1]))
    cloud = make.Cloud(np.column_stack([x, y, np.zeros_like(x)]), {"classification": np.full(x.size, 2, np.uint8)})
    laz = make.write_las(folder / "plain.laz", cloud)
    build_points([laz], folder / "tiles", PointOptions("EPSG:7415"))
    with bare(browser, folder / "tiles") as viewer:
        yield viewer


@pytest.mark.parametrize(("at", "to"), [((0, -HALF_M, 30), (0, 0, 0)), ((20, -280, 60), (150, 0, 0))])
def test_where_only_the_near_part_of_a_tile_is_refined_the_rest_has_no_gaps(plain, at, to):
    pixels = picture(plain, at, to)
    assert plain.js(PARTLY) > 0
    seen = ~background(pixels)
    below = np.arange(SIZE["height"])[:, None] > seen.argmax(axis=0) + 4
    assert seen[below & seen.any(axis=0)].mean() > 0.999
    assert below.mean() > 0.4
