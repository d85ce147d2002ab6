"""The header of a PLY file, and the tables it describes, as text or as bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput

from .parts import Rows

_TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4", "float": "f4",
    "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
    "float32": "f4", "float64": "f8",
}  # fmt: skip
_ORDERS = {"ascii": "=", "binary_little_endian": "<", "binary_big_endian": ">"}
_LONGEST_HEADER = 1 << 16


@dataclass(frozen=True)
class Property:
    """One value of an element, or a list of them."""

    name: str
    kind: str
    """NumPy's name of the type."""
    count_kind: str = ""
    """That of a list's length; empty where it is one value."""


@dataclass(frozen=True)
class Element:
    """A kind of row, and how many there are."""

    name: str
    count: int
    properties: tuple[Property, ...]


@dataclass(frozen=True, eq=False)
class Lists:
    """Lists of any length, one after another."""

    counts: Rows
    values: NDArray[Any]


Table = Mapping[str, "NDArray[Any] | Lists"]


@dataclass(frozen=True)
class Header:
    """What a file holds, and where its rows begin."""

    order: str
    elements: tuple[Element, ...]
    comments: tuple[str, ...]
    length: int

    @property
    def text(self) -> bool:
        """Whether its rows are lines."""
        return self.order == "="


def header_of(data: bytes) -> Header:
    """The header of a file's bytes; raises `BadInput`."""
    if data[:3] != b"ply":
        raise BadInput("it does not begin with 'ply'")
    end = data.find(b"end_header", 0, _LONGEST_HEADER)
    newline = data.find(b"\n", end)
    if end < 0 or newline < 0:
        raise BadInput("its header has no end")
    order, comments = "", []
    elements: list[Element] = []
    for line in data[:end].decode("utf-8", "replace").splitlines():
        words = line.split()
        match words:
            case ["format", kind, *_]:
                order = _ORDERS.get(kind, "")
            case ["comment" | "obj_info", *_]:
                comments.append(line.split(maxsplit=1)[1].strip() if len(words) > 1 else "")
            case ["element", name, count]:
                elements.append(Element(name, _count(count), ()))
            case ["property", *said] if elements:
                last = elements[-1]
                elements[-1] = replace(last, properties=(*last.properties, _property(said)))
    if not order:
        raise BadInput("its header names no format that PLY has")
    return Header(order, tuple(elements), tuple(comments), newline + 1)


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 12:  # noqa: PLR2004 - more digits than a disk has bytes
        raise BadInput(f"its header counts {text[:20]!r} of an element")
    return int(text)


def _property(said: Sequence[str]) -> Property:
    match said:
        case ["list", count, kind, name] if count in _TYPES and kind in _TYPES:
            return Property(name, _TYPES[kind], _TYPES[count])
        case [kind, name] if kind in _TYPES:
            return Property(name, _TYPES[kind])
        case _:
            raise BadInput(f"its header has a property {' '.join(said)[:60]!r}, which PLY does not know")


def binary_tables(data: bytes, header: Header) -> dict[str, Table]:
    """The columns of each element by its name; raises `BadInput`."""
    at = header.length
    tables: dict[str, Table] = {}
    for element in header.elements:
        if not any(each.count_kind for each in element.properties):
            layout = np.dtype([(f"{i}", header.order + each.kind) for i, each in enumerate(element.properties)])
            _require(data, at, element.count * layout.itemsize, element)
            rows = np.frombuffer(data, layout, element.count, at) if element.properties else np.empty(0, layout)
            tables[element.name] = {each.name: rows[f"{i}"] for i, each in enumerate(element.properties)}
            at += element.count * layout.itemsize
        else:
            tables[element.name], at = _binary_lists(data, at, element, header.order)
    return tables


def _require(data: bytes, at: int, length: int, element: Element) -> None:
    if at + length > len(data):
        raise BadInput(f"it is cut off: it says {element.count:,} of {element.name}, and ends before them")


def _binary_lists(data: bytes, at: int, element: Element, order: str) -> tuple[Table, int]:
    """An element with lists: at once where all are as long as the first, else row by row."""
    first = _row_layout(data, at, element, order)
    if first is not None and at + element.count * first.itemsize <= len(data):
        rows = np.frombuffer(data, first, element.count, at)
        counts = [rows[f"n{i}"] for i, each in enumerate(element.properties) if each.count_kind]
        if all(len(each) and (each == each[0]).all() for each in counts):
            return _table(rows, element), at + element.count * first.itemsize
    return _row_by_row(data, at, element, order)


