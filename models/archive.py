"""Zip archives from strangers: looked through before a byte of them is unpacked."""

import stat
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from zlib import error as ZlibError  # noqa: N812 - its own name is `error`

from tiles.errors import BadInput

MOST_FILES = 20_000
MOST_BYTES = 4 << 30
"""Unpacked, of all files together."""
MOST_TIMES = 200
"""Unpacked over packed: text packs to a tenth, a bomb to a thousandth."""
_UNSUSPECTED_BYTES = 16 << 20
_PIECE = 1 << 20
_LONGEST_WHY = 120  # letters: zipfile repeats a damaged name whole
_LINK = stat.S_IFLNK
_ENCRYPTED = 0x1


@dataclass(frozen=True)
class Archive:
    """A zip that was looked through: every entry a plain file within it, and all of them no more than can be."""

    name: str
    zip: zipfile.ZipFile
    entries: Sequence[zipfile.ZipInfo]
    """Files only."""

    def find(self, path: str) -> zipfile.ZipInfo | None:
        """The entry at a path, whatever the case of its letters."""
        wanted = str(PurePosixPath(path.replace("\\", "/").lstrip("/"))).lower()
        return next((each for each in self.entries if _plain(each).lower() == wanted), None)

    def read(self, entry: zipfile.ZipInfo) -> bytes:
        """An entry's bytes; raises `BadInput` where they are damaged, or not as many as the archive says."""
        return b"".join(self._pieces(entry))

    def unpack(self, folder: Path) -> None:
        """Write every entry under an empty folder, a piece at a time."""
        for entry in self.entries:
            path = folder.joinpath(*PurePosixPath(_plain(entry)).parts)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("wb") as file:
                    file.writelines(self._pieces(entry))
            except (OSError, ValueError) as error:
                raise BadInput(
                    f"{self.name}: {entry.filename[:80]} in it cannot be unpacked ({str(error)[:_LONGEST_WHY]})."
                ) from error

    def _pieces(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        count = 0
        try:
            with self.zip.open(entry) as file:
                while piece := file.read(_PIECE):
                    count += len(piece)
                    if count > entry.file_size:
                        break
                    yield piece
        except (zipfile.BadZipFile, OSError, EOFError, ZlibError, NotImplementedError, RuntimeError, ValueError) as e:
            raise BadInput(
                f"{self.name}: {entry.filename[:80]} in it is damaged ({str(e)[:_LONGEST_WHY]}); pack it again."
            ) from e
        if count != entry.file_size:
            raise BadInput(f"{self.name}: {entry.filename[:80]} in it is not of the size it says; it is not unpacked.")


def looked_through(path: Path) -> Archive:
    """The archive in a file; raises `BadInput` where it is none, or one that should not be unpacked."""
    try:
        opened = zipfile.ZipFile(path)
        entries = [entry for entry in opened.infolist() if not entry.is_dir()]
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, IndexError) as error:
        raise BadInput(f"{path.name} is not a zip archive that can be read: {str(error)[:_LONGEST_WHY]}.") from error
    if len(entries) > MOST_FILES:
        raise BadInput(
            f"{path.name} holds {len(entries):,} files, and {MOST_FILES:,} is the limit; pack only the model."
        )
    _require_size(path.name, entries)
    for entry in entries:
        _require_plain(path.name, entry)
    return Archive(path.name, opened, entries)


def _require_size(name: str, entries: Sequence[zipfile.ZipInfo]) -> None:
    unpacked, packed = (sum(getattr(each, key) for each in entries) for key in ("file_size", "compress_size"))
    if unpacked > MOST_BYTES:
        raise BadInput(f"{name} unpacks to {unpacked / 1e9:.1f} GB, and {MOST_BYTES / 1e9:.1f} is the limit.")
    if unpacked > max(_UNSUSPECTED_BYTES, MOST_TIMES * packed):
        raise BadInput(
            f"{name} unpacks to {unpacked / max(packed, 1):,.0f} times its size, as no model does; it is not unpacked."
        )


def _require_plain(name: str, entry: zipfile.ZipInfo) -> None:
    said = entry.filename
    parts = PurePosixPath(_plain(entry)).parts
    if (
        _plain(entry).startswith("/")
        or ".." in parts
        or (parts and parts[0].endswith(":"))
        or "\0" in said
        or not parts
    ):
        raise BadInput(f"{name} holds {said[:80]!r}, which would be written outside its folder; it is not unpacked.")
    if stat.S_IFMT(entry.external_attr >> 16) == _LINK:
        raise BadInput(f"{name} holds {said[:80]!r}, a link; pack the files themselves.")
    if entry.flag_bits & _ENCRYPTED:
        raise BadInput(f"{name} is locked with a password; hand it over without.")


def _plain(entry: zipfile.ZipInfo) -> str:
    return entry.filename.replace("\\", "/")
