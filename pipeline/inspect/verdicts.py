"""The questions of a planner, each answered by a traffic light: what a report comes to."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from .report import Check, Contents, Ids, Light, Place, Report, Verdict
from .words import Words, counted, figure, filled, joined

_MOST_ASKED = 10
_SMALL_M, _LARGE_M, _HUGE_M = 0.5, 5_000.0, 20_000.0
_HIGH_M = 500.0
_BUILDING_M = (2.5, 500.0)
_FLAT_M, _WIDE_M = 0.3, 5.0
_MANY_TRIANGLES = 5_000_000
_UNITS = (
    (0.001, Words("millimeter", "millimetres")),
    (0.01, Words("centimeter", "centimetres")),
    (1000.0, Words("kilometer", "kilometres")),
)
"""What a length may be in that was taken for metres, and how many metres that is."""
_FIRST = ("3.2", "2", "3.4", "3.3", "3.5", "v1 3.8", "4.7", "3.6", "3.1", "4.1", "3.7", "4.3", "4.4", "4.5", "4.2")
"""Chapters in the order of what showing a plan needs most."""


def judged(report: Report) -> Report:
    """A report with its lights and what to ask for."""
    found = [_shown(report), _in_place(report.contents, report.place)]
    if report.checks:
        found.append(_agreed(report.checks))
    if report.ids is not None:
        found.append(_specified(report.ids))
    return replace(report, verdicts=tuple(found), ask=_asked(report))


def _shown(report: Report) -> Verdict:
    question, contents = Words("Kan het getoond worden?", "Can it be shown?"), report.contents
    if report.problem or contents is None:
        answer = Words("Nee: het bestand kan niet getoond worden.", "No: the file cannot be shown.")
        return Verdict(question, "red", answer)
    odd = odd_size(contents)
    if odd is not None:
        return Verdict(question, "red" if max(contents.size_m) > _HUGE_M else "amber", odd)
    what = filled(
        "{elements} en {triangles} driehoeken, {size} m.",
        "{elements} and {triangles} triangles, {size} m.",
        elements=counted(contents.elements, Words("onderdeel", "element"), Words("onderdelen", "elements")),
        triangles=contents.triangles,
        size=sized(contents),
    )
    if contents.triangles > _MANY_TRIANGLES:
        heavy = Words("Ja, maar het is zwaar voor een telefoon:", "Yes, but it is heavy for a phone:")
        return Verdict(question, "amber", joined(heavy, what))
    if report.missing or report.repaired or report.notes:
        start = Words("Ja, met opmerkingen (zie onder):", "Yes, with remarks (below):")
        return Verdict(question, "amber", joined(start, what))
    return Verdict(question, "green", joined(Words("Ja:", "Yes:"), what))


def sized(contents: Contents) -> Words:
    """Length × width × height."""
    x, y, z = (figure(metres, 1) for metres in contents.size_m)
    return filled("{x} × {y} × {z}", "{x} × {y} × {z}", x=x, y=y, z=z)


def odd_size(contents: Contents) -> Words | None:
    """What to say of a size that no building has; None for one that can be."""
    largest = max(contents.size_m)
    if _SMALL_M <= largest <= _LARGE_M:
        return _odd_shape(contents)
    smallest, highest = _BUILDING_M
    for factor, unit in _UNITS:
        if smallest <= largest * factor <= highest:
            return filled(
                "Het model is {size} m groot. Dat klopt vast niet: misschien staat het in {unit}.",
                "The model measures {size} m. That cannot be right: perhaps it is in {unit}.",
                size=sized(contents),
                unit=unit,
            )
    return filled(
        "Het model is {size} m groot. Dat is geen gebouw.",
        "The model measures {size} m. That is no building.",
        size=sized(contents),
    )


def _odd_shape(contents: Contents) -> Words | None:
    if contents.size_m[2] > _HIGH_M:
        return filled(
            "Het model is {size} m groot, dus {high} m hoog: misschien ligt het op zijn kant (z of y omhoog?).",
            "The model measures {size} m, so it is {high} m high: perhaps it lies on its side (z or y up?).",
            size=sized(contents),
            high=figure(contents.size_m[2]),
        )
    if contents.size_m[2] >= _FLAT_M or max(contents.size_m[:2]) < _WIDE_M:
        return None
    return filled(
        "Het model is plat: {size} m. Er is weinig te zien.",
        "The model is flat: {size} m. There is little to see.",
        size=sized(contents),
    )


def _in_place(contents: Contents | None, place: Place | None) -> Verdict:
    question = Words("Staat het op de goede plek?", "Is it in the right place?")
    if contents is None or place is None:
        return Verdict(question, "grey", Words("Dat is niet te zeggen.", "That cannot be said."))
    if not place.chosen:
        return Verdict(question, "amber" if place.bounds else "red", _unplaced(place))
    where = _where(place)
    if place.warnings:
        return Verdict(question, "amber", joined(where, *place.warnings))
    if place.heights_assumed:
        heights = Words(
            "Het bestand zegt niet in welk stelsel de hoogte is; NAP is aangenomen.",
            "The file does not say what its heights are in; NAP is taken.",
        )
        return Verdict(question, "amber", joined(where, heights))
    check = Words("Kijk op de kaart of dat klopt.", "Look on the map whether that is so.")
    return Verdict(question, "green", joined(where, check))


def _unplaced(place: Place) -> Words:
    if place.bounds is not None:
        return Words(
            "Het bestand zegt niet duidelijk waar het staat. De kaart toont wat het meest voor de hand ligt: klopt "
            "dat? Zet het anders met de hand op de kaart.",
            "The file does not say clearly where it stands. The map shows what is most likely: is it right? "
            "Else place it by hand.",
        )
    if place.candidates:
        return Words(
            "Wat het bestand over zijn plek zegt, kan niet kloppen of ligt buiten het RD-stelsel. "
            "Zet het met de hand op de kaart.",
            "What the file says of its place cannot be right or lies outside RD. Place it on the map by hand.",
        )
    return Words(
        "Het bestand zegt niet waar het staat. Zet het met de hand op de kaart.",
        "The file does not say where it stands. Place it on the map by hand.",
    )


def _where(place: Place) -> Words:
    assert place.bounds is not None
    assert place.nap_m is not None
    west, south, east, north = place.bounds
    x, y = round((west + east) / 2), round((south + north) / 2)
    nl, en = ("Met de hand gezet", "Placed by hand,") if place.by_hand else ("Volgens het bestand", "By the file")
    return filled(
        nl + " staat het op RD {x}, {y}, met de onderkant op NAP {low} m.",
        en + " it stands at RD {x}, {y}, its lowest point at NAP {low} m.",
        x=str(x),
        y=str(y),
        low=figure(place.nap_m[0], 2),
    )


def _agreed(checks: Sequence[Check]) -> Verdict:
    question = Words("Is de informatie compleet?", "Is the information complete?")
    failed = sum(check.outcome == "fail" for check in checks)
    warned = sum(check.outcome == "warn" for check in checks)
    judged = sum(check.outcome != "not applicable" for check in checks)
    answer = filled(
        "BIM basis ILS: van {judged} punten zijn er {good} in orde, {warned} deels en {failed} niet.",
        "BIM basis ILS: of {judged} points {good} are kept, {warned} in part and {failed} not.",
        judged=judged,
        good=judged - failed - warned,
        warned=warned,
        failed=failed,
    )
    light: Light = "red" if failed > judged / 2 else "amber" if failed or warned else "green"
    return Verdict(question, light, answer)


def _specified(ids: Ids) -> Verdict:
    question = filled("Voldoet het aan {name}?", "Does it meet {name}?", name=ids.title or ids.name)
    if ids.problem:
        return Verdict(question, "grey", Words(f"Niet bekeken: {ids.problem}", f"Not checked: {ids.problem}"))
    judged = sum(each.outcome != "not applicable" for each in ids.specifications)
    answer = filled(
        "{good} van {judged} eisen zijn gehaald.",
        "{good} of {judged} specifications are met.",
        good=judged - ids.failed,
        judged=judged,
    )
    return Verdict(question, "red" if ids.failed else "green", answer)


def _asked(report: Report) -> tuple[Words, ...]:
    """What to ask the architect for, the most important first, no more than a person reads."""
    wanted = chain(
        _ask_for_the_file(report),
        _ask_for_the_place(report.place),
        (check.ask for check in sorted(report.checks, key=_importance) if check.ask is not None),
        _ask_for_ids(report.ids),
    )
    return tuple(dict.fromkeys(wanted))[:_MOST_ASKED]


def _importance(check: Check) -> tuple[bool, int]:
    return check.outcome != "fail", _FIRST.index(check.chapter)


def _ask_for_the_file(report: Report) -> list[Words]:
    found = []
    if report.problem:
        again = filled(
            "Lever het bestand opnieuw. De melding was: “{why}”",
            "Send the file again. It was refused: “{why}”",
            why=report.problem,
        )
        found.append(again)
    if report.contents is not None and odd_size(report.contents) is not None:
        found.append(
            Words(
                "Controleer de eenheid van het model (meter of millimeter) en welke as omhoog wijst.",
                "Check the unit of the model (metres or millimetres) and which of its axes points up.",
            )
        )
    if report.missing:
        names = ", ".join(report.missing[:5])
        found.append(filled("Lever mee wat ontbreekt: {names}.", "Send along what is missing: {names}.", names=names))
    return found


_ASK_PLACE = Words(
    "Geef de plek in RD en NAP: IfcMapConversion met IfcProjectedCRS EPSG:7415 (IFC4), "
    "of x, y, NAP van het nulpunt en de draaiing.",
    "Give the place in RD and NAP: IfcMapConversion with IfcProjectedCRS EPSG:7415 (IFC4), "
    "or x, y, NAP of the zero point and the turn.",
)
_ASK_HEIGHTS = Words(
    "Bevestig dat de hoogten in NAP zijn, en zet EPSG:7415 in IfcProjectedCRS.",
    "Confirm that heights are in NAP, and put EPSG:7415 in IfcProjectedCRS.",
)


def _ask_for_the_place(place: Place | None) -> list[Words]:
    if place is None or (place.chosen and not place.heights_assumed):
        return []
    return [_ASK_HEIGHTS if place.chosen else _ASK_PLACE]


def _ask_for_ids(ids: Ids | None) -> list[Words]:
    if ids is None or not ids.failed:
        return []
    names = "; ".join(each.name for each in ids.specifications if each.outcome == "fail")
    return [
        filled(
            "Voldoe aan de eisen van {title}: {names}.",
            "Meet {title}: {names}.",
            title=ids.title or ids.name,
            names=names,
        )
    ]
