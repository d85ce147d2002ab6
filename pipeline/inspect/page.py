"""A report as one HTML page that needs nothing else: no script, no other file, no network."""

from base64 import b64encode
from collections.abc import Iterator
from html import escape
from urllib.parse import quote

import assets
from pipeline.report import size

from .markup import both, folded, heading, listed, table, tag
from .report import Check, Contents, Ids, Light, MaterialRow, Outcome, Pictures, Place, Report, Verdict
from .text import OUTCOMES, counts_of, facts_of, place_of
from .words import Words, figure

_STATES: dict[Light, Words] = {
    "green": Words("Goed", "OK"),
    "amber": Words("Let op", "Check"),
    "red": Words("Niet goed", "Not OK"),
    "grey": Words("Onbekend", "Unknown"),
}
_SIGNS: dict[Light, str] = {
    "green": '<path d="M6.5 12.5l3.6 3.6 7.4-8" fill="none" stroke="#fff" stroke-width="2.6"/>',
    "amber": '<path d="M12 6v8M12 16.6v2" fill="none" stroke="#fff" stroke-width="2.8"/>',
    "red": '<path d="M7.5 7.5l9 9M16.5 7.5l-9 9" fill="none" stroke="#fff" stroke-width="2.8"/>',
    "grey": '<path d="M7 12h10" fill="none" stroke="#fff" stroke-width="2.8"/>',
}
_TONES: dict[Outcome, Light] = {"pass": "green", "warn": "amber", "fail": "red", "not applicable": "grey"}
_NAMED, _LOOKS = 12, 10
_FROM_SOUTH_WEST = Words("Het model, gezien uit het zuidwesten", "The model, seen from the south-west")
_FROM_THE_FRONT = Words("Het model, schuin van boven gezien", "The model, seen from above at an angle")
_FIRST = Words("De eerste die niet voldoen", "The first that do not")


def as_html(report: Report, pictures: Pictures) -> str:
    """The page."""
    title = f"Voorland – {report.file.name}"
    style = assets.path("inspect/report.css").read_text(encoding="utf-8")
    return "\n".join(
        [
            '<!doctype html>\n<html lang="nl">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>",
            f'<div class="sheet">\n{_head(report)}\n<main>',
            *(part for part in _main(report, pictures) if part),
            f"</main>\n{_foot(report)}\n</div>\n</body>\n</html>\n",
        ]
    )


def _head(report: Report) -> str:
    kicker = both(Words("Controle van een planmodel", "Check of a plan model"))
    about = [size(report.file.bytes)]
    if report.contents is not None:
        about = [report.contents.format, report.contents.program, *about]
    said = escape(" · ".join(part for part in about if part))
    problem = f'<p class="problem" lang="en">{escape(report.problem)}</p>' if report.problem else ""
    title = f"<h1>{escape(report.file.name)}</h1>"
    return f'<header><p class="kicker">{kicker}</p>{title}<p class="kicker">{said}</p>{problem}</header>'


def _main(report: Report, pictures: Pictures) -> Iterator[str]:
    yield '<ul class="lights">' + "".join(map(_light, report.verdicts)) + "</ul>"
    yield _pictures(report, pictures)
    yield _ask(report)
    if report.place is not None:
        yield _place(report.place)
    if report.contents is not None:
        yield _contents(report.contents)
    if report.checks:
        yield _checks(report.checks)
    if report.ids is not None:
        yield _ids(report.ids)
    yield _remarks(report)


def _light(verdict: Verdict) -> str:
    state = both(_STATES[verdict.light])
    disc = '<circle cx="12" cy="12" r="12" fill="currentColor"/>'
    sign = f'<svg viewBox="0 0 24 24" aria-hidden="true">{disc}{_SIGNS[verdict.light]}</svg>'
    return (
        f'<li class="light {verdict.light}"><h2>{both(verdict.question, below=True)}</h2>'
        f'<p class="state">{sign}<span>{state}</span></p><p>{both(verdict.answer, below=True)}</p></li>'
    )


