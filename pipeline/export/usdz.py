"""USDZ for AR Quick Look, by OpenUSD, whose own validators must find nothing in it."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray
from pxr import Sdf, Usd, UsdGeom, UsdShade, UsdUtils, UsdValidation, Vt  # type: ignore[import-untyped]

from tiles.geometry import Image, Material, Surface

from .pictures import JPEG, see_through
from .view import View

_ROOT = "/Model"
_LOCAL_TIME, _CENTRAL_TIME, _CENTRAL = 10, 12, b"PK\x01\x02"
_MIDNIGHT_1980 = struct.pack("<HH", 0, (1 << 5) | 1)


def usdz(surfaces: Sequence[Surface], view: View, scratch: Path) -> bytes:
    """Surfaces, metres east, north and up, as the USDZ of a `view`: y up, north along −z, in metres.

    `scratch` is an empty folder. The same surfaces give the same bytes.
    """
    layer, package = scratch / "model.usdc", scratch / "model.usdz"
    stage = Usd.Stage.CreateNew(str(layer))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    root = UsdGeom.Xform.Define(stage, _ROOT).GetPrim()
    stage.SetDefaultPrim(root)
    if view.name:
        root.SetDisplayName(view.name)
    _anchor(root)
    pictures = _Pictures(scratch, [])
    for row, surface in enumerate(surfaces):
        looks = _looks(stage, surface.material, row, pictures)
        _mesh(stage, surface, view, row).Bind(looks)
    stage.GetRootLayer().Save()
    if not UsdUtils.CreateNewARKitUsdzPackage(Sdf.AssetPath(str(layer)), str(package)):
        raise RuntimeError("OpenUSD did not write the package")
    if found := faults(package):
        raise RuntimeError(f"the package is not valid: {found}")
    return _undated(package)


def faults(package: Path) -> list[str]:
    """What OpenUSD's validators, all that it has, find wrong with a file."""
    stage = Usd.Stage.Open(str(package))
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    found = UsdValidation.ValidationContext(validators).Validate(stage)
    return [f"{fault.GetName()}: {fault.GetMessage()}" for fault in found]


def _anchor(root: Usd.Prim) -> None:
    """Stand on a level plane (Apple, "Placing a prim in the real world")."""
    root.AddAppliedSchema("Preliminary_AnchoringAPI")
    for name, value in (("anchoring:type", "plane"), ("planeAnchoring:alignment", "horizontal")):
        kind = Sdf.ValueTypeNames.Token
        root.CreateAttribute(f"preliminary:{name}", kind, False, Sdf.VariabilityUniform).Set(value)


def _mesh(stage: Usd.Stage, surface: Surface, view: View, row: int) -> UsdShade.MaterialBindingAPI:
    mesh = UsdGeom.Mesh.Define(stage, f"{_ROOT}/part_{row}")
    positions = view.positions(surface)
    mesh.CreatePointsAttr(_vectors(positions))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(surface.triangles), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(surface.triangles.astype(np.int32).ravel()))
    mesh.CreateNormalsAttr(_vectors(view.normals(surface)))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateDoubleSidedAttr(surface.material.double_sided)
    mesh.CreateExtentAttr(_vectors(np.stack([positions.min(axis=0), positions.max(axis=0)])))
    if surface.uv is not None:
        lower_left = np.column_stack([surface.uv[:, 0], 1 - surface.uv[:, 1]]).astype(np.float32)
        kind, each = Sdf.ValueTypeNames.TexCoord2fArray, UsdGeom.Tokens.vertex
        UsdGeom.PrimvarsAPI(mesh).CreatePrimvar("st", kind, each).Set(Vt.Vec2fArray.FromNumpy(lower_left))
    return UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim())


def _vectors(rows: NDArray[np.float32]) -> Vt.Vec3fArray:
    return Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(rows, np.float32))


