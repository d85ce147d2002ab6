"""What was made, said to the person who asked for it."""

from pathlib import Path
from typing import TYPE_CHECKING

from .report import size

if TYPE_CHECKING:  # one command describes points and another models; neither needs to load the other's libraries
    from .model import ModelSummary
    from .points import PointSummary


def describe_points(summary: "PointSummary", out: Path | str) -> str:
    """A few lines on tiled points."""
    per_point = summary.bytes / summary.written
    written = f"{summary.written:,} points in {_counted(summary.tiles, 'tile')}, {size(summary.bytes)}"
    read = f"{summary.read:,} points from {_counted(len(summary.files), 'file')}"
    lines = [
        f"{out}: {written}, {per_point:.1f} bytes a point.",
        f"Read {read}; {summary.noise:,} of noise (classes 7 and 18) left out.",
        f"Placed from {summary.frame.crs} in ETRS89.",
    ]
    if summary.doubled:
        lines.append(f"{summary.doubled:,} points stood in several files, the same in all; each was written once.")
    if summary.left_out:
        lines.append(f"{summary.left_out:,} points lie in a mask or outside the area, and were left out.")
    if summary.reused:
        lines.append(f"{summary.reused:,} of {_counted(summary.cells, 'cell')} were there already and still hold.")
    return "\n".join([*lines, *summary.notes])


def describe_model(summary: "ModelSummary", out: Path) -> str:
    """A few lines on a tiled model."""
    elements = f"{summary.elements:,} elements, {summary.triangles:,} triangles in {_counted(summary.tiles, 'tile')}"
    origin, centre = ("x {:.3f}, y {:.3f}, NAP {:.3f}".format(*xyz) for xyz in (summary.origin, summary.centre))
    extent = "{:.1f} × {:.1f} × {:.1f} m".format(*summary.size_m)
    lines = [
        f"{out}: {elements}, {size(summary.bytes)}, of which {size(summary.first_bytes)} for the first view.",
        f"Its origin stands at {origin}.",
        f"It is {extent} about {centre}; its lowest point is at NAP {summary.lowest_nap_m:.2f}.",
        summary.why or f"It is {summary.evidence}.",
    ]
    if summary.level:
        lines.append(summary.level)
    return "\n".join([*lines, *summary.notes])


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
