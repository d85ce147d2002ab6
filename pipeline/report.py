"""How long work says how far it is, without knowing who listens."""

from collections.abc import Callable

Report = Callable[[str, int, int], None]
"""Takes the stage in words, how much of it is done, and how much it is in all."""


def silent(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""


_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def size(count: int) -> str:
    """A number of bytes for people."""
    value = float(count)
    for unit in _UNITS:
        if value < 1000 or unit == _UNITS[-1]:  # noqa: PLR2004 - decimal prefixes
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
