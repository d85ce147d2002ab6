"""Contenders in turns, so that whatever else the machine does meets them all."""

import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import measure
from .contenders import PEER, Contender, environment
from .inputs import Input
from .measure import Usage
from .tileset import Described, describe


@dataclass(frozen=True)
class Result:
    """What a contender took for an input, in all rounds."""

    contender: str
    input: Input
    usages: tuple[Usage, ...]
    out_bytes: int
    described: Described | None
    """Of the last round; None for a peer, and where no tileset is written."""

    @property
    def wall_s(self) -> float:
        """Median of the rounds."""
        return statistics.median(usage.wall_s for usage in self.usages)

    @property
    def cpu_s(self) -> float:
        """Median of the rounds."""
        return statistics.median(usage.cpu_s for usage in self.usages)

    @property
    def worst(self) -> Usage:
        """The round with the highest peak of memory."""
        return max(self.usages, key=lambda usage: usage.pss_bytes)

    @property
    def scratch_bytes(self) -> int:
        """The highest peak of the rounds."""
        return max(usage.scratch_bytes for usage in self.usages)


def take_turns(contenders: Sequence[Contender], given: Input, rounds: int, folder: Path) -> list[Result]:
    """Run each contender `rounds` times on an input, A B C A B C; every run leaves a folder in `folder`."""
    found: dict[str, list[Usage]] = {each.name: [] for each in contenders}
    left: dict[str, tuple[int, Described | None]] = {}
    for number in range(rounds):
        for contender in contenders:
            # Nothing is deleted in between: for some seconds after that ext4 is slow to make files, whoever's they are.
            fresh = Path(tempfile.mkdtemp(dir=folder))
            (fresh / "scratch").mkdir()
            usage = measure.run(contender.command(given.files, fresh), fresh, environment(contender, fresh))
            found[contender.name].append(usage)
            if number == rounds - 1:
                left[contender.name] = _left(contender, fresh / "out")
            said = f"{given.name}, round {number + 1}: {contender.name} {usage.wall_s:.1f} s, CPU {usage.cpu_s:.1f} s"
            print(said, file=sys.stderr)
    return [Result(each.name, given, tuple(found[each.name]), *left[each.name]) for each in contenders]


def _left(contender: Contender, out: Path) -> tuple[int, Described | None]:
    """How much output there is, and what it is made of."""
    if not out.exists():
        return 0, None
    return measure.size(out), None if contender.name == PEER else describe(out)
