"""Zips of models: the one model in them is found and read with what belongs to it; what is not safe is not unpacked."""

import json
import tempfile
import zipfile
from pathlib import Path

import pytest

import models
from models import archive
from tests import makemeshes as make
from tiles.errors import BadInput


def read(path):
    return models.read(path, models.Reading(), lambda _done, _total: None)


def packed(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries.items():
            made.writestr(name, data)
    return path


@pytest.fixture
def house(tmp_path):
    return make.glb(tmp_path / "house.glb").read_bytes()


def test_pictures_elsewhere_in_the_zip_are_found_and_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    model = read(make.zipped(tmp_path / "house.zip"))
    assert model.facts.missing == ()
    assert sum(surface.material.texture is not None for surface in model.surfaces) == 1
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_gltf_in_a_zip_brings_its_files(tmp_path):
    make.gltf(tmp_path / "house.gltf")
    entries = {f"deep/er/{p.name}": p.read_bytes() for p in tmp_path.iterdir() if p.suffix in {".gltf", ".bin", ".png"}}
    assert read(packed(tmp_path / "a.zip", entries)).triangles == 10


def test_a_city_model_in_a_zip_is_read_by_its_own_reader(tmp_path):
    surface = {"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2]]]}
    city = {
        "type": "CityJSON",
        "version": "1.1",
        "transform": {"scale": [1, 1, 1], "translate": [0, 0, 0]},
        "vertices": [[0, 0, 0], [9, 0, 0], [0, 9, 0]],
        "CityObjects": {"one": {"type": "Building", "geometry": [surface]}},
    }
    model = read(packed(tmp_path / "a.zip", {"city.json": json.dumps(city), "notes.txt": b""}))
    assert [element.guid for element in model.elements] == ["one"]


def test_metadata_beside_a_model_is_not_taken_for_one(tmp_path, house):
    assert read(packed(tmp_path / "a.zip", {"house.glb": house, "license.json": b"{}"})).triangles == 10


def test_several_models_are_named(tmp_path, house):
    with pytest.raises(BadInput, match=r"holds several models \(a\.glb, b/c\.glb\); hand over one at a time"):
        read(packed(tmp_path / "a.zip", {"a.glb": house, "b/c.glb": house}))


def test_a_zip_without_a_model_says_what_it_holds(tmp_path):
    with pytest.raises(BadInput, match=r"holds no model that can be read .*; it holds plan\.skp\."):
        read(packed(tmp_path / "a.zip", {"plan.skp": b""}))
    with pytest.raises(BadInput, match="it is empty"):
        read(packed(tmp_path / "b.zip", {}))


@pytest.mark.parametrize("name", ["inner.zip", "x/inner.7z"])
def test_an_archive_in_an_archive_is_refused(name, tmp_path, house):
    with pytest.raises(BadInput, match=rf"holds another archive, {name}; unpack that first"):
        read(packed(tmp_path / "a.zip", {"house.glb": house, name: b"PK"}))


@pytest.mark.parametrize("name", ["../evil.glb", "/etc/evil.glb", "a/../../evil.glb", "..\\evil.glb", "C:/evil.glb"])
def test_an_entry_that_leads_outside_is_refused(name, tmp_path, house):
    with pytest.raises(BadInput, match="would be written outside its folder; it is not unpacked"):
        read(packed(tmp_path / "a.zip", {name: house}))
    assert not (tmp_path / "evil.glb").exists()


def test_a_link_is_refused(tmp_path, house):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("house.glb", house)
        link = zipfile.ZipInfo("textures")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc")
    with pytest.raises(BadInput, match=r"holds 'textures', a link; pack the files themselves"):
        read(path)


def test_a_small_zip_that_unpacks_to_much_is_refused_unread(tmp_path):
    path = packed(tmp_path / "bomb.zip", {"house.glb": bytes(64 << 20)})
    assert path.stat().st_size < 1 << 17
    with pytest.raises(BadInput, match=r"bomb\.zip unpacks to 1,\d\d\d times its size, as no model does"):
        read(path)


def test_ten_gigabytes_are_refused_by_what_the_zip_says_of_itself(tmp_path, house, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 1000)
    with pytest.raises(BadInput, match=r"unpacks to 0\.0 GB, and 0\.0 is the limit"):
        read(packed(tmp_path / "a.zip", {"house.glb": house}))


def test_an_entry_that_holds_more_than_it_says_is_refused(tmp_path):
    data = packed(tmp_path / "a.zip", {"house.obj": b"v 0 0 0\n" * 5000}).read_bytes()
    true, said = (40_000).to_bytes(4, "little"), (100).to_bytes(4, "little")
    assert data.count(true) == 2  # in the entry's own header and in the directory
    (tmp_path / "b.zip").write_bytes(data.replace(true, said))
    with pytest.raises(BadInput, match=r"house\.obj in it is (not of the size it says|damaged)"):
        read(tmp_path / "b.zip")


def test_too_many_files_are_refused(tmp_path, house, monkeypatch):
    monkeypatch.setattr(archive, "MOST_FILES", 3)
    with pytest.raises(BadInput, match="holds 5 files, and 3 is the limit"):
        read(packed(tmp_path / "a.zip", {"house.glb": house} | {f"{i}.png": b"" for i in range(4)}))


def test_what_is_no_zip_says_so(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"hello")
    with pytest.raises(BadInput, match=r"a\.zip is not a zip archive that can be read"):
        read(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("suffix", "instead"),
    [
        ("skp", "SketchUp exports IFC"),
        ("dwg", "AutoCAD exports IFC and DXF"),
        ("rvt", "Revit exports IFC"),
        ("pln", "Archicad exports IFC"),
        ("blend", "Blender exports GLB"),
        ("3dm", "Rhino exports GLB"),
        ("max", "3ds Max exports GLB"),
        ("fbx", "export GLB"),
    ],
)
def test_a_kind_that_cannot_be_read_says_what_to_ask_for(suffix, instead, tmp_path):
    with pytest.raises(BadInput, match=rf"plan\.{suffix} is no kind of model that can be read .*; {instead}"):
        read(Path(tmp_path / f"plan.{suffix}"))
