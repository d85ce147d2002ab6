"""The quick engine, ifclite-geom: all elements at once, one colour for each, in any schema.

It starts threads of its own, which a fork would miss: a process that has used it hangs when a fork of it does so too.
Only `models.apart` may run it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import ifclite_geom
import numpy as np

from .shape import Shape


def made(data: bytes, numbers: frozenset[int]) -> Iterator[Shape]:
    """The shapes of some products of a file, without colours; none where the engine gives up."""
    if not numbers:
        return
    try:
        with _silent():
            found = ifclite_geom.geometry_data_buffers(data, ids=set(numbers))
    except (RuntimeError, ValueError):  # how it says that it cannot read the file
        return
    for number, element in found["elements"].items():
        yield Shape(
            number,
            element["ifc_type"],
            np.frombuffer(element["vertices"], np.float64).reshape(-1, 3),
            np.frombuffer(element["faces"], np.uint32).reshape(-1, 3),
        )


@contextmanager
def _silent() -> Iterator[None]:
    """Without what the engine writes on standard error of its own accord."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
