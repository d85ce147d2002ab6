"""The command line of `benchmarks/points.py`."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from . import inputs, report
from .ahnlike import Survey
from .contenders import Contender, cold, decoder, peer, rough, voorland
from .inputs import Input
from .rounds import Result, take_turns

_WARM_UP = Survey(0.4, 6)  # enough for processes to be worth their while
_FORMATS = (1, 6)
_PLAIN, _COLOURED = 6, 7
_CACHE = Path(platformdirs.user_cache_dir("voorland")) / "benchmarks"


@dataclass(frozen=True)
class Options:
    """What is to be measured."""

    points: tuple[float, ...]
    """Millions, from few to many."""
    formats: tuple[int, ...]
    rounds: int
    jobs: int
    peer_points: float
    """The peer is given files of at most so many millions; 0 leaves it out."""
    extras: bool
    large: bool
    cache: Path
    work: Path | None
    json: Path


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for, print tables, keep all figures as JSON."""
    options = parse(arguments)
    on = report.machine()
    with tempfile.TemporaryDirectory(dir=options.work, prefix="points-") as folder:
        results = run(options, Path(folder))
    report.write(results, on, options.json)
    print(report.as_markdown(results, on))
    print(f"\nAll figures: {options.json}", file=sys.stderr)


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Options from the command line."""
    parser = argparse.ArgumentParser(
        description="What tiling AHN-like points costs, beside py3dtiles and bare decompression, in turns.",
        epilog="A quick look takes a minute: --points 2 --rounds 1. A whole measurement, on an idle machine: --large.",
    )
    add = parser.add_argument
    add("--points", type=float, nargs="+", default=[2, 20], metavar="M", help="millions a file, at most 20")
    add("--formats", type=int, nargs="+", default=_FORMATS, choices=_FORMATS, help="1: AHN4 with RIEGL's extra bytes")
    add("--rounds", type=int, default=3)
    add("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="processes, for ours and the peer")
    add("--peer", action=argparse.BooleanOptionalAction, default=True, help="py3dtiles; 3 minutes of CPU for 20 M")
    add("--peer-points", type=float, default=20, metavar="M", help="give the peer no files larger than this")
    add("--extras", action=argparse.BooleanOptionalAction, default=True, help="1 cm steps, colour, a cold numba cache")
    add("--large", action="store_true", help="ten copies of the largest file of the first format side by side too")
    add("--cache", type=Path, default=_CACHE, help="where the files made are kept (0.6 GB; 1.6 GB more with --large)")
    add("--work", type=Path, help="where contenders write; the system's temporary folder when left out")
    add("--json", type=Path, default=_CACHE / "points.json", help="where all figures go")
    given = parser.parse_args(arguments)
    if not all(0 < points <= 20 for points in given.points):  # noqa: PLR2004 - the scene is a square kilometre
        parser.error("--points: more than 0 and at most 20 (million); --large makes ten times as many")
    values = vars(given) | {"points": tuple(sorted(given.points)), "formats": tuple(given.formats)}
    values["peer_points"] = values["peer_points"] if values.pop("peer") else 0
    return Options(**values)


def run(options: Options, folder: Path) -> list[Result]:
    """All measurements, one after another."""
    _warm_up(options, folder)
    results = []
    for points in options.points:
        for point_format in options.formats:
            given = inputs.single(Survey(points, point_format), options.cache)
            results += take_turns(_contenders(options, points), given, options.rounds, folder)
    if options.extras:
        results += _extras(options, folder)
    if options.large:
        many = inputs.copies(Survey(options.points[-1], options.formats[0]), options.cache)
        results += take_turns([voorland(options.jobs)], many, 1, folder)
    return results


def _warm_up(options: Options, folder: Path) -> None:
    """What is compiled or fetched once is not measured."""
    given = inputs.single(_WARM_UP, options.cache)
    take_turns([voorland(options.jobs), *([peer(options.jobs)] if options.peer_points else [])], given, 1, folder)


def _contenders(options: Options, points: float) -> list[Contender]:
    peers = [peer(options.jobs)] if points <= options.peer_points else []
    return [decoder("parallel"), voorland(options.jobs), decoder("single"), *peers]


def _extras(options: Options, folder: Path) -> list[Result]:
    """Size at coarser steps and with colour on the largest file, once; time with nothing compiled on the smallest."""

    def file(points: float, point_format: int) -> Input:
        return inputs.single(Survey(points, point_format), options.cache)

    most, least = options.points[-1], options.points[0]
    return [
        *take_turns([rough(options.jobs)], file(most, _PLAIN), 1, folder),
        *take_turns([voorland(options.jobs)], file(most, _COLOURED), 1, folder),
        *take_turns([cold(options.jobs)], file(least, options.formats[0]), options.rounds, folder),
    ]
