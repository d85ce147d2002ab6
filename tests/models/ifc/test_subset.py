"""A part of a file is enough for what is asked of it."""

import ifcopenshell
import numpy as np

from models.ifc import source, subset, thorough
from models.ifc.order import Order
from models.ifc.products import Products
from models.ifc.shape import Shape
from models.ifc.step import Step, decoded
from tests import makestep
from tests.makestep import GREEN, RED, Box


def test_a_window_taken_from_a_house_is_the_same_window(shared_data):
    given = source.read(shared_data("ifc/webifc/AC20-FZK-Haus.ifc"))
    step = Step(given.data)
    numbers = [number for number, product in Products(step).drawn.items() if product.entity.kind == "IFCWINDOW"][:2]
    numbers += [number for number, product in Products(step).drawn.items() if "WALL" in product.entity.kind][:1]
    part = subset.for_shapes(step, numbers, given.schema)
    assert len(part) < len(given.data) / 3
    both = [
        {each.number: each for each in thorough.made(Order(decoded(data), tuple(numbers))) if isinstance(each, Shape)}
        for data in (part, given.data)
    ]
    for number in numbers:
        mine, whole = (made[number] for made in both)
        assert np.array_equal(mine.positions, whole.positions)
        assert mine.colours == whole.colours


def test_the_schema_is_said_to_be_another(tmp_path):
    given = source.read(makestep.write(tmp_path / "box.ifc", [Box(colours=(RED, GREEN))], "IFC4X3_RC2"))
    part = subset.for_shapes(Step(given.data), [], "IFC4X3_ADD2")
    assert ifcopenshell.file.from_string(decoded(part)).schema == "IFC4X3"
