"""What was exported, said to the person who asked for it."""

from pipeline.report import size

from .build import ExportSummary
from .reduce import length


def describe(summary: ExportSummary) -> str:
    """A few lines on files for phones."""
    width, depth, height = summary.size_m
    x, y, z = summary.origin
    lines = []
    for path, file in summary.files.items():
        lines.append(
            f"{path}: {file.triangles:,} triangles, {file.vertices:,} vertices, {file.materials} materials, "
            f"{size(file.bytes)}, for {file.viewer}."
        )
        lines.extend(f"  {note}" for note in file.notes)
    lines += [
        f"Read {summary.triangles:,} triangles of {summary.elements:,} elements.",
        f"Scale {summary.ratio}: {_metres(width)} from west to east, {_metres(depth)} from south to north, "
        f"{_metres(height)} high.",
        f"Its origin is the middle of its footprint on the ground, at {x:.3f}, {y:.3f}, {z:.3f} of the model; "
        "y is up and north is −z.",
    ]
    return "\n".join([*lines, *summary.notes])


def _metres(metres: float) -> str:
    return f"{metres:.2f} m" if metres >= 1 else length(metres)
