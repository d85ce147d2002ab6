"""Where a tileset is read from: a folder, or a 3TZ archive (a zip with tileset.json at its root); nothing else."""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from tiles.errors import BadInput, NotFound
from tiles.store import Get
from tiles.tree import TILESET

LARGEST_BYTES: Final = 1 << 30
"""Of one file: no viewer shows a tile of a gigabyte."""
_MOST_GROWTH = 200
_SMALL_BYTES = 64 << 20  # what may grow without being measured
_ARCHIVES = {".3tz", ".zip"}
_LONGEST_WHY = 120  # letters: zipfile repeats a damaged name whole


@dataclass(frozen=True, eq=False)
class Source:
    """A tileset and all that lies with it."""

    files: Get
    root: str
    """The name of the main tileset among the files."""
    name: str
    """What a sentence calls it."""
    title: str
    file: Path | None = None
    """The main tileset, where it lies on disk as it is."""


@contextmanager
def opened(place: Path) -> Iterator[Source]:
    """The tileset in a folder, in a JSON file with its folder, or in an archive; raises `BadInput`."""
    if place.is_dir():
        yield Source(Folder(place), TILESET, str(place), place.resolve().name, place / TILESET)
    elif not place.is_file():
        raise BadInput(f"There is no tileset {place}.")
    elif place.suffix.lower() == ".json":
        yield Source(Folder(place.parent), place.name, str(place), place.resolve().parent.name, place)
    elif place.suffix.lower() in _ARCHIVES:
        with _archive(place) as archive:
            yield Source(Archive(archive, place.name), TILESET, place.name, place.stem)
    else:
        raise BadInput(f"{place.name} is no tileset; give its folder, its tileset.json or a .3tz archive.")


def _archive(place: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(place)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, IndexError) as error:
        raise BadInput(f"{place.name} is no archive that can be read: {str(error)[:_LONGEST_WHY]}.") from error


@dataclass(frozen=True)
class Folder:
    """The files below a folder; a link that leads out of it is not followed."""

    path: Path

    def get(self, key: str) -> bytes:
        """The bytes of a file, or `NotFound`; raises `BadInput` for one that is too large."""
        file = self.path / key
        try:
            file = file.resolve()
            there = file.is_relative_to(self.path.resolve()) and file.is_file()
        except OSError:  # a name longer than names can be, or links that lead round in a circle
            there = False
        if not there:
            raise NotFound(f"There is no {key} in {self.path}.")
        if file.stat().st_size > LARGEST_BYTES:
            raise BadInput(f"{key} has {file.stat().st_size / 1e9:.1f} GB, too much for a tile; split it.")
        return file.read_bytes()


@dataclass(frozen=True, eq=False)
class Archive:
    """The files of a zip, unpacked one by one, none of them without bounds."""

    archive: zipfile.ZipFile
    name: str

    def get(self, key: str) -> bytes:
        """The bytes of a file, or `NotFound`; raises `BadInput` for one that is damaged, locked or too large."""
        try:
            info = self.archive.getinfo(key)
        except KeyError:
            raise NotFound(f"There is no {key} in {self.name}.") from None
        grown = info.file_size > _SMALL_BYTES and info.file_size > _MOST_GROWTH * max(info.compress_size, 1)
        if info.file_size > LARGEST_BYTES or grown:
            raise BadInput(f"{self.name}: {key} would unpack to {info.file_size / 1e9:.1f} GB, too much for a tile.")
        if info.flag_bits & 1:
            raise BadInput(f"{self.name} is locked by a password; pack it without.")
        try:
            return self.archive.read(info)
        except NotImplementedError as error:
            raise BadInput(
                f"{self.name}: {key} is packed in a way that cannot be read ({str(error)[:_LONGEST_WHY]}); "
                "pack it again with Deflate."
            ) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
            raise BadInput(f"{self.name}: {key} is damaged: {str(error)[:_LONGEST_WHY]}.") from error


def key_of(uri: str, folder: str) -> str:
    """The file that a URI in a file of this folder names; raises `BadInput` for one that is not among the files."""
    if ":" in uri.partition("/")[0]:
        raise BadInput(f"{uri[:120]} is an address elsewhere, and nothing is fetched; put it with the tileset.")
    path = unquote(uri.partition("#")[0].partition("?")[0])
    key = posixpath.normpath(posixpath.join(folder, path))
    if path.startswith("/") or key.startswith("..") or "\\" in path or "\0" in path or not path:
        raise BadInput(f"{uri[:120]!r} leads outside the tileset's folder, where nothing is read.")
    return key
