"""What is odd about point files and yet no reason to refuse them, in sentences for the user."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tiles.errors import BadInput

from .las import LasFile
from .reference import listed
from .segment import Sorted

_FINE_M = 0.01
"""AHN comes in steps of a millimetre or a centimetre."""
_ONE_EDITION_Y = 2
"""The files of one edition are made within about so many years."""


def sift(files: Sequence[LasFile]) -> tuple[tuple[LasFile, ...], tuple[str, ...]]:
    """The files that are to be read, and what is to be said of the others; raises `BadInput` where none has points."""
    empty = [file.path.name for file in files if not file.points]
    if len(empty) == len(files):
        raise BadInput(f"{listed(empty)} holds no points; leave it out.")
    first: dict[str, LasFile] = {}
    notes = [f"{listed(empty)}: no points in it; left out."] if empty else []
    for file in files:
        same = first.setdefault(file.fingerprint, file)
        if same is not file and file.points:
            notes.append(f"{file.path} is a copy of {same.path}; read once.")
    return tuple(file for file in first.values() if file.points), tuple(notes)


def remarks(files: Sequence[LasFile], segments: Sequence[Sorted]) -> Iterator[str]:
    """What is to be said of files that are read."""
    for file in files:
        step_m = max(map(abs, file.scales))
        if step_m > _FINE_M * 1.001:
            yield f"{file.path.name}: its positions are in steps of {step_m:g} m, so its points stand in rows."
    yield from _editions(files)
    yield from _unclassified(segments)


def _editions(files: Sequence[LasFile]) -> Iterator[str]:
    years = [file.year for file in files if file.year]
    spread = max(years, default=0) - min(years, default=0)
    if spread <= _ONE_EDITION_Y and len({file.point_format for file in files}) == 1:
        return
    groups: dict[str, list[str]] = defaultdict(list)
    for file in files:
        made = f"{file.year}, " if file.year else ""
        groups[f"{made}point format {file.point_format}"].append(file.path.name)
    told = "; ".join(f"{how}: {listed(sorted(names))}" for how, names in sorted(groups.items()))
    yield f"The files look like several editions ({told}); where they overlap, the points of all are shown."


def _unclassified(segments: Sequence[Sorted]) -> Iterator[str]:
    classed: dict[str, bool] = defaultdict(bool)
    for each in segments:
        classed[each.segment.file.path.name] |= each.unclassified < each.segment.count - each.noise
    names = sorted(name for name, some in classed.items() if not some)
    if names:
        yield f"{listed(names)}: every point has class 0 (never classified), so ground and buildings look the same."
