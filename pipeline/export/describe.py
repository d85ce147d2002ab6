"""What was exported, said to the person who asked for it."""

from pathlib import Path

from pipeline.report import size

from .build import ExportedFile, ExportSummary
from .reduce import length


def describe(summary: ExportSummary) -> str:
    """A few lines on files for phones."""
    width, depth, height = summary.size_m
    x, y, z = summary.origin
    lines = [line for path, file in summary.files.items() for line in _told(path, file)]
    read = f"Read {summary.triangles:,} triangles of {summary.elements:,} elements."
    sides = f"{_metres(width)} from west to east, {_metres(depth)} from south to north, {_metres(height)} high"
    origin = f"Its origin is the middle of its footprint on the ground, at {x:.3f}, {y:.3f}, {z:.3f} of the model"
    lines += [read, f"Scale {summary.ratio}: {sides}.", f"{origin}; y is up and north is −z."]
    return "\n".join([*lines, *summary.notes])


def _told(path: Path, file: ExportedFile) -> list[str]:
    materials = "material" if file.materials == 1 else "materials"
    counts = f"{file.triangles:,} triangles, {file.vertices:,} vertices, {file.materials} {materials}"
    return [f"{path}: {counts}, {size(file.bytes)}, for {file.viewer}.", *(f"  {note}" for note in file.notes)]


def _metres(metres: float) -> str:
    return f"{metres:.2f} m" if metres >= 1 else length(metres)
