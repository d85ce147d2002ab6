"""Contenders in turns, so that whatever else the machine does meets them all."""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pointbench import measure, result
from pointbench.measure import CommandError, Usage

from .contenders import ITERATOR, Contender, environment


@dataclass(frozen=True)
class Left:
    """What a contender left of a file."""

    tiles: int
    shapes: int
    """As the iterator counted them; 0 where it did not run."""
    failure: str = ""


Result = result.Result[Path, Left]


def take_turns(contenders: Sequence[Contender], file: Path, rounds: int, folder: Path) -> list[Result]:
    """Run each contender `rounds` times on a file, A B C A B C; one that fails is not run again."""
    usages: dict[str, list[Usage]] = {each.name: [] for each in contenders}
    failures: dict[str, str] = {}
    left: dict[str, Path] = {}
    for number in range(rounds):
        for contender in contenders:
            if contender.name in failures:
                continue
            fresh = Path(tempfile.mkdtemp(dir=folder))
            left[contender.name] = fresh / "out"
            try:
                usage = measure.run(contender.command(file, fresh), fresh, environment())
            except CommandError as error:
                failures[contender.name] = str(error).strip().splitlines()[-1][:120]
                continue
            usages[contender.name].append(usage)
            said = f"{file.name}, round {number + 1}: {contender.name} {usage.wall_s:.1f} s, CPU {usage.cpu_s:.1f} s"
            print(said, file=sys.stderr)
    shapes = _shapes(left.get(ITERATOR))
    return [
        Result(
            each.name,
            file,
            tuple(usages[each.name]),
            measure.size(left[each.name]),
            Left(_tiles(left[each.name]), shapes, failures.get(each.name, "")),
        )
        for each in contenders
    ]


def _shapes(out: Path | None) -> int:
    counted = out / "count.json" if out is not None else None
    return int(json.loads(counted.read_text())["shapes"]) if counted is not None and counted.exists() else 0


def _tiles(out: Path) -> int:
    return sum(1 for path in out.rglob("*") if path.suffix in {".glb", ".b3dm", ".gltf"})
