"""As much of a file as is needed: IfcOpenShell takes six times the file's size in memory, and a second for 6 MB.

It also reads a schema so that it does not know as the nearest one that it does: shapes are the same in both.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from .step import Entity, Step

# Relations, and where the one and the many stand in them.
_MATERIALS, _PARTS = "IFCRELASSOCIATESMATERIAL", "IFCRELAGGREGATES"
_ONE_AND_MANY = {_MATERIALS: (5, 4), _PARTS: (4, 5)}
# What comes along with an entity though it is the one that refers: styles, openings. Where the entity stands in it.
_FOLLOWERS = {
    "IFCSTYLEDITEM": 0, "IFCINDEXEDCOLOURMAP": 0, "IFCMATERIALDEFINITIONREPRESENTATION": 3, "IFCRELVOIDSELEMENT": 4,
    "IFCRELPROJECTSELEMENT": 4,
}  # fmt: skip
_HEADER = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('','',(''),(''),'','','');
FILE_SCHEMA(('{}'));
ENDSEC;
DATA;"""


def for_shapes(step: Step, numbers: Iterable[int], schema: str) -> bytes:
    """A file with some products of another, and with all that shapes their bodies."""
    wanted = frozenset(numbers)
    relations = [
        (each, chosen)
        for kind in (_MATERIALS, _PARTS)
        for each in step.of(kind)
        if (chosen := [part for part in each.references(_ONE_AND_MANY[kind][1]) if part in wanted])
    ]
    followers = _followers(step)
    roots = [*wanted, *(each.number for each in step.of("IFCPROJECT"))]

    def next_to(number: int) -> Iterator[int]:
        yield from _references(step.line(number))
        yield from followers.get(number, ())

    return _written(schema, _closed(roots, relations, next_to), step.line, relations)


_Relations = list[tuple[Entity, list[int]]]
"""Each with those of its many that are kept."""


def _closed(roots: Iterable[int], relations: _Relations, next_to: Callable[[int], Iterable[int]]) -> set[int]:
    """All that some roots and relations lead to, without the relations."""
    kept: set[int] = set()
    waiting = [*roots]
    for relation, many in relations:
        waiting += [*many, *relation.references(_ONE_AND_MANY[relation.kind][0])]
    while waiting:
        number = waiting.pop()
        if number not in kept:
            kept.add(number)
            waiting += next_to(number)
    return kept - {relation.number for relation, _ in relations}


def _references(line: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"#(\d{1,15})", line)[1:]]


def _followers(step: Step) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = {}
    for kind, at in _FOLLOWERS.items():
        for entity in step.of(kind):
            if (followed := entity.reference(at)) is not None:
                found.setdefault(followed, []).append(entity.number)
    return found


def _written(schema: str, numbers: set[int], line: Callable[[int], bytes], relations: _Relations) -> bytes:
    lines = [*map(line, sorted(numbers)), *(_cut(*each) for each in relations)]
    return b"\n".join([_HEADER.format(schema).encode(), *lines, b"ENDSEC;", b"END-ISO-10303-21;", b""])


def _cut(relation: Entity, many: list[int]) -> bytes:
    """A relation with some of its many; who owns it is left out."""
    one, _ = _ONE_AND_MANY[relation.kind]
    whole = b"#%d" % (relation.reference(one) or 0)
    parts = b"(%b)" % b",".join(b"#%d" % each for each in many)
    ends = (whole, parts) if one == 4 else (parts, whole)  # noqa: PLR2004
    return b"#%d=%b(%b,$,$,$,%b,%b);" % (relation.number, relation.kind.encode(), relation.arguments[0], *ends)
