"""Which files are meant by what stands behind `voorland tile points`: files, folders, patterns and addresses.

Of a COPC file, here or on a web server, only what can hold points of the area is read. It is kept in a folder of the
user's, so that the same command does not read it again, and forgotten a month after it was last used.
"""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from glob import glob
from pathlib import Path

import platformdirs

from tiles.errors import BadInput
from tiles.store import said_as_output_problem

from .area import Area
from .las import fingerprint
from .report import Report, silent, size
from .sources.copc import CopcFile, Meter, extract, is_copc, open_copc
from .sources.parts import LocalFile, Parts
from .sources.ranges import first_block
from .sources.web import Patience, web

SUFFIXES = (".las", ".laz")
_ADDRESSES = ("http://", "https://")
_VERSION = "extract 1"
_KEPT_S = 30 * 24 * 3600.0


@dataclass(frozen=True)
class Inputs:
    """Point files on disk, and what there is to say of how they came there, in sentences for the user."""

    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def point_files(
    places: Iterable[str], area: Area | None = None, report: Report = silent, cache: Path | None = None
) -> Inputs:
    """The point files that are meant by files, folders, patterns such as ``ahn/*.laz`` and addresses of COPC files.

    `cache` is where parts of COPC files are kept, the user's own folder for such things when None. Raises `BadInput`
    for what is none, `SourceAway` or `NotAtSource` for what does not come, and `OutputProblem`.
    """
    given = list(places)
    addresses = sorted({place for place in given if place.lower().startswith(_ADDRESSES)})
    files = _on_disk(place for place in given if place not in addresses)
    if area is None:
        if addresses:
            raise BadInput(
                f"Of {addresses[0]} only a part is fetched: say which with --bbox or --polygon, "
                "or download the file (voorland fetch does) and give that."
            )
        return Inputs(tuple(files))
    kept = _Kept(cache or platformdirs.user_cache_path("voorland") / "copc", area, report)
    kept.forget_what_is_old()
    found = [_part_on_disk(path, kept) for path in files] + _parts_at(addresses, kept)
    there = tuple(path for inputs in found for path in inputs.files)
    notes = tuple(note for inputs in found for note in inputs.notes)
    if not there:
        raise BadInput(f"There are no points within {area.said}: {' '.join(notes)} Check --bbox or --polygon.")
    return Inputs(there, notes)


def _on_disk(places: Iterable[str]) -> list[Path]:
    found: set[Path] = set()
    for place in places:
        path = Path(place)
        if path.is_dir():
            inside = [each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES]
            if not inside:
                raise BadInput(f"{path} holds no LAS or LAZ files.")
            found.update(inside)
        elif path.exists() or not any(mark in place for mark in "*?["):
            found.add(path)
        else:
            matching = [Path(name) for name in glob(place, recursive=True)]  # noqa: PTH207 - the pattern may be absolute
            if not matching:
                raise BadInput(f"No file is called {place}.")
            found.update(matching)
    return sorted(found)


@dataclass(frozen=True)
class _Kept:
    """Where parts of COPC files are kept, and of which area."""

    folder: Path
    area: Area
    report: Report

    @contextmanager
    def place(self, whose: Sequence[str], name: str) -> Iterator[Path]:
        """Where the part of one edition of a file is, or is to be; this run's alone while the block lasts."""
        said = repr((_VERSION, *whose, self.area.identity))
        folder = self.folder / hashlib.sha256(said.encode()).hexdigest()[:32]
        with said_as_output_problem(folder):
            folder.mkdir(parents=True, exist_ok=True)
            os.utime(folder)
            lock = (folder / "lock").open("w")
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # a run that brings the same is waited for, and no longer than it lives
            yield folder / f"{name}.laz"

    def forget_what_is_old(self) -> None:
        """Remove what no run used for a month."""
        for folder in self.folder.glob("*/"):
            with suppress(FileNotFoundError):  # another run was quicker
                if time.time() - folder.stat().st_mtime > _KEPT_S:
                    shutil.rmtree(folder, ignore_errors=True)


def _part_on_disk(path: Path, kept: _Kept) -> Inputs:
    """A file itself, or of a COPC file only what can hold points of the area, where that is less."""
    try:
        opened = LocalFile(path)
    except OSError:
        return Inputs((path,))  # who reads it says what is wrong
    with opened as file:
        if not is_copc(file) or _is_all(open_copc(file, path.name, kept.area)):
            return Inputs((path,))
        whose = (str(path.resolve()), fingerprint(path))
        return _part(file, path.name, whose, kept, lambda tile: f"{size(tile.bytes)} of {size(file.size)} were read")


def _parts_at(addresses: Sequence[str], kept: _Kept) -> list[Inputs]:
    """Of each COPC file on a web server what can hold points of the area."""
    found = []
    with web(Patience()) as source:
        for address in addresses:
            before, file = source.received, first_block(source, address)
            if not is_copc(file):
                raise BadInput(
                    f"{address} is no COPC file, of which a part can be fetched; download it and give the file."
                )

            def came(_tile: CopcFile, before: int = before, whole: int = file.size) -> str:
                return f"{size(source.received - before)} of {size(whole)} came by range"

            shown = address.partition("?")[0].rsplit("/", 1)[-1] or address
            found.append(_part(file, shown, (address, file.edition), kept, came))
    return found


def _part(file: Parts, shown: str, whose: Sequence[str], kept: _Kept, came: Callable[[CopcFile], str]) -> Inputs:
    """What of a COPC file can hold points of the area, read now unless it was before; `came` says how much was read."""
    name = shown.split(".", maxsplit=1)[0] or "points"
    with kept.place(whose, name) as path:
        if path.exists():  # then it is whole
            return Inputs((path,), (f"{shown}: what can lie in the area was here from an earlier run.",))
        tile = open_copc(file, name, kept.area)
        if not tile.parts:
            (west, south, _), (east, north, _) = tile.header.mins, tile.header.maxs
            covered = f"{west:.0f},{south:.0f},{east:.0f},{north:.0f}"
            return Inputs((), (f"{shown} has nothing in the area; it covers {covered}.",))
        extract(tile, path, Meter(kept.report, tile.points, stage=f"Reading {shown} (points)"))
    return Inputs((path,), (f"{shown}: {came(tile)}, what can lie in the area.",))


def _is_all(tile: CopcFile) -> bool:
    return tile.points == int(tile.header.point_count)
