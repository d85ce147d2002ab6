"""Stores, by one contract; and folders that are whole or absent."""

import pytest

from tiles.errors import NotFound, OutputProblem
from tiles.store import Directory, Memory, new_directory


@pytest.fixture(params=["memory", "directory"])
def store(request, tmp_path):
    return Memory() if request.param == "memory" else Directory(tmp_path)


def test_what_is_put_can_be_got(store):
    store.put("a/b.glb", b"tile")
    assert store.get("a/b.glb") == b"tile"


@pytest.mark.parametrize("key", ["none", "a", "../secret", "/etc/hostname"])
def test_what_is_not_there_is_not_found(store, key):
    store.put("a/b.glb", b"tile")
    with pytest.raises(NotFound):
        store.get(key)


def test_a_new_directory_appears_whole(tmp_path):
    with new_directory(tmp_path / "deep" / "out") as store:
        store.put("tile.glb", b"1")
        assert not (tmp_path / "deep" / "out").exists()
    assert (tmp_path / "deep" / "out" / "tile.glb").read_bytes() == b"1"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


@pytest.mark.parametrize("stop", [ValueError, KeyboardInterrupt])
def test_a_new_directory_that_fails_leaves_nothing(tmp_path, stop):
    def write():
        with new_directory(tmp_path / "out") as store:
            store.put("tile.glb", b"1")
            raise stop

    with pytest.raises(stop):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_not_written_over(tmp_path):
    with pytest.raises(OutputProblem, match="exists already"), new_directory(tmp_path):
        pass
