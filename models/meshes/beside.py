"""The files that belong to a model: textures, buffers, material libraries. Never one outside its folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from tiles.errors import BadInput

_USUAL = ("textures", "texture", "images", "image", "maps", "materials", "tex")
"""Where exporters put pictures."""
_MOST_BYTES = 2 << 30
_PACKAGE: ContextVar[Path | None] = ContextVar("package", default=None)


@contextmanager
def package(root: Path) -> Iterator[None]:
    """Within, files may lie anywhere under `root`, an unpacked archive, and not only in the model's own folder."""
    token = _PACKAGE.set(root)
    try:
        yield
    finally:
        _PACKAGE.reset(token)


def root_of(model: Path) -> Path:
    """The folder that all of a model's files must lie in."""
    return (_PACKAGE.get() or model.parent).resolve()


def own(model: Path) -> bytes:
    """The bytes of the model's file itself; raises `BadInput` where there is none."""
    try:
        return model.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise BadInput(f"There is no file {model}.") from None


def find(model: Path, uri: str) -> Path | None:
    """The file that a model refers to; None where there is none in its folder.

    A path that leads outside, or is of another machine, stands for a file of its name inside.
    """
    within = root_of(model)
    folder = model.parent.resolve()
    parts = [part for part in PurePosixPath(_plain(uri)).parts if part not in {".", "/"}]
    if not parts or "\0" in uri:
        return None
    name = parts[-1]
    usual = [folder, *(folder / each for each in _USUAL)]
    candidates = [folder.joinpath(*parts), *(each / name for each in usual)]
    for candidate in candidates:
        found = _inside(_any_case(candidate, within), within)
        if found is not None:
            return found
    return None


def read(model: Path, uri: str) -> bytes | None:
    """The bytes of a file that a model refers to; None where there is none, or one too large to be what it should."""
    path = find(model, uri)
    try:
        if path is None or path.stat().st_size > _MOST_BYTES:
            return None
        return path.read_bytes()
    except OSError:
        return None


def name_of(uri: str) -> str:
    """What to call a file that is not there."""
    return PurePosixPath(_plain(uri)).name or uri[:60]


def _plain(uri: str) -> str:
    path = unquote(uri.strip()).replace("\\", "/")
    return path.removeprefix("file://")


def _inside(path: Path | None, within: Path) -> Path | None:
    try:
        if path is None or not path.is_file():
            return None
        real = path.resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return None
    return real if real.is_relative_to(within) else None


def _any_case(path: Path, within: Path) -> Path | None:
    """A path as it is on disk, whatever the case of its letters; None where it leads outside `within`."""
    try:
        if path.is_file():
            return path
        normal = Path(*_normal(path.parts))
        if not normal.is_relative_to(within):
            return None
        found = within
        for part in normal.relative_to(within).parts:
            same = sorted(each for each in found.iterdir() if each.name.lower() == part.lower())
            if not same:
                return None
            found = same[0]
    except (OSError, ValueError):
        return None
    return found


def _normal(parts: tuple[str, ...]) -> list[str]:
    kept: list[str] = []
    for part in parts:
        if part != "..":
            kept.append(part)
        elif len(kept) > 1:
            kept.pop()
    return kept