def _pictures(report: Report, pictures: Pictures) -> str:
    figures = []
    if pictures.view:
        alt = f"{report.file.name}: het model, schuin van boven gezien"
        placed = report.place is not None and report.place.bounds is not None
        side = _FROM_SOUTH_WEST if placed else _FROM_THE_FRONT
        source = f"data:image/webp;base64,{b64encode(pictures.view).decode()}"
        image = f'<img src="{source}" alt="{escape(alt)}" width="960" height="600">'
        figures.append(f"<figure>{image}<figcaption>{both(side)}</figcaption></figure>")
    if pictures.plan:
        figures.append(f"<figure>{pictures.plan}<figcaption>{both(_of_plan(report.place))}</figcaption></figure>")
    return f'<div class="pictures">{"".join(figures)}</div>' if figures else ""


def _of_plan(place: Place | None) -> Words:
    if place is None or place.bounds is None:
        return Words(
            "Plattegrond in de maten van het model; het bestand zegt niet waar het staat",
            "Plan in the model’s own metres; the file does not say where it stands",
        )
    if not place.chosen:
        return Words("Waar het kan staan, niet zeker (RD)", "Where it may stand, not certain (RD)")
    return Words("Plattegrond op de kaart (RD, noord boven)", "Plan on the map (RD, north up)")


def _ask(report: Report) -> str:
    title = heading(2, Words("Te vragen aan de architect", "To ask the architect"))
    if not report.ask:
        return f"<section>{title}<p>{both(Words('Niets: alles is er.', 'Nothing: all is there.'))}</p></section>"
    rows = "".join(f"<li>{both(words, below=True)}</li>" for words in report.ask)
    button = 'Zet dit in een e-mail · <span lang="en">Put this in an e-mail</span>'
    link = f'<p><a class="button" href="{escape(_mail(report))}">{button}</a></p>'
    return f'<section>{title}<div class="ask"><ol>{rows}</ol>{link}</div></section>'


def _mail(report: Report) -> str:
    """A letter with the list, Dutch first, for whatever program writes letters."""
    nl = "\n".join(f"{number}. {words.nl}" for number, words in enumerate(report.ask, 1))
    en = "\n".join(f"{number}. {words.en}" for number, words in enumerate(report.ask, 1))
    body = (
        f"Beste architect,\n\nBedankt voor {report.file.name}. Wilt u het model opnieuw leveren, met deze punten "
        f"erin?\n\n{nl}\n\n---\n\nThank you for {report.file.name}. Please send the model again with these points "
        f"in it:\n\n{en}\n"
    )
    return f"mailto:?subject={quote(f'{report.file.name}: vragen over het model')}&body={quote(body)}"


def _place(place: Place) -> str:
    parts = [heading(2, Words("Plek", "Place")), listed(place_of(place))]
    parts.append(f'<p class="evidence" lang="en">{escape(place.why)}</p>')
    if place.remarks:
        parts.append("<ul>" + "".join(f'<li lang="en">{escape(remark)}</li>' for remark in place.remarks) + "</ul>")
    if place.candidates:
        heads = [
            (Words("Score", "Score"), "number"),
            (Words("Wat het bestand zegt", "What the file says"), "evidence"),
            (Words("Nulpunt (x, y, hoogte)", "Origin (x, y, height)"), "number"),
            (Words("Draaiing", "Turn"), "number"),
        ]
        rows = []
        for row in place.candidates:
            chosen = tag(Words("gekozen", "chosen"), "green") + " " if row.chosen else ""
            reasons = "".join(f"<li>{escape(reason)}</li>" for reason in row.reasons)
            evidence = f'{chosen}<span lang="en">{escape(row.evidence)}</span><ul lang="en">{reasons}</ul>'
            origin = " <br>".join(f"{metres:.3f}" for metres in row.origin)
            rows.append((f"{row.score:.2f}", evidence, origin, f"{row.heading_deg:.3g}°"))
        parts += [
            heading(3, Words("Mogelijke plekken", "Possible places")),
            table(Words("Mogelijke plekken", "Possible places"), heads, rows, "stacked"),
        ]
    parts.append(folded(Words("Aanwijzingen die niet vertrouwd zijn", "Hints that are not trusted"), place.hints))
    return f"<section>{''.join(parts)}</section>"


