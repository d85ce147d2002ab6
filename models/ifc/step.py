"""A STEP physical file (ISO 10303-21) as a table of where its entities stand, read only where asked.

Most of an IFC file is coordinates that engines read for themselves. What is wanted of the rest is found here in any
schema, also those that no library knows, in 20 bytes of memory an entity.
"""

import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

_ENTITY = re.compile(rb"#(\d{1,15})\s*=\s*([A-Z][A-Z0-9_]*)\s*\(")
_REFERENCE = re.compile(rb"#(\d{1,15})")
_TOKEN = re.compile(
    rb"\s*(?:'((?:[^']|'')*)'|#(\d{1,15})|\.([A-Za-z0-9_]+)\.|([-+]?\d[\d.]*(?:[eE][-+]?\d+)?)|([$*])|([(),])"
    rb"|([A-Za-z][A-Za-z0-9_]*)\s*\(|\"([0-9A-Fa-f]*)\"|/\*.*?\*/)",
    re.DOTALL,
)
_TEXT, _REF, _ENUM, _NUMBER, _NOTHING, _PUNCTUATION, _TYPE, _BINARY = range(1, 9)
_DEEPEST = 32


class Reference(int):
    """The number of another entity."""

    __slots__ = ()


class Enumeration(str):
    """A word between dots."""

    __slots__ = ()


class Typed(NamedTuple):
    """A value with the name of its type, such as ``IFCLABEL('x')``."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity; what is asked of an argument that is not there, or is something else, is not there either."""

    number: int
    kind: str
    """Its class in capitals."""
    arguments: Sequence[Any] = ()

    def at(self, position: int) -> Any:
        """An argument, or None."""
        return self.arguments[position] if position < len(self.arguments) else None

    def text(self, position: int) -> str:
        """A text; empty for anything else."""
        value = self.at(position)
        return value if isinstance(value, str) else ""

    def number_at(self, position: int) -> float | None:
        """A number, also one with its type."""
        value = self.at(position)
        if isinstance(value, Typed):
            value = value.value
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, Reference) else None

    def reference(self, position: int) -> int | None:
        """The number of another entity."""
        value = self.at(position)
        return value if isinstance(value, Reference) else None

    def references(self, position: int) -> list[int]:
        """The numbers of other entities: of a list, or of one."""
        value = self.at(position)
        values = value if isinstance(value, list) else [value]
        return [each for each in values if isinstance(each, Reference)]


class Step:
    """A file's entities by number and by class."""

    def __init__(self, data: bytes) -> None:
        """Find where each entity stands."""
        self.data = data
        codes: dict[bytes, int] = {}
        numbers, places, kinds = array("q"), array("q"), array("H")
        for found in _ENTITY.finditer(data):
            number, kind = found.groups()
            numbers.append(int(number))
            places.append(found.start())
            kinds.append(min(codes.setdefault(kind, len(codes)), 65_535))
        self._numbers, self._places, self._kinds = numbers, places, kinds
        self.kinds = [kind.decode() for kind in codes]
        """Every class there is, in capitals, by its first appearance."""

    def __len__(self) -> int:
        return len(self._numbers)

    @cached_property
    def _order(self) -> "tuple[array[int], array[int] | None]":
        """The numbers from low to high, and their rows where the file has another order."""
        numbers = self._numbers
        if all(a < b for a, b in pairwise(numbers)):
            return numbers, None
        rows = array("q", sorted(range(len(numbers)), key=numbers.__getitem__))
        return array("q", (numbers[row] for row in rows)), rows

    def _row(self, number: int) -> int | None:
        numbers, rows = self._order
        place = bisect_left(numbers, number)
        if place == len(numbers) or numbers[place] != number:
            return None
        return place if rows is None else rows[place]

    @cached_property
    def _rows_by_kind(self) -> "Mapping[str, array[int]]":
        rows: dict[int, array[int]] = defaultdict(lambda: array("q"))
        for row, kind in enumerate(self._kinds):
            rows[kind].append(row)
        return {name: rows[code] for code, name in enumerate(self.kinds) if code in rows}

    def of(self, *kinds: str) -> Iterator[Entity]:
        """The entities of exactly these classes, in the file's order."""
        for kind in kinds:
            for row in self._rows_by_kind.get(kind, ()):
                yield self._entity(row)

    def entity(self, number: int | None) -> Entity:
        """An entity by its number; one of no class where there is none."""
        row = None if number is None else self._row(number)
        return Entity(number or 0, "") if row is None else self._entity(row)

    def kind(self, number: int) -> str:
        """An entity's class; empty where there is none."""
        row = self._row(number)
        return "" if row is None else self.kinds[self._kinds[row]]

    def _entity(self, row: int) -> Entity:
        return Entity(self._numbers[row], self.kinds[self._kinds[row]], self._arguments(row))

    def _arguments(self, row: int) -> Sequence[Any]:
        start = self.data.index(b"(", self._places[row]) + 1
        return _parsed(self.data, start)

    def line(self, number: int) -> bytes:
        """All that is written of an entity, to its semicolon."""
        row = self._row(number)
        if row is None:
            return b""
        end = self._places[row + 1] if row + 1 < len(self._places) else len(self.data)
        said = self.data[self._places[row] : end]
        return said[: said.rfind(b";") + 1] if row + 1 < len(self._places) else said[: said.find(b";") + 1]

    def referred(self, number: int) -> list[int]:
        """The numbers of the entities that one refers to."""
        return [int(found) for found in _REFERENCE.findall(self.line(number))[1:]]


