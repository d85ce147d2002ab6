"""The viewer in a real browser: what people see, checked in pixels."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from pipeline.model import ModelOptions, build_model
from pipeline.points import PointOptions, build_points
from pipeline.position import ByHand
from tests.e2e.conftest import SIZE, Viewer
from tests.server.conftest import serving

PLAN = (105_005.0, 425_399.0)
GROUND = 2.8
TOP = GROUND + 4.2 + 4 * 3.0 + 2.6


def picture(viewer):
    """What is on the canvas, (height, width, 3), without the page around it."""
    around = "document.querySelectorAll('body > *:not(#stage)').forEach(e => {{ e.style.visibility = '{}' }})"
    viewer.js(around.format("hidden"))
    shot = viewer.page.screenshot()
    viewer.js(around.format(""))
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), np.int16)


def plan_pixels(viewer, image):
    """Which pixels of `image` show the plan: those that change when its layer is hidden."""
    show = "voorland.layers.filter(l => !l.isPoints).forEach(l => {{ l.visible = {} }})"
    viewer.js(show.format("false"))
    without = picture(viewer.settle())
    viewer.js(show.format("true"))
    viewer.settle()
    return np.abs(image - without).sum(axis=-1) > 25


def extent(mask):
    rows, columns = np.nonzero(mask)
    return columns.min(), columns.max(), rows.min(), rows.max()


def hide_points(viewer):
    viewer.js("voorland.layers.filter(l => l.isPoints).forEach(l => { l.visible = false })")
    return viewer.settle()


def test_the_first_picture_shows_the_plan_among_the_points(viewer):
    viewer.open()
    image = picture(viewer)
    height, width = image.shape[:2]
    plan = plan_pixels(viewer, image)
    left, right, *_ = extent(plan)
    assert right - left > width * 0.1  # not tiny
    assert abs((left + right) / 2 - width / 2) < width * 0.2  # in the middle
    assert plan.sum() > 0.005 * width * height
    assert image.mean() > 60  # not black
    drawn = np.abs(image - image[0, width // 2]).sum(axis=-1) > 60
    assert drawn[height // 2 :].mean() > 0.5  # the city fills the foreground
    assert viewer.complaints == []


def test_nothing_is_asked_of_any_other_host(viewer):
    viewer.open()
    assert viewer.requests
    assert [url for url in viewer.requests if not url.startswith((viewer.address, "data:", "blob:"))] == []


def test_the_plan_has_the_size_and_place_that_geometry_predicts(viewer):
    # 100 m south of its front at mid height, looking north: 26 m wide and 18.8 m high through a 60° lens.
    viewer.open()
    middle = (GROUND + TOP) / 2
    viewer.look((PLAN[0], PLAN[1] - 100, middle), (*PLAN, middle))
    hide_points(viewer)
    image = picture(viewer)
    left, right, top, bottom = extent(plan_pixels(viewer, image))
    focal = SIZE["height"] / 2 / np.tan(np.radians(30))
    # It stands turned by 12°: its silhouette is the projection of 26 × 14 m, its near corner 90 m away.
    turn = np.radians(12.0)
    corners = np.array([[x, y] for x in (-13, 13) for y in (-7, 7)])
    east = corners[:, 0] * np.cos(turn) + corners[:, 1] * np.sin(turn)
    north = -corners[:, 0] * np.sin(turn) + corners[:, 1] * np.cos(turn)
    screen = east / (100 + north) * focal
    assert right - left == pytest.approx(np.ptp(screen), abs=8)  # balconies reach out 1.4 m
    assert (left + right) / 2 - SIZE["width"] / 2 == pytest.approx((screen.min() + screen.max()) / 2, abs=6)
    assert bottom - top == pytest.approx((TOP - GROUND) / 93 * focal, abs=8)
    # Upright and the right way up: the sedum roof is not seen from below, the pale plinth is at the bottom.
    column = image[top:bottom, (left + right) // 2 - 40 : (left + right) // 2 + 40].mean(axis=(1, 2))
    assert column[-8:].mean() > column[5:25].mean()


def test_the_plan_stands_on_the_ground(viewer):
    viewer.open()
    viewer.look((PLAN[0] + 60, PLAN[1] - 60, 12.0), (*PLAN, 6.0))
    image = picture(viewer)
    left, right, _, bottom = extent(plan_pixels(viewer, image))
    # Just below the building the picture shows ground points, not sky.
    sky = image[2, image.shape[1] // 2]
    below = image[bottom + 6 : bottom + 16, left + 10 : right - 10]
    assert (np.abs(below - sky).sum(axis=-1) > 60).mean() > 0.6


def test_eye_dome_lighting_darkens_edges_and_spares_the_sky(viewer):
    viewer.open()
    shaded = picture(viewer)
    viewer.js("voorland.edl.strength = 0; voorland.changed()")
    flat = picture(viewer.settle())
    assert (flat.sum(axis=-1) - shaded.sum(axis=-1) > 60).mean() > 0.02
    assert np.abs(flat[:10] - shaded[:10]).max() <= 2


def test_a_class_that_is_switched_off_is_gone(viewer):
    viewer.open()
    viewer.look((104_990.0, 425_330.0, 120.0), (104_990.0, 425_380.0, 2.0))
    before = picture(viewer)
    viewer.page.locator("#class-2").uncheck()
    after = picture(viewer.settle())
    changed = np.abs(before - after).sum(axis=-1) > 30
    assert changed.mean() > 0.1
    viewer.page.locator("#class-2").check()
    assert (np.abs(before - picture(viewer.settle())).sum(axis=-1) > 30).mean() < 0.01


@pytest.mark.parametrize("mode", ["byClass", "byHeight", "byIntensity"])
def test_points_are_coloured_anew_without_new_tiles(viewer, mode):
    viewer.open()
    before = picture(viewer)
    asked = len(viewer.requests)
    viewer.page.select_option("#colour-mode", mode)
    after = picture(viewer.settle())
    assert len(viewer.requests) == asked
    if mode != "byClass":  # as delivered, this cloud is coloured by class
        assert (np.abs(before - after).sum(axis=-1) > 30).mean() > 0.2
    assert after[200:].mean() > 30


def test_a_click_on_an_element_shows_what_it_is(viewer):
    viewer.open()
    middle = (GROUND + TOP) / 2
    viewer.look((PLAN[0], PLAN[1] - 60, middle), (*PLAN, middle))
    viewer.page.mouse.click(SIZE["width"] / 2 + 3, SIZE["height"] / 2 + 3)
    viewer.settle()
    shown = viewer.page.inner_text("#properties")
    assert "IfcW" in shown or "IfcSlab" in shown or "IfcRailing" in shown or "IfcDoor" in shown
    assert "Floor" in shown
    assert "Kenmerk" in shown  # its GlobalId
    red, green, blue = np.moveaxis(picture(viewer), -1, 0)
    highlighted = ((red > 170) & (green > 70) & (green < 170) & (blue < 90)).sum()
    assert 20 < highlighted < 40_000
    viewer.page.keyboard.press("Escape")
    assert viewer.page.locator("#properties").is_hidden()


def test_a_click_on_a_point_shows_its_class_and_height(viewer):
    viewer.open()
    viewer.look((104_940.0, 425_350.0, 22.0), (104_960.0, 425_390.0, 2.8))  # aslant: off the point is off in height
    viewer.page.mouse.click(SIZE["width"] / 2, SIZE["height"] / 2)
    shown = viewer.page.inner_text("#properties")
    assert "Grond (2)" in shown
    height = float(shown.split(" m boven de ellipsoïde")[0].split()[-1])
    assert height == pytest.approx(2.8 + 43.7, abs=0.15)


def test_the_ground_before_a_wall_does_not_catch_a_click_on_it(viewer):
    viewer.open()
    # The last metre of the ray to the foot of the wall is within half a metre of the ground, but not within 5 pixels.
    viewer.look((PLAN[0], PLAN[1] - 20, GROUND + 1.6), (PLAN[0], PLAN[1] - 7.2, GROUND + 0.35))
    viewer.page.mouse.click(SIZE["width"] / 2, SIZE["height"] / 2)
    assert "Ifc" in viewer.page.inner_text("#properties")


def test_walking_keeps_the_eyes_at_one_metre_sixty(viewer):
    viewer.open()
    viewer.look((104_960.0, 425_380.0, 30.0), (*PLAN, 10.0))
    viewer.page.click("#mode-walk")
    viewer.settle()
    assert viewer.camera_rd()[2] == pytest.approx(GROUND + 1.6, abs=0.4)
    start = viewer.camera_rd()
    viewer.page.locator("#canvas").focus()
    viewer.page.keyboard.down("w")
    for _ in range(30):  # of a second: frames come as fast as the machine draws
        viewer.page.wait_for_timeout(1_000)
        if np.hypot(*(viewer.camera_rd() - start)[:2]) > 1.0:
            break
    viewer.page.keyboard.up("w")
    viewer.settle()
    end = viewer.camera_rd()
    assert np.hypot(*(end - start)[:2]) > 1.0
    assert end[2] == pytest.approx(GROUND + 1.6, abs=0.5)


def test_one_who_begins_to_walk_far_away_is_set_down_before_the_plan(viewer):
    viewer.open()
    viewer.look((105_300.0, 425_700.0, 200.0), (*PLAN, 10.0))
    viewer.page.click("#mode-walk")
    viewer.settle()
    east, north, nap = viewer.camera_rd()
    assert np.hypot(east - PLAN[0], north - PLAN[1]) < 80
    assert nap == pytest.approx(GROUND + 1.6, abs=3.0)  # or over the water of the harbour
    assert plan_pixels(viewer, picture(viewer)).mean() > 0.02


def test_flying_goes_where_one_looks(viewer):
    viewer.open()
    viewer.look((104_960.0, 425_380.0, 30.0), (104_960.0, 425_480.0, 30.0))
    viewer.page.click("#mode-fly")
    start = viewer.camera_rd()
    viewer.page.keyboard.down("w")  # the focus is still on the button
    viewer.page.wait_for_timeout(800)
    viewer.page.keyboard.up("w")
    viewer.settle()
    moved = viewer.camera_rd() - start
    assert moved[1] > 3
    assert abs(moved[0]) < 0.1 * moved[1]


def test_a_key_that_is_let_go_elsewhere_does_not_stick(viewer):
    viewer.open()
    viewer.page.click("#mode-fly")
    viewer.page.keyboard.down("w")
    viewer.page.locator("#colour-mode").focus()
    viewer.page.keyboard.up("w")
    viewer.settle()
    there = viewer.camera_rd()
    viewer.page.wait_for_timeout(300)
    assert viewer.camera_rd() == pytest.approx(there, abs=0.001)


def test_the_compass_turns_to_the_north_and_keeps_the_plan_in_sight(viewer):
    viewer.open()
    middle = (GROUND + TOP) / 2
    viewer.look((PLAN[0] + 60, PLAN[1] + 20, 40.0), (*PLAN, middle))
    viewer.page.click("#compass")
    viewer.settle()
    assert viewer.js("voorland.navigation.direction.heading") == pytest.approx(0, abs=0.01)
    left, right, *_ = extent(plan_pixels(viewer, picture(viewer)))
    assert left < SIZE["width"] / 2 < right


def test_the_start_is_the_first_picture_again(viewer):
    viewer.open()
    first = viewer.camera_rd()
    viewer.page.click("#mode-walk")
    viewer.settle()
    viewer.page.click("#mode-home")
    viewer.settle()
    assert viewer.camera_rd() == pytest.approx(first, abs=0.01)
    assert viewer.page.get_attribute("#mode-orbit", "aria-pressed") == "true"


def test_dutch_and_english_and_it_is_remembered(viewer):
    viewer.open()
    assert viewer.js("document.documentElement.lang") == "nl"
    assert viewer.page.inner_text("#mode-walk") == "Lopen"
    viewer.page.click("#language")
    assert viewer.js("document.documentElement.lang") == "en"
    assert viewer.page.inner_text("#mode-walk") == "Walk"
    viewer.page.reload()
    viewer.settle()
    assert viewer.page.inner_text("#mode-walk") == "Walk"


def test_a_layer_can_be_hidden(viewer):
    viewer.open()
    viewer.page.locator("#layer-plan").uncheck()
    image = picture(viewer.settle())
    assert "Havenkwartier" in viewer.page.inner_text("#layers")
    viewer.page.locator("#layer-plan").check()
    assert (np.abs(picture(viewer.settle()) - image).sum(axis=-1) > 60).mean() > 0.005


def test_a_view_can_be_sent_as_a_link(viewer, browser):
    viewer.open()
    viewer.look((104_960.0, 425_380.0, 30.0), (*PLAN, 10.0))
    viewer.page.wait_for_timeout(800)
    link = viewer.js("location.hash")
    there = viewer.camera_rd()
    viewer.page.goto("about:blank")
    viewer.page.goto(f"{viewer.address}/{link}")
    viewer.settle()
    assert viewer.camera_rd() == pytest.approx(there, abs=0.2)


def test_the_source_is_credited(viewer):
    viewer.open()
    assert "© AHN" in viewer.page.inner_text("#attribution")


def test_nothing_is_drawn_while_nothing_changes(viewer):
    viewer.open()
    viewer.page.wait_for_timeout(500)
    before = viewer.js("voorland.frames")
    viewer.page.wait_for_timeout(1_000)
    assert viewer.js("voorland.frames") == before


def test_it_fits_a_phone(browser, address):
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True, locale="nl")
    phone = Viewer(context.new_page(), address).open()
    assert phone.js("document.documentElement.scrollWidth") <= 360
    for name in ("title", "modes", "compass", "panel"):
        box = phone.page.locator(f"#{name}").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    context.close()


def test_a_server_that_is_away_is_said_in_plain_words(viewer):
    viewer.page.route("**/v1/**", lambda route: route.abort())
    viewer.page.goto(viewer.address)
    viewer.page.wait_for_selector("#failure:not([hidden])")
    assert "De server geeft geen antwoord" in viewer.page.inner_text("#failure")


def test_a_tileset_that_is_gone_is_said_and_the_rest_is_shown(viewer):
    viewer.page.route("**/t/plan/tileset.json", lambda route: route.fulfill(status=404))
    viewer.page.goto(viewer.address)
    viewer.page.wait_for_selector("#failure:not([hidden])")
    assert "Havenkwartier kon niet worden geladen" in viewer.page.inner_text("#failure")
    assert viewer.js("voorland.layers.length") == 2
    viewer.page.click("#failure-close")
    assert viewer.page.locator("#failure").is_hidden()


def test_a_tile_that_is_missing_is_said_and_the_rest_is_shown(viewer):
    viewer.page.route(re.compile("/t/city/tiles/[0-7]"), lambda route: route.fulfill(status=404))
    viewer.page.goto(viewer.address)
    viewer.page.wait_for_selector("#failure:not([hidden])")
    assert "Een deel van Stad kon niet worden geladen" in viewer.page.inner_text("#failure")
    viewer.page.click("#failure-close")
    viewer.settle()
    assert plan_pixels(viewer, picture(viewer)).mean() > 0.003


def test_the_house_in_delft_stands_among_real_points(shared_data, browser, tmp_path):
    build_points([shared_data("ahn/delft/lars_crop.laz")], tmp_path / "t" / "ahn", PointOptions("EPSG:7415"))
    by_hand = ByHand((84_650.0, 447_040.0, 0.1), "EPSG:7415", heading_deg=20.0)
    build_model(shared_data("ifc/webifc/AC20-FZK-Haus.ifc"), tmp_path / "t" / "house", ModelOptions(by_hand))
    with serving(tmp_path / "t") as url:
        context = browser.new_context(viewport=SIZE, locale="nl")
        viewer = Viewer(context.new_page(), url).open()
        assert viewer.complaints == []
        image = picture(viewer)
        assert plan_pixels(viewer, image).mean() > 0.005
        assert (np.abs(image - image[0, 320]).sum(axis=-1) > 60).mean() > 0.3
        context.close()
