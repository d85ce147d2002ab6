"""The numbers in a COLLADA file: arrays and the sources made of them."""

from typing import Any

import numpy as np

from tiles.errors import BadInput

from .parts import Floats, Rows
from .xml import child, children, tag, text


def floats(element: Any, count: int | None = None) -> Floats:
    """The numbers of an element, so many of them if asked; raises `BadInput`."""
    try:
        found = np.array(text(element).split(), np.float64)
    except ValueError as error:
        raise BadInput(f"a <{tag(element)}> holds something else than numbers ({error})") from error
    if count is None:
        return found
    if len(found) != count or not np.isfinite(found).all():
        raise BadInput(f"a <{tag(element)}> holds {len(found)} numbers where {count} belong")
    return found


def whole(element: Any) -> Rows:
    """The whole numbers of an element; raises `BadInput`."""
    try:
        return np.array(text(element).split(), np.int64)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"a <{tag(element)}> holds something else than whole numbers ({error})") from error


def source(said: Any) -> Floats:
    """The rows of a source, (n, k): those parameters that have a name, as the standard has it."""
    array = child(said, "float_array")
    if array is None:
        raise BadInput(f"source {said.get('id')!r} holds no numbers")
    values = floats(array)
    accessor = child(said, "technique_common", "accessor")
    if accessor is None:
        return values[: len(values) // 3 * 3].reshape(-1, 3)
    try:
        offset, stride = int(accessor.get("offset", "0")), int(accessor.get("stride", "1"))
        count = int(accessor.get("count", "0"))
    except ValueError as error:
        raise BadInput(f"source {said.get('id')!r} is broken ({error})") from error
    if offset < 0 or stride < 1 or count < 0:
        raise BadInput(f"source {said.get('id')!r} counts {count} rows of {stride} from {offset}")
    if offset + stride > len(values):
        return np.empty((0, 0))
    table = values[offset:][: (len(values[offset:]) // stride) * stride].reshape(-1, stride)[:count]
    named = [i for i, each in enumerate(children(accessor, "param")) if each.get("name") and i < stride]
    return table[:, named] if named else table
