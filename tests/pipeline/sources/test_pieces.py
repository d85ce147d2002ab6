"""Answers that are kept until they are one file."""

import sqlite3

import pytest

from pipeline.sources.pieces import pieces
from tiles.errors import OutputProblem


def test_an_answer_is_there_for_the_next_run_of_the_same_request(tmp_path):
    path = tmp_path / "p.sqlite"
    with pieces(path, "this") as kept:
        kept.put("a", b"body")
    with pieces(path, "this") as kept:
        assert kept.get("a").body == b"body"
        assert kept.get("b") is None
    with pieces(path, "that") as kept:
        assert kept.get("a") is None


def test_an_answer_whose_bytes_changed_on_disk_is_not_given(tmp_path):
    path = tmp_path / "p.sqlite"
    with pieces(path, "this") as kept:
        kept.put("a", b"body")
    with sqlite3.connect(path) as connection:
        connection.execute("update piece set body = ?", (b"bady",))
    connection.close()
    with pieces(path, "this") as kept:
        assert kept.get("a") is None


def test_features_come_out_in_order_whatever_order_they_came_in(tmp_path):
    with pieces(tmp_path / "p.sqlite", "this") as kept:
        kept.add_features([("b", "2"), ("a", "1")])
        kept.add_features([("c", "3"), ("a", "1")])
        assert list(kept.features()) == ["1", "2", "3"]
        assert kept.differing == 0


def test_of_two_that_differ_the_same_is_kept_in_either_order(tmp_path):
    for number, order in enumerate((["x", "y"], ["y", "x"])):
        with pieces(tmp_path / f"{number}.sqlite", "this") as kept:
            for text in order:
                kept.add_features([("a", text)])
            assert list(kept.features()) == ["y"]
            assert kept.differing == 1


def test_a_file_that_is_no_database_is_said(tmp_path):
    path = tmp_path / "p.sqlite"
    path.write_bytes(b"something else entirely" * 100)
    with pytest.raises(OutputProblem, match="begin anew with --fresh"), pieces(path, "this"):
        pass
