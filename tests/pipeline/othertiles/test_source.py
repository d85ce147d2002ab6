"""Where tilesets are read from, and where not."""

import zipfile

import pytest

from pipeline.othertiles.source import key_of, opened
from tests import maketiles as make
from tests.maketiles import tile, tileset
from tiles.errors import BadInput, NotFound


def zipped(path, folder):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    return path


def test_an_archive_is_unpacked_on_the_way(passed, tmp_path):
    folder = make.write(tmp_path / "in", tileset(tile("c/a.glb")), c___a__glb=make.glb())
    summary = passed(zipped(tmp_path / "blok.3tz", folder), tmp_path / "out")
    assert (tmp_path / "out" / "c" / "a.glb").read_bytes() == make.glb()
    assert summary.opinion == "py3dtiles does not read archives"


def test_an_archive_cannot_grow_without_end(passed, tmp_path):
    folder = make.write(tmp_path / "in", tileset(tile("a.glb")), a__glb=bytes(70 << 20))
    with pytest.raises(BadInput, match=r"a\.glb would unpack to 0\.1 GB"):
        passed(zipped(tmp_path / "bomb.3tz", folder), tmp_path / "out")


def test_a_link_out_of_the_folder_is_not_followed(passed, tmp_path):
    (tmp_path / "secret.glb").write_bytes(make.glb())
    folder = make.write(tmp_path / "in", tileset(tile("a.glb")))
    (folder / "a.glb").symlink_to(tmp_path / "secret.glb")
    with pytest.raises(BadInput, match=r"not there: a\.glb"):
        passed(folder, tmp_path / "out")


@pytest.mark.parametrize(
    ("uri", "key"),
    [("a.glb", "c/a.glb"), ("../d/a%20b.glb?v=1#x", "d/a b.glb"), ("./x/../a.glb", "c/a.glb"), ("é.glb", "c/é.glb")],
)
def test_addresses_are_names_of_files(uri, key):
    assert key_of(uri, "c") == key


@pytest.mark.parametrize(
    "uri", ["", "../../a", "/a", "..\\a", "a%00", "file:///etc/passwd", "https://example.org/a", "..%2f..%2fa"]
)
def test_addresses_outside_are_refused(uri):
    with pytest.raises(BadInput, match=r"leads outside|is an address elsewhere"):
        key_of(uri, "c")


def test_what_is_no_tileset_is_said(tmp_path):
    (tmp_path / "a.glb").write_bytes(make.glb())
    (tmp_path / "a.3tz").write_bytes(b"PK")
    for name, said in (("none", "There is no tileset"), ("a.glb", "is no tileset; give"), ("a.3tz", "no archive that")):
        with pytest.raises(BadInput, match=said), opened(tmp_path / name):
            pass


def test_a_name_that_cannot_be_is_not_there(tmp_path):
    with opened(tmp_path) as source, pytest.raises(NotFound):
        source.files.get("x" * 5000)
