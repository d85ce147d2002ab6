"""Materials of USD: UsdPreviewSurface with its textures, or the display colour of a mesh."""

import zipfile
from dataclasses import dataclass, field
from os.path import relpath
from pathlib import Path
from typing import Any

import numpy as np
from pxr import Ar, Gf, Usd, UsdGeom, UsdShade  # type: ignore[import-untyped]

from models.archive import looked_through
from tiles.geometry import Material

from . import beside
from .parts import GREY, Floats
from .pictures import Pictures, Texture, Wrap

_WRAPS = {"repeat": "repeat", "mirror": "mirror", "clamp": "clamp", "black": "clamp"}
_DEEPEST = 16


@dataclass(frozen=True, eq=False)
class Look:
    """A material, whether it is a bound one, and which texture coordinates it takes and how it moves them."""

    material: Material
    bound: bool = True
    uv_name: str = ""
    uv_matrix: Floats | None = None  # (2, 3): u and v of u, v and 1

    def uv(self, given: Floats) -> Floats:
        """Texture coordinates, v upward, as they lie on the picture, v downward."""
        moved = given if self.uv_matrix is None else given @ self.uv_matrix[:, :2].T + self.uv_matrix[:, 2]
        return np.column_stack([moved[:, 0], 1 - moved[:, 1]])


@dataclass
class Looks:
    """The materials of one stage, each read once."""

    stage: Any
    pictures: Pictures
    path: Path
    _read: dict[tuple[str, bool], Look | None] = field(default_factory=dict)

    def of(self, prim: Any, otherwise: Any = None) -> Look:
        """The look of a mesh or of a part of it: its material's, or its display colour."""
        mesh = otherwise if otherwise is not None else prim
        two_sided = bool(mesh.GetDoubleSidedAttr().Get())
        material, _ = UsdShade.MaterialBindingAPI(prim.GetPrim()).ComputeBoundMaterial()
        if material:
            key = (str(material.GetPath()), two_sided)
            if key not in self._read:
                self._read[key] = self._look(material, two_sided)
            if (found := self._read[key]) is not None:
                return found
        return _displayed(mesh, two_sided)

    def _look(self, material: Any, two_sided: bool) -> Look | None:
        shader, _, _ = material.ComputeSurfaceSource()
        if not shader or shader.GetIdAttr().Get() != "UsdPreviewSurface":
            return None
        colour = _input(shader, "diffuseColor", (0.18, 0.18, 0.18))
        alpha = _one(shader, "opacity", 1.0)
        threshold = _one(shader, "opacityThreshold", 0.0)
        laid = self._laid(shader, "diffuseColor", threshold)
        cut = self._connected(shader, "opacity") is not None
        red, green, blue = (1.0, 1.0, 1.0) if laid is not None else colour
        texture = laid[0] if laid is not None else None
        see_through = cut and texture is not None and texture.see_through
        base = (red, green, blue, 1.0 if cut else alpha)
        made = Material(
            material.GetPrim().GetName(),
            tuple(round(min(max(each, 0.0), 1.0), 5) for each in base),  # type: ignore[arg-type]
            round(_one(shader, "metallic", 0.0), 4),
            round(_one(shader, "roughness", 0.5), 4),
            double_sided=two_sided,
            texture=texture.image if texture is not None else None,
            alpha=("mask" if threshold > 0 else "blend") if see_through else "opaque",
        )
        return Look(made) if laid is None else Look(made, uv_name=laid[1], uv_matrix=laid[2])

    def _connected(self, shader: Any, name: str) -> Any:
        """The shader that an input takes its value from, if one."""
        found = shader.GetInput(name)
        sources = found.GetConnectedSources()[0] if found else []
        return UsdShade.Shader(sources[0].source.GetPrim()) if sources else None

    def _laid(self, shader: Any, name: str, threshold: float) -> tuple[Texture, str, Floats | None] | None:
        """The picture behind an input, the texture coordinates it takes, and how they move."""
        source = self._connected(shader, name)
        if source is None or source.GetIdAttr().Get() != "UsdUVTexture":
            return None
        file = _value(source, "file")
        wrap = Wrap(*(_WRAPS.get(str(_value(source, key) or "repeat"), "repeat") for key in ("wrapS", "wrapT")))
        texture = self._texture(file, wrap, threshold or 0.5)
        if texture is None:
            return None
        uv_name, matrix = self._coordinates(source)
        if texture.scale != (1.0, 1.0):
            scale = np.diag([*texture.scale, 1.0])
            matrix = (scale @ np.vstack([matrix if matrix is not None else np.eye(3)[:2], [0, 0, 1]]))[:2]
        return texture, uv_name, matrix

    def _texture(self, file: Any, wrap: Wrap, cutoff: float) -> Texture | None:
        said = str(getattr(file, "path", "") or "")
        if not said:
            return None
        resolved = str(getattr(file, "resolvedPath", "") or "")
        if Ar.IsPackageRelativePath(resolved):
            package, inner = Ar.SplitPackageRelativePathOuter(resolved)
            return self.pictures.held(self._packed(Path(package), inner), beside.name_of(said), wrap, cutoff)
        if resolved:  # a path is meant from the layer that has it, which may lie in a folder of its own
            said = relpath(resolved, self.path.parent)
        return self.pictures.beside(said, wrap, cutoff)

    def _packed(self, package: Path, inner: str) -> bytes | None:
        if not package.resolve().is_relative_to(beside.root_of(self.path)) or not zipfile.is_zipfile(package):
            return None
        archive = looked_through(package)
        with archive.zip:
            entry = archive.find(inner)
            return None if entry is None else archive.read(entry)

    def _coordinates(self, texture: Any) -> tuple[str, Floats | None]:
        """The primvar that a texture takes its coordinates from, through one UsdTransform2d at most."""
        source, matrix = self._connected(texture, "st"), None
        if source is not None and source.GetIdAttr().Get() == "UsdTransform2d":
            matrix = _transform(source)
            source = self._connected(source, "in")
        if source is None:
            return "", matrix
        return str(_value(source, "varname") or ""), matrix


