"""What an IFC file says apart from its geometry."""

import pytest

from pipeline.inspect import ifcfile
from tiles.errors import BadInput


def test_the_gym_hall_tells_who_wrote_it_and_in_what_units(shared_data):
    found = ifcfile.read(shared_data("ifc/ifcgref/example_project_location__1e62cb.ifc"))
    assert (found.schema, found.view, found.program) == ("IFC4", "ReferenceView_V1.2", "Autodesk Revit 2020 (ENU)")
    assert (found.unit, found.unit_m) == ("millimetre", 0.001)
    assert [storey.entity.name for storey in found.storeys] == [
        "00 Begane grond",
        "01 Eerste verdieping",
        "02 Tweede verdieping",
    ]
    assert (len(found.projects), len(found.sites), len(found.buildings), len(found.spaces)) == (1, 1, 1, 48)


def test_materials_codes_and_properties_come_from_an_element_or_its_type(shared_data):
    found = ifcfile.read(shared_data("ifc/ifcgref/example_project_location__1e62cb.ifc"))
    wall = next(thing for thing in found.things if "IfcWall" in thing.ancestors and "baksteen" in thing.materials)
    assert ("Uniformat", "21.20") in wall.codes
    assert wall.values["IsExternal"] is True
    assert wall.common_set
    assert wall.placed
    assert wall.storey


def test_parts_lie_where_their_whole_lies(shared_data):
    found = ifcfile.read(shared_data("ifc/ifcgref/example_project_location__1e62cb.ifc"))
    parts = [thing for thing in found.things if thing.part]
    assert len(parts) == 210
    assert all(part.storey for part in parts)


def test_a_guid_that_occurs_twice_is_found(plan, tmp_path):
    text = plan.read_text()
    walls = [line for line in text.splitlines() if "IFCWALL(" in line]
    first, second = (line.split("'")[1] for line in walls[:2])
    doubled = tmp_path / "doubled.ifc"
    doubled.write_text(text.replace(second, first))
    assert ifcfile.read(doubled).twice == (first,)


def test_a_file_that_is_none_is_refused(tmp_path):
    (tmp_path / "no.ifc").write_text("not a step file")
    with pytest.raises(BadInput, match=r"no\.ifc is not an IFC file"):
        ifcfile.read(tmp_path / "no.ifc")
