"""A real IFC file many times over: copies of its building side by side, in one project."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_LINE = re.compile(r"^\s*#(\d+)\s*=\s*(IFC\w+)\s*\((.*?)\)\s*;[ \t]*$", re.DOTALL | re.MULTILINE)
_REFERENCE = re.compile(r"#(\d+)")
_GUID = re.compile(r"^\s*'([0-9A-Za-z_$]{22})'")
_TO_ROOT = re.compile(r"^\s*\$")
_SHARED = ("IFCPROJECT",)
_APART_M = 60.0
_A_ROW = 8


@dataclass(frozen=True)
class _Entity:
    number: int
    kind: str
    arguments: str

    @cached_property
    def references(self) -> list[int]:
        return [int(found) for found in _REFERENCE.findall(self.arguments)]


@dataclass(frozen=True)
class _File:
    header: str
    entities: dict[int, _Entity]
    shared: frozenset[int]
    """What all copies have in common: the project, with its units and contexts."""
    sites: frozenset[int]
    """The placements of the sites."""

    @property
    def step(self) -> int:
        """How much higher the numbers of each copy are."""
        return max(self.entities) + 4


def replicate(source: Path, out: Path, least_bytes: int) -> int:
    """Write so many copies of a file's building that it has `least_bytes`; gives how many there are."""
    file = _read(source)
    size, copies = 0, 0
    part = out.with_suffix(".part")
    with part.open("w", encoding="utf-8") as target:
        size += target.write(file.header + "DATA;\n")
        for line in (f"#{each.number}={each.kind}({each.arguments});\n" for each in _of(file, file.shared)):
            size += target.write(line)
        while size < least_bytes:
            size += target.write("".join(_copy(file, copies)))
            copies += 1
        target.write("ENDSEC;\nEND-ISO-10303-21;\n")
    part.replace(out)
    return copies


def _read(source: Path) -> _File:
    text = source.read_text(encoding="utf-8", errors="replace")
    header, _, body = text.partition("DATA;")
    entities = {int(n): _Entity(int(n), kind, arguments) for n, kind, arguments in _LINE.findall(body)}
    projects = [each.number for each in entities.values() if each.kind in _SHARED]
    sites = [each for each in entities.values() if each.kind == "IFCSITE"]
    return _File(
        header,
        entities,
        frozenset(_closure(entities, projects)),
        frozenset(each.references[1] for each in sites if len(each.references) > 1),
    )


def _closure(entities: dict[int, _Entity], start: list[int]) -> set[int]:
    found: set[int] = set()
    waiting = list(start)
    while waiting:
        number = waiting.pop()
        if number in entities and number not in found:
            found.add(number)
            waiting += entities[number].references
    return found


def _of(file: _File, numbers: frozenset[int]) -> Iterator[_Entity]:
    return (each for each in file.entities.values() if each.number in numbers)


def _copy(file: _File, copy: int) -> Iterator[str]:
    offset = copy * file.step
    point, axes, place = (offset + file.step - free for free in (3, 2, 1))
    x, y = (_APART_M * at / _unit_m(file) for at in (copy % _A_ROW, copy // _A_ROW))
    yield f"#{point}=IFCCARTESIANPOINT(({x:.3f},{y:.3f},0.));\n"
    yield f"#{axes}=IFCAXIS2PLACEMENT3D(#{point},$,$);\n"
    yield f"#{place}=IFCLOCALPLACEMENT($,#{axes});\n"

    def moved(found: re.Match[str]) -> str:
        number = int(found[1])
        return found[0] if number in file.shared else f"#{number + offset}"

    for each in file.entities.values():
        if each.number in file.shared:
            continue
        arguments = _REFERENCE.sub(moved, each.arguments)
        arguments = _GUID.sub(lambda found: f"'{_guid(found[1], copy)}'", arguments)
        if each.number in file.sites:
            arguments = _TO_ROOT.sub(f"#{place}", arguments)
        yield f"#{each.number + offset}={each.kind}({arguments});\n"


def _guid(guid: str, copy: int) -> str:
    """Another for each copy; the first keeps its own."""
    digest = hashlib.md5(f"{guid}-{copy}".encode(), usedforsecurity=False).hexdigest()
    return f"0{digest[:21]}" if copy else guid


def _unit_m(file: _File) -> float:
    units = (each.arguments for each in file.entities.values() if each.kind == "IFCSIUNIT")
    length = next((said for said in units if ".LENGTHUNIT." in said), "")
    return 0.001 if ".MILLI." in length else 1.0
