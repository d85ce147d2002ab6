"""The lines of an OBJ file, many at a time: numbers as tables, faces as what their corners name."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np

from tiles.errors import BadInput

from .parts import Floats, Rows, counted

_BLOCK = 8 << 20
NONE = np.iinfo(np.int64).min
"""Where a corner has no texture coordinate or normal."""
XYZ, XYZRGB, XYZWRGB = 3, 6, 7


def blocks(path: Path) -> Iterator[bytes]:
    """The file in pieces that end with a line."""
    rest = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            block = rest + block
            cut = block.rfind(b"\n") + 1
            while cut > 1 and block[:cut].rstrip(b"\r\n").endswith(b"\\"):
                cut = block.rfind(b"\n", 0, cut - 1) + 1
            rest = block[cut:]
            yield block[:cut]
    yield rest


def word_of(line: bytes) -> bytes:
    """What a line is: ``v``, ``f``, ``usemtl``; ``#`` for a comment."""
    start = line.lstrip()[:8]
    return b"#" if start[:1] == b"#" else start.split(maxsplit=1)[0] if start.strip() else b""


def rest_of(line: bytes) -> str:
    """What follows a line's first word."""
    words = line.split(maxsplit=1)
    return words[1].strip().decode("utf-8", "replace") if len(words) > 1 else ""


def vertices(lines: Sequence[bytes]) -> list[Floats]:
    """Tables of positions, with colours where a line has six numbers; a weight, a fourth number, is left out."""
    tables = []
    for width, run in groupby([line.split() for line in lines], len):
        table = _floats(list(run), width)
        if width - 1 < XYZ:
            raise BadInput(f"a vertex of it has {counted(width - 1, 'number')}")
        if width - 1 < XYZRGB:
            tables.append(table[:, :3])
        else:
            tables.append(table[:, :6] if width - 1 != XYZWRGB else table[:, [0, 1, 2, 4, 5, 6]])
    return tables


def numbers(lines: Sequence[bytes], width: int) -> list[Floats]:
    """Tables of so many columns of the numbers on lines; 0 where a line has fewer."""
    words = [line.split() for line in lines]
    tables = []
    for count, run in groupby(words, len):
        table = _floats(list(run), count)
        if count <= width:
            table = np.column_stack([table, np.zeros((len(table), width - count + 1))])
        tables.append(table[:, :width])
    return tables


def _floats(words: Sequence[Sequence[bytes]], width: int) -> Floats:
    try:
        return np.array([row[1:] for row in words], np.float64).reshape(-1, width - 1)
    except ValueError as error:
        raise BadInput(f"it has {_first_wrong(words)} where a number belongs") from error


def _first_wrong(words: Sequence[Sequence[bytes]]) -> str:
    for row in words:
        for word in row[1:]:
            try:
                float(word)
            except ValueError:
                return repr(word[:40].decode("latin-1"))
    return "text"


def corners_of(lines: Sequence[bytes]) -> tuple[Rows, Rows]:
    """How many corners each face has, and what each corner names: position, texture coordinate, normal."""
    words = [line.split(b"#", 1)[0].split()[1:] for line in lines]
    counts = np.array([len(row) for row in words], np.int64)
    flat = [word for row in words for word in row]
    slashes = {word.count(b"/") for word in flat}
    text = b" ".join(flat)
    corners = np.full((len(flat), 3), NONE, np.int64)
    if not flat:
        return counts, corners
    try:
        if slashes == {0}:
            corners[:, 0] = np.array(flat, np.int64)
        elif slashes == {1} and b"/ " not in text and not text.endswith(b"/"):
            corners[:, :2] = np.array(text.replace(b"/", b" ").split(), np.int64).reshape(-1, 2)
        elif slashes == {2} and text.count(b"//") == len(flat):
            corners[:, [0, 2]] = np.array(text.replace(b"//", b" ").split(), np.int64).reshape(-1, 2)
        elif slashes == {2} and b"//" not in text and b"/ " not in text and not text.endswith(b"/"):
            corners[:] = np.array(text.replace(b"/", b" ").split(), np.int64).reshape(-1, 3)
        else:
            for row, word in enumerate(flat):
                named = word.split(b"/")[:3]
                corners[row, : len(named)] = [int(each) if each else NONE for each in named]
    except (ValueError, OverflowError) as error:
        raise BadInput("a face has something else than whole numbers") from error
    return counts, corners
