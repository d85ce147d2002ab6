"""What was made, said to the person who asked for it."""

from pathlib import Path

from .points import PointSummary

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def describe_points(summary: PointSummary, out: Path) -> str:
    """A few lines on tiled points."""
    dropped = summary.read - summary.written
    per_point = summary.bytes / summary.written
    written = (
        f"{summary.written:,} points in {summary.tiles:,} tiles, {size(summary.bytes)}, {per_point:.1f} bytes a point"
    )
    read = (
        f"{summary.read:,} points from {_files(len(summary.files))}, of which {dropped:,} are noise (classes 7 and 18)"
    )
    placed = f"Placed from {summary.frame.crs} in ETRS89."
    return "\n".join([f"{out}: {written}.", f"Read {read}.", placed, *summary.notes])


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def size(count: int) -> str:
    """A number of bytes for people."""
    value = float(count)
    for unit in _UNITS:
        if value < 1000 or unit == _UNITS[-1]:  # noqa: PLR2004 - decimal prefixes
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
