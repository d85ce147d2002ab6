"""IFC files read whole: what is drawn, in which colours, with which properties, by which engine."""

import os
import re
import signal
import time
import zipfile

import ifcopenshell
import ifcopenshell.util.element
import numpy as np
import pytest

from models import ifc
from models.ifc import quick, thorough
from models.ifc.engines import Engines
from models.ifc.order import Begun
from models.model import SPACES, Reading
from tests import makestep
from tests.makestep import GLASS, GREEN, RED, Box
from tiles.colour import linear
from tiles.errors import BadInput

millimetre = 1e-3
HOUSE = "ifc/webifc/AC20-FZK-Haus.ifc"
DUPLEX = "ifc/ifcgref/Duplex_A_20110907_georeferenced__489689.ifc"
SMALL = (
    "ifc/ifcgref/bouwkunde_georeferenced__748563.ifc",
    "ifc/ifcgref/citymap2_georeferenced__24328c.ifc",
    "ifc/ifcgref/verplaatst_Perceel-Charlois-D5078_merged__00a770.ifc",
    "ifc/pcert/Building-Structural__00091d.ifc",
    "ifc/pcert/IfcOpenHouse_IFC4__9fb00e.ifc",
    "ifc/pcert/tessellation-with-individual-colors__cf5b3e.ifc",
)


def read(path, engines=None, reading=None):
    return ifc.read_with(engines or Engines(), path, reading or Reading(), lambda _done, _total: None)


def by_guid(model):
    return {element.guid: element for element in model.elements}


def colours(model):
    """The opacity and linear colour of each surface."""
    return {surface.material.base_colour for surface in model.surfaces}


def rgba(colour, opacity=1.0):
    return (*linear(np.array(colour)).round(5).tolist(), opacity)


@pytest.fixture(scope="module")
def house(shared_data):
    return read(shared_data(HOUSE))


class TestHouse:
    """FZK-Haus of the Karlsruhe Institute of Technology, written by Archicad."""

    def test_every_element_with_a_body_is_there_and_rooms_are_marked(self, house):
        layers = [element.layer for element in house.elements]
        assert (len(layers), layers.count(SPACES)) == (90, 7)
        assert house.notes == ()

    def test_it_says_what_it_is(self, house):
        facts = house.facts
        assert (facts.format, facts.program, facts.unit, facts.unit_m) == ("IFC4", "ARCHICAD-64 20.0.0", "metre", 1.0)

    def test_all_properties_are_those_that_ifcopenshell_finds(self, house, shared_data):
        file = ifcopenshell.open(str(shared_data(HOUSE)))
        checked = 0
        for element in house.elements:
            for name, values in ifcopenshell.util.element.get_psets(file.by_guid(element.guid)).items():
                if file.by_id(values["id"]).is_a() not in {"IfcPropertySet", "IfcElementQuantity"}:
                    continue
                plain = {key: value for key, value in values.items() if key != "id" and value is not None}
                found = element.properties.get(name, {})
                for key, value in plain.items():
                    if isinstance(value, (str, bool, int, float)) and value != "":
                        assert found[key] == (float(value) if type(value) is int else value), (name, key)
                        checked += 1
        assert checked > 5_000

    def test_storeys_and_types_are_those_that_ifcopenshell_finds(self, house, shared_data):
        file = ifcopenshell.open(str(shared_data(HOUSE)))
        for element in house.elements:
            entity = file.by_guid(element.guid)
            container = ifcopenshell.util.element.get_container(entity, ifc_class="IfcBuildingStorey")
            assert element.storey == (container.Name if container is not None else element.storey)
            assert element.kind == entity.is_a()
            kind = ifcopenshell.util.element.get_type(entity)
            assert element.type == ((kind.Name if kind is not None else None) or entity.ObjectType or "")

    def test_windows_are_seen_through(self, house):
        opacities = {colour[3] for colour in colours(house)}
        assert min(opacities) < 0.5 < max(opacities) == 1.0


@pytest.mark.parametrize("name", SMALL)
def test_a_real_file_is_read_without_a_word_of_what_is_missing(name, shared_data):
    model = read(shared_data(name))
    assert not [note for note in model.notes if "no geometry" in note or "IfcOpenShell" in note]
    assert model.triangles > 0
    assert len(by_guid(model)) == len(model.elements)


def test_faces_of_one_body_have_the_colours_of_their_map(shared_data):
    model = read(shared_data("ifc/pcert/tessellation-with-individual-colors__cf5b3e.ifc"))
    triangles = {surface.material.base_colour: len(surface.triangles) for surface in model.surfaces}
    assert triangles == {rgba((1.0, 0.0, 0.0)): 8, rgba((0.0, 0.5, 0.0)): 2, rgba((1.0, 1.0, 0.0)): 2}


