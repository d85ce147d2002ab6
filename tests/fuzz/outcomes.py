"""What becomes of damaged files, in a process with limits, since a crash is a fault as well."""

import time
import traceback
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from pipeline.confine import Limits, confined
from pipeline.report import Report, silent
from tests.fuzz.damage import damaged
from tests.fuzz.targets import TARGETS
from tiles.errors import Problem

SLOW_S = 10.0
LIMITS = Limits(memory_bytes=4 << 30, cpu_s=600, wall_s=900)
READ = "read"
_LONGEST = 700


def of_damage(name: str, seeds: Iterable[int], folder: Path) -> list[str]:
    """What came of each seed of one reader: `READ`, the sentence of a `Problem`, or a fault."""
    last = [-1]

    def report(_stage: str, seed: int, _of: int) -> None:
        last[0] = seed

    try:
        found: list[str] = confined(_of_damage, (name, list(seeds), folder), LIMITS, report)
    except Problem as problem:
        return [f"FAULT at seed {last[0]}: {problem}"]
    return found


def of_files(name: str, files: Sequence[Path], folder: Path) -> list[str]:
    """What came of each file, given to one reader."""
    found: list[str] = confined(_of_files, (name, files, folder), LIMITS, silent)
    return found


def _of_damage(name: str, seeds: Sequence[int], folder: Path, report: Report) -> list[str]:
    whole = TARGETS[name].seeds(folder)
    found = []
    for seed in seeds:
        report(name, seed, seeds[-1])
        found.append(_outcome(name, damaged(whole[seed % len(whole)], TARGETS[name].file, Random(seed)), folder))
    return found


def _of_files(name: str, files: Sequence[Path], folder: Path, _report: Report) -> list[str]:
    TARGETS[name].seeds(folder)
    return [_outcome(name, file.read_bytes(), folder) for file in files]


def _outcome(name: str, data: bytes, folder: Path) -> str:
    path = folder / TARGETS[name].file
    path.write_bytes(data)
    start = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            TARGETS[name].attempt(path)
    except Problem as problem:
        said = str(problem).strip()
        if "\n" in said or not said.endswith(".") or len(said) > _LONGEST:
            said = f"FAULT, no sentence: {said}"
    except Exception:  # noqa: BLE001 - whatever a reader raises is what is looked for
        said = f"FAULT: {traceback.format_exc()}"
    else:
        said = READ
    took_s = time.process_time() - start
    return said if took_s < SLOW_S else f"FAULT, took {took_s:.0f} s: {said}"
