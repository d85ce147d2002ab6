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
# One argument: texts, brackets within one more pair of brackets, and all else up to a comma or bracket. No way back is
# tried (possessive), so that no text takes longer than its length.
_STRING = rb"'(?:[^']++|'')*+'"
_INNER = rb"\((?:[^()']++|%b)*+\)" % _STRING
_OUTER = rb"\((?:[^()']++|%b|%b)*+\)" % (_STRING, _INNER)
_ARGUMENT = re.compile(rb"\s*((?:[^,'()]++|%b|%b)++)[,)]" % (_STRING, _OUTER))
_MEMBER = re.compile(rb"\s*((?:[^,'()]++|%b|%b)++)(?:,|$)" % (_STRING, _OUTER))
_TYPED = re.compile(rb"([A-Za-z][A-Za-z0-9_]*)\s*\((.*)\)$", re.DOTALL)
_LONGEST_NUMBER = 20


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
    arguments: Sequence[bytes] = ()
    """As they are written."""

    def at(self, position: int) -> Any:
        """An argument's value, or None."""
        return value(self.arguments[position]) if position < len(self.arguments) else None

    def values(self, start: int) -> list[Any]:
        """The values of the arguments from one on."""
        return [value(each) for each in self.arguments[start:]]

    def text(self, position: int) -> str:
        """A text; empty for anything else."""
        found = self.at(position)
        return found if isinstance(found, str) else ""

    def number_at(self, position: int) -> float | None:
        """A number, also one with its type."""
        found = self.at(position)
        if isinstance(found, Typed):
            found = found.value
        return float(found) if isinstance(found, (int, float)) and not isinstance(found, Reference) else None

    def members(self, position: int) -> list[bytes]:
        """The members of a list as they are written; none of anything else."""
        written = self.arguments[position] if position < len(self.arguments) else b""
        return _MEMBER.findall(written.strip()[1:-1]) if written.startswith(b"(") else []

    def reference(self, position: int) -> int | None:
        """The number of another entity."""
        found = self.at(position)
        return found if isinstance(found, Reference) else None

    def references(self, position: int) -> list[int]:
        """The numbers of other entities: of a list, or of one."""
        written = self.arguments[position] if position < len(self.arguments) else b""
        if written.startswith(b"(") and b"'" not in written:
            return [int(number) for number in _REFERENCE.findall(written)]
        found = self.at(position)
        return (
            [each for each in found if isinstance(each, Reference)]
            if isinstance(found, list)
            else [found]
            if isinstance(found, Reference)
            else []
        )


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

    def _arguments(self, row: int) -> Sequence[bytes]:
        written = self._written(row)
        return _ARGUMENT.findall(written, written.index(b"(") + 1)

    def _written(self, row: int) -> bytes:
        end = self._places[row + 1] if row + 1 < len(self._places) else len(self.data)
        return self.data[self._places[row] : end]

    def span(self, number: int) -> tuple[int, int]:
        """Where an entity is written: from its sign to its semicolon."""
        row = self._row(number)
        if row is None:
            return 0, 0
        start, written = self._places[row], self._written(row)
        last = row + 1 == len(self._places)
        return start, start + (written.find(b";") if last else written.rfind(b";")) + 1

    def line(self, number: int) -> bytes:
        """All that is written of an entity, to its semicolon; nothing where there is none."""
        start, end = self.span(number)
        return self.data[start:end]

    def referred(self, number: int) -> list[int]:
        """The numbers of the entities that one refers to."""
        return [int(found) for found in _REFERENCE.findall(self.line(number))[1:]]


def value(written: bytes) -> Any:
    """What is meant by an argument: text, number, reference, enumeration, typed value, list; None for nothing."""
    written = written.strip()
    match written[:1]:
        case b"'":
            return text(written[1:-1])
        case b"#":
            return Reference(written[1:]) if written[1:].isdigit() and len(written) < _LONGEST_NUMBER else None
        case b"(":
            return [value(each) for each in _MEMBER.findall(written[1:-1])]
        case first if first.isdigit() or first in (b"+", b"-"):
            return _number(written)
        case b".":
            return Enumeration(written[1:-1].decode("ascii", errors="replace"))
    typed = _TYPED.match(written)
    return None if typed is None else Typed(typed[1].decode(), value(typed[2]))


def _number(token: bytes) -> float | int | None:
    try:
        return int(token) if token.lstrip(b"+-").isdigit() and len(token) < _LONGEST_NUMBER else float(token)
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
