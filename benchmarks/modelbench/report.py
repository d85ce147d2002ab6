"""Results as a Markdown table, and as JSON."""

import importlib.metadata
import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .contenders import ITERATOR, VOORLAND
from .rounds import Result

_LIBRARIES = ("ifclite-geom", "ifcopenshell", "numpy", "py3dtiles")
_MB = 1e6
_FASTER = 3.0
_LARGE_CPU_S, _LARGE_BYTES, _LARGE_FROM = 30.0, 1.5e9, 90e6
_TITLES = ("file", "contender", "wall s", "CPU s", "elements/CPU s", "peak PSS MB", "output kB", "tiles", "× iterator")


def machine() -> dict[str, Any]:
    """What it runs on, and how busy that was before."""
    return {
        "processors": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def times(result: Result, results: Sequence[Result]) -> float | None:
    """How many times less CPU than the iterator a contender took for the same file; None where either failed."""
    other = next((each for each in results if each.input == result.input and each.contender == ITERATOR), None)
    return other.cpu_s / result.cpu_s if other is not None and other.usages and result.usages else None


def goals(results: Sequence[Result]) -> Iterator[tuple[str, float, bool]]:
    """What was promised, what was measured, and whether that is enough."""
    for each in results:
        if each.contender != VOORLAND or not each.usages:
            continue
        size = each.input.stat().st_size
        if size >= _LARGE_FROM:
            yield f"{each.input.name}: CPU ≤ {_LARGE_CPU_S:g} s", each.cpu_s, each.cpu_s <= _LARGE_CPU_S
            yield (
                f"{each.input.name}: memory ≤ 1.5 GB",
                each.worst.pss_bytes / 1e9,
                each.worst.pss_bytes <= _LARGE_BYTES,
            )
        elif (faster := times(each, results)) is not None:
            yield f"{each.input.name}: ≥ {_FASTER:g} × the iterator", faster, faster >= _FASTER


def as_markdown(results: Sequence[Result], on: dict[str, Any]) -> str:
    """The table for people."""
    versions = ", ".join(f"{name} {on[name]}" for name in ("python", *_LIBRARIES))
    lines = [f"{on['processors']} processors, load {on['load']:.1f} before the start; {versions}.", ""]
    lines += [f"| {' | '.join(_TITLES)} |", f"|{'|'.join([' --- '] * 2 + [' ---: '] * (len(_TITLES) - 2))}|"]
    lines += [f"| {' | '.join(_row(each, results))} |" for each in results]
    lines += ["", "| goal | measured | |", "| --- | ---: | --- |"]
    lines += [f"| {what} | {value:.2f} | {'met' if met else '**not met**'} |" for what, value, met in goals(results)]
    return "\n".join(lines)


def _row(result: Result, results: Sequence[Result]) -> Sequence[str]:
    name = f"{result.input.name} ({result.input.stat().st_size / _MB:.1f} MB)"
    if not result.usages:
        return (name, result.contender, *("",) * 6, f"failed: {result.described.failure}")
    faster = times(result, results)
    return (
        name,
        result.contender,
        f"{result.wall_s:.2f}",
        f"{result.cpu_s:.2f}",
        f"{result.described.shapes / result.cpu_s:.0f}" if result.described.shapes else "",
        f"{result.worst.pss_bytes / _MB:.0f}",
        f"{result.out_bytes / 1e3:.0f}",
        f"{result.described.tiles}",
        "" if faster is None else f"{faster:.1f}",
    )


def _plain(result: Result) -> dict[str, Any]:
    own = {"contender": result.contender, "file": result.input.name, "out_bytes": result.out_bytes}
    return own | {"usages": [asdict(usage) for usage in result.usages]} | asdict(result.described)


def write(results: Sequence[Result], on: dict[str, Any], path: Path) -> None:
    """Keep everything as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = [_plain(each) | {"times": times(each, results)} for each in results]
    reached = [{"what": what, "value": value, "met": met} for what, value, met in goals(results)]
    path.write_text(json.dumps({"machine": on, "results": found, "goals": reached}, indent=1), encoding="utf-8")
