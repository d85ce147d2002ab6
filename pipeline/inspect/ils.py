"""The points of BIM basis ILS (version 2, digiGO) that a machine can check, on an IFC file.

Chapters are numbered as there. Version 2 no longer has version 1's 3.8, no doubles, but doubles spoil every picture and
count. What it asks for by agreement within a project (which materials, which parts) is shown, not judged.
"""

import re
from collections import Counter
from pathlib import Path

from . import ilscontent
from .ifcfacts import IfcFacts
from .ilsrule import Wanted, few, none, own, share
from .report import Check, Contents, Outcome
from .words import Words, counted, figure, filled, joined

_SHOWN = 5
_NEAR_M, _FAR_M = 1_000.0, 10_000.0
_PROXIES_GOOD, _PROXIES_SOME = 0.05, 0.25

_STOREY = re.compile(r"^-?\d{1,3}[a-zA-Z]?[ _-]+\S")
_PLAIN_NAME = re.compile(r"^[\w.+-]+$")
_LEFTOVERS = re.compile(r"(?i)kopie|copy|final|definitief_?def|\(\d+\)|test\d*$|^(untitled|naamloos|model|project\d*)$")


def checks(facts: IfcFacts, contents: Contents | None, file: Path) -> tuple[Check, ...]:
    """Every check on one file, in the order of the chapters; without `contents` those on geometry are left out."""
    found = [
        _schema(facts),
        _structure(facts),
        _file_name(facts, file),
        _storeys(facts),
        _in_storeys(facts),
        _entities(facts),
        _names(facts),
        ilscontent.classification(facts),
        ilscontent.property_sets(facts),
        ilscontent.spaces(facts),
        ilscontent.systems(facts),
        *ilscontent.properties(facts),
        ilscontent.materials(facts),
        _guids(facts),
    ]
    if contents is not None:
        found += [_position(contents), _doubles(contents)]
    return tuple(sorted(found, key=lambda check: check.chapter))


def _schema(facts: IfcFacts) -> Check:
    known = facts.schema.startswith(("IFC2X3", "IFC4"))
    draft = "_RC" in facts.schema or facts.schema == "IFC4X2"
    said = filled(
        "Het bestand is {schema}{view}, geschreven door {program}.",
        "The file is {schema}{view}, written by {program}.",
        schema=facts.schema,
        view=f" ({facts.view})" if facts.view else "",
        program=Words(facts.program or "een onbekend programma", facts.program or "a program it does not name"),
    )
    ask = Words("Exporteer het model als IFC4 (of IFC2x3).", "Export the model as IFC4 (or IFC2x3).")
    outcome: Outcome = "pass" if known and not draft else "warn"
    return Check(
        "2", Words("IFC en versie", "IFC and its version"), outcome, said, ask=None if outcome == "pass" else ask
    )


def _structure(facts: IfcFacts) -> Check:
    counts = (len(facts.projects), len(facts.sites), len(facts.buildings))
    said = filled(
        "{projects} project, {sites} terrein, {buildings} gebouw(en).",
        "{projects} project, {sites} site, {buildings} building(s).",
        projects=counts[0],
        sites=counts[1],
        buildings=counts[2],
    )
    right = counts[0] == 1 and counts[1] == 1 and counts[2] >= 1
    ask = Words(
        "Zorg voor precies één IfcProject en één IfcSite, en minstens één IfcBuilding.",
        "Provide exactly one IfcProject and one IfcSite, and at least one IfcBuilding.",
    )
    title = Words("Project, terrein, gebouw", "Project, site, building")
    named = [*facts.projects, *facts.sites, *facts.buildings]
    return Check(
        "3.5", title, "pass" if right else "fail", said, few(named) if not right else (), None if right else ask
    )


