"""As much of a file as some of its products need: what IfcOpenShell reads takes six times the file's size in memory."""

import re
from collections.abc import Iterable, Iterator, Mapping

from .step import Entity, Step

_ALWAYS = (
    "IFCPROJECT", "IFCSITE", "IFCBUILDING", "IFCMAPCONVERSION", "IFCMAPCONVERSIONSCALED", "IFCRIGIDOPERATION",
    "IFCPROJECTEDCRS", "IFCGEOGRAPHICCRS", "IFCGEOMETRICREPRESENTATIONCONTEXT",
)  # fmt: skip
_OF_PLACE = re.compile(r"map|crs|geo|coord|survey|nulpunt|basispunt|basepoint|base point", re.IGNORECASE)
# Relations that come along with what they relate, cut down to it: where one thing and where the many stand.
_ONE_TO_MANY = {"IFCRELASSOCIATESMATERIAL": (5, 4), "IFCRELAGGREGATES": (4, 5), "IFCRELDEFINESBYPROPERTIES": (5, 4)}
_SCHEMA = re.compile(rb"FILE_SCHEMA\s*\([^;]*\)\s*;")


def of(step: Step, numbers: Iterable[int], schema: str) -> bytes:
    """A file with some products and all that they, and what it says of its place, refer to, said to be of a schema."""
    wanted = frozenset(numbers)
    roots = {*wanted, *(entity.number for entity in step.of(*_ALWAYS))}
    kept, relations = _closed(step, roots, wanted)
    lines = [step.line(number) for number in sorted(kept)]
    header = _SCHEMA.sub(b"FILE_SCHEMA(('%s'));" % schema.encode(), step.data[: step.data.find(b"DATA;")], count=1)
    body = b"\n".join((*lines, *relations))
    return header + b"DATA;\n" + body + b"\nENDSEC;\nEND-ISO-10303-21;\n"


def _closed(step: Step, roots: set[int], wanted: frozenset[int]) -> tuple[set[int], list[bytes]]:
    """All that is referred to from some roots, and the relations among it, cut down to it."""
    followers = _followers(step)
    kept: set[int] = set()
    waiting = [*roots, *_properties_of_place(step)]
    relations = {}
    for relation, many in _relations(step, roots, wanted):
        relations[relation.number] = _cut(relation, many)
        one, _ = _ONE_TO_MANY[relation.kind]
        waiting += [*many, *relation.references(one)]
    while waiting:
        number = waiting.pop()
        if number in kept or not step.kind(number):
            continue
        kept.add(number)
        waiting += step.referred(number)
        waiting += followers.get(number, ())
    return kept - relations.keys(), list(relations.values())


def _followers(step: Step) -> Mapping[int, list[int]]:
    """What comes along with an entity though it only refers to it: styles of items and materials, openings."""
    found: dict[int, list[int]] = {}
    for kind, at in (
        ("IFCSTYLEDITEM", 0),
        ("IFCINDEXEDCOLOURMAP", 0),
        ("IFCMATERIALDEFINITIONREPRESENTATION", 3),
        ("IFCRELVOIDSELEMENT", 4),
        ("IFCRELPROJECTSELEMENT", 4),
    ):
        for entity in step.of(kind):
            followed = entity.reference(at)
            if followed is not None:
                found.setdefault(followed, []).append(entity.number)
    return found


def _relations(step: Step, roots: set[int], wanted: frozenset[int]) -> Iterator[tuple[Entity, list[int]]]:
    """Relations of what is kept, with those of the many that are."""
    place = set(_properties_of_place(step))
    for kind, (one, many) in _ONE_TO_MANY.items():
        for relation in step.of(kind):
            related = relation.references(many)
            if kind == "IFCRELDEFINESBYPROPERTIES" and relation.reference(one) in place:
                yield relation, related[:8]
            elif kind != "IFCRELDEFINESBYPROPERTIES" or roots - wanted:
                chosen = [
                    each
                    for each in related
                    if each in (wanted if kind != "IFCRELDEFINESBYPROPERTIES" else roots - wanted)
                ]
                if chosen:
                    yield relation, chosen


def _properties_of_place(step: Step) -> Iterator[int]:
    return (each.number for each in step.of("IFCPROPERTYSET") if _OF_PLACE.search(each.text(2)))


def _cut(relation: Entity, many: list[int]) -> bytes:
    """A relation of one with many; who owns it is not needed."""
    one, _ = _ONE_TO_MANY[relation.kind]
    whole, parts = (
        f"#{relation.references(one)[0] if relation.references(one) else 0}",
        ",".join(f"#{each}" for each in many),
    )
    ends = f"({parts}),{whole}" if one == 5 else f"{whole},({parts})"  # noqa: PLR2004
    guid = relation.text(0).replace("'", "")
    return f"#{relation.number}={relation.kind}('{guid}',$,$,$,{ends});".encode()
