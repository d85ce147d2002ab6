"""Pictures that a model refers to by name: only those that lie with it."""

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from tiles.geometry import Image

_MOST_BYTES = 64 << 20
_MOST_IN_ALL_BYTES = 512 << 20
_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@dataclass(eq=False)
class Pictures:
    """The pictures beside a model's file, each read once; those that cannot be had are kept in `missing`."""

    folder: Path
    missing: dict[str, None] = field(default_factory=dict)
    """Names, in the order in which they were asked for."""
    _read: dict[tuple[str, bool], Image | None] = field(default_factory=dict)
    _bytes: int = 0

    def get(self, name: str, *, repeats: bool = True) -> Image | None:
        """The picture of this name in the folder; None where it is not there, is no JPEG or PNG, or leads outside."""
        key = (name, repeats)
        if key not in self._read:
            self._read[key] = self._image(name, repeats)
            if self._read[key] is None:
                self.missing[name] = None
        return self._read[key]

    def _image(self, name: str, repeats: bool) -> Image | None:
        try:
            path = self._inside(name)
            if path is None or not path.is_file() or path.stat().st_size > _MOST_BYTES:
                return None
        except OSError:  # a name longer than names can be, or links that lead round in a circle
            return None
        data = path.read_bytes()
        kind = next((kind for start, kind in _KINDS.items() if data.startswith(start)), None)
        if kind is None or self._bytes + len(data) > _MOST_IN_ALL_BYTES:
            return None
        self._bytes += len(data)
        return Image(data, kind, repeats)

    def _inside(self, name: str) -> Path | None:
        parts = PurePosixPath(unquote(name.replace("\\", "/")))
        if parts.is_absolute() or ":" in name or "\0" in str(parts) or not name:
            return None
        path = (self.folder / parts).resolve()
        return path if path.is_relative_to(self.folder.resolve()) else None