def _parsed(data: bytes, position: int) -> Sequence[Any]:
    """The arguments that stand from `position` to the bracket that closes them, or to where they can't be read."""
    current: list[Any] = []
    outer: list[tuple[list[Any], str]] = []
    while (found := _TOKEN.match(data, position)) is not None:
        position = found.end()
        group, token = found.lastindex, found[found.lastindex or 0]
        if group == _PUNCTUATION and token == b")":
            if not outer:
                return current
            done, (current, kind) = current, outer.pop()
            current.append(Typed(kind, done[0] if done else None) if kind else done)
        elif group == _TYPE or token == b"(":
            if len(outer) == _DEEPEST:
                break
            outer.append((current, token.decode() if group == _TYPE else ""))
            current = []
        elif group is not None and group != _PUNCTUATION:
            current.append(_value(group, token))
    return outer[0][0] if outer else current


def _value(group: int, token: bytes) -> Any:
    match group:
        case _ if group == _TEXT:
            return text(token)
        case _ if group == _REF:
            return Reference(token)
        case _ if group == _ENUM:
            return Enumeration(token.decode())
        case _ if group == _NUMBER:
            return _number(token)
    return None


def _number(token: bytes) -> float | int | None:
    try:
        return int(token) if token.lstrip(b"+-").isdigit() and len(token) < 20 else float(token)  # noqa: PLR2004
    except ValueError:
        return None


_ESCAPE = re.compile(
    r"\\X2\\([0-9A-Fa-f]*)\\X0\\|\\X4\\([0-9A-Fa-f]*)\\X0\\|\\X\\([0-9A-Fa-f]{2})|\\S\\(.)|\\P[A-I]\\|\\\\"
)


def text(token: bytes) -> str:
    """A text as it is meant (ISO 10303-21, 6.4.3): two quotes are one, and escapes are letters."""
    said = decoded(token).replace("''", "'")
    return _ESCAPE.sub(_letters, said) if "\\" in said else said


def decoded(data: bytes) -> str:
    """UTF-8, or what Windows programs write though the standard has ASCII only."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _letters(found: re.Match[str]) -> str:
    two, four, one, shifted = found.groups()
    if two is not None:
        return bytes.fromhex(two[: len(two) // 4 * 4]).decode("utf-16-be", errors="replace")
    if four is not None:
        return bytes.fromhex(four[: len(four) // 8 * 8]).decode("utf-32-be", errors="replace")
    if one is not None:
        return chr(int(one, 16))
    if shifted is not None:
        return chr((ord(shifted) + 128) % 256)
    return "\\" if found[0] == "\\\\" else ""
