"""Files of which any part can be read, wherever they are."""

import io
import os
from pathlib import Path
from typing import Protocol

from tiles.errors import BadInput, Problem


class Parts(Protocol):
    """An open file of which several threads may read parts."""

    size: int

    def part(self, start: int, size: int) -> bytes:
        """Exactly `size` bytes from `start`; raises a `Problem` where there are none."""

    def damaged(self, why: str) -> Problem:
        """What to raise when its bytes are not what they should be."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes from here."""

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to `offset` from the start, from here or from the end."""

    def tell(self) -> int:
        """Where the next read begins."""


class LocalFile(io.FileIO):
    """A file on disk."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path
        self.size = os.fstat(self.fileno()).st_size

    def part(self, start: int, size: int) -> bytes:
        """Exactly `size` bytes from `start`; raises `BadInput` where there are none."""
        data = os.pread(self.fileno(), size, start) if start >= 0 <= size else b""
        if len(data) != size:
            raise self.damaged(f"bytes {start} to {start + size} are not there")
        return data

    def damaged(self, why: str) -> Problem:
        """A `BadInput` that says what is wrong."""
        return BadInput(f"{self.path.name} is no COPC file that can be read ({why}); download it again.")