@dataclass(frozen=True)
class _Pictures:
    """The files of textures; materials that share a picture share its file."""

    folder: Path
    written: list[Image]

    def name(self, image: Image) -> str:
        if image not in self.written:
            self.written.append(image)
        name = f"picture_{self.written.index(image)}.{'jpg' if image.media_type == JPEG else 'png'}"
        (self.folder / name).write_bytes(image.data)
        return f"./{name}"


def _looks(stage: Usd.Stage, material: Material, row: int, pictures: _Pictures) -> UsdShade.Material:
    """UsdPreviewSurface, whose colours are linear (UsdPreviewSurface Specification, "Core Nodes")."""
    path = f"{_ROOT}/Looks/material_{row}"
    looks = UsdShade.Material.Define(stage, path)
    if material.name:
        looks.GetPrim().SetDisplayName(material.name)
    surface = UsdShade.Shader.Define(stage, f"{path}/surface")
    surface.CreateIdAttr("UsdPreviewSurface")
    surface.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(material.roughness)
    surface.CreateInput("metallic", Sdf.ValueTypeNames.Float).Set(material.metallic)
    colour = surface.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f)
    opacity = surface.CreateInput("opacity", Sdf.ValueTypeNames.Float)
    if material.texture is None:
        colour.Set(material.base_colour[:3])
        opacity.Set(material.base_colour[3])
    else:
        picture = _picture(stage, path, material, pictures)
        colour.ConnectToSource(picture.CreateOutput("rgb", Sdf.ValueTypeNames.Float3))
        if see_through(material):
            opacity.ConnectToSource(picture.CreateOutput("a", Sdf.ValueTypeNames.Float))
        else:
            opacity.Set(1.0)
    looks.CreateSurfaceOutput().ConnectToSource(surface.CreateOutput("surface", Sdf.ValueTypeNames.Token))
    return looks


def _picture(stage: Usd.Stage, path: str, material: Material, pictures: _Pictures) -> UsdShade.Shader:
    image = material.texture
    assert image is not None
    coordinates = UsdShade.Shader.Define(stage, f"{path}/coordinates")
    coordinates.CreateIdAttr("UsdPrimvarReader_float2")
    coordinates.CreateInput("varname", Sdf.ValueTypeNames.String).Set("st")
    picture = UsdShade.Shader.Define(stage, f"{path}/picture")
    picture.CreateIdAttr("UsdUVTexture")
    picture.CreateInput("file", Sdf.ValueTypeNames.Asset).Set(pictures.name(image))
    picture.CreateInput("sourceColorSpace", Sdf.ValueTypeNames.Token).Set("sRGB")
    for side in ("wrapS", "wrapT"):
        picture.CreateInput(side, Sdf.ValueTypeNames.Token).Set("repeat" if image.repeats else "clamp")
    if material.base_colour != (1.0, 1.0, 1.0, 1.0):
        picture.CreateInput("scale", Sdf.ValueTypeNames.Float4).Set(material.base_colour)
    source = coordinates.CreateOutput("result", Sdf.ValueTypeNames.Float2)
    picture.CreateInput("st", Sdf.ValueTypeNames.Float2).ConnectToSource(source)
    return picture


def _undated(package: Path) -> bytes:
    """The package with every file dated 1 January 1980, so that the time it was made at does not change it."""
    data = bytearray(package.read_bytes())
    with ZipFile(package) as archive:
        files, directory = archive.infolist(), archive.start_dir
    for file in files:
        _stamp(data, file.header_offset + _LOCAL_TIME)
    at = directory
    for _ in files:
        assert data[at : at + 4] == _CENTRAL
        _stamp(data, at + _CENTRAL_TIME)
        name, extra, comment = struct.unpack_from("<HHH", data, at + 28)
        at += 46 + name + extra + comment
    return bytes(data)


def _stamp(data: bytearray, at: int) -> None:
    data[at : at + 4] = _MIDNIGHT_1980
