"""A plan's levels, layers and elements in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.georeference import Georeference
from models.model import SPACES, Element, Model
from pipeline.levels import instances
from pipeline.levels.join import joined
from pipeline.model import ModelOptions, tiled
from pipeline.position import ByHand
from pipeline.report import silent
from tests.e2e.conftest import SIZE, Viewer
from tests.e2e.test_viewer import picture, plan_pixels
from tests.pipeline.levels.made import GLASS, ball, box, chair
from tests.server.conftest import serving
from tiles.store import new_directory

AT = (104_900.0, 425_250.0, 2.0)
ROOT_ONLY, ALL_DETAIL = 1e9, 1e-3
_INSTANCES = """[...voorland.layers[0].shownScenes()].map(scene => {
    let count = 0;
    scene.traverse(object => { count += object.isInstancedMesh ? object.count : 0; });
    return count;
}).reduce((a, b) => a + b)"""
_EVERY_LEVEL = pytest.mark.parametrize("distance", [1.2, 2.0, 4.0])


def gallery() -> Model:
    """A hall with a glass front, a room in it, and a row of 12 balls before it on another storey."""
    balls = joined([ball((3.0 * i, -4.0, 1.5), 1.2, i, 24) for i in range(12)])
    surfaces = [
        balls,
        box((0, 0, 0), (33, 9, 6), 12),
        box((1, -0.2, 1), (32, 0, 5), 13, GLASS),
        box((2, 1, 0), (9, 8, 3), 14),
    ]
    elements = [
        *(
            Element(
                f"ball-{i}", "IfcFurniture", f"Bol {i}", "Straat", "Bol", "landscape", "", {"Pset": {"Gewicht": 10 + i}}
            )
            for i in range(12)
        ),
        Element("hall", "IfcWall", "Hal", "Begane grond", "", "architecture"),
        Element("glass", "IfcWindow", "Pui", "Begane grond", "", "architecture"),
        Element("room", "IfcSpace", "Zaal", "Begane grond", "", "", SPACES),
    ]
    return Model("gallery", elements, surfaces, Georeference())


@pytest.fixture(scope="module")
def show(tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("show")
    with new_directory(folder / "gallery") as store:
        tiled(gallery(), Path("gallery.ifc"), store, ModelOptions(ByHand(AT, "EPSG:7415"), title="Galerie"), silent)
    with serving(folder) as url:
        yield url


@pytest.fixture
def page(browser, show) -> Iterator[Viewer]:
    context = browser.new_context(viewport=SIZE, locale="nl-NL", reduced_motion="reduce")
    context.set_default_timeout(8_000)
    yield Viewer(context.new_page(), show).open().look((AT[0] + 16.5, AT[1] - 32, 12.0), (AT[0] + 16.5, AT[1], 3.5))
    context.close()


def click(viewer: Viewer, east: float, north: float, nap: float) -> str:
    """What the panel says after a click on a place of the plan."""
    viewer.look((AT[0] + east, AT[1] + north - 20, AT[2] + nap + 4), (AT[0] + east, AT[1] + north, AT[2] + nap))
    viewer.page.mouse.click(SIZE["width"] / 2, SIZE["height"] / 2)
    viewer.settle()
    return viewer.page.inner_text("#properties")


@pytest.mark.parametrize("number", [0, 5, 11])
def test_one_of_many_copies_is_picked_with_all_that_is_known_of_it(page, number):
    assert page.js(_INSTANCES) == 12
    shown = click(page, 3.0 * number, -4.0, 1.5)
    assert f"Bol {number}\n" in shown
    assert "Straat" in shown
    page.page.wait_for_selector("#property-sets h3")
    assert str(10 + number) in page.page.inner_text("#property-sets")
    red, green, blue = np.moveaxis(picture(page), -1, 0)
    rows, columns = np.nonzero((red > 170) & (green > 70) & (green < 170) & (blue < 90))
    assert len(rows) > 50
    assert abs(columns.mean() - SIZE["width"] / 2) < 12  # that one, and no other
    assert page.complaints == []


def test_rooms_are_a_layer_that_is_off_until_it_is_asked_for(page):
    assert [layer["id"] for layer in page.js("voorland.layers.map(l => l.info)")] == ["gallery", "gallery-spaces"]
    before = picture(page)
    assert not any("layers/spaces" in url and url.endswith(".glb") for url in page.requests)
    page.page.get_by_label("Ruimten").check()
    assert "Zaal" not in page.page.inner_text("#properties")
    after = picture(page.settle())
    page.page.locator("#layer-gallery").uncheck()
    page.page.get_by_label("Ruimten").check()
    alone = picture(page.settle())
    assert (np.abs(alone - after).sum(axis=-1) > 30).mean() > 0.05
    assert "Zaal" in click(page, 5.0, 1.0, 1.5)
    assert page.complaints == []
    assert before.shape == after.shape


def test_a_storey_or_discipline_that_is_switched_off_is_gone_and_cannot_be_picked(page):
    whole = picture(page)
    page.page.locator("#facet-storey summary").click()
    page.page.get_by_label("Straat").uncheck()
    without = picture(page.settle())
    assert (np.abs(whole - without).sum(axis=-1) > 30).mean() > 0.02
    assert "Bol" not in click(page, 15.0, -4.0, 1.5)
    page.page.get_by_label("Straat").check()
    assert "Bol 5" in click(page, 15.0, -4.0, 1.5)
    page.page.locator("#facet-discipline summary").click()
    page.page.get_by_label("architecture").uncheck()
    assert page.complaints == []


def terrace() -> Model:
    """Chairs that stand turned every which way, in steps of 30 degrees."""
    turns = np.radians(np.arange(12) * 30.0)
    seats = joined([chair((2.0 * (i % 4), 2.0 * (i // 4), 0.0), turn, i) for i, turn in enumerate(turns)])
    elements = [Element(f"chair-{i}", "IfcFurniture", f"Stoel {i}") for i in range(12)]
    return Model("terrace", elements, [seats], Georeference())


def test_copies_that_are_turned_stand_as_if_each_were_written_by_itself(browser, tmp_path, monkeypatch):
    pictures = []
    for name, pays in (("shared", instances._pays), ("single", lambda *_: False)):
        monkeypatch.setattr(instances, "_pays", pays)
        with new_directory(tmp_path / name / "terrace") as store:
            tiled(terrace(), Path("terrace.ifc"), store, ModelOptions(ByHand(AT, "EPSG:7415")), silent)
        with serving(tmp_path / name) as url:
            context = browser.new_context(viewport=SIZE, locale="nl-NL", reduced_motion="reduce")
            viewer = Viewer(context.new_page(), url).open()
            viewer.look((AT[0] + 3, AT[1] - 6, AT[2] + 6), (AT[0] + 3, AT[1] + 2, AT[2]))
            assert viewer.js(_INSTANCES) == (12 if name == "shared" else 0)
            pictures.append(picture(viewer))
            viewer.page.screenshot(path=tmp_path / f"{name}.png")
            assert viewer.complaints == []
            context.close()
    shared, single = pictures
    assert (np.abs(shared - single).sum(axis=-1) > 40).mean() < 0.002


@pytest.fixture(scope="module")
def gym(gym_hall) -> Iterator[str]:
    with serving(gym_hall[0].parent) as url:
        yield url


@pytest.fixture(scope="module")
def hall(browser, gym) -> Iterator[Viewer]:
    context = browser.new_context(viewport=SIZE, locale="nl-NL", reduced_motion="reduce")
    viewer = Viewer(context.new_page(), gym).open()
    viewer.js("voorland.edl.strength = 0")
    yield viewer
    context.close()


def stand(viewer: Viewer, distance: float) -> float:
    """Look at the plan from so many of its radii away; pixels per metre there."""
    viewer.page.evaluate(
        "distance => { const info = voorland.layers[0].info, at = voorland.toScene(info.centre), from = at.clone();"
        " from.x += 0.65 * distance * info.radius; from.z += 0.6 * distance * info.radius;"
        " from.y += 0.35 * distance * info.radius; voorland.navigation.place(from, at); voorland.changed(); }",
        distance,
    )
    radius = viewer.js("voorland.layers[0].info.radius")
    return SIZE["height"] / 2 / np.tan(np.radians(30)) / (0.951 * distance * radius - radius / 2)


def level(viewer: Viewer, pixels: float):
    viewer.js(f"voorland.layers[0].tiles.errorTarget = {pixels}; voorland.changed()")
    return picture(viewer.settle())


def grown(mask, pixels: int):
    """A mask with everything near it."""
    padded = np.pad(mask, pixels)
    size = 2 * pixels + 1
    return np.lib.stride_tricks.sliding_window_view(padded, (size, size)).any(axis=(2, 3))


@_EVERY_LEVEL
def test_a_level_differs_from_the_truth_by_no_more_than_its_error_in_pixels(hall, distance):
    per_m = stand(hall, distance)
    coarse = level(hall, ROOT_ONLY)
    (error_m,) = hall.js("[...voorland.layers[0].tiles.visibleTiles].map(t => t.geometricError)")
    coarse_shape = plan_pixels(hall, coarse)
    fine = level(hall, ALL_DETAIL)
    assert hall.js("voorland.layers[0].tiles.visibleTiles.size") > 5
    fine_shape = plan_pixels(hall, fine)
    reach = int(np.ceil(error_m * per_m)) + 1
    assert reach <= 6  # else this proves nothing
    # The silhouette, both ways: nothing sticks out and nothing is missing farther than that.
    assert (coarse_shape & ~grown(fine_shape, reach)).sum() == 0
    assert (fine_shape & ~grown(coarse_shape, reach)).sum() == 0
    # And within it every colour is found again near its place, but for planes of the file itself that fight for one.
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(fine, ((reach, reach), (reach, reach), (0, 0)), "edge"), (2 * reach + 1,) * 2, (0, 1)
    )
    found = (windows.min(axis=(-1, -2)) - 30 <= coarse) & (coarse <= windows.max(axis=(-1, -2)) + 30)
    assert (~found.all(axis=-1)).sum() <= 0.015 * fine_shape.sum()


def test_the_first_view_takes_one_tile_and_detail_comes_on_approach(hall):
    hall.js("voorland.layers[0].tiles.errorTarget = 3")
    stand(hall, 6.5)
    hall.settle()
    assert hall.js("voorland.layers[0].tiles.visibleTiles.size") == 1
    stand(hall, 0.6)
    hall.settle()
    assert hall.js("[...voorland.layers[0].tiles.visibleTiles].some(t => t.geometricError === 0)")
