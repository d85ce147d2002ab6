"""Damage IFC files at random and read what is left: every outcome must be a model or one sentence.

    python tests/fuzz_ifc.py SECONDS SEED FILE…

Each damaged file is read as a conversion reads it, in a process with limits. What is neither is kept and named.
"""

import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import models
from models.model import Reading
from pipeline.confine import Limits, confined
from pipeline.report import Report, silent
from tiles.errors import Problem

LIMITS = Limits(memory_bytes=4 << 30, cpu_s=60, wall_s=120)
_NUMBER = re.compile(rb"-?\d+\.\d*(?:[eE][-+]?\d+)?")
_REFERENCE = re.compile(rb"#\d+")
_ODD = (b"1.E400", b"-1.E300", b"0.", b"NaN", b"$", b"'", b"(", b"1.E-300", b"''", b"#999999999", b"*")


def flip(data: bytearray, dice: random.Random) -> None:
    """Change bytes."""
    for _ in range(dice.randint(1, 12)):
        data[dice.randrange(len(data))] = dice.randrange(256)


def odd(data: bytearray, dice: random.Random) -> None:
    """Write odd values for numbers and references."""
    for pattern in (_NUMBER, _REFERENCE):
        found = [each.span() for each in pattern.finditer(data)]
        for start, end in sorted(dice.sample(found, min(len(found), dice.randint(0, 6))), reverse=True):
            data[start:end] = dice.choice(_ODD)


def lines(data: bytearray, dice: random.Random) -> None:
    """Drop, double and exchange lines."""
    rows = bytes(data).split(b"\n")
    for _ in range(dice.randint(1, 8)):
        one, other = dice.randrange(len(rows)), dice.randrange(len(rows))
        match dice.randrange(3):
            case 0:
                rows[one] = b""
            case 1:
                rows[one] = rows[one] + rows[other]
            case _:
                rows[one], rows[other] = rows[other], rows[one]
    data[:] = b"\n".join(rows)


def redirect(data: bytearray, dice: random.Random) -> None:
    """Let references point at other entities: circles, and things of another class."""
    found = [each.span() for each in _REFERENCE.finditer(data)]
    targets = [bytes(data[start:end]) for start, end in found]
    for start, end in sorted(dice.sample(found, min(len(found), dice.randint(1, 6))), reverse=True):
        data[start:end] = dice.choice(targets)


KINDS: tuple[Callable[[bytearray, random.Random], None], ...] = (flip, odd, lines, redirect)


def damaged(data: bytes, dice: random.Random) -> bytes:
    """A file with damage of one or two kinds."""
    changed = bytearray(data)
    for kind in dice.sample(KINDS, dice.randint(1, 2)):
        kind(changed, dice)
    return bytes(changed)


def read(path: Path, _report: Report) -> tuple[int, tuple[str, ...]]:
    """How many elements there are, and what was noted."""
    model = models.read(path, Reading(), lambda _done, _total: None)
    assert all(len(surface.positions) for surface in model.surfaces)
    return len(model.elements), model.notes


def main() -> None:
    """Until the time is up."""
    seconds, seed, *names = sys.argv[1:]
    end, dice, told = time.monotonic() + float(seconds), random.Random(int(seed)), Counter[str]()
    kept = Path(f"fuzz-{seed}")
    kept.mkdir(exist_ok=True)
    number = 0
    while time.monotonic() < end:
        number += 1
        source = Path(dice.choice(names))
        path = kept / f"{number}.ifc"
        path.write_bytes(damaged(source.read_bytes(), dice))
        try:
            _, notes = confined(read, (path,), LIMITS, silent)
            outcome = "model" if not notes else f"model: {re.sub(r'[0-9A-Za-z_$]{20,}|[0-9.]+', '…', notes[0])[:70]}"
        except Problem as problem:
            outcome = re.sub(r"[0-9A-Za-z_$]{20,}|[0-9.]+", "…", str(problem))[:70]
        told[outcome] += 1
        if "ended its reader" in outcome or "exit code" in outcome:
            sys.stdout.write(f"{path} {outcome}\n")
        else:
            path.unlink()
    for outcome, count in told.most_common():
        sys.stdout.write(f"{count:5} {outcome}\n")


if __name__ == "__main__":
    main()
