"""Attributes as a file has them, nested as they come, as the flat values that elements carry."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_LONGEST = 2_000  # characters of one value: a description, not a document
_DEEPEST = 4


def flat(attributes: Mapping[str, Any]) -> dict[str, str | float | bool]:
    """Values by name; those of an object within have its name and a dot before their own; empty ones are left out."""
    return dict(_values("", attributes, 0))


def _values(start: str, attributes: Mapping[str, Any], depth: int) -> Iterator[tuple[str, str | float | bool]]:
    for key, value in attributes.items():
        name = f"{start}{key}"
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _values(f"{name}.", value, depth + 1)
        elif isinstance(value, bool):
            yield name, value
        elif isinstance(value, (int, float)):
            yield name, _number(value)
        elif isinstance(value, str):
            if value:
                yield name, value[:_LONGEST]
        elif value:
            yield name, json.dumps(value, ensure_ascii=False)[:_LONGEST]


def _number(value: float) -> str | float:
    """A number; as text where it is none, or larger than one can be."""
    try:
        found = float(value)
    except OverflowError:
        return str(value)[:_LONGEST]
    return found if abs(found) < float("inf") else str(value)
