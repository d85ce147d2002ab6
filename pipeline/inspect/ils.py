"""The points of BIM basis ILS (version 2, digiGO) that a machine can check, on an IFC file.

Chapters are numbered as there. Version 2 no longer has version 1's 3.8, no doubles, but doubles spoil every picture and
count. What it asks for by agreement within a project (which materials, which parts) is shown, not judged.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .ifcfile import IfcFacts, Named, Thing
from .report import Check, Contents, Outcome
from .words import Words, figure, filled, joined

_SHOWN = 5  # elements named with a check
_GOOD, _SOME = 0.95, 0.5  # of the elements that should have something
_NEAR_M, _FAR_M = 1_000.0, 10_000.0
_PROXIES_GOOD, _PROXIES_SOME = 0.05, 0.25

_STOREY = re.compile(r"^-?\d{1,3}[a-zA-Z]?[ _-]+\S")
_SFB_CODE = re.compile(r"^\(?\d{2}\)?\.\d{1,2}")
_PLAIN_NAME = re.compile(r"^[\w.+-]+$")
_LEFTOVERS = re.compile(r"(?i)kopie|copy|final|definitief_?def|\(\d+\)|test\d*$|^(untitled|naamloos|model|project\d*)$")
_NO_MATERIAL = re.compile(r"(?i)^(<?unnamed>?|default.*|standaard|material\d*|undefined|niet gedefinieerd|none|)$")

_CARRYING = ("IfcWall", "IfcColumn", "IfcBeam", "IfcSlab", "IfcFooting", "IfcPile", "IfcMember")
_SHELL = ("IfcWall", "IfcDoor", "IfcWindow", "IfcSlab", "IfcRoof", "IfcCurtainWall")
_FIRE = ("IfcWall", "IfcDoor", "IfcSlab")
_BUILT = ("IfcBuildingElement", "IfcBuiltElement")  # the second is IFC4X3's name
_INSTALLATION = "IfcDistributionElement"


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
        _classification(facts),
        _property_sets(facts),
        _spaces(facts),
        _systems(facts),
        _property(facts, "4.3", "LoadBearing", _CARRYING, Words("dragend of niet", "load-bearing or not")),
        _property(facts, "4.4", "IsExternal", _SHELL, Words("binnen of buiten", "inside or outside")),
        _property(facts, "4.5", "FireRating", _FIRE, Words("brandwerendheid", "fire rating")),
        _materials(facts),
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
    return Check("2", Words("IFC en versie", "IFC and its version"), outcome, said, ask=None if outcome == "pass" else ask)


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
    return Check("3.5", title, "pass" if right else "fail", said, _few(named) if not right else (), None if right else ask)


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
        return Check("3.1", title, "pass", filled("“{name}” is goed opgebouwd.", "“{name}” is well made.", name=file.name))
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
    return Check("3.2", Words("Lokale positie", "Local position"), outcome, said, ask=None if outcome == "pass" else ask)


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
    said = filled("{count} bouwlagen: {names}.", "{count} storeys: {names}.", count=len(facts.storeys), names=_names_of(facts))
    if odd:
        more = filled("{count} zonder nummer vooraan.", "{count} without a number in front.", count=len(odd))
        said = joined(said, more)
    if empty:
        more = filled("{count} zonder elementen.", "{count} without elements.", count=len(empty))
        said = joined(said, more)
    wrong = [*odd, *(each for each in empty if each not in odd)]
    return Check("3.3", title, "warn" if wrong else "pass", said, _few(wrong), ask if odd else None)


def _names_of(facts: IfcFacts) -> str:
    names = [storey.entity.name or "–" for storey in facts.storeys]
    shown = ", ".join(f"“{name}”" for name in names[: _SHOWN + 1])
    return shown + (" …" if len(names) > _SHOWN + 1 else "")


def _in_storeys(facts: IfcFacts) -> Check:
    things = _own(facts)
    lost = [thing.entity for thing in things if not thing.storey]
    title = Words("Elementen liggen in een bouwlaag", "Elements lie in a storey")
    ask = Words("Geef elk element de bouwlaag waarin het ligt.", "Give each element the storey it lies in.")
    return _share(_Wanted("3.3", title, Words("liggen in een bouwlaag", "lie in a storey"), ask), things, lost)


def _entities(facts: IfcFacts) -> Check:
    things = facts.things
    proxies = [thing.entity for thing in things if "IfcBuildingElementProxy" in thing.ancestors]
    title = Words("Juiste soort element", "The right class of element")
    if not things:
        return _none("3.4", title)
    share = len(proxies) / len(things)
    outcome: Outcome = "pass" if share <= _PROXIES_GOOD else "warn" if share <= _PROXIES_SOME else "fail"
    said = filled(
        "{count} van {all} elementen ({share} %) zeggen niet wat ze zijn (IfcBuildingElementProxy). Het meest: {most}.",
        "{count} of {all} elements ({share} %) do not say what they are (IfcBuildingElementProxy). Most are {most}.",
        count=len(proxies),
        all=len(things),
        share=figure(share * 100, 1 if 0 < share < 0.1 else 0),  # noqa: PLR2004 - a tenth
        most=", ".join(f"{kind} {count}" for kind, count in Counter(t.entity.kind for t in things).most_common(4)),
    )
    ask = Words(
        "Gebruik de juiste IFC-klasse: IfcWall voor een wand, IfcSlab voor een vloer, enzovoort; geen IfcBuildingElementProxy.",
        "Use the right IFC class: IfcWall for a wall, IfcSlab for a floor and so on; no IfcBuildingElementProxy.",
    )
    return Check("3.4", title, outcome, said, _few(proxies), None if outcome == "pass" else ask)


def _names(facts: IfcFacts) -> Check:
    nameless = [thing.entity for thing in facts.things if not thing.entity.name or not thing.type_name]
    ask = Words("Geef elk element een naam en een type.", "Give each element a name and a type.")
    title = Words("Naam en type van elementen", "Names and types of elements")
    verb = Words("hebben een naam en een type", "have a name and a type")
    return _share(_Wanted("3.5", title, verb, ask), facts.things, nameless)


def _classification(facts: IfcFacts) -> Check:
    title = Words("Classificatie: NL-SfB", "Classification: NL-SfB")
    things = _own(facts)
    ask = Words(
        "Geef elk element een NL-SfB-code van vier cijfers (zoals 21.22) als IfcClassificationReference onder “NL-SfB”.",
        "Give each element an NL-SfB code of four digits (such as 21.22) as IfcClassificationReference under “NL-SfB”.",
    )
    lacking = [thing.entity for thing in things if not any(_is_sfb(*code) for code in thing.codes)]
    check = _share(_Wanted("3.6", title, Words("hebben een NL-SfB-code", "have an NL-SfB code"), ask), things, lacking)
    others = Counter(system for thing in things for system, code in thing.codes if not _names_sfb(system) and _SFB_CODE.match(code))
    if check.outcome == "not applicable" or not others:
        return check
    named = ", ".join(f"“{system}”" if system else "–" for system, _ in others.most_common(2))
    more = filled(
        "De codes zien eruit als NL-SfB, maar het systeem heet {named}.",
        "The codes look like NL-SfB, but their system is called {named}.",
        named=named,
    )
    outcome: Outcome = "warn" if check.outcome == "pass" else check.outcome
    return Check(check.chapter, title, outcome, joined(check.said, more), check.elements, ask)


def _names_sfb(system: str) -> bool:
    return "sfb" in system.lower()


def _is_sfb(system: str, code: str) -> bool:
    return _names_sfb(system) or bool(_SFB_CODE.match(code))


def _property_sets(facts: IfcFacts) -> Check:
    things = [thing for thing in facts.things if thing.ancestors.intersection(_BUILT) and not thing.part]
    lacking = [thing.entity for thing in things if not thing.common_set]
    ask = Words(
        "Zet eigenschappen in de standaardsets van IFC (Pset_WallCommon, Pset_DoorCommon, …).",
        "Put properties in the standard sets of IFC (Pset_WallCommon, Pset_DoorCommon, …).",
    )
    title = Words("Standaard eigenschappensets", "Standard property sets")
    said = Words("hebben een standaardset (Pset_…)", "have a standard set (Pset_…)")
    return _share(_Wanted("3.7", title, said, ask, worst="warn"), things, lacking)


def _spaces(facts: IfcFacts) -> Check:
    title = Words("Ruimten", "Spaces")
    if not facts.spaces:
        return Check("4.1", title, "not applicable", Words("Er zijn geen ruimten (IfcSpace).", "There are no spaces (IfcSpace)."))
    nameless = [space for space in facts.spaces if not space.name]
    said = filled(
        "{count} ruimten, waarvan {nameless} zonder naam of nummer.",
        "{count} spaces, of which {nameless} without a name or number.",
        count=len(facts.spaces),
        nameless=len(nameless),
    )
    ask = Words("Geef elke ruimte een nummer en een naam.", "Give each space a number and a name.")
    return Check("4.1", title, "warn" if nameless else "pass", said, _few(nameless), ask if nameless else None)


def _systems(facts: IfcFacts) -> Check:
    title = Words("Installaties in systemen", "Installations in systems")
    pieces = sum(_INSTALLATION in thing.ancestors for thing in facts.things)
    if not pieces:
        return Check("4.2", title, "not applicable", Words("Er zijn geen installaties.", "There are no installations."))
    said = filled(
        "{pieces} delen van installaties, {systems} systemen (IfcSystem).",
        "{pieces} parts of installations, {systems} systems (IfcSystem).",
        pieces=pieces,
        systems=len(facts.systems),
    )
    return Check("4.2", title, "pass" if facts.systems else "warn", said)


def _property(facts: IfcFacts, chapter: str, name: str, kinds: Sequence[str], meaning: Words) -> Check:
    things = [thing for thing in facts.things if thing.ancestors.intersection(kinds) and not thing.part]
    lacking = [thing.entity for thing in things if thing.values.get(name) in {None, ""}]
    said = filled("zeggen dit ({name})", "say so ({name})", name=name)
    title = filled("{what} ({name})", "{what} ({name})", what=Words(_capital(meaning.nl), _capital(meaning.en)), name=name)
    ask = filled(
        "Vul {name} ({what}) in bij {kinds}.",
        "Fill in {name} ({what}) for {kinds}.",
        name=name,
        what=meaning,
        kinds=", ".join(kinds),
    )
    return _share(_Wanted(chapter, title, said, ask, worst="warn"), things, lacking)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _materials(facts: IfcFacts) -> Check:
    title = Words("Materiaal", "Material")
    things = _own(facts)
    lacking = [thing.entity for thing in things if not any(not _NO_MATERIAL.match(name) for name in thing.materials)]
    ask = Words(
        "Geef elk element een materiaal (IfcMaterial) met een duidelijke naam.",
        "Give each element a material (IfcMaterial) with a clear name.",
    )
    verb = Words("hebben een materiaal met een naam", "have a material with a name")
    return _share(_Wanted("4.7", title, verb, ask), things, lacking)


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
    said = filled(
        "{count} elementen liggen precies op een ander element.",
        "{count} elements lie exactly on another one.",
        count=count,
    )
    ask = Words("Haal dubbele elementen weg.", "Take double elements out.")
    return Check("v1 3.8", title, "warn", said, tuple(" = ".join(group[:3]) for group in contents.same_shape[:_SHOWN]), ask)


def _own(facts: IfcFacts) -> list[Thing]:
    """Elements that stand on their own, not as parts of others: what is asked of the whole holds for its parts."""
    return [thing for thing in facts.things if not thing.part]


@dataclass(frozen=True)
class _Wanted:
    """Something that some elements should have."""

    chapter: str
    title: Words
    verb: Words
    """What those do that have it."""
    ask: Words
    worst: Outcome = "fail"


def _share(wanted: _Wanted, things: Sequence[Thing], lacking: Sequence[Named]) -> Check:
    """A check on how many of some elements have what is wanted."""
    if not things:
        return _none(wanted.chapter, wanted.title)
    share = 1 - len(lacking) / len(things)
    outcome: Outcome = "pass" if share >= _GOOD else "warn" if share >= _SOME else wanted.worst
    said = filled(
        "{count} van {all} elementen {verb}.",
        "{count} of {all} elements {verb}.",
        count=len(things) - len(lacking),
        all=len(things),
        verb=wanted.verb,
    )
    ask = None if outcome == "pass" else wanted.ask
    return Check(wanted.chapter, wanted.title, outcome, said, _few(lacking), ask)


def _none(chapter: str, title: Words) -> Check:
    return Check(chapter, title, "not applicable", Words("Er zijn geen zulke elementen.", "There are no such elements."))


def _few(entities: Iterable[Named]) -> tuple[str, ...]:
    return tuple(str(entity) for entity, _ in zip(entities, range(_SHOWN), strict=False))

