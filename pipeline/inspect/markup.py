"""Pieces of the page: everything said in Dutch and, beside it, in English; everything from the file escaped."""

from collections.abc import Iterable, Sequence
from html import escape

from .words import Words


def both(words: Words, *, below: bool = False) -> str:
    """Dutch with English beside it, or under it."""
    if words.nl == words.en:
        return escape(words.nl)
    kind = "en below" if below else "en"
    return f'{escape(words.nl)} <span class="{kind}" lang="en">{escape(words.en)}</span>'


def heading(level: int, words: Words) -> str:
    """A heading in both languages."""
    return f"<h{level}>{both(words)}</h{level}>"


def listed(rows: Iterable[tuple[Words, Words]]) -> str:
    """Names in both languages and their values, which are figures and names, as Dutch writes them."""
    return "<dl>" + "".join(f"<dt>{both(name)}</dt><dd>{escape(value.nl)}</dd>" for name, value in rows) + "</dl>"


def table(label: Words, heads: Sequence[tuple[Words, str]], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """A table that scrolls by itself where the screen is narrow; cells are markup already.

    With each head comes the class of its cells.
    """
    head = "".join(f'<th scope="col" class="{name}">{both(words)}</th>' for words, name in heads)
    body = "".join(
        "<tr>" + "".join(_cell(cell, *head) for cell, head in zip(row, heads, strict=True)) + "</tr>" for row in rows
    )
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(label.nl)}"><table class="{kind}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(cell: str, head: Words, name: str) -> str:
    """On a narrow screen each cell says by itself under which head it stands."""
    return f'<td class="{name}" data-head="{escape(head.nl)}">{cell}</td>'


def folded(summary: Words, lines: Sequence[str]) -> str:
    """Lines that open on demand; nothing where there are none."""
    if not lines:
        return ""
    rows = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<details><summary>{both(summary)}</summary><ul>{rows}</ul></details>"


def tag(words: Words, tone: str) -> str:
    """A word on the colour of a traffic light."""
    return f'<span class="tag {tone}">{both(words, below=True)}</span>'
