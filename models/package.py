"""A zip that holds one model and what belongs to it: textures, material libraries, buffers."""

import shutil
import tempfile
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from tiles.errors import BadInput

from .archive import Archive, looked_through
from .meshes import beside
from .model import Model, Progress, Reader, Reading

ARCHIVES = (".zip", ".ifczip")
_OTHER_ARCHIVES = (".7z", ".rar", ".tar", ".gz", ".tgz", ".kmz", ".zip")
_AMBIGUOUS = (".json", ".jsonl", ".xml", ".gml")
"""What may be a model, or say something of one: taken where nothing else in the zip is a model."""
_PREFIX = "voorland-zip-"
_STALE_S = 6 * 3600


def read(path: Path, reading: Reading, progress: Progress) -> Model:
    """The one model in a zip; raises `BadInput` where there is none or several, or where it is not safe to unpack."""
    from . import READERS, reader_of  # noqa: PLC0415 - the readers include this one

    archive = looked_through(path)
    with archive.zip:
        name = _chosen(archive, [suffix for suffix in READERS if suffix not in ARCHIVES])
        _forget_stale()
        with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as scratch:
            folder = Path(scratch)
            archive.unpack(folder)
            return _read(
                folder.joinpath(*PurePosixPath(name).parts), folder, reader_of(Path(name)), (reading, progress)
            )


def _read(path: Path, folder: Path, reader: Reader, told: tuple[Reading, Progress]) -> Model:
    with beside.package(folder):
        return reader(path, *told)


def _chosen(archive: Archive, suffixes: Collection[str]) -> str:
    """The entry that is the model."""
    names = [each.filename.replace("\\", "/") for each in archive.entries]
    names = [name for name in names if not _is_hidden(name)]
    nested = [name for name in names if name.lower().endswith(_OTHER_ARCHIVES)]
    if nested:
        raise BadInput(f"{archive.name} holds another archive, {nested[0]}; unpack that first and hand over one zip.")
    models = [name for name in names if PurePosixPath(name).suffix.lower() in suffixes]
    sure = [name for name in models if not name.lower().endswith(_AMBIGUOUS)]
    found = sure or models
    if len(found) > 1:
        raise BadInput(f"{archive.name} holds several models ({_some(found)}); hand over one at a time.")
    if not found:
        held = f"it holds {_some(names)}" if names else "it is empty"
        raise BadInput(f"{archive.name} holds no model that can be read ({', '.join(suffixes)}); {held}.")
    return found[0]


def _is_hidden(name: str) -> bool:
    """What a Mac or an editor adds of its own."""
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _some(names: Sequence[str], most: int = 6) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _forget_stale() -> None:
    """Remove what a conversion that was ended from outside could not."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _STALE_S:
                shutil.rmtree(left, ignore_errors=True)
