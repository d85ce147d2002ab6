"""A report as text for a terminal, in one language."""

from collections.abc import Iterator, Sequence

from pipeline.report import size

from .report import Check, Contents, Counted, Ids, Outcome, Place, Report
from .verdicts import sized
from .words import Language, Words, figure

LIGHTS = {
    "green": Words("GOED", "OK"),
    "amber": Words("LET OP", "CHECK"),
    "red": Words("NIET GOED", "NOT OK"),
    "grey": Words("ONBEKEND", "UNKNOWN"),
}
OUTCOMES: dict[Outcome, Words] = {
    "pass": Words("in orde", "kept"),
    "warn": Words("deels", "in part"),
    "fail": Words("niet", "not"),
    "not applicable": Words("n.v.t.", "n/a"),
}
_NAMED = 8


def as_text(report: Report, language: Language = "en") -> str:
    """The lights first, then what to ask for, then all the rest."""
    return "\n".join(_lines(report, language)) + "\n"


def _lines(report: Report, language: Language) -> Iterator[str]:
    yield f"{report.file.name} ({size(report.file.bytes)})"
    if report.problem:
        yield report.problem
    yield ""
    for verdict in report.verdicts:
        light = LIGHTS[verdict.light].in_(language)
        yield f"[{light}] {verdict.question.in_(language)} {verdict.answer.in_(language)}"
    if report.ask:
        yield from _headed(Words("Te vragen aan de architect", "To ask the architect"), language)
        yield from (f"{number}. {each.in_(language)}" for number, each in enumerate(report.ask, 1))
    if report.contents is not None:
        yield from _headed(Words("Wat het is", "What it is"), language)
        yield from _contents(report.contents, language)
    if report.place is not None:
        yield from _headed(Words("Plek", "Place"), language)
        yield from _place(report.place, language)
    if report.checks:
        yield from _headed(Words("BIM basis ILS", "BIM basis ILS"), language)
        yield from (_check(check, language) for check in report.checks)
    if report.ids is not None:
        yield from _headed(Words(f"IDS: {report.ids.name}", f"IDS: {report.ids.name}"), language)
        yield from _ids(report.ids, language)
    said = (
        (Words("Ontbreekt", "Missing"), report.missing),
        (Words("Hersteld", "Repaired"), report.repaired),
        (Words("Opmerkingen", "Remarks"), report.notes),
    )
    for title, sentences in said:
        if sentences:
            yield from _headed(title, language)
            yield from (f"- {sentence}" for sentence in sentences)


def _headed(title: Words, language: Language) -> tuple[str, str]:
    return "", title.in_(language).upper()


def facts_of(contents: Contents) -> Iterator[tuple[Words, Words]]:
    """What a model is, a name and a value a row."""
    unit = contents.unit or "–"
    if contents.unit_m is not None:
        unit += f" ({contents.unit_m:g} m)"
    yield Words("Formaat", "Format"), _same(contents.format or "–")
    yield Words("Gemaakt met", "Written by"), _same(contents.program or "–")
    yield Words("Eenheid", "Unit"), _same(unit)
    yield Words("Afmetingen", "Size"), Words(f"{sized(contents).nl} m", f"{sized(contents).en} m")
    yield Words("Onderdelen", "Elements"), figure(contents.elements)
    yield Words("Driehoeken", "Triangles"), figure(contents.triangles)
    if contents.flat_triangles:
        yield Words("… zonder oppervlak", "… without area"), figure(contents.flat_triangles)
    yield Words("Materialen", "Materials"), figure(len(contents.materials))


def _same(text: str) -> Words:
    return Words(text, text)


def counts_of(contents: Contents) -> Iterator[tuple[Words, Sequence[Counted]]]:
    """What is counted by name."""
    yield Words("Soorten", "Classes"), contents.kinds
    yield Words("Bouwlagen", "Storeys"), contents.storeys
    yield Words("Disciplines", "Disciplines"), contents.disciplines


def _contents(contents: Contents, language: Language) -> Iterator[str]:
    for name, value in facts_of(contents):
        yield f"{name.in_(language)}: {value.in_(language)}"
    for title, rows in counts_of(contents):
        if rows:
            shown = ", ".join(f"{row.name or '–'} {figure(row.count).in_(language)}" for row in rows[:_NAMED])
            more = len(rows) - _NAMED
            yield f"{title.in_(language)}: {shown}" + (f" (+{more})" if more > 0 else "")


def place_of(place: Place) -> Iterator[tuple[Words, Words]]:
    """Where a model stands, a name and a value a row."""
    if place.level:
        yield Words("Niveau van georeferentie", "Level of georeferencing"), _same(place.level)
    if place.bounds is not None and place.nap_m is not None:
        west, south, east, north = place.bounds
        yield Words("RD (x)", "RD (x)"), _same(f"{west:.2f} – {east:.2f}")
        yield Words("RD (y)", "RD (y)"), _same(f"{south:.2f} – {north:.2f}")
        low, high = (figure(metres, 2) for metres in place.nap_m)
        yield Words("NAP (m)", "NAP (m)"), Words(f"{low.nl} tot {high.nl}", f"{low.en} to {high.en}")
    if place.longitude_latitude_deg is not None:
        longitude, latitude = place.longitude_latitude_deg
        yield (
            Words("Breedte, lengte (ETRS89)", "Latitude, longitude (ETRS89)"),
            _same(f"{latitude:.6f}, {longitude:.6f}"),
        )
    area = figure(place.footprint_m2, 1)
    yield Words("Voetafdruk", "Footprint"), Words(f"{area.nl} m²", f"{area.en} m²")


def _place(place: Place, language: Language) -> Iterator[str]:
    yield place.why
    yield from (f"- {remark}" for remark in place.remarks)
    for name, value in place_of(place):
        yield f"{name.in_(language)}: {value.in_(language)}"
    for row in place.candidates:
        origin = "x {:.3f}, y {:.3f}, {:.3f}".format(*row.origin)
        mark = "*" if row.chosen else " "
        yield f"{mark} {row.score:.2f} {row.evidence}: {origin}, {row.heading_deg:g}°, × {row.scale:g}"
        yield from (f"       {reason}" for reason in row.reasons)
    yield from (f"- {hint}" for hint in place.hints)


def _check(check: Check, language: Language) -> str:
    outcome = OUTCOMES[check.outcome].in_(language)
    return f"{check.chapter:<7}{outcome:<9}{check.title.in_(language)}: {check.said.in_(language)}"


def _ids(ids: Ids, language: Language) -> Iterator[str]:
    if ids.problem:
        yield ids.problem
    for each in ids.specifications:
        outcome = OUTCOMES[each.outcome].in_(language)
        yield f"{outcome:<9}{each.name}: {each.passed} / {each.applicable}"
        yield from (f"         {failing}" for failing in each.failing)
