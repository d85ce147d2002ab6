"""What stands in a folder of fetched data, from whom it came and when: ``sources.json``.

It is for the credits, and for resuming: a file whose size and digest are as recorded is not asked for again.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.area import Area
from pipeline.polygons import Bounds
from tiles.errors import BadInput, OutputProblem
from tiles.store import said_as_output_problem

from .config import RECORD, Credit

NAME = RECORD
WORK = ".fetch"
"""The folder within the folder where pieces are kept until they are one file."""
CRS = "EPSG:28992"
CRS_WITH_HEIGHTS = "EPSG:7415"
_VERSION = 1


@dataclass(frozen=True)
class Entry:
    """One file, and all that is to be known of its coming here."""

    path: str
    """Within the folder."""
    source: str
    """Which of the configured sources: ahn, photo, bag, 3dbag or boundary."""
    credit: Credit
    address: str
    """What was asked; of a file made of many answers, one that stands for them."""
    received: str
    """When the last byte came: RFC 3339, UTC."""
    bounds: Bounds
    crs: str
    request: str
    """What exactly was asked for: the same again is not asked again."""
    counted: str = ""
    """What it holds, in words."""
    bytes: int = 0
    sha256: str = ""
    notes: tuple[str, ...] = ()


@dataclass
class Record:
    """The record of a folder, kept on disk at every change."""

    folder: Path
    area: Mapping[str, Any] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By source, the addresses of what it says it does not have."""
    empty: set[str] = field(default_factory=set)
    """Requests whose answer holds nothing of the area: they made no file, and are not asked again."""

    def whole(self, path: str, request: str) -> Entry | None:
        """The entry of a file that is there as recorded and is what `request` asks for."""
        entry = self.entries.get(path)
        if entry is None or entry.request != request:
            return None
        file = self.folder / path
        there = file.is_file() and file.stat().st_size == entry.bytes and digest(file) == entry.sha256
        return entry if there else None

    def add(self, entry: Entry) -> Entry:
        """Record a file that is complete on disk."""
        file = self.folder / entry.path
        whole = replace(entry, bytes=file.stat().st_size, sha256=digest(file))
        self.entries[entry.path] = whole
        self.save()
        return whole

    def forget(self, path: str) -> None:
        """Remove a file and what is recorded of it."""
        (self.folder / path).unlink(missing_ok=True)
        if self.entries.pop(path, None):
            self.save()

    def save(self) -> None:
        """Write the record, whole or not at all."""
        document = {
            "version": _VERSION,
            "area": self.area,
            "files": [_as_json(self.entries[path]) for path in sorted(self.entries)],
            "missing": {source: sorted(self.missing[source]) for source in sorted(self.missing)},
            "empty": sorted(self.empty),
        }
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        write_whole(self.folder / NAME, text.encode())


def read(folder: Path) -> Record:
    """The record of `folder`, empty where there is none yet; raises `BadInput` for one that cannot be read."""
    path = folder / NAME
    if not path.is_file():
        return Record(folder)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["version"] != _VERSION:
            raise BadInput(f"{path} is of a later version; use a newer Voorland, or fetch again with --fresh.")
        entries = {str(file["path"]): _entry(file) for file in document["files"]}
        missing = {str(source): tuple(map(str, addresses)) for source, addresses in document["missing"].items()}
        return Record(folder, dict(document["area"]), entries, missing, set(map(str, document["empty"])))
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path} is no record of fetched data ({error}); fetch again with --fresh.") from error


def for_area(folder: Path, area: Area) -> Record:
    """The record of `folder`; raises `OutputProblem` when it holds data of another area."""
    record = read(folder)
    if record.area and record.area["digest"] != area.identity:
        raise OutputProblem(
            f"{folder} holds data of another area ({record.area['said']}); choose another folder with --out, "
            f"or forget that data with --fresh."
        )
    record.area = {
        "said": area.said,
        "digest": area.identity,
        "crs": CRS,
        "bounds": list(area.bounds),
        "geometry": area.to_geojson(),
    }
    return record


def credits(folder: Path) -> tuple[Credit, ...]:  # noqa: A001 - that is what they are called
    """Who must be named for the data in `folder`, each once, in the order of their titles."""
    entries = read(folder).entries.values()
    return tuple(sorted({entry.credit for entry in entries if entry.credit.attribution}, key=lambda c: c.title))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, whatever happens meanwhile."""
    part = path.with_name(f"{path.name}.part")
    with said_as_output_problem(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        settle(part, path)


def settle(part: Path, path: Path) -> None:
    """Give a finished file its name, once it is safely on disk."""
    with said_as_output_problem(path):
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_json(entry: Entry) -> dict[str, Any]:
    values = asdict(entry)
    values |= values.pop("credit")
    return {name: values[name] for name in sorted(values)}


def _entry(values: Mapping[str, Any]) -> Entry:
    said = Credit(*(str(values[name]) for name in ("title", "attribution", "licence", "page")))
    west, south, east, north = map(float, values["bounds"])
    names = ("path", "source", "address", "received", "crs", "request", "counted", "sha256")
    texts = {name: str(values[name]) for name in names}
    return Entry(
        **texts,
        credit=said,
        bounds=(west, south, east, north),
        bytes=int(values["bytes"]),
        notes=tuple(map(str, values["notes"])),
    )
