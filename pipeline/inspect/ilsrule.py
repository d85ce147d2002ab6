"""How a point of BIM basis ILS is judged that asks something of every element of a kind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .ifcfacts import IfcFacts, Named, Thing
from .report import Check, Outcome
from .words import Words, filled

_SHOWN = 5  # elements named with a check
_GOOD, _SOME = 0.95, 0.5  # of the elements that should have something


def own(facts: IfcFacts) -> list[Thing]:
    """Elements that stand on their own, not as parts of others: what is asked of the whole holds for its parts."""
    return [thing for thing in facts.things if not thing.part]


@dataclass(frozen=True)
class Wanted:
    """Something that some elements should have."""

    chapter: str
    title: Words
    verb: Words
    """What those do that have it."""
    ask: Words
    worst: Outcome = "fail"


def share(wanted: Wanted, things: Sequence[Thing], lacking: Sequence[Named]) -> Check:
    """A check on how many of some elements have what is wanted."""
    if not things:
        return none(wanted.chapter, wanted.title)
    kept = 1 - len(lacking) / len(things)
    outcome: Outcome = "pass" if kept >= _GOOD else "warn" if kept >= _SOME else wanted.worst
    said = filled(
        "{count} van {all} elementen {verb}.",
        "{count} of {all} elements {verb}.",
        count=len(things) - len(lacking),
        all=len(things),
        verb=wanted.verb,
    )
    ask = None if outcome == "pass" else wanted.ask
    return Check(wanted.chapter, wanted.title, outcome, said, few(lacking), ask)


def none(chapter: str, title: Words) -> Check:
    """A check on elements of which there are none."""
    return Check(
        chapter, title, "not applicable", Words("Er zijn geen zulke elementen.", "There are no such elements.")
    )


def few(entities: Iterable[Named]) -> tuple[str, ...]:
    """The first of some entities, for people."""
    return tuple(str(entity) for entity, _ in zip(entities, range(_SHOWN), strict=False))