def _file_name(facts: IfcFacts, file: Path) -> Check:
    parts = [part for part in re.split(r"[_-]+", file.stem) if part]
    faults = []
    if len(parts) < 2:  # noqa: PLR2004 - <building>_<discipline>
        faults.append(Words("heeft maar één deel", "has one part only"))
    if not _PLAIN_NAME.match(file.stem):
        faults.append(Words("heeft spaties of leestekens", "has spaces or other signs"))
    if _LEFTOVERS.search(file.stem):
        faults.append(Words("lijkt een kopie of proefversie", "looks like a copy or a trial"))
    if not any(project.name for project in facts.projects):
        faults.append(Words("en IfcProject heeft geen naam", "and IfcProject has no name"))
    title = Words("Bestandsnaam", "Name of the file")
    if not faults:
        return Check(
            "3.1", title, "pass", filled("“{name}” is goed opgebouwd.", "“{name}” is well made.", name=file.name)
        )
    why = Words(", ".join(each.nl for each in faults), ", ".join(each.en for each in faults))
    said = filled("“{name}” {why}.", "“{name}” {why}.", name=file.name, why=why)
    ask = Words(
        "Noem het bestand <bouwwerk>_<discipline>_<onderdeel>.ifc en geef het project een naam.",
        "Name the file <building>_<discipline>_<part>.ifc and give the project a name.",
    )
    return Check("3.1", title, "warn", said, ask=ask)


def _position(contents: Contents) -> Check:
    middle = [(low + high) / 2 for low, high in zip(contents.low, contents.high, strict=True)]
    distance_m = sum(metres**2 for metres in middle) ** 0.5
    outcome: Outcome = "pass" if distance_m <= _NEAR_M else "warn" if distance_m <= _FAR_M else "fail"
    said = filled(
        "Het midden van het model ligt {far} m van zijn eigen nulpunt.",
        "The middle of the model lies {far} m from its own zero point.",
        far=figure(distance_m, 0 if distance_m >= 10 else 1),  # noqa: PLR2004 - metres
    )
    ask = Words(
        "Zet het model bij een afgesproken nulpunt en geef de plek op de kaart met IfcMapConversion.",
        "Put the model near an agreed zero point and give its place on the map by IfcMapConversion.",
    )
    return Check(
        "3.2", Words("Lokale positie", "Local position"), outcome, said, ask=None if outcome == "pass" else ask
    )


def _storeys(facts: IfcFacts) -> Check:
    title = Words("Bouwlagen: naam en volgorde", "Storeys: names and order")
    ask = Words(
        "Noem bouwlagen met een nummer en een omschrijving, zoals “00 begane grond” en “01 eerste verdieping”.",
        "Name storeys by number and description, such as “00 begane grond” and “01 eerste verdieping”.",
    )
    if not facts.storeys:
        return Check("3.3", title, "fail", Words("Er zijn geen bouwlagen.", "There are no storeys."), ask=ask)
    odd = [storey.entity for storey in facts.storeys if not _STOREY.match(storey.entity.name)]
    empty = [storey.entity for storey in facts.storeys if storey.elements == 0]
    count = counted(len(facts.storeys), Words("bouwlaag", "storey"), Words("bouwlagen", "storeys"))
    said = filled("{count}: {names}.", "{count}: {names}.", count=count, names=_names_of(facts))
    if odd:
        more = filled("{count} zonder nummer vooraan.", "{count} without a number in front.", count=len(odd))
        said = joined(said, more)
    if empty:
        more = filled("{count} zonder elementen.", "{count} without elements.", count=len(empty))
        said = joined(said, more)
    wrong = [*odd, *(each for each in empty if each not in odd)]
    return Check("3.3", title, "warn" if wrong else "pass", said, few(wrong), ask if odd else None)


def _names_of(facts: IfcFacts) -> str:
    names = [storey.entity.name or "–" for storey in facts.storeys]
    shown = ", ".join(f"“{name}”" for name in names[: _SHOWN + 1])
    return shown + (" …" if len(names) > _SHOWN + 1 else "")


