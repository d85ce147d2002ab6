"""Results as Markdown tables, and as JSON."""

import importlib.metadata
import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .contenders import VOORLAND
from .goals import Found, Goal, goals
from .rounds import Result

_LIBRARIES = ("laspy", "lazrs", "meshopt", "numba", "numpy", "py3dtiles")
_VERDICTS = {True: "met", False: "**not met**", None: "not measured"}
_MB, _M = 1e6, 1e6


def machine() -> dict[str, Any]:
    """What it runs on, and how busy that was before."""
    return {
        "processors": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def as_json(results: Sequence[Result], on: dict[str, Any]) -> str:
    """Everything that was measured."""
    found = Found(results)
    return json.dumps(
        {
            "machine": on,
            "results": [_result(each, found) for each in results],
            "goals": [asdict(goal) | {"met": goal.met} for goal in goals(results)],
        },
        indent=1,
    )


def _result(result: Result, found: Found) -> dict[str, Any]:
    given = result.input
    return {
        "contender": result.contender,
        "input": {
            "name": given.name,
            "files": len(given.files),
            "points": given.points,
            "format": given.point_format,
            "bytes": given.bytes,
            "bytesAPoint": given.bytes / given.points,
        },
        "rounds": [asdict(usage) for usage in result.usages],
        "wallS": result.wall_s,
        "cpuS": result.cpu_s,
        "pointsPerS": given.points / result.wall_s,
        "pointsPerCpuS": given.points / result.cpu_s,
        "cpuOverDecode": found.over_decode(result),
        "pointsPerCpuSOverPeer": found.over_peer(result),
        "outBytes": result.out_bytes,
        "outBytesAPoint": result.out_bytes / given.points,
        "tileset": asdict(result.described) if result.described else None,
    }


def as_markdown(results: Sequence[Result], on: dict[str, Any]) -> str:
    """The tables for people."""
    sections = (
        _heading(on),
        _costs(results),
        _tilesets(results),
        _weights(results),
        _scaling(results),
        _goals(results),
    )
    return "\n\n".join("\n".join(section) for section in sections)


def _heading(on: dict[str, Any]) -> Iterator[str]:
    versions = ", ".join(f"{name} {on[name]}" for name in ("python", *_LIBRARIES))
    yield f"{on['processors']} processors, load {on['load']:.1f} before the start; {versions}."
    if on["load"] > 0.3 * on["processors"]:
        yield "**The machine was busy with other work: wall times are too long, and CPU times somewhat.**"


def _table(titles: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{'|'.join([' --- '] + [' ---: '] * (len(titles) - 1))}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _costs(results: Sequence[Result]) -> Iterator[str]:
    found = Found(results)

    def rows() -> Iterator[Sequence[str]]:
        for each in results:
            points, worst = each.input.points, each.worst
            held = " + ".join(f"{held / _MB:.0f}" for held in worst.held)
            yield (
                f"{each.input.name} ({each.input.bytes / points:.2f} B): {each.contender}",
                f"{each.wall_s:.2f}",
                f"{each.cpu_s:.2f}",
                _times(found.over_decode(each)),
                f"{points / each.wall_s / _M:.2f}",
                f"{points / each.cpu_s / _M:.2f}",
                f"{worst.pss_bytes / _MB:.0f} ({held})",
                f"{max(usage.rss_bytes for usage in each.usages) / _MB:.0f}",
                f"{each.scratch_bytes / points:.1f}",
                f"{each.out_bytes / _MB:.1f}",
                f"{each.out_bytes / points:.2f}",
            )

    yield "Medians of the rounds; of memory and disk the highest. PSS: what processes share counts once, with each"
    yield "process at the peak in brackets; RSS: it counts for each. Output includes what the tiler keeps for itself."
    yield ""
    yield from _table(
        (
            "input: contender",
            "wall s",
            "CPU s",
            "÷ decode",
            "M points/s",
            "M points/CPU s",
            "peak PSS MB",
            "peak RSS MB",
            "scratch B/pt",
            "output MB",
            "output B/pt",
        ),
        rows(),
    )


def _times(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _tilesets(results: Sequence[Result]) -> Iterator[str]:
    def rows() -> Iterator[Sequence[str]]:
        for each in results:
            if (told := each.described) is not None:
                quantiles = (f"{count:,}" for count in told.points_a_tile.values())
                view = f"{told.first_view_bytes / _MB:.2f} ({told.first_view_tiles})"
                yield (f"{each.input.name}: {each.contender}", f"{told.points:,}", f"{told.tiles:,}", *quantiles, view)

    yield "Points a tile; and the viewer's own first view on a screen of 1080 lines."
    yield ""
    yield from _table(
        ("input: contender", "points", "tiles", "min", "p10", "median", "p90", "max", "first view MB (tiles)"), rows()
    )


def _weights(results: Sequence[Result]) -> Iterator[str]:
    told = [(each, each.described) for each in results if each.described is not None]
    names = list(dict.fromkeys(name for _, described in told for name in described.attribute_bytes))

    def rows() -> Iterator[Sequence[str]]:
        for each, described in told:
            weights = (described.attribute_bytes.get(name, 0) / described.points for name in names)
            plain = (described.bytes - described.colour_bytes) / described.points
            all_ = described.bytes / described.points
            yield (
                f"{each.input.name}: {each.contender}",
                *(f"{weight:.2f}" for weight in (*weights, plain, all_)),
            )

    yield "Bytes a point in the tiles, by attribute."
    yield ""
    yield from _table(("input: contender", *names, "without colour", "all"), rows())


def _scaling(results: Sequence[Result]) -> Iterator[str]:
    def rows() -> Iterator[Sequence[str]]:
        for each in Found(results).sizes(VOORLAND):
            millions = each.input.points / _M
            yield (
                each.input.name,
                f"{each.wall_s:.2f}",
                f"{each.wall_s / millions:.3f}",
                f"{each.cpu_s / millions:.3f}",
                f"{each.worst.pss_bytes / _MB:.0f}",
            )

    yield "How the cost of `voorland tile points` grows."
    yield ""
    yield from _table(("input", "wall s", "wall s a million", "CPU s a million", "peak PSS MB"), rows())


def _goals(results: Sequence[Result]) -> Iterator[str]:
    yield from _table(("goal", "limit", "measured", "on", ""), (_goal_row(goal) for goal in goals(results)))


def _goal_row(goal: Goal) -> Sequence[str]:
    limit = goal.limit
    measured = "" if goal.value is None else f"{goal.value:,.{limit.digits}f}"
    written = f"{'≥' if limit.at_least else '≤'} {limit.value:,g} {limit.unit}".rstrip()
    return (goal.what, written, measured, goal.on, _VERDICTS[goal.met])


def write(results: Sequence[Result], on: dict[str, Any], path: Path) -> None:
    """Keep everything as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_json(results, on), encoding="utf-8")
