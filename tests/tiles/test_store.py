"""Stores, by one contract; and folders that are whole or absent."""

from pathlib import Path

import pytest

from tiles.errors import NotFound, OutputProblem
from tiles.store import Directory, Memory, added_to, new_directory, part_of


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


def test_keys_are_those_of_a_folder_and_hidden_ones_are_asked_for_by_name(store):
    for key in ("a/b.glb", "a/c/d.glb", "ab/e.glb", ".hidden/f", ".hidden/g/h", "a/.i"):
        store.put(key, b"tile")
    assert sorted(store.keys()) == ["a/b.glb", "a/c/d.glb", "ab/e.glb"]
    assert sorted(store.keys("a")) == ["a/b.glb", "a/c/d.glb"]
    assert sorted(store.keys(".hidden")) == [".hidden/f", ".hidden/g/h"]
    assert list(store.keys("none")) == []


def test_removed_keys_are_gone_and_absent_ones_do_not_matter(store):
    store.put("a/b.glb", b"tile")
    store.remove(["a/b.glb", "a/b.glb", "none/c"])
    assert list(store.keys()) == []


def test_two_who_write_the_same_key_at_once_do_not_meet():
    assert part_of(Path("a/b.glb")) != part_of(Path("a/b.glb"))
    assert part_of(Path("a/b.glb")).startswith("a/b.glb.")


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


def listed(key, data):
    """The contents a list names, from where it stands."""
    return [f"tiles/{name}" for name in data.decode().split()]


def test_what_is_added_comes_beside_what_is_there_and_only_what_is_named_stays(tmp_path):
    there = Directory(tmp_path / "out")
    for key, data in {
        "list": b"a b",
        "tiles/a": b"1",
        "tiles/b": b"2",
        "v/x/list": b"b c",
        "tiles/c": b"3",
        "v/x/old": b"",
    }.items():
        there.put(key, data)
    with added_to(tmp_path / "out", "v/x/", listed, "list") as store:
        store.put("tiles/b", b"2")
        store.put("tiles/d", b"4")
        store.put("v/x/list", b"b d")
        assert there.get("v/x/list") == b"b c"
    assert set(there.keys()) == {"list", "tiles/a", "tiles/b", "tiles/d", "v/x/list"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_addition_that_fails_changes_nothing(tmp_path):
    Directory(tmp_path / "out").put("list", b"a")

    def write():
        with added_to(tmp_path / "out", "v/", listed, "list") as store:
            store.put("tiles/b", b"1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert list(Directory(tmp_path).keys()) == ["out/list"]
