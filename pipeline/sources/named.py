"""Who must be named for what is made of files that were fetched, and when they came."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from .record import NAME, Entry, read


def attribution(files: Iterable[Path], otherwise: str) -> str:
    """The names of the sources of `files` with the dates they came on; `otherwise` for files of which that is unknown.

    A file is known by the record (``sources.json``) in its folder or in the one above.
    """
    said = {otherwise if entry is None else _named(entry) for entry in map(_entry, files)}
    return "; ".join(sorted(said - {""}))


def _named(entry: Entry) -> str:
    return f"{entry.credit.attribution} ({entry.received[:10]})" if entry.credit.attribution else ""


def _entry(file: Path) -> Entry | None:
    for folder in _around(file):
        if (folder / NAME).is_file():
            return read(folder).entries.get(file.absolute().relative_to(folder).as_posix())
    return None


def _around(file: Path) -> Iterator[Path]:
    parents = file.absolute().parents
    yield from parents[:2]
