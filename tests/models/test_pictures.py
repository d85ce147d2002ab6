"""Pictures beside a model."""

import pytest

from models.pictures import Pictures

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"


def test_a_picture_is_found_by_its_first_bytes_and_read_once(tmp_path):
    (tmp_path / "looks").mkdir()
    (tmp_path / "looks" / "a b.png").write_bytes(JPEG)
    pictures = Pictures(tmp_path)
    found = pictures.get("looks\\a%20b.png")
    assert (found.data, found.media_type) == (JPEG, "image/jpeg")
    assert pictures.get("looks\\a%20b.png") is found
    assert not pictures.missing


@pytest.mark.parametrize(
    "name", ["", "gone.png", "../secret.png", "/etc/passwd", "c:/a.png", "a.txt", "x" * 5000, "\0"]
)
def test_what_cannot_be_had_is_named_and_never_read_elsewhere(tmp_path, name):
    (tmp_path / "secret.png").write_bytes(PNG)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("text")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    pictures = Pictures(folder)
    assert pictures.get(name) is None
    assert pictures.get("link.png") is None
    assert [*pictures.missing] == [name, "link.png"]