def _row_layout(data: bytes, at: int, element: Element, order: str) -> np.dtype[Any] | None:
    """How a row is laid out if all are like the one at `at`."""
    fields: list[Any] = []
    for i, each in enumerate(element.properties):
        if each.count_kind:
            start = at + np.dtype(fields).itemsize
            size = np.dtype(each.count_kind).itemsize
            if start + size > len(data):
                return None
            count = int(np.frombuffer(data, order + each.count_kind, 1, start)[0])
            if not 0 <= count <= len(data):
                return None
            fields += [(f"n{i}", order + each.count_kind), (f"{i}", order + each.kind, (count,))]
        else:
            fields.append((f"{i}", order + each.kind))
    return np.dtype(fields)


def _table(rows: NDArray[Any], element: Element) -> Table:
    table: dict[str, NDArray[Any] | Lists] = {}
    for i, each in enumerate(element.properties):
        values = rows[f"{i}"]
        table[each.name] = Lists(rows[f"n{i}"].astype(np.int64), values.reshape(-1)) if each.count_kind else values
    return table


def _row_by_row(data: bytes, at: int, element: Element, order: str) -> tuple[Table, int]:
    kinds = [(np.dtype(order + each.kind), np.dtype(order + (each.count_kind or "u1"))) for each in element.properties]
    counts: list[list[int]] = [[] for _ in kinds]
    pieces: list[list[bytes]] = [[] for _ in kinds]
    byte_order = "little" if order == "<" else "big"
    for _ in range(element.count):
        for i, (each, (kind, count_kind)) in enumerate(zip(element.properties, kinds, strict=True)):
            count = 1
            if each.count_kind:
                _require(data, at, count_kind.itemsize, element)
                count = int.from_bytes(data[at : at + count_kind.itemsize], byte_order)  # type: ignore[arg-type]
                at += count_kind.itemsize
            length = count * kind.itemsize
            _require(data, at, length, element)
            counts[i].append(count)
            pieces[i].append(data[at : at + length])
            at += length
    table: dict[str, NDArray[Any] | Lists] = {}
    for i, (each, (kind, _)) in enumerate(zip(element.properties, kinds, strict=True)):
        values = np.frombuffer(b"".join(pieces[i]), kind)
        table[each.name] = Lists(np.array(counts[i], np.int64), values) if each.count_kind else values
    return table, at


def text_tables(data: bytes, header: Header) -> dict[str, Table]:
    """The columns of each element by its name; raises `BadInput`."""
    lines = [line for line in data[header.length :].split(b"\n") if line.strip()]
    at = 0
    tables: dict[str, Table] = {}
    for element in header.elements:
        own = lines[at : at + element.count]
        if len(own) < element.count:
            raise BadInput(f"it is cut off: it says {element.count:,} of {element.name} and has {len(own):,}")
        at += element.count
        try:
            tables[element.name] = _text_table([line.split() for line in own], element)
        except (ValueError, IndexError, OverflowError) as error:
            raise BadInput(f"a line of its {element.name} is not as its header says ({str(error)[:80]})") from error
    return tables


def _text_table(rows: list[list[bytes]], element: Element) -> Table:
    if not any(each.count_kind for each in element.properties):
        width = len(element.properties)
        table = np.array([row[:width] for row in rows], np.float64).reshape(-1, width)
        return {each.name: table[:, i] for i, each in enumerate(element.properties)}
    counts: list[list[int]] = [[] for _ in element.properties]
    values: list[list[bytes]] = [[] for _ in element.properties]
    for row in rows:
        at = 0
        for i, each in enumerate(element.properties):
            count = 1
            if each.count_kind:
                count, at = int(row[at]), at + 1
            if count < 0 or at + count > len(row):
                raise ValueError("too few numbers")
            counts[i].append(count)
            values[i] += row[at : at + count]
            at += count
    return {
        each.name: Lists(np.array(counts[i], np.int64), np.array(values[i], np.float64))
        if each.count_kind
        else np.array(values[i], np.float64)
        for i, each in enumerate(element.properties)
    }