class TestMade:
    """Files made here, one trap each."""

    @pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X2", "IFC4X3_RC2", "IFC4X3", "IFC4X3_ADD2"])
    def test_every_schema_is_read(self, schema, tmp_path):
        model = read(makestep.write(tmp_path / "box.ifc", [Box(colours=(RED, GREEN))], schema))
        assert (model.facts.format, model.elements[0].kind, model.triangles) == (schema, "IfcWall", 24)
        assert colours(model) == {rgba(RED), rgba(GREEN)}
        assert model.box.high == pytest.approx([2.0, 1.0, 1.0])
        assert model.notes == ()

    def test_names_storey_type_discipline_and_properties(self, tmp_path):
        (element,) = read(makestep.write(tmp_path / "box.ifc", [Box()])).elements
        assert (element.name, element.storey, element.type) == ("a wall", "first floor", "made of boxes")
        assert (element.discipline, element.layer) == ("architecture", "")
        common = {"FireRating": "60", "IsExternal": True, "Status": "NEW, TEMPORARY"}
        assert element.properties == {"Pset_Common": common, "Qto_Base": {"Width": 0.25}}

    def test_millimetres_become_metres_and_another_unit_can_be_asked_for(self, tmp_path):
        path = makestep.write(tmp_path / "box.ifc", [Box()], unit="mm")
        model = read(path)
        assert (model.facts.unit, model.facts.unit_m) == ("millimetre", 0.001)
        assert np.ptp(model.surfaces[0].positions, axis=0) == pytest.approx([0.001] * 3)
        asked = read(path, reading=Reading(unit_m=1.0))
        assert np.ptp(asked.surfaces[0].positions, axis=0) == pytest.approx([1.0] * 3)
        assert "units of 1 m, as asked; the file says millimetre" in asked.notes[0]

    def test_a_body_in_a_plan_context_is_drawn(self, tmp_path):
        assert read(makestep.write(tmp_path / "box.ifc", [Box(context="Plan")])).triangles == 12

    def test_openings_reinforcement_and_grids_are_left_out_and_rooms_marked(self, tmp_path):
        kinds = {"IFCOPENINGELEMENT": "", "IFCVIRTUALELEMENT": "", "IFCANNOTATION": " ", "IFCSPACE": ",$,.ELEMENT.,$,$"}
        boxes = [
            Box(kind=kind, guid=f"{number:022}", predefined=rest.strip())
            for number, (kind, rest) in enumerate(kinds.items())
        ]
        model = read(makestep.write(tmp_path / "box.ifc", [*boxes, Box(guid="W" * 22)]))
        assert [(element.kind, element.layer) for element in model.elements] == [("IfcSpace", SPACES), ("IfcWall", "")]

    def test_glass_is_clear_and_both_sides_are_drawn(self, tmp_path):
        model = read(makestep.write(tmp_path / "box.ifc", [Box(colours=(GLASS, RED), transparency=0.6, mapped=True)]))
        assert colours(model) == {rgba(GLASS, 0.4), rgba(RED, 0.4)}
        assert all(surface.material.double_sided for surface in model.surfaces)

    def test_what_has_no_colour_has_that_of_its_class(self, tmp_path):
        model = read(makestep.write(tmp_path / "box.ifc", [Box(colours=(None, RED))]))
        assert colours(model) == {rgba((0.9, 0.9, 0.9)), rgba(RED)}

    def test_elements_with_one_guid_are_told_apart_and_it_is_said(self, tmp_path):
        boxes = [Box(), Box(at=(5.0, 0.0, 0.0)), Box(at=(9.0, 0.0, 0.0))]
        model = read(makestep.write(tmp_path / "box.ifc", boxes))
        assert [element.guid for element in model.elements] == [Box().guid, f"{Box().guid}~2", f"{Box().guid}~3"]
        assert model.facts.repaired[0].startswith("2 elements had the GlobalId of another, such as 0000")


class TestZip:
    """An .ifczip holds one IFC file."""

    def pack(self, path, members):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return path

    def test_it_is_read_as_the_file_in_it(self, tmp_path):
        plain = makestep.write(tmp_path / "box.ifc", [Box()])
        packed = self.pack(tmp_path / "box.ifczip", {"in/box.ifc": plain.read_bytes(), "readme.txt": b"hello"})
        assert read(packed).elements == read(plain).elements

    @pytest.mark.parametrize(
        ("members", "said"),
        [
            ({}, "holds 0 .ifc files"),
            ({"a.ifc": b"", "b.ifc": b""}, "holds 2 .ifc files"),
            ({"../a.ifc": b""}, r"'\.\./a\.ifc', which would be written outside"),
            ({"a.ifc": bytes(30_000_000)}, "times its size, as no model does"),
        ],
    )
    def test_what_it_may_not_hold(self, members, said, tmp_path):
        with pytest.raises(BadInput, match=said):
            read(self.pack(tmp_path / "box.ifczip", members))

    def test_what_is_no_zip(self, tmp_path):
        (tmp_path / "box.ifczip").write_bytes(b"PK\x03\x04 hello")
        with pytest.raises(BadInput, match=r"box\.ifczip is not a zip archive that can be read"):
            read(tmp_path / "box.ifczip")


GUIDS = [f"{number:022}" for number in range(6)]