def _in_storeys(facts: IfcFacts) -> Check:
    things = own(facts)
    lost = [thing.entity for thing in things if not thing.storey]
    title = Words("Elementen liggen in een bouwlaag", "Elements lie in a storey")
    ask = Words("Geef elk element de bouwlaag waarin het ligt.", "Give each element the storey it lies in.")
    return share(Wanted("3.3", title, Words("liggen in een bouwlaag", "lie in a storey"), ask), things, lost)


def _entities(facts: IfcFacts) -> Check:
    things = facts.things
    proxies = [thing.entity for thing in things if "IfcBuildingElementProxy" in thing.ancestors]
    title = Words("Juiste soort element", "The right class of element")
    if not things:
        return none("3.4", title)
    part = len(proxies) / len(things)
    outcome: Outcome = "pass" if part <= _PROXIES_GOOD else "warn" if part <= _PROXIES_SOME else "fail"
    said = filled(
        "{count} van {all} elementen ({share} %) zeggen niet wat ze zijn (IfcBuildingElementProxy). Het meest: {most}.",
        "{count} of {all} elements ({share} %) do not say what they are (IfcBuildingElementProxy). Most are {most}.",
        count=len(proxies),
        all=len(things),
        share=figure(part * 100, 1 if 0 < part < 0.1 else 0),  # noqa: PLR2004 - a tenth
        most=", ".join(f"{kind} {count}" for kind, count in Counter(t.entity.kind for t in things).most_common(4)),
    )
    ask = Words(
        "Gebruik de juiste IFC-klasse: IfcWall voor een wand, IfcSlab voor een vloer, enzovoort; "
        "geen IfcBuildingElementProxy.",
        "Use the right IFC class: IfcWall for a wall, IfcSlab for a floor and so on; no IfcBuildingElementProxy.",
    )
    return Check("3.4", title, outcome, said, few(proxies), None if outcome == "pass" else ask)


def _names(facts: IfcFacts) -> Check:
    nameless = [thing.entity for thing in facts.things if not thing.entity.name or not thing.type_name]
    ask = Words("Geef elk element een naam en een type.", "Give each element a name and a type.")
    title = Words("Naam en type van elementen", "Names and types of elements")
    verb = Words("hebben een naam en een type", "have a name and a type")
    return share(Wanted("3.5", title, verb, ask), facts.things, nameless)


def _guids(facts: IfcFacts) -> Check:
    title = Words("Elk nummer (GUID) komt één keer voor", "Each identifier (GUID) occurs once")
    if not facts.twice:
        return Check("v1 3.8", title, "pass", Words("Geen dubbele GUID’s.", "No GUID occurs twice."))
    said = filled("{count} GUID’s komen vaker voor.", "{count} GUIDs occur more than once.", count=len(facts.twice))
    ask = Words("Geef elk object een eigen GUID.", "Give each object a GUID of its own.")
    return Check("v1 3.8", title, "fail", said, facts.twice[:_SHOWN], ask)


def _doubles(contents: Contents) -> Check:
    title = Words("Geen elementen precies op elkaar", "No elements exactly on one another")
    if not contents.same_shape:
        said = Words(
            "Geen twee elementen hebben precies dezelfde vorm op dezelfde plek.",
            "No two elements have the very same shape in the same spot.",
        )
        return Check("v1 3.8", title, "pass", said)
    count = sum(len(group) - 1 for group in contents.same_shape)
    elements = Words("element ligt", "element lies"), Words("elementen liggen", "elements lie")
    said = filled(
        "{count} precies op een ander element.", "{count} exactly on another one.", count=counted(count, *elements)
    )
    ask = Words("Haal dubbele elementen weg.", "Take double elements out.")
    return Check(
        "v1 3.8", title, "warn", said, tuple(" = ".join(group[:3]) for group in contents.same_shape[:_SHOWN]), ask
    )
