"""Rays against surfaces, by Open3D (Embree): what is hit first, how far away, and which triangle."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.errors import Problem

Triangles = NDArray[np.float64]  # (t, 3, 3), corners of each triangle, metres


@dataclass(frozen=True, eq=False)
class Hits:
    """The first thing each ray met."""

    distance_m: NDArray[np.float64]  # (n,), infinite where nothing was hit
    triangle: NDArray[np.int64]  # (n,), −1 where nothing was hit


class Surfaces:
    """Triangles that rays can be cast at."""

    def __init__(self, triangles: Triangles) -> None:
        """Prepare `triangles`; raises `Problem` where Open3D cannot be loaded."""
        open3d = _open3d()
        self._origin = triangles.reshape(-1, 3).mean(axis=0)  # Embree works in float32: near zero it keeps millimetres
        self._tensor = open3d.core.Tensor
        self._scene = open3d.t.geometry.RaycastingScene()
        corners = (triangles.reshape(-1, 3) - self._origin).astype(np.float32)
        indices = np.arange(len(corners), dtype=np.uint32).reshape(-1, 3)
        self._scene.add_triangles(self._tensor(corners), self._tensor(indices))

    def cast(self, origins: NDArray[np.float64], directions: NDArray[np.float64]) -> Hits:
        """Cast rays from `origins` along unit `directions`, both (n, 3)."""
        rays = np.concatenate([origins - self._origin, directions], axis=1).astype(np.float32)
        answer = self._scene.cast_rays(self._tensor(rays))
        distance = answer["t_hit"].numpy().astype(np.float64)
        triangle = answer["primitive_ids"].numpy().astype(np.int64)
        triangle[~np.isfinite(distance)] = -1
        return Hits(distance, triangle)

    def blocked(self, origins: NDArray[np.float64], directions: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether rays from `origins` along unit `directions`, both (n, 3), meet anything at all, (n,)."""
        rays = np.concatenate([origins - self._origin, directions], axis=1).astype(np.float32)
        answer: NDArray[np.bool_] = self._scene.test_occlusions(self._tensor(rays)).numpy()
        return answer

    def distance_m(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far `points`, (n, 3), are from the nearest triangle, metres, (n,)."""
        answer = self._scene.compute_distance(self._tensor((points - self._origin).astype(np.float32)))
        return np.asarray(answer.numpy(), np.float64)


def _open3d() -> Any:
    try:
        import open3d  # noqa: PLC0415 - slow to load, and it needs libraries of the system
    except OSError as error:
        raise Problem(
            f"Open3D cannot be loaded ({error}); on Debian or Ubuntu run: apt-get install libusb-1.0-0 libgl1 libgomp1."
        ) from error
    return open3d
