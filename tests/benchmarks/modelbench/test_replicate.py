"""A building many times over is many buildings beside each other, and still one valid file."""

import ifcopenshell
import pytest

from benchmarks.modelbench.replicate import replicate
from models import ifc
from models.model import Reading
from tests import makestep
from tests.makestep import Box

APART_M = 60.0


def test_each_copy_stands_beside_the_others_and_has_guids_of_its_own(tmp_path):
    source = makestep.write(tmp_path / "box.ifc", [Box()])
    copies = replicate(source, tmp_path / "many.ifc", 5 * source.stat().st_size)
    file = ifcopenshell.open(str(tmp_path / "many.ifc"))
    assert len(file.by_type("IfcProject")) == 1
    assert len(file.by_type("IfcWall")) == copies >= 4
    model = ifc.read(tmp_path / "many.ifc", Reading(), lambda _done, _total: None)
    assert (len(model.elements), model.facts.repaired) == (copies, ())


def test_a_real_building_is_copied_whole(shared_data, tmp_path):
    source = shared_data("ifc/pcert/IfcOpenHouse_IFC4__9fb00e.ifc")
    copies = replicate(source, tmp_path / "many.ifc", 3 * source.stat().st_size)
    model = ifc.read(tmp_path / "many.ifc", Reading(), lambda _done, _total: None)
    one = ifc.read(source, Reading(), lambda _done, _total: None)
    assert len(model.elements) == copies * len(one.elements)
    wide = (model.box.high - model.box.low)[0]
    assert wide == pytest.approx((one.box.high - one.box.low)[0] + APART_M * (copies - 1), abs=0.01)
