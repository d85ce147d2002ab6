"""Properties in files that are found by the GUID."""

import json

import pytest

from models.model import Element
from pipeline.properties import fnv1a, write_properties
from tiles.store import Memory


@pytest.mark.parametrize(
    ("text", "hashed"),
    [("", 0x811C9DC5), ("a", 0xE40C292C), ("foobar", 0xBF9CF968)],  # RFC 9923, test vectors
)
def test_the_hash_is_fnv_1a(text, hashed):
    assert fnv1a(text) == hashed


def test_every_element_is_found_in_the_file_its_guid_leads_to():
    sets = {"Pset_WallCommon": {"IsExternal": True, "Width": 0.3, "Naam": 'café "x"', "": "y" * 500}}
    elements = [Element(f"guid-{row}", "IfcWall", properties=sets) for row in range(400)]
    store = Memory()
    count = write_properties([*elements, Element("bare", "IfcWall")], store, "variants/v/")
    assert count == len(store.objects) > 4
    for element in elements:
        file = json.loads(store.objects[f"variants/v/properties/{fnv1a(element.guid) % count}.json"])
        assert file[element.guid] == sets
        assert "bare" not in file
    assert max(map(len, store.objects.values())) < 3 * 32_768


def test_without_properties_there_are_no_files():
    store = Memory()
    assert write_properties([Element("g", "IfcWall")], store) == 0
    assert store.objects == {}
