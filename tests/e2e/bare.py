"""The viewer with nothing but its scene, before a background that nothing in it has."""

from contextlib import contextmanager
from io import BytesIO

import numpy as np
from PIL import Image

from tests.e2e.conftest import SIZE, Viewer
from tests.pipeline.surroundings.made import CORNER
from tests.server.conftest import serving

BACKGROUND = (255, 0, 255)
BARE = """() => {
	for (const one of document.querySelectorAll('body *')) {
		if (!one.matches('canvas, :has(canvas)')) one.style.visibility = 'hidden';
	}
	for (const one of document.querySelectorAll('html, body, canvas')) one.style.background = 'rgb(255,0,255)';
}"""


@contextmanager
def bare(browser, folder):
    """The viewer of the tilesets in a folder."""
    context = browser.new_context(viewport=SIZE, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(8_000)
    with serving(folder) as address:
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
