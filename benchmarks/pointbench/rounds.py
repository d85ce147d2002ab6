"""Contenders in turns, so that whatever else the machine does meets them all."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import measure, result
from .contenders import PEER, Contender, environment
from .inputs import Input
from .tileset import Described, describe

if TYPE_CHECKING:
    from .measure import Usage

Result = result.Result[Input, Described | None]
"""With the tileset of the last round; None for a peer, and where none is written."""


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
