"""Meshes packed by Draco (KHR_draco_mesh_compression), read by DracoPy, Google's own decoder as a wheel.

Why this one stands in docs/decisions/meshes.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput

EXTENSION = "KHR_draco_mesh_compression"
INSTEAD = "export it without Draco compression, or with meshopt"


@dataclass(frozen=True, eq=False)
class Unpacked:
    """One primitive."""

    triangles: NDArray[np.int64]  # (t, 3)
    attributes: Mapping[int, NDArray[Any]]
    """Values of each vertex, (n,) or (n, k), by Draco's number for them."""


def unpacked(data: bytes) -> Unpacked:
    """What Draco packed; raises `BadInput` where it is broken, or where DracoPy is not installed."""
    try:
        # At the first file that needs it: few do, and it is installed on request.
        import DracoPy  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415
    except ImportError:
        raise BadInput(
            f"it is compressed with Draco, which this installation cannot read; install DracoPy, or {INSTEAD}"
        ) from None
    try:
        mesh = DracoPy.decode(data)
        faces = np.asarray(mesh.faces).astype(np.int64).reshape(-1, 3)
        found = {int(each["unique_id"]): np.asarray(each["data"]) for each in mesh.attributes}
    except (ValueError, RuntimeError, TypeError, AttributeError, KeyError, DracoPy.FileTypeException) as error:
        raise BadInput(f"its Draco compression is broken ({str(error).strip().rstrip('.')[:120]})") from error
    return Unpacked(faces, found)
