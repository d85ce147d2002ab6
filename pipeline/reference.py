"""Which reference system point files are in: what they state, what is configured, and whether the numbers agree."""

from collections.abc import Sequence
from dataclasses import dataclass

from tiles.errors import OutsideArea
from tiles.frame import RD_NAP, MapFrame, Vec3s, map_frame, points

from .las import LasFile


@dataclass(frozen=True)
class Reference:
    """The one frame that all files are in, and what had to be assumed for it, in sentences."""

    frame: MapFrame
    notes: tuple[str, ...]


def agree(files: Sequence[LasFile], default_crs: str, chosen_crs: str | None) -> Reference:
    """The frame of all files: the chosen one, else the one each states, else the default.

    Raises `OutsideArea` for a system that cannot be placed exactly, and for coordinates that contradict it.
    """
    notes = []
    frames = [(file, map_frame(chosen_crs or file.crs or default_crs)) for file in files]
    unstated = [file.path.name for file in files if file.crs is None]
    if unstated and not chosen_crs:
        notes.append(f"{listed(unstated)}: no reference system stated; {default_crs} taken.")
    without_heights = [file.path.name for file, frame in frames if frame.heights_assumed]
    if without_heights:
        notes.append(f"{listed(without_heights)}: no height system stated; NAP taken.")
    for file, frame in frames:
        # Heights in a header may be those of noise, which is left out; each batch is checked with its heights.
        require_inside(points((*file.low[:2], 0.0), (*file.high[:2], 0.0)), file, frame)
    # RD New with NAP assumed and RD New + NAP are one frame: the same numbers are the same place.
    return Reference(RD_NAP, tuple(notes))


def require_inside(xyz: Vec3s, file: LasFile, frame: MapFrame) -> None:
    """Raise `OutsideArea`, naming the file, unless the points lie where the frame holds."""
    try:
        frame.require(xyz)
    except OutsideArea as problem:
        stated = f"states {file.crs}" if file.crs else f"is taken to be in {frame.crs}"
        raise OutsideArea(f"{file.path.name} {stated}, but {problem}") from problem


def listed(names: Sequence[str]) -> str:
    """A few names for a sentence, and how many more there are."""
    shown = 3
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")
