"""The plan as SVG, read back."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely

from pipeline.inspect import mapfigure
from pipeline.inspect.words import Words

SVG = "{http://www.w3.org/2000/svg}"
BOUNDS = (104_900.0, 425_250.0, 104_930.0, 425_270.0)
LABEL = Words('Plan "A" & B', "Plan")


def figure(on_map=True, certain=True, around=None, bounds=BOUNDS):
    drawn = mapfigure.Drawn(shapely.box(*bounds), b"", bounds, around or mapfigure.Around(), on_map, certain)
    return ET.fromstring(mapfigure.svg(drawn, mapfigure.window(bounds), LABEL))


def texts(root):
    return [text.text for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("bounds", [BOUNDS, (0.0, 0.0, 3.0, 900.0), (0.0, 0.0, 5_000.0, 10.0), (7.0, 7.0, 7.0, 7.0)])
def test_the_window_holds_the_model_with_room_around_it(bounds):
    west, south, east, north = mapfigure.window(bounds).bounds
    assert west < bounds[0] <= bounds[2] < east
    assert south < bounds[1] <= bounds[3] < north
    assert (east - west) / (north - south) == pytest.approx(mapfigure.WIDTH / mapfigure.HEIGHT)


def test_metres_become_pixels_with_north_up():
    view = mapfigure.Window(1_000.0, 2_000.0, 0.5)
    assert view.pixels(np.array([[1_000, 2_000], [1_010, 1_990]])).tolist() == [[0, 0], [20, 20]]


def test_a_placed_model_has_north_a_locator_and_rd_coordinates():
    root = figure()
    assert {"N", "RD (m)", "10 m"} <= set(texts(root))
    assert "425260" in texts(root)
    assert root.find(f".//{SVG}circle[@class='here']") is not None
    assert root.find(f".//{SVG}path[@class='outline']") is not None


def test_the_dot_lies_in_the_country_at_the_place():
    dot, land = figure().find(f".//{SVG}circle[@class='here']"), figure().find(f".//{SVG}path[@class='land']")
    ring = [tuple(map(float, pair.split())) for pair in land.get("d")[1:-1].split("L")]
    assert shapely.Polygon(ring).contains(shapely.Point(float(dot.get("cx")), float(dot.get("cy"))))


def test_a_model_without_a_place_has_its_own_metres_only():
    root = figure(on_map=False, certain=False, bounds=(0.0, 0.0, 10.0, 20.0))
    assert "model (m)" in texts(root)
    assert "N" not in texts(root)
    assert root.find(f".//{SVG}path[@class='outline guess']") is not None


def test_what_stands_around_and_a_photo_are_drawn_under_it():
    photo = np.full((20, 30, 4), 200, np.uint8)
    root = figure(around=mapfigure.Around(photo, (shapely.box(104_940, 425_250, 104_950, 425_260),)))
    assert root.find(f"{SVG}image").get("href").startswith("data:image/webp;base64,")
    kinds = [element.get("class") for element in root if element.tag == f"{SVG}path"]
    assert kinds.index("neighbour") < kinds.index("halo") < kinds.index("outline")


def test_it_says_what_it_is_to_those_who_do_not_see_it():
    assert figure().get("aria-label") == 'Plan "A" & B Plan'
    assert figure().get("role") == "img"
