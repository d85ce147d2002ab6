"""The command line of `benchmarks/models.py`."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from . import report
from .contenders import iterator, peer, voorland
from .replicate import replicate
from .rounds import Result, take_turns

_CACHE = Path(platformdirs.user_cache_dir("voorland")) / "benchmarks"
_LARGE_BYTES = 100_000_000


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for, print a table, keep all figures as JSON."""
    options = parse(arguments)
    on = report.machine()
    with tempfile.TemporaryDirectory(dir=options.work, prefix="models-") as folder:
        results = run(options, Path(folder))
    report.write(results, on, options.json)
    print(report.as_markdown(results, on))
    print(f"\nAll figures: {options.json}", file=sys.stderr)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Options from the command line."""
    parser = argparse.ArgumentParser(
        description="What tiling IFC files costs, beside py3dtiles and IfcOpenShell's iterator on one thread, in turns."
    )
    add = parser.add_argument
    add("files", type=Path, nargs="*", metavar="FILE", help="IFC files")
    add("--rounds", type=int, default=3)
    add("--peer", action=argparse.BooleanOptionalAction, default=True, help="py3dtiles")
    add("--large", type=Path, metavar="FILE", help="copy the building in this file to 100 MB and tile that once")
    add("--large-bytes", type=int, default=_LARGE_BYTES, help=argparse.SUPPRESS)
    add("--large-others", action="store_true", help="give the large file to the others too; that takes minutes")
    add("--cache", type=Path, default=_CACHE, help="where the large file is kept")
    add("--work", type=Path, help="where contenders write; the system's temporary folder when left out")
    add("--json", type=Path, default=_CACHE / "models.json", help="where all figures go")
    return parser.parse_args(arguments)


def run(options: argparse.Namespace, folder: Path) -> list[Result]:
    """All measurements, one after another."""
    others = [iterator(), *([peer()] if options.peer else [])]
    results: list[Result] = []
    for file in options.files:
        results += take_turns([voorland(), *others], file, options.rounds, folder)
    if options.large is not None:
        file = _large(options.large, options.cache, options.large_bytes)
        results += take_turns([voorland(), *(others if options.large_others else [])], file, 1, folder)
    return results


def _large(source: Path, cache: Path, least_bytes: int) -> Path:
    cache.mkdir(parents=True, exist_ok=True)
    out = cache / f"{source.stem}-{least_bytes / 1e6:g}MB.ifc"
    if not out.exists():
        copies = replicate(source, out, least_bytes)
        print(f"Made {out}: {copies} copies", file=sys.stderr)
    return out
