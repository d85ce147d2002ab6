"""Sentences in the two languages of a report, and figures as each of them writes them."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["nl", "en"]


@dataclass(frozen=True)
class Words:
    """The same said in Dutch (B1) and in English."""

    nl: str
    en: str

    def in_(self, language: Language) -> str:
        """What is said in one language."""
        return self.nl if language == "nl" else self.en


def figure(value: float, decimals: int = 0) -> Words:
    """A number as Dutch and as English write it: 1.234,5 and 1,234.5."""
    english = f"{value:,.{decimals}f}"
    return Words(english.translate(str.maketrans(",.", ".,")), english)


def filled(nl: str, en: str, **values: Words | str | int) -> Words:
    """A sentence with `{name}` in both languages replaced by values, each in the language of its sentence."""
    said = {name: figure(value) if isinstance(value, int) else value for name, value in values.items()}
    return Words(
        nl.format(**{name: value.nl if isinstance(value, Words) else value for name, value in said.items()}),
        en.format(**{name: value.en if isinstance(value, Words) else value for name, value in said.items()}),
    )


def counted(count: int, one: Words, many: Words) -> Words:
    """A count with its noun: 1 wand, 12 wanden."""
    noun = one if count == 1 else many
    return filled("{count} {noun}", "{count} {noun}", count=count, noun=noun)


def joined(*sentences: Words) -> Words:
    """Sentences after one another."""
    said = [sentence for sentence in sentences if sentence.en]
    return Words(" ".join(each.nl for each in said), " ".join(each.en for each in said))


NOTHING = Words("", "")
