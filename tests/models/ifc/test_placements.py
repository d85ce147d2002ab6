"""Placements are where IfcOpenShell has them."""

import ifcopenshell
import ifcopenshell.util.placement
import numpy as np
import pytest

from models.ifc.placements import Placements, numbers
from models.ifc.step import Step

micrometre = 1e-6


@pytest.mark.parametrize(
    ("name", "unit_m"),
    [
        ("ifc/webifc/AC20-FZK-Haus.ifc", 1.0),
        ("ifc/ifcgref/Duplex_A_20110907_georeferenced__489689.ifc", 1.0),
        ("ifc/ifcgref/example_project_location__1e62cb.ifc", 0.001),
    ],
)
def test_every_product_of_a_real_file_is_placed_as_ifcopenshell_places_it(name, unit_m, shared_data):
    path = shared_data(name)
    step, file = Step(path.read_bytes()), ifcopenshell.open(str(path))
    placements = Placements(step, unit_m)
    products = [each for each in file.by_type("IfcProduct") if each.ObjectPlacement][::7]
    assert len(products) > 10
    for product in products:
        theirs = ifcopenshell.util.placement.get_local_placement(product.ObjectPlacement)
        theirs[:3, 3] *= unit_m
        assert np.abs(placements.of(step.entity(product.id())) - theirs).max() < 1 * micrometre


@pytest.mark.parametrize(
    "lines",
    [
        "#1=IFCLOCALPLACEMENT(#1,#2);#2=IFCAXIS2PLACEMENT3D(#3,$,$);#3=IFCCARTESIANPOINT((0.,0.,0.));",
        "#1=IFCLOCALPLACEMENT($,#2);#2=IFCAXIS2PLACEMENT3D(#3,$,$);#3=IFCCARTESIANPOINT(('a',0.,0.));",
        "#1=IFCLOCALPLACEMENT($,#2);#2=IFCAXIS2PLACEMENT3D(#9,$,$);",
        (
            "#1=IFCLOCALPLACEMENT($,#2);#2=IFCAXIS2PLACEMENT3D(#3,#4,$);#3=IFCCARTESIANPOINT((0.,0.,0.));"
            "#4=IFCDIRECTION((0.,0.,0.));"
        ),
        "#1=IFCGRIDPLACEMENT(#2,$);",
    ],
)
def test_what_is_no_placement_is_refused(lines):
    with pytest.raises(ValueError, match=r"placement|coordinates|axis"):
        Placements(Step(lines.encode()), 1.0).placement(1)


def test_two_coordinates_are_on_the_ground():
    assert numbers([1, 2.5]).tolist() == [1.0, 2.5, 0.0]
