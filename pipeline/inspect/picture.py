"""A picture of a model: rays against its triangles, a sun with shadows, sky and ground. No browser, no graphics card.

Open3D's own off-screen renderer needs EGL, which servers and build machines often lack; its ray caster needs nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.rays import Surfaces

from .facts import srgb
from .scene import Scene

_FROM_DEG = 218.0  # clockwise from north: the south-west
_LAYERS = 3  # panes of glass that are looked through
_AT_ONCE = 1 << 19  # rays
_FIELD_DEG = 28.0
_SUN = np.array([-0.45, -0.62, 0.64])
_ABOVE_DEG = 21.0
_SUNLIGHT, _SKYLIGHT, _BOUNCE = 0.85, 0.38, 0.16
_ZENITH, _HORIZON = np.array([0.30, 0.47, 0.75]), np.array([0.80, 0.87, 0.94])
_GROUND = np.array([0.40, 0.42, 0.37])
_EDGE = 0.62
_BENT = 0.8  # cosine: 37°
_JUMP = 0.03
_NEIGHBOURS = ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1]))
_NO_FEATURE, _GROUND_FEATURE = -2, -1
Vectors = NDArray[np.float64]  # (n, 3)


@dataclass(frozen=True, eq=False)
class _Rays:
    origins: Vectors
    directions: Vectors  # unit length


@dataclass(frozen=True, eq=False)
class _Seen:
    """What each ray met first."""

    colours: Vectors
    features: NDArray[np.int64]  # (n,), −1 on the ground, −2 in the sky
    normals: Vectors


Camera = Callable[[NDArray[np.float64], NDArray[np.float64]], _Rays]
"""Rays through pixels, counted from the upper left."""


def view(scene: Scene, width: int = 960, height: int = 600) -> bytes:
    """A WebP of the model, three-quarter from the south-west and above, with ground and sky."""
    light = _Light(scene, Surfaces(scene.triangles), float(scene.triangles[:, :, 2].min()))
    colours, _ = _drawn(light, _perspective(scene, width, height), (height, width))
    return _written(srgb(colours))


def plan(scene: Scene, bounds: tuple[float, float, float, float], width: int) -> bytes:
    """A WebP of the model from straight above, over `bounds` (west, south, east, north); clear where there is none."""
    west, south, east, north = bounds
    shape = max(1, round(width * (north - south) / (east - west))), width
    top = float(scene.triangles[:, :, 2].max()) + 10.0

    def from_above(x: NDArray[np.float64], y: NDArray[np.float64]) -> _Rays:
        at = west + x * (east - west) / shape[1], north - y * (north - south) / shape[0], np.full(len(x), top)
        return _Rays(np.stack(at, axis=1), np.tile([0.0, 0.0, -1.0], (len(x), 1)))

    colours, covered = _drawn(_Light(scene, Surfaces(scene.triangles), None), from_above, shape)
    alpha = np.rint(covered * 255).astype(np.uint8)[:, :, None]
    return _written(np.concatenate([srgb(colours), alpha], axis=2))


def _perspective(scene: Scene, width: int, height: int) -> Camera:
    """A camera so far away that what is built just fits."""
    turned, up = np.radians(_FROM_DEG), np.radians(_ABOVE_DEG)
    away = np.array([np.sin(turned) * np.cos(up), np.cos(turned) * np.cos(up), np.sin(up)])
    right = np.cross(np.array([0.0, 0.0, 1.0]), away)
    right /= np.linalg.norm(right)
    above = np.cross(away, right)
    half_height = np.tan(np.radians(_FIELD_DEG / 2))
    halves = half_height * width / height, half_height
    eye = _standpoint(scene.built(), (right, above, away), halves)

    def through(x: NDArray[np.float64], y: NDArray[np.float64]) -> _Rays:
        across, down = (x / width * 2 - 1) * halves[0], (1 - y / height * 2) * halves[1]
        directions = across[:, None] * right + down[:, None] * above - away
        directions /= np.sqrt(np.einsum("ij,ij->i", directions, directions))[:, None]
        return _Rays(np.broadcast_to(eye, directions.shape), directions)

    return through


def _standpoint(
    built: Vectors, axes: tuple[Vectors, Vectors, Vectors], halves: tuple[float, float]
) -> NDArray[np.float64]:
    """Where a camera stands to see all of `built`, with a margin; its axes are right, above and backwards."""
    seen = np.stack([built @ axis for axis in axes], axis=1)
    across = (seen[:, :2].min(axis=0) + seen[:, :2].max(axis=0)) / 2
    for _ in range(
        3
    ):  # what is near looks larger: each time the middle of the picture comes closer to that of the view
        needed = [seen[:, 2] + np.abs(seen[:, axis] - across[axis]) / half for axis, half in enumerate(halves)]
        far = float(np.max(needed))
        depth = np.maximum(far - seen[:, 2], 1e-9)
        for axis in (0, 1):
            slope = (seen[:, axis] - across[axis]) / depth
            across[axis] += (slope.min() + slope.max()) / 2 * float(np.median(depth))
    far = far + 0.05 * max(far - float(seen[:, 2].min()), 0.1)
    return np.asarray(across[0] * axes[0] + across[1] * axes[1] + far * axes[2])


def _drawn(light: "_Light", camera: Camera, shape: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Linear colours, (h, w, 3), and how much of each pixel the model covers, (h, w).

    One ray a pixel, and four more where its neighbours differ.
    """
    height, width = shape
    x, y = (grid.ravel() for grid in np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5))
    seen = _traced(light, camera, x, y)
    covered = (seen.features >= 0).astype(np.float64)
    edge = _edges(seen, shape)
    rough = np.flatnonzero(edge | _jumps(seen.colours, shape))
    finer = [_traced(light, camera, x[rough] + dx, y[rough] + dy) for dx, dy in product((-0.25, 0.25), repeat=2)]
    colours = seen.colours
    colours[rough] = np.mean([each.colours for each in finer], axis=0)
    covered[rough] = np.mean([each.features >= 0 for each in finer], axis=0)
    colours[edge] *= _EDGE
    return colours.reshape(height, width, 3), covered.reshape(shape)