@pytest.fixture
def six(tmp_path):
    """Six boxes in a row, of which the fifth has two colours."""
    boxes = [
        Box(guid=guid, name=f"box {guid[-1]}", at=(3.0 * row, 0.0, 0.0), colours=(RED, GREEN) if row == 4 else (RED,))
        for row, guid in enumerate(GUIDS)
    ]
    return makestep.write(tmp_path / "six.ifc", boxes)


def number_of(path, guid):
    return int(re.search(rf"#(\d+)=IFCWALL\('{guid}'", path.read_text())[1])


class TestEnginesThatFail:
    """Whatever ends an engine, every other element is there and the culprit is named."""

    def guids(self, model):
        return [element.guid for element in model.elements]

    def test_an_element_that_crashes_the_quick_engine_is_made_by_the_other(self, six):
        bad = number_of(six, GUIDS[2])

        def crash(data, numbers):
            if bad in numbers:
                os.kill(os.getpid(), signal.SIGSEGV)
            return quick.made(data, numbers)

        model = read(six, Engines(quick=crash))
        assert self.guids(model) == GUIDS
        (note,) = model.notes
        assert note.startswith(f"IFCWALL 'box 2' ({GUIDS[2]}) crashed ifclite-geom")
        assert note.endswith("it was made by IfcOpenShell.")

    def test_an_element_that_crashes_both_is_named_and_left_out(self, six):
        bad = number_of(six, GUIDS[2])

        def crash(data, numbers):
            if bad in numbers:
                os.abort()
            return quick.made(data, numbers)

        def crash_too(order):
            for said in thorough.made(order):
                if said == Begun(bad) or (bad in order.numbers and not order.one_by_one):
                    yield from [said] if said == Begun(bad) else []
                    os.abort()
                yield said

        model = read(six, Engines(quick=crash, thorough=crash_too))
        assert self.guids(model) == [guid for guid in GUIDS if guid != GUIDS[2]]
        assert any(note.startswith("IFCWALL 'box 2'") and "SIGABRT" in note for note in model.notes)

    def test_a_quick_engine_that_hangs_is_ended_and_replaced(self, six):
        def hang(data, numbers):
            time.sleep(60)
            return quick.made(data, numbers)

        model = read(six, Engines(quick=hang, patience_s=2.0))
        assert self.guids(model) == GUIDS
        assert "ifclite-geom gave nothing for 2 s" in model.notes[0]
        assert colours(model) == {rgba(RED), rgba(GREEN)}

    def test_an_element_that_hangs_the_thorough_engine_is_left_out(self, six):
        bad = number_of(six, GUIDS[1])

        def nothing(_data, _numbers):
            yield from ()

        def hang(order):
            for said in thorough.made(order):
                yield said
                if said == Begun(bad):
                    time.sleep(60)
                if not order.one_by_one:
                    time.sleep(60)

        model = read(six, Engines(quick=nothing, thorough=hang, patience_s=2.0))
        assert self.guids(model) == [guid for guid in GUIDS if guid != GUIDS[1]]
        assert any("box 1" in note and "gave nothing for 2 s" in note for note in model.notes)

    def test_a_quick_engine_that_gives_nonsense_is_replaced(self, six):
        def shifted(data, numbers):
            for shape in quick.made(data, numbers):
                shape.positions.setflags(write=True) if shape.positions.flags.owndata else None
                yield type(shape)(shape.number, shape.kind, shape.positions * np.nan, shape.triangles)

        model = read(six, Engines(quick=shifted))
        assert self.guids(model) == GUIDS
        assert model.box.high == pytest.approx([16.0, 1.0, 1.0])


class TestBadInput:
    """One sentence for what cannot be read."""

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda text: text[: len(text) // 2], "is cut off: its last line"),
            (lambda text: text.replace("ISO-10303-21;\nHEADER", "HEADER", 1), "does not begin with ISO-10303-21"),
            (lambda text: text.replace("'IFC4'", "'AUTOMOTIVE_DESIGN'"), "is in schema AUTOMOTIVE_DESIGN"),
            (lambda text: text.replace("IFCPROJECT(", "IFCNOTHING("), "holds no IfcProject"),
            (lambda text: text.replace("IFCPRODUCTDEFINITIONSHAPE", "IFCNOTHING"), "no geometry that can be shown"),
            (lambda text: text.replace(",1.,1.)", ",0.,0.)"), "no geometry that can be shown"),
        ],
    )
    def test_a_file_that_is_broken(self, change, said, tmp_path):
        path = makestep.write(tmp_path / "box.ifc", [Box()])
        path.write_text(change(path.read_text()))
        with pytest.raises(BadInput, match=rf"box\.ifc.*{said}"):
            read(path)

    @pytest.mark.parametrize("number", ["1.E400", "NaN", "-1.E308"])
    def test_a_coordinate_that_is_no_number_costs_one_element(self, number, six):
        text = six.read_text()
        six.write_text(text.replace("IFCCARTESIANPOINT((6.0,0.0,0.0))", f"IFCCARTESIANPOINT(({number},0.0,0.0))"))
        model = read(six)
        assert np.isfinite(model.box.high).all()
        assert len(model.elements) >= 5
