"""A picture of a model: rays against its triangles, a sun with shadows, sky and ground. No browser, no graphics card.

Open3D's own off-screen renderer needs EGL, which servers and build machines often lack; its ray caster needs nothing.
"""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.rays import Surfaces

from .facts import srgb
from .scene import Scene

_FINER = 2  # rays a pixel along each side
_LAYERS = 3  # panes of glass that are looked through
_AT_ONCE = 1 << 19  # rays
_FIELD_DEG = 28.0
_SUN = np.array([-0.45, -0.62, 0.64])
_ABOVE_DEG = 24.0
_SUNLIGHT, _SKYLIGHT, _BOUNCE = 0.85, 0.38, 0.16
_ZENITH, _HORIZON = np.array([0.30, 0.47, 0.75]), np.array([0.80, 0.87, 0.94])
_GROUND = np.array([0.40, 0.42, 0.37])
_EDGE = 0.55
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


def view(scene: Scene, width: int = 960, height: int = 600) -> bytes:
    """A WebP of the model, three-quarter from the south-west and above, with ground and sky."""
    rays = _perspective(scene, width * _FINER, height * _FINER)
    seen = _traced(scene, rays, ground=True)
    shape = (height * _FINER, width * _FINER)
    colours = _edged(seen, shape)
    return _written(srgb(_averaged(colours)))


def plan(scene: Scene, bounds: tuple[float, float, float, float], width: int) -> bytes:
    """A WebP of the model from straight above, over `bounds` (west, south, east, north); clear where there is none."""
    west, south, east, north = bounds
    height = max(1, round(width * (north - south) / (east - west)))
    columns, lines = width * _FINER, height * _FINER
    x = west + (np.arange(columns) + 0.5) * (east - west) / columns
    y = north - (np.arange(lines) + 0.5) * (north - south) / lines
    across, down = np.meshgrid(x, y)
    top = float(scene.triangles[:, :, 2].max()) + 10.0
    origins = np.stack([across.ravel(), down.ravel(), np.full(across.size, top)], axis=1)
    seen = _traced(scene, _Rays(origins, np.tile([0.0, 0.0, -1.0], (len(origins), 1))), ground=False)
    colours = _averaged(_edged(seen, (lines, columns)))
    there = _averaged((seen.features >= 0).astype(np.float64).reshape(lines, columns, 1))
    return _written(np.concatenate([srgb(colours), np.rint(there * 255).astype(np.uint8)], axis=2))


def _perspective(scene: Scene, width: int, height: int) -> _Rays:
    """Rays from a camera so far away that what is built just fits."""
    middle, reach = (scene.low + scene.high) / 2, scene.high - scene.low
    turned = np.radians(225.0 if reach[0] >= reach[1] else 212.0)  # from the south-west, the long side a little more
    up = np.radians(_ABOVE_DEG)
    away = np.array([np.sin(turned) * np.cos(up), np.cos(turned) * np.cos(up), np.sin(up)])
    right = np.cross(np.array([0.0, 0.0, 1.0]), away)
    right /= np.linalg.norm(right)
    above = np.cross(away, right)
    half_height = np.tan(np.radians(_FIELD_DEG / 2))
    half_width = half_height * width / height
    corners = middle + (np.array(np.meshgrid([-0.5, 0.5], [-0.5, 0.5], [-0.5, 0.5])).reshape(3, -1).T * reach)
    offset = corners - middle
    needed = [offset @ away + np.abs(offset @ axis) / half for axis, half in ((right, half_width), (above, half_height))]
    eye = middle + away * max(float(np.max(needed)) * 1.06, 0.1)
    u = ((np.arange(width) + 0.5) / width * 2 - 1) * half_width
    v = (1 - (np.arange(height) + 0.5) / height * 2) * half_height
    across, down = np.meshgrid(u, v)
    directions = across.reshape(-1, 1) * right + down.reshape(-1, 1) * above - away
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return _Rays(np.broadcast_to(eye, directions.shape), directions)


def _traced(scene: Scene, rays: _Rays, *, ground: bool) -> _Seen:
    surfaces = Surfaces(scene.triangles)
    light = _Light(scene, surfaces, float(scene.low[2]) if ground else None)
    parts = [
        light.look(_Rays(rays.origins[start : start + _AT_ONCE], rays.directions[start : start + _AT_ONCE]))
        for start in range(0, len(rays.directions), _AT_ONCE)
    ]
    return _Seen(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("colours", "features", "normals")))


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
        reach = 6.0 * float(np.linalg.norm(self.scene.high - self.scene.low))
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
        normals[away] *= -1
        return normals

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


def _edged(seen: _Seen, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Colours as a picture, (h, w, 3), darker along the edges of elements and faces."""
    features, normals = seen.features.reshape(shape), seen.normals.reshape(*shape, 3)
    edge = np.zeros(shape, bool)
    for axis in (0, 1):
        one, other = (np.s_[1:], np.s_[:-1]) if axis == 0 else (np.s_[:, 1:], np.s_[:, :-1])
        bent = np.einsum("ijk,ijk->ij", normals[one], normals[other]) < 0.8  # noqa: PLR2004 - 37°
        built = (features[one] >= 0) & (features[other] >= 0)
        edge[one] |= (features[one] != features[other]) & ((features[one] >= 0) | (features[other] >= 0)) | (built & bent)
    colours = seen.colours.reshape(*shape, 3)
    return np.asarray(np.where(edge[:, :, None], colours * _EDGE, colours))


def _averaged(fine: NDArray[np.float64]) -> NDArray[np.float64]:
    height, width, channels = fine.shape
    return np.asarray(fine.reshape(height // _FINER, _FINER, width // _FINER, _FINER, channels).mean(axis=(1, 3)))


def _written(pixels: NDArray[np.uint8]) -> bytes:
    with BytesIO() as file:
        Image.fromarray(pixels).save(file, "WEBP", quality=82, method=4)
        return file.getvalue()