def _traced(light: "_Light", camera: Camera, x: NDArray[np.float64], y: NDArray[np.float64]) -> _Seen:
    parts = [
        light.look(camera(x[start : start + _AT_ONCE], y[start : start + _AT_ONCE]))
        for start in range(0, len(x), _AT_ONCE)
    ]
    if not parts:
        return _Seen(np.zeros((0, 3)), np.zeros(0, np.int64), np.zeros((0, 3)))
    return _Seen(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("colours", "features", "normals"))
    )


@dataclass(frozen=True, eq=False)
class _Light:
    """What rays see of a scene in the sun."""

    scene: Scene
    surfaces: Surfaces
    ground_m: float | None
    """Where the ground lies; None for no ground and no sky."""

    def look(self, rays: _Rays) -> _Seen:
        """Colours along rays, through glass."""
        count = len(rays.directions)
        colours, through = np.zeros((count, 3)), np.ones(count)
        features, normals = np.full(count, _NO_FEATURE), np.zeros((count, 3))
        left, origins = np.arange(count), rays.origins.copy()
        for layer in range(_LAYERS):
            hits = self.surfaces.cast(origins[left], rays.directions[left])
            met = hits.triangle >= 0
            rows, triangle = left[met], hits.triangle[met]
            self._end(left[~met], rays, (colours, through, features), first=layer == 0)
            at = origins[rows] + rays.directions[rows] * hits.distance_m[met][:, None]
            own = self._facing(triangle, rays.directions[rows])
            opacity = self.scene.opacity[triangle] if layer < _LAYERS - 1 else np.ones(len(rows))
            lit = self._lit(self.scene.coloured(triangle, at), own, at)
            colours[rows] += (through[rows] * opacity)[:, None] * lit
            if layer == 0:
                features[rows], normals[rows] = self.scene.features[triangle], own
            through[rows] *= 1 - opacity
            left = rows[opacity < 1]
            if not len(left):
                break
            origins[left] = at[opacity < 1] + rays.directions[left] * 1e-3
        return _Seen(colours, features, normals)

    def _end(self, rows: NDArray[np.intp], rays: _Rays, seen: tuple[NDArray[np.float64], ...], *, first: bool) -> None:
        """Rays that meet nothing of the model end on the ground or in the sky."""
        if self.ground_m is None or not len(rows):
            return
        colours, through, features = seen
        directions, origins = rays.directions[rows], rays.origins[rows]
        height = np.clip(directions[:, 2:3] * 2.2, 0.0, 1.0)
        shown = _HORIZON + (_ZENITH - _HORIZON) * height
        down = np.flatnonzero(directions[:, 2] < -1e-4)  # noqa: PLR2004 - nearly level rays meet the ground nowhere
        far = (self.ground_m - origins[down, 2]) / directions[down, 2]
        down, far = down[far > 0], far[far > 0]
        at = origins[down] + directions[down] * far[:, None]
        lit = self._lit(np.tile(_GROUND, (len(down), 1)), np.tile([0.0, 0.0, 1.0], (len(down), 1)), at)
        reach = 3.0 * float(np.linalg.norm(self.scene.high - self.scene.low))
        haze = 1 - np.exp(-((far / max(reach, 1e-6)) ** 2))[:, None]
        shown[down] = lit * (1 - haze) + _HORIZON * haze
        colours[rows] += through[rows][:, None] * shown
        if first:
            features[rows[down]] = _GROUND_FEATURE

    def _facing(self, triangle: NDArray[np.int64], directions: Vectors) -> Vectors:
        a, b, c = (self.scene.triangles[triangle, corner] for corner in range(3))
        normals = np.cross(b - a, c - a)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
        away = np.einsum("ij,ij->i", normals, directions) > 0
        return np.asarray(np.where(away[:, None], -normals, normals))

    def _lit(self, colours: Vectors, normals: Vectors, at: Vectors) -> Vectors:
        sun = _SUN / np.linalg.norm(_SUN)
        facing = np.maximum(normals @ sun, 0.0)
        towards = np.flatnonzero(facing > 0)
        if len(towards):
            start = at[towards] + normals[towards] * 5e-3
            blocked = self.surfaces.cast(start, np.tile(sun, (len(towards), 1))).triangle >= 0
            facing[towards[blocked]] = 0.0
        sky = _SKYLIGHT * (0.5 + 0.5 * normals[:, 2]) + _BOUNCE
        return np.asarray(colours * (_SUNLIGHT * facing + sky)[:, None])


def _edges(seen: _Seen, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which pixels lie on an edge of an element or a face, (h · w,)."""
    features, normals = seen.features.reshape(shape), seen.normals.reshape(*shape, 3)
    edge = np.zeros(shape, bool)
    for one, other in _NEIGHBOURS:
        bent = np.einsum("ijk,ijk->ij", normals[one], normals[other]) < _BENT
        both = (features[one] >= 0) & (features[other] >= 0)
        either = (features[one] >= 0) | (features[other] >= 0)
        edge[one] |= (features[one] != features[other]) & either | (both & bent)
    return edge.ravel()


def _jumps(colours: Vectors, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which pixels differ from a neighbour so much that a step would be seen, (h · w,)."""
    bright = colours.mean(axis=1).reshape(shape)
    jump = np.zeros(shape, bool)
    for one, other in _NEIGHBOURS:
        differs = np.abs(bright[one] - bright[other]) > _JUMP
        jump[one] |= differs
        jump[other] |= differs
    return jump.ravel()


def _written(pixels: NDArray[np.uint8]) -> bytes:
    with BytesIO() as file:
        Image.fromarray(pixels).save(file, "WEBP", quality=82, method=4)
        return file.getvalue()
