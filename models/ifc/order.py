"""What is asked of the thorough engine, and what it says while it works."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """Some products of a file."""

    text: str
    """The file, or as much of it as is needed."""
    numbers: tuple[int, ...]
    one_by_one: bool = False
    """Whether to say which is begun, at the cost of making again what elements share."""


@dataclass(frozen=True)
class Begun:
    """The element that is made next: the culprit, should nothing follow."""

    number: int
