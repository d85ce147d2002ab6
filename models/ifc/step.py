"""A STEP physical file (ISO 10303-21) as a table of where its entities stand, read only where asked.

Most of an IFC file is coordinates that engines read for themselves. What is wanted of the rest is found here in any
schema, also those that no library knows.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

# Nine in ten entities of a building: coordinates, the faces and edges between them, and plain properties.
_MANY = (
    "CARTESIANPOINT", "DIRECTION", "POLYLOOP", "FACEOUTERBOUND", "FACEBOUND", "FACE", "AXIS2PLACEMENT3D",
    "AXIS2PLACEMENT2D", "POLYLINE", "VERTEXPOINT", "ORIENTEDEDGE", "EDGECURVE", "EDGELOOP", "ADVANCEDFACE", "PLANE",
    "LINE", "VECTOR", "INDEXEDPOLYGONALFACE", "PROPERTYSINGLEVALUE",
    "QUANTITYLENGTH", "QUANTITYAREA", "QUANTITYVOLUME", "QUANTITYCOUNT", "QUANTITYWEIGHT", "QUANTITYTIME",
    "QUANTITYNUMBER",
)  # fmt: skip
_THESE = rb"IFC(?:%b)\s*\(" % "|".join(_MANY).encode()
_NAMED = rb"#(\d{1,15})\s*=\s*"
_ENTITY = re.compile(_NAMED + rb"(?!%b)([A-Z][A-Z0-9_]*)\s*\(" % _THESE)
_ONE_OF_MANY = re.compile(_NAMED + rb"(?=%b)([A-Z][A-Z0-9_]*)\s*\(" % _THESE)
_ANY = re.compile(_NAMED.replace(rb"(\d", rb"(?:\d") + rb"([A-Z][A-Z0-9_]*)\s*\(")
_REFERENCE = re.compile(rb"#(\d{1,15})")
# One argument: texts, brackets within one more pair of brackets, and all else up to a comma or bracket. No way back is
# tried (possessive), so that no text takes longer than its length.
_STRING = rb"'(?:[^']++|'')*+'"
_INNER = rb"\((?:[^()']++|%b)*+\)" % _STRING
_OUTER = rb"\((?:[^()']++|%b|%b)*+\)" % (_STRING, _INNER)
_ARGUMENT = re.compile(rb"\s*((?:[^,'()]++|%b|%b)++)[,)]" % (_STRING, _OUTER))
_MEMBER = re.compile(rb"\s*((?:[^,'()]++|%b|%b)++)(?:,|$)" % (_STRING, _OUTER))
_STATEMENT = re.compile(rb"(?:[^;']++|%b)*+;" % _STRING)
_TYPED = re.compile(rb"([A-Za-z][A-Za-z0-9_]*)\s*\((.*)\)$", re.DOTALL)
_NAME_AND_NOTE = rb"\s*\(\s*'((?:[^']++|'')*+)'\s*,\s*(?:\$|%b)\s*," % _STRING
# Written to begin with a word that is found without trying each entity of the file.
_SINGLES = (
    re.compile(rb"IFCPROPERTYSINGLEVALUE%b\s*(\w+\s*\(\s*(?:%b|[^'()]*+)\s*\))" % (_NAME_AND_NOTE, _STRING)),
    re.compile(rb"IFCQUANTITY(?:LENGTH|AREA|VOLUME|COUNT|WEIGHT|TIME|NUMBER)%b[^,]*,\s*([-+0-9.eE]+)" % _NAME_AND_NOTE),
)
_BEFORE, _LONGEST_BEFORE = re.compile(rb"#(\d{1,15})\s*=\s*\Z"), 32
_LONGEST_NUMBER = 20
_NEAR = 1 << 20
_BESIDE = 1 << 14
_MOST_SEARCHES = 64
_REMEMBERED = 1 << 15  # texts and values, most of which come many times in a file


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


class _Index:
    """Where some entities of a file stand."""

    def __init__(self, data: bytes, pattern: re.Pattern[bytes]) -> None:
        codes: dict[bytes, int] = {}
        numbers, places, kinds = array("q"), array("q"), array("q")
        for found in pattern.finditer(data):
            number, kind = found.groups()
            numbers.append(int(number))
            places.append(found.start())
            kinds.append(codes.setdefault(kind, len(codes)))
        self.kinds = [kind.decode() for kind in codes]
        given = np.frombuffer(numbers, np.int64) if numbers else np.empty(0, np.int64)
        order = np.argsort(given, kind="stable")
        self.places = places
        self._rows = array("q", order.tobytes())
        self._numbers = array("q", given[order].tobytes())
        self._codes = kinds

    def __len__(self) -> int:
        return len(self._numbers)

    def row(self, number: int) -> int | None:
        """An entity's row; that of the first where several have one number."""
        place = bisect_left(self._numbers, number)
        return self._rows[place] if place < len(self) and self._numbers[place] == number else None

    def around(self, number: int) -> tuple[int, int]:
        """The places of the entities with the numbers next to one, where the file has them in order."""
        above = bisect_left(self._numbers, number)
        start = self.places[self._rows[above - 1]] if above else 0
        end = self.places[self._rows[above]] if above < len(self) else start + _NEAR
        return start, min(end, start + _NEAR)

    def kind(self, row: int) -> str:
        """The class of the entity in a row."""
        return self.kinds[self._codes[row]]

    @cached_property
    def by_kind(self) -> Mapping[str, Sequence[tuple[int, int]]]:
        """The number and place of all entities of a class."""
        codes = np.frombuffer(self._codes, np.int64) if self._codes else np.empty(0, np.int64)
        numbers = np.empty(len(self), np.int64)
        numbers[np.frombuffer(self._rows, np.int64)] = np.frombuffer(self._numbers, np.int64)
        places = np.frombuffer(self.places, np.int64)
        order = np.argsort(codes, kind="stable")
        ends = np.searchsorted(codes[order], np.arange(len(self.kinds) + 1))
        rows = (order[start:end] for start, end in pairwise(ends))
        return {
            kind: list(zip(numbers[chosen].tolist(), places[chosen].tolist(), strict=True))
            for kind, chosen in zip(self.kinds, rows, strict=True)
        }


