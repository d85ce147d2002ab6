"""What every source is told, and what it tells back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.area import Area
from pipeline.report import Report

from .pieces import Pieces, pieces
from .record import WORK, Entry, Record
from .web import Web


@dataclass(frozen=True, eq=False)
class Job:
    """An area, where its data goes, and through what."""

    area: Area
    record: Record
    web: Web
    report: Report

    @property
    def folder(self) -> Path:
        """Where the data goes."""
        return self.record.folder

    @contextmanager
    def pieces(self, name: str, request: str) -> Iterator[Pieces]:
        """The answers kept so far for one file; forgotten once the block has ended well."""
        path = self.folder / WORK / f"{name}.sqlite"
        with pieces(path, request) as kept:
            yield kept
        for rest in path.parent.glob(f"{path.name}*"):
            rest.unlink(missing_ok=True)


@dataclass(frozen=True)
class Got:
    """What stands there of one source."""

    source: str
    files: tuple[Entry, ...]
    counted: str
    """What there is of it, in words."""
    missing: tuple[str, ...] = ()
    """Addresses of what the source says it does not have."""
    notes: tuple[str, ...] = ()
    already: bool = False
    """All of it was there before."""
    total_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total_bytes", sum(entry.bytes for entry in self.files))
