"""The points of BIM basis ILS on what elements carry: classification, property sets, properties, material."""

import re
from collections import Counter
from dataclasses import dataclass

from .ifcfacts import IfcFacts
from .ilsrule import Wanted, few, own, share
from .report import Check, Outcome
from .words import Words, filled, joined

_NO_MATERIAL = re.compile(r"(?i)^(<?unnamed>?|default.*|standaard|material\d*|undefined|niet gedefinieerd|none|)$")
_SFB_CODE = re.compile(r"^\(?\d{2}\)?\.\d{1,2}")
_CARRYING = ("IfcWall", "IfcColumn", "IfcBeam", "IfcSlab", "IfcFooting", "IfcPile", "IfcMember")
_SHELL = ("IfcWall", "IfcDoor", "IfcWindow", "IfcSlab", "IfcRoof", "IfcCurtainWall")
_FIRE = ("IfcWall", "IfcDoor", "IfcSlab")
_BUILT = ("IfcBuildingElement", "IfcBuiltElement")  # the second is IFC4X3's name
_INSTALLATION = "IfcDistributionElement"


def classification(facts: IfcFacts) -> Check:
    """3.6: codes of NL-SfB."""
    title = Words("Classificatie: NL-SfB", "Classification: NL-SfB")
    things = own(facts)
    ask = Words(
        "Geef elk element een NL-SfB-code van vier cijfers (zoals 21.22), als IfcClassificationReference "
        "onder “NL-SfB”.",
        "Give each element an NL-SfB code of four digits (such as 21.22) as IfcClassificationReference under “NL-SfB”.",
    )
    lacking = [thing.entity for thing in things if not any(_is_sfb(*code) for code in thing.codes)]
    check = share(Wanted("3.6", title, Words("hebben een NL-SfB-code", "have an NL-SfB code"), ask), things, lacking)
    others = Counter(
        system for thing in things for system, code in thing.codes if not _names_sfb(system) and _SFB_CODE.match(code)
    )
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


def property_sets(facts: IfcFacts) -> Check:
    """3.7: properties in the sets of the standard."""
    things = [thing for thing in facts.things if thing.ancestors.intersection(_BUILT) and not thing.part]
    lacking = [thing.entity for thing in things if not thing.common_set]
    ask = Words(
        "Zet eigenschappen in de standaardsets van IFC (Pset_WallCommon, Pset_DoorCommon, …).",
        "Put properties in the standard sets of IFC (Pset_WallCommon, Pset_DoorCommon, …).",
    )
    title = Words("Standaard eigenschappensets", "Standard property sets")
    said = Words("hebben een standaardset (Pset_…)", "have a standard set (Pset_…)")
    return share(Wanted("3.7", title, said, ask, worst="warn"), things, lacking)


def spaces(facts: IfcFacts) -> Check:
    """4.1: spaces with a name."""
    title = Words("Ruimten", "Spaces")
    if not facts.spaces:
        return Check(
            "4.1", title, "not applicable", Words("Er zijn geen ruimten (IfcSpace).", "There are no spaces (IfcSpace).")
        )
    nameless = [space for space in facts.spaces if not space.name]
    said = filled(
        "{count} ruimten, waarvan {nameless} zonder naam of nummer.",
        "{count} spaces, of which {nameless} without a name or number.",
        count=len(facts.spaces),
        nameless=len(nameless),
    )
    ask = Words("Geef elke ruimte een nummer en een naam.", "Give each space a number and a name.")
    return Check("4.1", title, "warn" if nameless else "pass", said, few(nameless), ask if nameless else None)


def systems(facts: IfcFacts) -> Check:
    """4.2: parts of installations in systems."""
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


def properties(facts: IfcFacts) -> tuple[Check, ...]:
    """4.3 to 4.5: load-bearing, outside, fire rating."""
    return (
        _property(facts, _Watched("4.3", "LoadBearing", _CARRYING, Words("dragend of niet", "load-bearing or not"))),
        _property(facts, _Watched("4.4", "IsExternal", _SHELL, Words("binnen of buiten", "inside or outside"))),
        _property(facts, _Watched("4.5", "FireRating", _FIRE, Words("brandwerendheid", "fire rating"))),
    )


@dataclass(frozen=True)
class _Watched:
    """A property that some classes should have."""

    chapter: str
    name: str
    kinds: tuple[str, ...]
    meaning: Words


def _property(facts: IfcFacts, watched: _Watched) -> Check:
    things = [thing for thing in facts.things if thing.ancestors.intersection(watched.kinds) and not thing.part]
    lacking = [thing.entity for thing in things if thing.values.get(watched.name) in {None, ""}]
    verb = filled("zeggen dit ({name})", "say so ({name})", name=watched.name)
    what = Words(_capital(watched.meaning.nl), _capital(watched.meaning.en))
    title = filled("{what} ({name})", "{what} ({name})", what=what, name=watched.name)
    ask = filled(
        "Vul {name} ({what}) in bij {kinds}.",
        "Fill in {name} ({what}) for {kinds}.",
        name=watched.name,
        what=watched.meaning,
        kinds=", ".join(watched.kinds),
    )
    return share(Wanted(watched.chapter, title, verb, ask, worst="warn"), things, lacking)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def materials(facts: IfcFacts) -> Check:
    """4.7: a material for every element."""
    title = Words("Materiaal", "Material")
    things = own(facts)
    lacking = [thing.entity for thing in things if not any(not _NO_MATERIAL.match(name) for name in thing.materials)]
    ask = Words(
        "Geef elk element een materiaal (IfcMaterial) met een duidelijke naam.",
        "Give each element a material (IfcMaterial) with a clear name.",
    )
    verb = Words("hebben een materiaal met een naam", "have a material with a name")
    return share(Wanted("4.7", title, verb, ask), things, lacking)
