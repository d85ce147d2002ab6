"""Bytes under keys: where tiles are put and got. Objects are written once."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from secrets import token_hex
from typing import Protocol

from .errors import NotFound, OutputProblem


class Get(Protocol):
    """What a reader of tiles needs."""

    def get(self, key: str) -> bytes:
        """The bytes under `key`, or `NotFound`."""


class Put(Protocol):
    """What a writer of tiles needs."""

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`, whole or not at all; raises `OutputProblem` where it cannot be kept."""


class Store(Get, Put, Protocol):
    """What someone needs who keeps tiles up to date."""

    def keys(self, under: str = "") -> Iterator[str]:
        """Every key in a folder, in any order; what is hidden (a name that begins with a dot) is asked for by name."""

    def remove(self, keys: Iterable[str]) -> None:
        """Forget what is under some keys; nothing happens where there is nothing."""

    def size(self, key: str) -> int:
        """How many bytes are under `key`, or `NotFound`."""

    def put_pieces(self, key: str, pieces: Iterable[bytes]) -> None:
        """Keep what is too large for memory, whole or not at all; raises what `put` raises."""


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

    def keys(self, under: str = "") -> Iterator[str]:
        """Every key in a folder but the hidden ones."""
        start = f"{under}/" if under else ""
        return (key for key in tuple(self.objects) if key.startswith(start) and seen(key[len(start) :]))

    def remove(self, keys: Iterable[str]) -> None:
        """Forget some keys."""
        for key in keys:
            self.objects.pop(key, None)

    def size(self, key: str) -> int:
        """How many bytes are under `key`, or `NotFound`."""
        return len(self.get(key))

    def put_pieces(self, key: str, pieces: Iterable[bytes]) -> None:
        """Keep pieces one after another under `key`."""
        self.objects[key] = b"".join(pieces)


@dataclass(frozen=True)
class Directory:
    """A store whose keys are paths below a folder."""

    path: Path
    is_durable: bool = False
    """Whether what is put outlasts a power cut: it is on the disk, not only on its way there, when `put` returns."""

    def get(self, key: str) -> bytes:
        """The bytes under `key`, or `NotFound`."""
        try:
            return self._file(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NotFound(f"There is no {key} in {self.path}.") from None

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`; raises `OutputProblem` when the disk is full or may not be written.

        It is written beside and renamed, so that a reader sees the old bytes or the new ones.
        """
        self.put_pieces(key, (data,))

    def put_pieces(self, key: str, pieces: Iterable[bytes]) -> None:
        """Keep pieces one after another under `key`, as `put` does."""
        file = self._file(key)
        part = part_of(file)
        with said_as_output_problem(self.path):
            with self._create(part) as opened:
                try:
                    _write(opened, pieces, is_durable=self.is_durable)
                except BaseException:
                    Path(part).unlink(missing_ok=True)
                    raise
            os.replace(part, file)  # noqa: PTH105 - once per tile of a city
            if self.is_durable:
                _sync(file.parent)

    def keys(self, under: str = "") -> Iterator[str]:
        """Every key in a folder but the hidden ones."""
        for folder, folders, files in os.walk(self._file(under)):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                if not name.startswith("."):
                    yield Path(folder, name).relative_to(self.path).as_posix()

    def remove(self, keys: Iterable[str]) -> None:
        """Remove files."""
        for key in keys:
            self._file(key).unlink(missing_ok=True)

    def size(self, key: str) -> int:
        """How many bytes are under `key`, or `NotFound`."""
        file = self._file(key)
        if not file.is_file():
            raise NotFound(f"There is no {key} in {self.path}.")
        return file.stat().st_size

    def _create(self, part: str) -> FileIO:
        try:
            return FileIO(part, "wb")
        except FileNotFoundError:
            self._make_folder(Path(part).parent)
            return FileIO(part, "wb")

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        if folder != self.path:
            self._make_folder(folder.parent)
        folder.mkdir(parents=True, exist_ok=True)
        if self.is_durable:
            _sync(folder.parent)

    def _file(self, key: str) -> Path:
        if key.startswith("/") or ".." in key.split("/"):
            raise NotFound(f"{key} is no name in a store.")
        return self.path / key


PART = ".part"
"""How the name of a file ends that is being written."""


def part_of(file: Path) -> str:
    """A file beside another to write to, then to be renamed; no other process, on whatever machine, has the same."""
    return f"{file}.{token_hex(8)}{PART}"


def seen(key: str) -> bool:
    """Whether no part of a key begins with a dot, which hides it."""
    return not any(part.startswith(".") for part in key.split("/"))


def _write(file: FileIO, pieces: Iterable[bytes], *, is_durable: bool) -> None:
    for data in pieces:
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]
    if is_durable:
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """What is in a folder, by which names, is on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_REASONS = {
    errno.ENOSPC: "the disk is full; free some space or choose another folder",
    errno.EDQUOT: "the disk quota is used up; free some space or choose another folder",
    errno.EACCES: "it may not be written; choose another folder or change its permissions",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.ENOTDIR: "a part of that path is no folder; choose another folder",
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


@contextmanager
def added_to(
    path: Path, base: str, refers_to: Callable[[str, bytes], Iterable[str]], last: str = "tileset.json"
) -> Iterator[Directory]:
    """A folder whose files are added to those in `path` when the block ends well; those named `last` come last.

    Afterwards what is older below `base` is gone, as are contents that no file named `last` refers to any more.
    """
    whole = path.parent / f".{path.name}.{token_hex(8)}"
    with new_directory(whole) as fresh:
        yield fresh
    try:
        added = sorted(Directory(whole).keys(), key=lambda key: (key.endswith(last), key))
        with said_as_output_problem(path):
            for key in added:
                (path / key).parent.mkdir(parents=True, exist_ok=True)
                (whole / key).replace(path / key)
    finally:
        shutil.rmtree(whole, ignore_errors=True)
    store = Directory(path)
    there = set(store.keys())
    store.remove({key for key in there if key.startswith(base)} - set(added))
    listed = (key for key in store.keys() if key.endswith(last))  # noqa: SIM118 - a store is no mapping
    wanted = {name for key in listed for name in refers_to(key, store.get(key))}
    folders = {name.split("/")[0] for name in wanted if "/" in name}
    store.remove([key for folder in folders for key in store.keys(folder) if key not in wanted])


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
