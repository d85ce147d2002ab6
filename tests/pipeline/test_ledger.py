"""What was made of what."""

import gzip
import json
from dataclasses import replace

import numpy as np

from pipeline import ledger
from pipeline.ledger import HIDDEN, Ledger, Made
from pipeline.segment import CELLS
from tiles.store import Memory


def made(key: str, *contents: str) -> Made:
    return Made(key, contents[0] if contents else None, (0.0, 1.5, 2.0), (3.0, 4.0, 5.25), 8.0, contents=contents)


CELL = np.array([(1_622, 400, 7, 12, (2**63 + 5, 3))], CELLS)


def test_a_ledger_comes_back_as_it_was():
    store = Memory()
    parts = [made("a", "tiles/1", "cells/1"), made("b")]
    written = Ledger(segments={"s1": (CELL, 4, 1), "s2": (CELL[:0], 0, 0)}).published("tileset.json", parts)
    ledger.write(written, store)
    read = ledger.read(store)
    assert (read.made, read.tilesets, read.before) == (written.made, {"tileset.json": ["a", "b"]}, {})
    assert {key: (cells.tobytes(), *counts) for key, (cells, *counts) in read.segments.items()} == {
        "s1": (CELL.tobytes(), 4, 1),
        "s2": (b"", 0, 0),
    }


def test_without_a_ledger_or_with_another_version_s_nothing_is_known():
    assert ledger.read(Memory()) == Ledger()
    store = Memory()
    ledger.write(Ledger(), store)
    name = f"{HIDDEN}/ledger.json.gz"
    values = json.loads(gzip.decompress(store.get(name)))
    store.put(name, gzip.compress(json.dumps(values | {"version": 0}).encode()))
    assert ledger.read(store) == Ledger()
    store.put(name, b"damaged")
    assert ledger.read(store) == Ledger()


def test_what_the_version_before_refers_to_is_kept_and_what_is_older_is_not():
    first = Ledger().published("tileset.json", [made("a", "tiles/1"), made("b", "tiles/2")])
    second = first.published("tileset.json", [made("a", "tiles/1"), made("c", "tiles/3")])
    assert second.kept() == {"tiles/1", "tiles/2", "tiles/3"}
    third = second.published("tileset.json", [made("c", "tiles/3"), made("d", "tiles/4")])
    assert third.kept() == {"tiles/1", "tiles/3", "tiles/4"}
    assert set(third.made) == {"a", "c", "d"}


def test_the_same_published_again_keeps_the_version_before():
    first = Ledger().published("tileset.json", [made("a", "tiles/1")])
    second = first.published("tileset.json", [made("b", "tiles/2")])
    assert second.published("tileset.json", [made("b", "tiles/2")]) == second


def test_while_one_tileset_takes_the_place_of_another_both_are_kept_whichever_readers_see():
    first = Ledger().published("tileset.json", [made("a", "tiles/1")])
    announced = first.announced("tileset.json", [made("b", "tiles/2")])
    assert announced.kept() == {"tiles/1", "tiles/2"}
    after_a_kill = announced.published("tileset.json", [made("c", "tiles/3")])
    assert after_a_kill.kept() == {"tiles/1", "tiles/2", "tiles/3"}


def test_a_sweep_takes_what_is_not_kept_and_what_was_being_written_and_nothing_else():
    store = Memory()
    upward = f"{ledger.UPWARD}/aa/1"
    entry = Ledger().published("tileset.json", [replace(made("a", "tiles/1", "cells/1"), upward=upward)])
    kept = ["tiles/1", "cells/1", upward, "tileset.json", "notes.txt", f"{HIDDEN}/scratch/ab/segments/x.part"]
    gone = ["tiles/2", "cells/2", "tiles/1.0a.part", "tileset.json.0b.part", f"{ledger.UPWARD}/aa/2"]
    for key in [*kept, *gone, f"{HIDDEN}/ledger.json.gz.0c.part"]:
        store.put(key, b"")
    ledger.sweep(store, entry)
    assert sorted(store.objects) == sorted(kept)


def test_a_variant_keeps_what_it_shares():
    both = (
        Ledger()
        .published("tileset.json", [made("a", "tiles/1")])
        .published("variants/x/tileset.json", [made("b", "tiles/2")])
    )
    again = both.published("tileset.json", [made("c", "tiles/3")]).published("tileset.json", [made("d", "tiles/4")])
    assert again.kept() == {"tiles/2", "tiles/3", "tiles/4"}


def test_what_a_stopped_run_had_made_is_remembered(tmp_path):
    ledger.remember(made("a", "tiles/1"), tmp_path)
    (tmp_path / "b.part").write_text("{")
    assert ledger.remembered(tmp_path) == {"a": made("a", "tiles/1")}
