"""The one way in which tests damage a file: its bytes, numbers and words, its JSON, its archive's entries, its STEP.

The same file and the same dice give the same damage.
"""

import copy
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from random import Random
from typing import Any

NUMBER = re.compile(rb"-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
WORD = re.compile(rb"[A-Za-z_#:]{2,}")
REFERENCE = re.compile(rb"#\d+")
ODD_BYTES = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\0\0\x80\x7f", b"\0\0\xc0\x7f")
ODD_INSERTS = (b"\0", b"\xff\xff\xff\xff", b"\n", b"<a>", b'"', b" -9 ", b"//", b"'", b"(")
ODD_NUMBERS = (
    b"0", b"-1", b"1e308", b"-1e-320", b"1e999", b"nan", b"inf", b"2147483648", b"4294967295", b"99999999999999999999",
    b"0.5", b"", b"1_0", b"0x1", b"1.E400", b"$", b"*", b"''", b"#999999999",
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 3, 2**31, 2**63, 10**400, 1e308, float("nan"), float("inf"), "", "x", "x" * 50,
    "../../etc/passwd", "nan", "\0", "é" * 300, [], {}, [[]], [[[[0]]]], {"type": "Solid"}, {"a": 1}, [1, 2], [0] * 16,
    [1e30] * 12, [None],
)  # fmt: skip
_ARCHIVES = (".3mf", ".zip", ".usdz", ".ifczip", ".3tz")
_JSON = (".json", ".gltf")
_TEXT_STARTS = 400
_BROKEN = (ValueError, RuntimeError, EOFError, OSError, struct.error, zlib.error, zipfile.BadZipFile, MemoryError)


def damaged(data: bytes, name: str, dice: Random) -> bytes:
    """A file with a few things wrong with it, most often in the way of its kind, which its name tells."""
    suffix = f".{name.rsplit('.', 1)[-1]}"
    if dice.random() < 0.75:
        try:
            if suffix in _ARCHIVES:
                return _archive(data, dice, stored=suffix == ".usdz")
            if data[:4] == b"glTF":
                return _glb(data, dice)
            if suffix in _JSON:
                return json.dumps(json_damaged(json.loads(data), dice)).encode()
        except _BROKEN:
            pass  # so broken by now that only its bytes are left
    if suffix == ".ifc" and dice.random() < 0.5:
        return dice.choice((_lines, _redirected))(data, dice)
    return bytes_damaged(data, dice)


def bytes_damaged(data: bytes, dice: Random, places: Sequence[tuple[int, int]] = ()) -> bytes:
    """Bytes flipped, cut, doubled, put between or at its end; of text, numbers and words replaced too.

    With `places` (first, last) it is there that bytes are written over, and the length stays.
    """
    if places:
        return _written_over(data, dice, places)
    text = all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in data[:_TEXT_STARTS])
    kinds = ["flip", "cut", "double", "insert", "end", "odd"] + ["number", "number", "swap"] * (2 if text else 0)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        data = _once(data, dice.choice(kinds), dice)
    return data


def _written_over(data: bytes, dice: Random, places: Sequence[tuple[int, int]]) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 4, 16))):
        at = dice.randrange(*dice.choice(places))
        new = dice.choice((bytes([changed[at] ^ 1 << dice.randrange(8)]), *ODD_BYTES[:2], dice.randbytes(8)))
        changed[at : at + len(new)] = new
    if dice.random() < 0.15:
        del changed[dice.randrange(len(changed)) :]
    return bytes(changed[: len(data)])


def _once(data: bytes, kind: str, dice: Random) -> bytes:
    at = dice.randrange(len(data) + 1)
    to = min(at + dice.choice((1, 2, 4, 30, 300)), len(data))
    made: dict[str, Callable[[], bytes]] = {
        "flip": lambda: data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :],
        "cut": lambda: data[:at] + data[to:],
        "double": lambda: data[:to] + data[at:to] * dice.choice((1, 2, 50)) + data[to:],
        "insert": lambda: data[:at] + dice.choice(ODD_INSERTS) + data[at:],
        "end": lambda: data[:at] if dice.random() < 0.3 else data,
        "odd": lambda: data[:at] + dice.choice(ODD_BYTES) + data[at + 4 :],
        "number": lambda: _other(data, NUMBER, dice.choice(ODD_NUMBERS), at),
        "swap": lambda: _other(data, WORD, dice.choice(WORD.findall(data) or [b"x"]), at),
    }
    return made[kind]()


def _other(data: bytes, pattern: re.Pattern[bytes], new: bytes, at: int) -> bytes:
    """The first that fits a pattern from `at` on, replaced."""
    found = pattern.search(data, at) or pattern.search(data)
    return data[: found.start()] + new + data[found.end() :] if found else data


def _lines(data: bytes, dice: Random) -> bytes:
    """Lines dropped, doubled and exchanged."""
    rows = data.split(b"\n")
    for _ in range(dice.randint(1, 8)):
        one, other = dice.randrange(len(rows)), dice.randrange(len(rows))
        match dice.randrange(3):
            case 0:
                rows[one] = b""
            case 1:
                rows[one] = rows[one] + rows[other]
            case _:
                rows[one], rows[other] = rows[other], rows[one]
    return b"\n".join(rows)


def _redirected(data: bytes, dice: Random) -> bytes:
    """References that lead to other entities: circles, and things of another class."""
    found = [each.span() for each in REFERENCE.finditer(data)]
    targets = [data[start:end] for start, end in found]
    changed = bytearray(data)
    for start, end in sorted(dice.sample(found, min(len(found), dice.randint(1, 6))), reverse=True):
        changed[start:end] = dice.choice(targets)
    return bytes(changed)


def _archive(data: bytes, dice: Random, *, stored: bool) -> bytes:
    """One entry damaged. A USD package holds its files as they are."""
    out = BytesIO()
    kind = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(BytesIO(data)) as given, zipfile.ZipFile(out, "w", kind) as made:
        entries = given.infolist()
        chosen = dice.choice(entries) if entries else None
        for entry in entries:
            inside = given.read(entry)
            made.writestr(entry.filename, damaged(inside, entry.filename, dice) if entry is chosen else inside)
    return out.getvalue()


def _glb(data: bytes, dice: Random) -> bytes:
    """The JSON of a GLB damaged, its binary chunk as it was."""
    length = int.from_bytes(data[12:16], "little")
    text = json.dumps(json_damaged(json.loads(data[20 : 20 + length]), dice)).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I", len(text)) + b"JSON" + text + data[20 + length :]
    return b"glTF" + struct.pack("<II", 2, 12 + len(chunks)) + chunks


def json_damaged(document: Any, dice: Random) -> Any:
    """A document with one to five of its values replaced, taken away or exchanged."""
    document = copy.deepcopy(document)
    for _ in range(dice.choice((1, 1, 1, 2, 5))):
        places = [*_places(document)] if isinstance(document, (dict, list)) else []
        if not places:
            break
        holder, key = dice.choice(places)
        match dice.randrange(5):
            case 0:
                del holder[key]
            case 1:
                other, where = dice.choice(places)
                holder[key] = copy.deepcopy(other[where])
            case _:
                holder[key] = copy.deepcopy(dice.choice(ODD_VALUES))
    return document


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in [*value] if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)) and value[key]:
            yield from _places(value[key])
