"""XML from strangers, in COLLADA and in 3MF."""

import zipfile

import pytest

import models
from models.meshes import xml
from tests import makemeshes as make
from tiles.errors import BadInput

LAUGHS = (
    """<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>"""
)
OUTSIDE = """<!DOCTYPE x SYSTEM "file:///etc/passwd">"""
REFUSED = "declares a document type or entities, which are not read from strangers"


def read(path):
    return models.read(path, models.Reading(), lambda _done, _total: None)


@pytest.mark.parametrize("doctype", [LAUGHS, OUTSIDE, LAUGHS.lower()])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_a_bomb_of_entities_in_collada_is_refused(doctype, encoding, tmp_path):
    path = make.collada(tmp_path / "house.dae", doctype)
    path.write_bytes(path.read_text().replace('encoding="utf-8"', "").encode(encoding))
    with pytest.raises(BadInput, match=rf"house\.dae {REFUSED}"):
        read(path)


def test_a_bomb_of_entities_in_3mf_is_refused(tmp_path):
    whole = make.threemf(tmp_path / "house.3mf")
    with zipfile.ZipFile(whole) as given, zipfile.ZipFile(tmp_path / "bomb.3mf", "w") as made:
        for entry in given.infolist():
            data = given.read(entry)
            made.writestr(
                entry, data.replace(b"?>", b"?>" + LAUGHS.encode(), 1) if entry.filename.endswith("model") else data
            )
    with pytest.raises(BadInput, match=rf"bomb\.3mf/3D/house\.model|/3D/house\.model {REFUSED}"):
        read(tmp_path / "bomb.3mf")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_other_encodings_are_read(encoding, tmp_path):
    path = make.collada(tmp_path / "house.dae")
    text = path.read_text().replace('encoding="utf-8"', 'encoding="iso-8859-1"' if encoding == "latin-1" else "")
    path.write_bytes(text.replace('name="walls"', 'name="façade"').encode(encoding))
    assert [element.name for element in read(path).elements] == ["façade", "sign"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<a>", "is not XML that can be read"),
        (b"", "is not XML that can be read"),
        (b"<?xml version='1.0' encoding='IBM037'?><a/>", "is in encoding IBM037; save it as UTF-8"),
        (b"\0<\0a\0/\0>", "is not XML in UTF-8"),
    ],
)
def test_what_is_no_xml_says_so_in_one_line(data, said):
    with pytest.raises(BadInput, match=said) as problem:
        xml.parse(data, "x.dae")
    assert "\n" not in str(problem.value)
