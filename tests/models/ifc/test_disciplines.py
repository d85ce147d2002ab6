"""Whose work an element is."""

import pytest

from models.ifc import disciplines


@pytest.mark.parametrize(
    ("kind", "type_kind", "discipline"),
    [
        ("IfcWallStandardCase", "", "architecture"),
        ("IFCROOF", "", "architecture"),
        ("IfcColumn", "", "structure"),
        ("IfcReinforcingBar", "", ""),
        ("IfcDuctSegment", "", "hvac"),
        ("IfcFlowSegment", "", "services"),
        ("IfcFlowSegment", "IFCDUCTSEGMENTTYPE", "hvac"),
        ("IfcFlowTerminal", "IFCSANITARYTERMINALTYPE", "plumbing"),
        ("IfcLightFixture", "", "electrical"),
        ("IfcGeographicElement", "", "site"),
        ("IfcSite", "", "site"),
        ("IfcFurniture", "", "furniture"),
        ("IfcFurnishingElement", "", "furniture"),
        ("IfcSpace", "", "spaces"),
        ("IfcBridgePart", "", "infrastructure"),
        ("IfcSomethingNew", "", ""),
        ("IfcSomethingNew", "IFCPUMPTYPE", "plumbing"),
    ],
)
def test_a_class_belongs_to_a_discipline(kind, type_kind, discipline):
    assert disciplines.of(kind, type_kind) == discipline
