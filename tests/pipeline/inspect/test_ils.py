"""The points of BIM basis ILS that a machine checks."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.inspect import facts, ils
from pipeline.inspect.ifcfacts import IfcFacts, Named, Storey, Thing
from tests.pipeline.inspect.models import blocks

BUILT = frozenset({"IfcRoot", "IfcElement", "IfcBuildingElement", "IfcWall"})
FILE = Path("toren_bouwkundig.ifc")


def wall(number: int, **changed) -> Thing:
    good = Thing(
        entity=Named(f"guid-{number}", "IfcWall", f"wand {number}"),
        ancestors=BUILT,
        type_name="WA_beton",
        storey="storey-0",
        placed=True,
        part=False,
        materials=("beton",),
        codes=(("NL-SfB", "21.22"),),
        values={"LoadBearing": True, "IsExternal": False, "FireRating": "60"},
        common_set=True,
    )
    return replace(good, **changed)


def a_file(**changed) -> IfcFacts:
    """A file that keeps every point."""
    good = IfcFacts(
        schema="IFC4",
        view="ReferenceView_V1.2",
        program="Archicad 27",
        organisation="",
        written="",
        unit="millimetre",
        unit_m=0.001,
        projects=(Named("p", "IfcProject", "Toren"),),
        sites=(Named("s", "IfcSite", "Kavel"),),
        buildings=(Named("b", "IfcBuilding", "Toren"),),
        storeys=(Storey(Named("storey-0", "IfcBuildingStorey", "00 begane grond"), 0.0, 20),),
        spaces=(),
        systems=(),
        things=tuple(wall(number) for number in range(20)),
        twice=(),
    )
    return replace(good, **changed)


def outcomes(ifc: IfcFacts, file: Path = FILE) -> dict[str, str]:
    return {check.title.en: check.outcome for check in ils.checks(ifc, None, file)}


def the_check(ifc: IfcFacts, title: str, file: Path = FILE):
    return next(check for check in ils.checks(ifc, None, file) if check.title.en == title)


def some(count: int, **changed) -> tuple[Thing, ...]:
    """Twenty walls of which `count` are otherwise."""
    return tuple(wall(number, **changed) if number < count else wall(number) for number in range(20))


def test_a_good_file_keeps_every_point_and_asks_for_nothing():
    checks = ils.checks(a_file(), facts.contents(blocks(((0, 0, 0), (9, 9, 9))), None), FILE)
    assert {check.outcome for check in checks} <= {"pass", "not applicable"}
    assert not any(check.ask for check in checks)
    assert [check.chapter for check in checks] == sorted(check.chapter for check in checks)


@pytest.mark.parametrize(
    ("title", "changed"),
    [
        ("Elements lie in a storey", {"storey": ""}),
        ("Names and types of elements", {"type_name": ""}),
        ("Classification: NL-SfB", {"codes": ()}),
        ("Classification: NL-SfB", {"codes": (("ETIM", "EC000001"),)}),
        ("Material", {"materials": ()}),
        ("Material", {"materials": ("<Unnamed>", "Default Wall")}),
    ],
)
def test_what_all_elements_should_have_is_counted(title, changed):
    assert outcomes(a_file(things=some(1, **changed)))[title] == "pass"
    assert outcomes(a_file(things=some(5, **changed)))[title] == "warn"
    found = the_check(a_file(things=some(12, **changed)), title)
    assert found.outcome == "fail"
    assert found.said.en.startswith("8 of 20 elements")
    assert found.said.nl.startswith("8 van 20 elementen")
    assert found.elements[0] == "IfcWall wand 0 (guid-0)"
    assert len(found.elements) == 5
    assert found.ask is not None


@pytest.mark.parametrize(
    ("title", "changed"),
    [
        ("Load-bearing or not (LoadBearing)", {"values": {}}),
        ("Inside or outside (IsExternal)", {"values": {"IsExternal": ""}}),
        ("Fire rating (FireRating)", {"values": {"LoadBearing": True}}),
        ("Standard property sets", {"common_set": False}),
    ],
)
def test_what_only_some_projects_agree_on_is_never_worse_than_in_part(title, changed):
    assert outcomes(a_file(things=some(20, **changed)))[title] == "warn"


def test_false_is_an_answer():
    walls = some(20, values={"LoadBearing": False, "IsExternal": False, "FireRating": "0"})
    assert outcomes(a_file(things=walls))["Load-bearing or not (LoadBearing)"] == "pass"


def test_elements_that_do_not_say_what_they_are():
    proxy = {"ancestors": BUILT - {"IfcWall"} | {"IfcBuildingElementProxy"}}
    title = "The right class of element"
    assert outcomes(a_file(things=some(1, **proxy)))[title] == "pass"
    assert outcomes(a_file(things=some(4, **proxy)))[title] == "warn"
    assert outcomes(a_file(things=some(9, **proxy)))[title] == "fail"


def test_codes_of_nl_sfb_under_another_name_are_pointed_out():
    found = the_check(a_file(things=some(20, codes=(("Uniformat", "21.22"),))), "Classification: NL-SfB")
    assert found.outcome == "warn"
    assert "“Uniformat”" in found.said.nl


@pytest.mark.parametrize("name", ["00 begane grond", "-01 kelder", "01 eerste verdieping", "10_dak", "01a entresol"])
def test_names_of_storeys_that_sort(name):
    storey = Storey(Named("storey-0", "IfcBuildingStorey", name), 0.0, 20)
    assert outcomes(a_file(storeys=(storey,)))["Storeys: names and order"] == "pass"


@pytest.mark.parametrize("name", ["Begane grond", "Level 1", "", "00"])
def test_names_of_storeys_that_do_not(name):
    storey = Storey(Named("storey-0", "IfcBuildingStorey", name), 0.0, 20)
    assert outcomes(a_file(storeys=(storey,)))["Storeys: names and order"] == "warn"


def test_storeys_that_are_empty_or_absent():
    empty = Storey(Named("storey-9", "IfcBuildingStorey", "09 dak"), 0.0, 0)
    found = the_check(a_file(storeys=(*a_file().storeys, empty)), "Storeys: names and order")
    assert (found.outcome, found.elements) == ("warn", ("IfcBuildingStorey 09 dak (storey-9)",))
    assert outcomes(a_file(storeys=()))["Storeys: names and order"] == "fail"


@pytest.mark.parametrize("changed", [{"projects": ()}, {"sites": ()}, {"buildings": ()}, {"sites": a_file().sites * 2}])
def test_there_is_one_project_one_site_and_a_building(changed):
    assert outcomes(a_file(**changed))["Project, site, building"] == "fail"


@pytest.mark.parametrize("name", ["toren.ifc", "toren bouwkundig.ifc", "toren_bouwkundig_kopie.ifc", "toren_bk(1).ifc"])
def test_names_of_files_that_tell_too_little(name):
    assert outcomes(a_file(), Path(name))["Name of the file"] == "warn"


@pytest.mark.parametrize(
    ("schema", "outcome"), [("IFC2X3", "pass"), ("IFC4X3_ADD2", "pass"), ("IFC4X3_RC2", "warn"), ("IFC4X2", "warn")]
)
def test_drafts_of_the_standard_are_asked_for_anew(schema, outcome):
    assert outcomes(a_file(schema=schema))["IFC and its version"] == outcome


@pytest.mark.parametrize(("x", "outcome"), [(0, "pass"), (5_000, "warn"), (150_000, "fail")])
def test_a_model_lies_near_its_own_origin(x, outcome):
    contents = facts.contents(blocks(((x, 0, 0), (9, 9, 9))), None)
    found = next(check for check in ils.checks(a_file(), contents, FILE) if check.chapter == "3.2")
    assert found.outcome == outcome


def test_doubles_are_found():
    assert outcomes(a_file(twice=("guid-1",)))["Each identifier (GUID) occurs once"] == "fail"
    contents = facts.contents(blocks(((0, 0, 0), (9, 9, 9)), ((0, 0, 0), (9, 9, 9))), None)
    found = next(check for check in ils.checks(a_file(), contents, FILE) if "one another" in check.title.en)
    assert found.outcome == "warn"
    assert found.elements == ("IfcWall block 0 (guid-0) = IfcWall block 1 (guid-1)",)


def test_spaces_and_systems_are_asked_for_only_where_there_are_any():
    nameless = a_file(
        spaces=(Named("r", "IfcSpace", ""),), things=some(1, ancestors=BUILT | {"IfcDistributionElement"})
    )
    assert (outcomes(a_file())["Spaces"], outcomes(nameless)["Spaces"]) == ("not applicable", "warn")
    assert (outcomes(a_file())["Installations in systems"], outcomes(nameless)["Installations in systems"]) == (
        "not applicable",
        "warn",
    )
