"""Both engines make the same of the same elements, and of each colour as much."""

import numpy as np
import pytest

from models.apart import Apart
from models.ifc import layers, quick, source, thorough
from models.ifc.elements import Elements
from models.ifc.order import Order
from models.ifc.products import Products
from models.ifc.shape import Shape, doubled_areas
from models.ifc.step import Step, decoded
from models.ifc.styles import Styles
from tests import makestep
from tests.makestep import GLASS, GREEN, RED, Box

millimetre = 1e-3
PATIENCE_S = 120.0
AREA = 0.02  # curved faces are cut into other triangles by each engine
HOUSE, GYM = "ifc/webifc/AC20-FZK-Haus.ifc", "ifc/ifcgref/example_project_location__1e62cb.ifc"
DUPLEX = "ifc/ifcgref/Duplex_A_20110907_georeferenced__489689.ifc"


def apart(work, *arguments):
    """What the quick engine makes: never in this process, for one whose threads have started must not fork."""
    with Apart(work, *arguments, patience_s=PATIENCE_S) as items:
        return list(items)


class Opened:
    """A file and what each engine makes of it."""

    def __init__(self, path):
        self.given = source.read(path)
        self.step = Step(self.given.data)
        self.drawn, self.elements, self.styles = Products(self.step).drawn, Elements(self.step), Styles(self.step)
        types = self.elements.types
        self.colours = {number: self.styles.of(each, types.get(number)) for number, each in self.drawn.items()}
        several = [each for number, each in self.drawn.items() if self.colours[number] is None]
        self.layers = layers.split(self.step, several, self.styles, types)

    def layered(self):
        found = {}
        for layer, shape in apart(layers.made, quick.made, self.given.data, self.layers.editions):
            found.setdefault(shape.number, {})[layer] = shape
        return {number: self.layers.joined(number, shapes) for number, shapes in found.items()}

    def thorough(self, numbers):
        order = Order(decoded(self.given.data), tuple(numbers))
        return {shape.number: shape for shape in thorough.made(order) if isinstance(shape, Shape)}


def areas(shape):
    """Square metres by colour."""
    found = {}
    each = doubled_areas(shape.positions, shape.triangles) / 2
    for look in np.unique(shape.looks):
        colour = tuple(np.round(shape.colours[look], 2).tolist())
        found[colour] = found.get(colour, 0) + each[shape.looks == look].sum()
    return found


@pytest.fixture(scope="module")
def duplex(shared_data):
    return Opened(shared_data(DUPLEX))


@pytest.mark.parametrize(
    ("name", "count", "every"), [(DUPLEX, 46, 1), (HOUSE, 16, 1), (GYM, None, 8)], ids=["duplex", "house", "gym"]
)
def test_each_colour_of_a_window_or_door_has_the_area_that_ifcopenshell_gives_it(name, count, every, shared_data):
    opened = Opened(shared_data(name))
    chosen = [*opened.layers.colours][::every]
    ours, theirs = opened.layered(), opened.thorough(chosen)
    assert len(theirs) == len(chosen) == (count or len(chosen)) > 5
    for number, shape in theirs.items():
        assert areas(ours[number]) == pytest.approx(areas(shape), rel=AREA)


def test_what_has_one_colour_has_the_one_that_ifcopenshell_gives_it(shared_data):
    opened = Opened(shared_data(HOUSE))
    plain = [number for number, colour in opened.colours.items() if colour is not None][::6]
    for number, shape in opened.thorough(plain).items():
        assert [*areas(shape)] == [tuple(np.round(opened.colours[number], 2).tolist())]


def test_walls_and_slabs_have_the_area_and_extent_that_ifcopenshell_gives_them(duplex):
    plain = [number for number, colour in duplex.colours.items() if colour is not None][::4]
    ours = {shape.number: shape for shape in apart(quick.made, duplex.given.data, frozenset(plain))}
    theirs = duplex.thorough(plain)
    assert ours.keys() == theirs.keys() == set(plain)
    for number, shape in theirs.items():
        area = doubled_areas(shape.positions, shape.triangles).sum()
        assert doubled_areas(ours[number].positions, ours[number].triangles).sum() == pytest.approx(area, rel=AREA)
        for extreme in (np.min, np.max):
            difference = extreme(ours[number].positions, axis=0) - extreme(shape.positions, axis=0)
            assert np.abs(difference).max() < 2 * millimetre


def test_a_file_is_written_once_for_each_colour(tmp_path):
    boxes = [Box(colours=(RED, GREEN, RED, None)), Box(guid="x" * 22, colours=(GLASS,))]
    opened = Opened(makestep.write(tmp_path / "box.ifc", boxes))
    (colours,) = opened.layers.colours.values()
    assert [len(edition.numbers) for edition in opened.layers.editions] == [1, 1, 1]
    assert colours == ((*RED, 1.0), (*GREEN, 1.0), (0.9, 0.9, 0.9, 1.0))
    (shape,) = opened.layered().values()
    assert np.bincount(shape.looks).tolist() == [24, 12, 12]


def test_a_product_that_lacks_one_of_its_colours_is_left_to_the_other_engine(tmp_path):
    opened = Opened(makestep.write(tmp_path / "box.ifc", [Box(colours=(RED, GREEN))]))
    (number,) = opened.layers.colours
    (_, first), _ = apart(layers.made, quick.made, opened.given.data, opened.layers.editions)
    assert opened.layers.joined(number, {0: first}) is None