def _transform(shader: Any) -> Floats:
    """UsdTransform2d: scale, then rotation counter-clockwise, then translation."""
    angle = np.radians(_one(shader, "rotation", 0.0))
    scale, step = (
        _input(shader, key, otherwise) for key, otherwise in (("scale", (1.0, 1.0)), ("translation", (0.0, 0.0)))
    )
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos * scale[0], -sin * scale[1], step[0]], [sin * scale[0], cos * scale[1], step[1]]])


def _displayed(mesh: Any, two_sided: bool) -> Look:
    """The display colour, linear; white where each vertex or face has its own."""
    api = UsdGeom.PrimvarsAPI(mesh)
    primvar = api.FindPrimvarWithInheritance("displayColor")
    colours, opacity = flattened(primvar, 3), flattened(api.FindPrimvarWithInheritance("displayOpacity"), 1)
    base = GREY[:3]
    if colours is not None:
        constant = primvar.GetInterpolation() == UsdGeom.Tokens.constant
        red, green, blue = _shares(colours[0]) if constant else (1.0, 1.0, 1.0)
        base = (red, green, blue)
    (alpha,) = _shares(opacity[0]) if opacity is not None else (1.0,)
    return Look(Material(base_colour=(*base, alpha), double_sided=two_sided), bound=False)


def _shares(values: Floats) -> tuple[float, ...]:
    """Numbers from 0 to 1."""
    return tuple(np.clip(np.nan_to_num(values, nan=1.0), 0, 1).round(5).tolist())


def flattened(primvar: Any, width: int) -> Floats | None:
    """The values of a primvar, (n, width) with n at least 1; None where it has none, or something else."""
    value = primvar.ComputeFlattened(Usd.TimeCode.EarliestTime()) if primvar and primvar.HasValue() else None
    table = np.array(value) if hasattr(value, "__len__") else np.empty(0)
    if not table.size or table.dtype.kind not in "iuf":
        return None
    table = table.reshape(len(table), -1).astype(np.float64)
    return table[:, :width] if table.shape[1] >= width else None


def _value(shader: Any, name: str) -> Any:
    """An input's value, through connections to a material's own inputs."""
    found = shader.GetInput(name)
    if not found:
        return None
    producing = UsdShade.Utils.GetValueProducingAttributes(found)
    return producing[0].Get(Usd.TimeCode.EarliestTime()) if producing else None


def _one(shader: Any, name: str, otherwise: float) -> float:
    value = _value(shader, name)
    return float(np.clip(value, -1e6, 1e6)) if isinstance(value, (int, float)) and np.isfinite(value) else otherwise


def _input(shader: Any, name: str, otherwise: tuple[float, ...]) -> tuple[float, ...]:
    value = _value(shader, name)
    if not isinstance(value, (Gf.Vec2f, Gf.Vec3f, Gf.Vec3d, Gf.Vec2d)) or len(value) != len(otherwise):
        return otherwise
    found = tuple(float(each) for each in value)
    return found if np.isfinite(found).all() else otherwise
