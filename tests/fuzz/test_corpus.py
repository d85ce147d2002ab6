"""Whatever a file holds: it is read, or one sentence says why not."""

from pathlib import Path

import pytest

from tests.fuzz.outcomes import READ, of_damage, of_files
from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
MANY, FEW = range(60), range(12)
_SLOW = {"dxf", "usda", "usdc", "usdz"}
"""Readers whose libraries take tens of milliseconds for any file."""
_FORGIVING = {"obj", "stl"}
"""Readers of what has next to no structure to break."""
LARGEST_CORPUS_BYTES = 1_000_000


def faults(found):
    return [said for said in found if said.startswith("FAULT")]


@pytest.mark.parametrize("name", TARGETS)
def test_a_file_damaged_at_random_is_read_or_one_sentence(name, tmp_path):
    found = of_damage(name, FEW if name in _SLOW else MANY, tmp_path)
    assert faults(found) == []
    assert name in _FORGIVING or any(said != READ for said in found)


@pytest.mark.parametrize("name", [name for name in TARGETS if (CORPUS / name).is_dir()])
def test_what_fuzzing_once_found_stays_mended(name, tmp_path):
    assert faults(of_files(name, sorted((CORPUS / name).iterdir()), tmp_path)) == []


def test_a_crash_of_a_reader_is_a_fault(monkeypatch, tmp_path):
    broken = TARGETS["stl"].__class__("a.stl", lambda _folder: [b""], lambda _path: 1 / 0)
    monkeypatch.setitem(TARGETS, "broken", broken)
    (found,) = of_damage("broken", range(1), tmp_path)
    assert found.startswith("FAULT")
    assert "ZeroDivisionError" in found


def test_the_corpus_is_small():
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < LARGEST_CORPUS_BYTES
