"""Bytes under keys: where tiles are put and got. Objects are written once."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .errors import NotFound, OutputProblem


class Get(Protocol):
    """What a reader of tiles needs."""

    def get(self, key: str) -> bytes:
        """The bytes under `key`, or `NotFound`."""


class Put(Protocol):
    """What a writer of tiles needs."""

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`; raises `OutputProblem` where it cannot be kept."""


@dataclass(frozen=True)
class Memory:
    """A store that lasts as long as the program: the reference for the others."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def get(self, key: str) -> bytes:
        """The bytes under `key`, or `NotFound`."""
        try:
            return self.objects[key]
        except KeyError:
            raise NotFound(f"There is no {key}.") from None

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`."""
        self.objects[key] = data


@dataclass(frozen=True)
class Directory:
    """A store whose keys are paths below a folder."""

    path: Path

    def get(self, key: str) -> bytes:
        """The bytes under `key`, or `NotFound`."""
        try:
            return self._file(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            raise NotFound(f"There is no {key} in {self.path}.") from None

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`; raises `OutputProblem` when the disk is full or may not be written."""
        file = self._file(key)
        with said_as_output_problem(self.path):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)

    def _file(self, key: str) -> Path:
        if key.startswith("/") or ".." in key.split("/"):
            raise NotFound(f"{key} is no name in a store.")
        return self.path / key


_REASONS = {
    errno.ENOSPC: "the disk is full; free some space or choose another folder",
    errno.EDQUOT: "the disk quota is used up; free some space or choose another folder",
    errno.EACCES: "it may not be written; choose another folder or change its permissions",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EFBIG: "a file would grow larger than the system allows",
}


@contextmanager
def said_as_output_problem(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write into an `OutputProblem` that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in _REASONS:
            raise
        raise OutputProblem(f"{path} cannot be written: {_REASONS[error.errno]}.") from error


@contextmanager
def new_directory(path: Path) -> Iterator[Directory]:
    """A folder that is there whole or not at all: written beside `path` and renamed when the block ends well.

    Raises `OutputProblem` when `path` exists or cannot be made; whatever goes wrong, nothing is left behind.
    """
    if path.exists() or path.is_symlink():
        raise OutputProblem(f"{path} exists already; remove it or choose another folder with --out.")
    with said_as_output_problem(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
    try:
        part.chmod(0o777 & ~_umask())
        yield Directory(part)
        with said_as_output_problem(path):
            part.rename(path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