def _contents(contents: Contents) -> str:
    parts = [heading(2, Words("Wat het is", "What it is")), listed(facts_of(contents)), '<div class="columns">']
    for title, rows in counts_of(contents):
        if rows:
            heads = [(title, ""), (Words("Aantal", "Count"), "number")]
            cells = [(escape(row.name) or "–", figure(row.count).nl) for row in rows[:_NAMED]]
            parts.append(f"<div>{table(title, heads, cells)}{_more(len(rows) - _NAMED)}</div>")
    parts.append(f"<div>{_materials(contents.materials)}</div></div>")
    doubles = [" = ".join(group) for group in contents.same_shape[:_NAMED]]
    parts.append(folded(Words("Onderdelen die precies op elkaar liggen", "Elements exactly on one another"), doubles))
    return f"<section>{''.join(parts)}</section>"


def _more(count: int) -> str:
    return f"<p>{both(Words(f'… en nog {count}', f'… and {count} more'))}</p>" if count > 0 else ""


def _materials(rows: tuple[MaterialRow, ...]) -> str:
    title = Words("Materialen", "Materials")
    cells = []
    for row in rows[:_LOOKS]:
        glass = "" if row.opacity >= 1 else f", {row.opacity:.0%}"
        picture = " ▦" if row.textured else ""
        swatch = f'<span class="swatch" style="background:{escape(row.colour)}"></span>'
        cells.append((f"{swatch}{escape(row.name or row.colour)}{glass}{picture}", figure(row.triangles).nl))
    return table(title, [(title, ""), (Words("Driehoeken", "Triangles"), "number")], cells) + _more(len(rows) - _LOOKS)


def _checks(checks: tuple[Check, ...]) -> str:
    title = Words("BIM basis ILS: wat een machine kan nakijken", "BIM basis ILS: what a machine can check")
    heads = [
        (Words("Punt", "Point"), ""),
        (Words("Uitkomst", "Outcome"), ""),
        (Words("Wat er staat", "What was found"), ""),
    ]
    rows = [
        (
            f"<strong>{escape(check.chapter)}</strong> {both(check.title, below=True)}",
            tag(OUTCOMES[check.outcome], _TONES[check.outcome]),
            both(check.said, below=True) + folded(_FIRST, check.elements),
        )
        for check in checks
    ]
    return f"<section>{heading(2, title)}{table(title, heads, rows, 'stacked')}</section>"


def _ids(ids: Ids) -> str:
    title = Words(f"IDS: {ids.title or ids.name}", f"IDS: {ids.title or ids.name}")
    if ids.problem:
        return f'<section>{heading(2, title)}<p class="problem" lang="en">{escape(ids.problem)}</p></section>'
    heads = [
        (Words("Eis", "Specification"), ""),
        (Words("Uitkomst", "Outcome"), ""),
        (Words("Voldoet", "Pass"), "number"),
    ]
    rows = [
        (
            escape(each.name) + folded(_FIRST, each.failing),
            tag(OUTCOMES[each.outcome], _TONES[each.outcome]),
            f"{figure(each.passed).nl} / {figure(each.applicable).nl}",
        )
        for each in ids.specifications
    ]
    return f"<section>{heading(2, title)}{table(title, heads, rows, 'stacked')}</section>"


def _remarks(report: Report) -> str:
    said = (
        (Words("Wat ontbreekt", "What is missing"), report.missing),
        (Words("Wat hersteld is", "What was repaired"), report.repaired),
        (Words("Opmerkingen", "Remarks"), report.notes),
    )
    parts = [
        heading(3, title) + "<ul>" + "".join(f'<li lang="en">{escape(each)}</li>' for each in sentences) + "</ul>"
        for title, sentences in said
        if sentences
    ]
    if not parts:
        return ""
    return f"<section>{heading(2, Words('Bij het lezen', 'While reading'))}{''.join(parts)}</section>"


def _foot(report: Report) -> str:
    made = both(
        Words(
            "Gemaakt door voorland inspect. Een machine kijkt naar vorm en gegevens, niet of het plan goed is.",
            "Made by voorland inspect. A machine looks at shape and data, not at whether the plan is good.",
        ),
        below=True,
    )
    return f"<footer><p>{made}</p><p>SHA-256 {report.file.sha256}</p></footer>"
