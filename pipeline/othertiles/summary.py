"""What was found in someone's tileset, said to the person who asked."""

from pathlib import Path

from pipeline.report import size

from .passon import TilesetSummary


def describe_tileset(summary: TilesetSummary, out: Path) -> str:
    """A few lines on a tileset that was passed on."""
    maker = f", made by {summary.generator}" if summary.generator else ""
    lines = [
        f"{out}: {summary.contents:,} contents in {summary.tiles:,} tiles, {size(summary.bytes)}.",
        f"Passed on from {summary.name}, 3D Tiles {summary.version}{maker}; its contents are as they were.",
        _lies(summary),
        summary.heights,
        *summary.notes,
        f"{summary.opinion}.",
    ]
    return "\n".join(lines)


def _lies(summary: TilesetSummary) -> str:
    if summary.low is None or summary.high is None:
        return "It lies outside the Netherlands."
    (west, south, low), (east, north, high) = summary.low, summary.high
    return f"It lies at x {west:.1f} to {east:.1f}, y {south:.1f} to {north:.1f}, NAP {low:+.2f} to {high:+.2f}."
