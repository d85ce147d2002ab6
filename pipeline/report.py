"""How long work says how far it is, without knowing who listens."""

from collections.abc import Callable

Report = Callable[[str, int, int], None]
"""Takes the stage in words, how much of it is done, and how much it is in all."""


def silent(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""
