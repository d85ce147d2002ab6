"""How long work says how far it is, without knowing who listens."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

Report = Callable[[str, int, int], None]
"""Takes the stage in words, how much of it is done, and how much it is in all."""


def silent(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def reported(items: Sequence[T], stage: str, report: Report) -> Iterator[T]:
    """`items`, telling `report` as each one is dealt with."""
    report(stage, 0, len(items))
    for done, item in enumerate(items, start=1):
        yield item
        report(stage, done, len(items))
