"""A model held against an IDS file; ifctester itself writes the files."""

import pytest
from ifctester import ids as authored

from pipeline.inspect import ids, ifcfile


def an_ids(path, *specifications):
    made = authored.Ids(title="Levering Dordrecht")
    made.specifications.extend(specifications)
    made.to_xml(str(path))
    return path


def walls(name, requirement, **usage):
    made = authored.Specification(name=name, ifcVersion=["IFC4"], **usage)
    made.applicability.append(authored.Entity(name="IFCWALL"))
    made.requirements.append(requirement)
    return made


@pytest.fixture(scope="module")
def ifc(plan):
    return ifcfile.opened(plan)


def test_specifications_that_are_met_and_not(ifc, tmp_path):
    named = walls("Wanden hebben een naam", authored.Attribute(name="Name"))
    colour = walls(
        "Wanden hebben een kleurcode", authored.Property(propertySet="Pset_Stad", baseName="Kleur", dataType="IFCLABEL")
    )
    found = ids.check(an_ids(tmp_path / "stad.ids", named, colour), ifc)
    assert (found.title, found.problem, found.failed) == ("Levering Dordrecht", "", 1)
    met, failed = found.specifications
    count = len(ifc.by_type("IfcWall"))
    assert (met.outcome, met.applicable, met.passed, met.failing) == ("pass", count, count, ())
    assert (failed.outcome, failed.failed) == ("fail", count)
    assert 0 < len(failed.failing) <= 5
    assert failed.failing[0].startswith("IfcWall")
    assert ": The required" in failed.failing[0]


def test_a_specification_without_elements(ifc, tmp_path):
    absent = authored.Specification(name="Liften", ifcVersion=["IFC4"], minOccurs=0)
    absent.applicability.append(authored.Entity(name="IFCTRANSPORTELEMENT"))
    absent.requirements.append(authored.Attribute(name="Name"))
    required = authored.Specification(name="Er is een lift", ifcVersion=["IFC4"], minOccurs=1)
    required.applicability.append(authored.Entity(name="IFCTRANSPORTELEMENT"))
    found = ids.check(an_ids(tmp_path / "lift.ids", absent, required), ifc)
    assert [each.outcome for each in found.specifications] == ["not applicable", "fail"]


BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is not XML that can be read"),
        ("<ids>", "is not XML that can be read"),
        (BOMB, "has a DOCTYPE"),
        ("<a/>", "is no IDS file: its root is a"),
        (
            '<ids xmlns="http://standards.buildingsmart.org/IDS"><info/></ids>',
            "is not an IDS 1.0 file that can be used",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_said_in_one_sentence(content, said, ifc, tmp_path):
    (tmp_path / "x.ids").write_text(content)
    found = ids.check(tmp_path / "x.ids", ifc)
    assert found.problem.startswith("x.ids")
    assert said in found.problem
    assert found.problem.endswith(".")
    assert "\n" not in found.problem
    assert found.specifications == ()


def test_a_file_that_is_not_there(ifc, tmp_path):
    assert ids.check(tmp_path / "no.ids", ifc).problem == f"There is no file {tmp_path / 'no.ids'}."


def test_a_place_to_fetch_a_schema_from_is_taken_out(tmp_path):
    path = an_ids(tmp_path / "a.ids", walls("w", authored.Attribute(name="Name")))
    text = path.read_text().replace("http://standards.buildingsmart.org/IDS/1.0/ids.xsd", "http://127.0.0.1:9/no.xsd")
    assert "no.xsd" in text
    path.write_text(text)
    assert "no.xsd" not in ids._guarded(path)
