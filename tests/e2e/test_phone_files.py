"""What a phone shows is what the tiles show."""

import io

import numpy as np
import pytest
from PIL import Image

import assets
from pipeline.export.build import ExportOptions, convert
from pipeline.model import ModelOptions, build_model
from pipeline.position import ByHand
from pipeline.report import silent
from pipeline.sample import building, facts
from tests.e2e.conftest import Viewer
from tests.server.conftest import serving
from tiles.box import Box
from tiles.frame import RD_NAP, tangent
from tiles.store import Directory
from tiles.tree import TILESET, About, Tile, Tileset


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The proposed building as tiles, and its file for phones in the same place."""
    folder = tmp_path_factory.mktemp("phone")
    proposal = facts.read(assets.path("samples/dordrecht.toml")).proposal
    plan = building.write(folder / "plan.ifc", proposal)
    build_model(plan, folder / "tiles" / "plan", ModelOptions(title="plan"))
    (folder / "tiles" / "phone").mkdir()
    path = folder / "tiles" / "phone" / "plan.glb"
    summary, contents = convert(plan, ExportOptions(glb=path), folder, silent)
    path.write_bytes(contents[path])
    stands = ByHand((*proposal.at, proposal.ground_nap), "EPSG:7415", proposal.heading_deg).local_to_map
    x, y, nap = (stands @ [*summary.origin, 1.0])[:3].tolist()
    width, depth, height = summary.size_m
    box = Box(np.array([-width / 2, -depth / 2, 0]), np.array([width / 2, depth / 2, height]))
    placement = tangent(RD_NAP, (x, y, nap)).rigid()
    tileset = Tileset(Tile(box, 0.0, "plan.glb"), placement, "ADD", About("phone", "model", RD_NAP.crs, "", {}))
    Directory(folder / "tiles" / "phone").put(TILESET, tileset.to_json())
    with serving(folder / "tiles") as url:
        yield url


def only(viewer: Viewer, name: str):
    """The picture with one of the layers, (height, width, 3)."""
    viewer.js(f"voorland.layers.forEach(l => {{ l.visible = l.info.title === '{name}' }})")
    viewer.js("document.querySelectorAll('body > *:not(#stage)').forEach(e => { e.style.visibility = 'hidden' })")
    return np.asarray(Image.open(io.BytesIO(viewer.settle().page.screenshot())).convert("RGB"), np.int16)


def test_the_file_for_phones_and_the_tiles_give_the_same_picture(viewer):
    viewer.open()
    viewer.look((105_030.0, 425_360.0, 25.0), (105_005.0, 425_399.0, 10.0))
    nothing, tiles, phone = (only(viewer, name) for name in ("", "plan", "phone"))
    building_pixels = np.abs(tiles - nothing).sum(axis=-1) > 25
    assert building_pixels.mean() > 0.05
    different = np.abs(phone - tiles).sum(axis=-1) > 25
    assert different.sum() < 0.03 * building_pixels.sum()
    assert viewer.complaints == []