class Step:
    """A file's entities by number and by class."""

    def __init__(self, data: bytes) -> None:
        """Find where each entity stands but for coordinates and single values, which are looked for when asked for."""
        self.data = data
        self._index = _Index(data, _ENTITY)
        self._searches_left = _MOST_SEARCHES
        self._last = 0
        self.kinds = self._index.kinds
        """Every class there is but those of coordinates and single values, in capitals, by its first appearance."""

    @cached_property
    def _rest(self) -> _Index:
        return _Index(self.data, _ONE_OF_MANY)

    def _found(self, number: int) -> tuple[str, int] | None:
        """The class and place of an entity that is none of the many."""
        row = self._index.row(number)
        return None if row is None else (self._index.kind(row), self._index.places[row])

    def _place(self, number: int) -> int | None:
        """The place of any entity; one of the many is looked for near its neighbours in number first.

        Then near what was asked for last, which refers to it, as a rule, and has it beside it in most files.
        """
        place = self._looked_for(number)
        if place is not None:
            self._last = place
        return place

    def _looked_for(self, number: int) -> int | None:
        if (found := self._found(number)) is not None:
            return found[1]
        near = self._written(number, *self._index.around(number))
        if near is None:
            near = self._written(number, max(self._last - _BESIDE, 0), self._last + _BESIDE)
        if near is None and self._searches_left:  # cheaper than an index of the many, a few times
            self._searches_left -= 1
            near = self._written(number, 0, len(self.data))
        if near is not None:
            return near
        row = self._rest.row(number)
        return None if row is None else self._rest.places[row]

    def _written(self, number: int, start: int, end: int) -> int | None:
        """Where a number's entity is written, in the two ways most programs have, between two places."""
        places = (self.data.find(written % number, start, end) for written in (b"#%d=", b"#%d ="))
        return next((place for place in places if place >= 0), None)

    def of(self, *kinds: str) -> Iterator[Entity]:
        """The entities of exactly these classes, in the file's order; none of the many."""
        for kind in kinds:
            for number, place in self._index.by_kind.get(kind, ()):
                yield self._entity(number, kind, place)

    def entity(self, number: int | None) -> Entity:
        """An entity by its number; one of no class where there is none, or one of the many."""
        found = None if number is None else self._found(number)
        return Entity(number or 0, "") if found is None else self._entity(number or 0, *found)

    def whole(self, number: int | None) -> Entity:
        """An entity by its number, also one of the many; one of no class where there is none."""
        place = None if number is None else self._place(number)
        named = None if place is None else _ANY.match(self.data, place)
        return Entity(number or 0, "") if named is None else self._entity(number or 0, named[1].decode(), named.start())

    def kind(self, number: int) -> str:
        """An entity's class; empty where there is none, or one of the many."""
        found = self._found(number)
        return "" if found is None else found[0]

    def _entity(self, number: int, kind: str, place: int) -> Entity:
        start = self.data.index(b"(", place) + 1
        return Entity(number, kind, _ARGUMENT.findall(self.data, start, self._end(place)))

    def _end(self, place: int) -> int:
        """Where the statement that begins at a place ends."""
        statement = _STATEMENT.match(self.data, place)
        return place if statement is None else statement.end()

    def span(self, number: int) -> tuple[int, int]:
        """Where an entity is written: from its sign to its semicolon; nowhere where there is none."""
        place = self._place(number)
        return (0, 0) if place is None else (place, self._end(place))

    def line(self, number: int) -> bytes:
        """All that is written of an entity, to its semicolon; nothing where there is none."""
        start, end = self.span(number)
        return self.data[start:end]

    @cached_property
    def singles(self) -> Mapping[int, tuple[str, Any]]:
        """The name and value of every IfcPropertySingleValue and simple quantity that has both, by its number."""
        found: dict[int, tuple[str, Any]] = {}
        for pattern in _SINGLES:
            for said in pattern.finditer(self.data):
                start = said.start()
                named = _BEFORE.search(self.data, max(start - _LONGEST_BEFORE, 0), start)
                if named is not None:
                    found[int(named[1])] = text(said[1]), _single(said[2])
        return found


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


_single = lru_cache(_REMEMBERED)(value)  # of a single value, which is never a list


def _number(token: bytes) -> float | int | None:
    try:
        return int(token) if token.lstrip(b"+-").isdigit() and len(token) < _LONGEST_NUMBER else float(token)
    except ValueError:
        return None


_ESCAPE = re.compile(
    r"\\X2\\([0-9A-Fa-f]*)\\X0\\|\\X4\\([0-9A-Fa-f]*)\\X0\\|\\X\\([0-9A-Fa-f]{2})|\\S\\(.)|\\P[A-I]\\|\\\\"
)


@lru_cache(_REMEMBERED)
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
