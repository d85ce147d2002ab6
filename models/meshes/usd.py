"""USD, text, binary and packed (.usda, .usdc, .usdz): meshes of the composed stage as elements.

Unit and up axis are stated in the stage, or centimetre and y by the standard. Layers are opened only where they lie in
the model's folder. Subdivision surfaces are shown as their control mesh.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from pxr import Ar, Sdf, Tf, Usd, UsdGeom  # type: ignore[import-untyped]

from models.archive import looked_through
from models.model import Model, Progress, Reading
from models.units import name_of
from tiles.errors import BadInput
from tiles.frame import Matrix4

from . import beside
from .assemble import assembled
from .parts import Content, Said, counted, scalars
from .pictures import Pictures
from .usdlooks import Looks
from .usdmesh import Shape, shape_of

_MOST_COPIES = 500_000
_COMPLAINT = re.compile(r"Error in .*? at line \d+ in file \S+ : '(.*?)'(?= Error in|$)")
_KINDS = {"usda": "USD (text)", "usdc": "USD (binary)", "usdz": "USDZ"}
_SOLIDS = ("Cube", "Sphere", "Cylinder", "Cone", "Capsule", "Plane")
_CURVES = ("BasisCurves", "NurbsCurves", "NurbsPatch", "HermiteCurves", "Points", "Volume", "TetMesh")


def read(path: Path, reading: Reading, progress: Progress) -> Model:
    """The model in a USD file or package; raises `BadInput` when it is broken or empty."""
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    if path.suffix.lower() == ".usdz":
        with looked_through(path).zip:
            pass
    content = Content()
    try:
        stage = _opened(path)
        scene = _Scene(Looks(stage, Pictures(path, content), path), content)
        scene.read(stage, progress)
        said = _said(stage, path)
    except BadInput as problem:
        raise BadInput(f"{path.name} cannot be read as USD: {str(problem).rstrip('.')}.") from problem
    except Tf.ErrorException as error:
        raise BadInput(f"{path.name} cannot be read as USD: {_why(error, path)}.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name} cannot be read as USD: a name in it is not UTF-8.") from error
    return assembled(path, content, said, reading)


def _said(stage: Any, path: Path) -> Said:
    """What the stage says of itself."""
    layer = stage.GetRootLayer()
    unit_m = float(UsdGeom.GetStageMetersPerUnit(stage))
    if not 0 < unit_m < 1e6:  # noqa: PLR2004 - nothing is drawn in thousands of kilometres
        raise BadInput(f"its unit is {unit_m:g} metres")
    up = str(UsdGeom.GetStageUpAxis(stage)).lower()
    if up not in {"x", "y", "z"}:
        raise BadInput(f"its upAxis is {layer.pseudoRoot.GetInfo('upAxis')!r}, which is no axis")
    program = str(layer.customLayerData.get("creator") or layer.documentation or "").strip()
    form = "usdz" if path.suffix.lower() == ".usdz" else str(layer.GetFileFormat().formatId)
    return Said(
        _KINDS.get(form, "USD"),
        program.partition("\n")[0][:120],
        name_of(unit_m),
        unit_m,
        up,
    )


def _why(error: Any, path: Path) -> str:
    """The first of the library's complaints, without where in the library it was raised."""
    try:
        text = " ".join(str(error).split())
    except UnicodeDecodeError:  # it quotes the file
        return "it is damaged"
    said = _COMPLAINT.search(text)
    told = said[1].replace(f"{path.parent}/", "").strip(" '.") if said is not None else ""
    return told[:200] or "it is damaged"


def _opened(path: Path) -> Any:
    root = Sdf.Layer.FindOrOpen(str(path))
    if root is None:
        raise BadInput("it is damaged or empty")
    within = beside.root_of(path)
    _require_inside(root, within, set())
    stage = Usd.Stage.Open(root)
    if stage is None:
        raise BadInput("its layers cannot be put together")
    for layer in stage.GetUsedLayers():  # what a variable in a path led to
        if layer.realPath and not _outer(layer.realPath).resolve().is_relative_to(within):
            raise BadInput(f"it is made of {layer.realPath}, outside its folder; pack all it needs as one USDZ")
    return stage


def _require_inside(layer: Any, within: Path, seen: set[str]) -> None:
    """Raise `BadInput` where a layer is made of one outside the model's folder, before that is opened."""
    seen.add(layer.identifier)
    for said in layer.GetCompositionAssetDependencies():
        absolute = layer.ComputeAbsolutePath(said)
        if not _outer(absolute).resolve().is_relative_to(within):
            raise BadInput(f"it is made of {said}, outside its folder; pack all it needs as one USDZ")
        if absolute not in seen and Ar.GetResolver().Resolve(absolute):
            inner = Sdf.Layer.FindOrOpen(absolute)
            if inner is not None and inner.identifier not in seen:
                _require_inside(inner, within, seen)


def _outer(path: str) -> Path:
    return Path(Ar.SplitPackageRelativePathOuter(path)[0] if Ar.IsPackageRelativePath(path) else path)


@dataclass
class _Scene:
    """The walk from prims to parts."""

    looks: Looks
    content: Content
    left_out: Counter[str] = field(default_factory=Counter)
    shapes: dict[str, Shape] = field(default_factory=dict)
    smooth: int = 0
    copies: int = 0

    def read(self, stage: Any, progress: Progress) -> None:
        """Add every mesh that is shown."""
        for layer in {str(each) for each in stage.GetRootLayer().GetExternalReferences() if each}:
            if stage.GetRootLayer().FindRelativeToLayer(
                stage.GetRootLayer(), layer
            ) is None and not Ar.GetResolver().Resolve(stage.GetRootLayer().ComputeAbsolutePath(layer)):
                self.content.missing.append(beside.name_of(layer))
        cache = UsdGeom.XformCache(Usd.TimeCode.EarliestTime())
        prims = list(self._prims(stage))
        for done, prim in enumerate(prims, start=1):
            if prim.IsA(UsdGeom.PointInstancer):
                self._instancer(UsdGeom.PointInstancer(prim), _matrix(cache.GetLocalToWorldTransform(prim)))
            else:
                self._mesh(prim, _matrix(cache.GetLocalToWorldTransform(prim)), _name(prim))
            progress(done, len(prims))
        self._say()

    def _say(self) -> None:
        if self.left_out:
            kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.left_out.items()))
            self.content.notes.append(f"Left out, since they are no meshes: {kinds}.")
        if self.smooth:
            self.content.notes.append(
                f"{counted(self.smooth, 'subdivision surface')} shown as drawn, not rounded; export them as polygons."
            )

    def _prims(self, stage: Any) -> Iterator[Any]:
        """What is shown: active, visible and not a stand-in; what a point instancer copies is not shown itself."""
        prims = iter(Usd.PrimRange(stage.GetPseudoRoot(), Usd.TraverseInstanceProxies()))
        for prim in prims:
            if prim.IsPseudoRoot():
                continue
            imageable = UsdGeom.Imageable(prim)
            if imageable and _hidden(imageable):
                prims.PruneChildren()
            elif prim.IsA(UsdGeom.PointInstancer):
                prims.PruneChildren()
                yield prim
            elif prim.IsA(UsdGeom.Mesh):
                yield prim
            elif prim.GetTypeName() in {*_SOLIDS, *_CURVES}:
                self.left_out[str(prim.GetTypeName())] += 1

    def _instancer(self, instancer: Any, outer: Matrix4) -> None:
        indices = instancer.GetProtoIndicesAttr().Get(Usd.TimeCode.EarliestTime())
        places = instancer.ComputeInstanceTransformsAtTime(Usd.TimeCode.EarliestTime(), Usd.TimeCode.EarliestTime())
        if not indices or not places:
            return
        stage = instancer.GetPrim().GetStage()
        prototypes = [stage.GetPrimAtPath(target) for target in instancer.GetPrototypesRel().GetTargets()]
        for index, place in zip(indices, places, strict=False):
            if not 0 <= index < len(prototypes) or not prototypes[index]:
                raise BadInput(f"a copy of {instancer.GetPath()} is of prototype {index}, which is not there")
            self._copy(prototypes[index], outer @ _matrix(place), _name(instancer.GetPrim()))

    def _copy(self, prototype: Any, place: Matrix4, name: str) -> None:
        """A prototype's meshes; `place` takes the frame that holds the prototype to the world."""
        cache = UsdGeom.XformCache(Usd.TimeCode.EarliestTime())
        parent = _matrix(cache.GetParentToWorldTransform(prototype))
        for prim in Usd.PrimRange(prototype, Usd.TraverseInstanceProxies()):
            if prim.IsA(UsdGeom.Mesh):
                own = np.linalg.pinv(parent) @ _matrix(cache.GetLocalToWorldTransform(prim))
                self._mesh(prim, place @ own, name)

    def _mesh(self, prim: Any, matrix: Matrix4, name: str) -> None:
        self.copies += 1
        if self.copies > _MOST_COPIES:
            raise BadInput(f"it has more than {_MOST_COPIES:,} copies of meshes")
        path = prim.GetPrimInPrototype().GetPath() if prim.IsInstanceProxy() else prim.GetPath()
        if str(path) not in self.shapes:
            self.shapes[str(path)] = shape_of(UsdGeom.Mesh(prim), self.looks)
            self.smooth += self.shapes[str(path)].rounded
        shape = self.shapes[str(path)]
        if not shape.parts:
            return
        above = " / ".join(each.name for each in prim.GetPath().GetParentPath().GetPrefixes())
        properties: dict[str, dict[str, str | float | bool]] = {"USD": {"path": str(prim.GetPath())}} if above else {}
        if custom := scalars(dict(prim.GetCustomData())):
            properties["customData"] = custom
        element = self.content.element(name, properties)
        for part in shape.parts:
            self.content.add(replace(part, element=element).moved(matrix))


def _hidden(imageable: Any) -> bool:
    if imageable.GetVisibilityAttr().Get(Usd.TimeCode.EarliestTime()) == UsdGeom.Tokens.invisible:
        return True
    return imageable.ComputePurpose() in {UsdGeom.Tokens.proxy, UsdGeom.Tokens.guide}


def _matrix(matrix: Any) -> Matrix4:
    """USD multiplies from the other side."""
    found = np.array(matrix, np.float64).T
    if not np.isfinite(found).all():
        raise BadInput("a transformation of it is no numbers")
    return found


def _name(prim: Any) -> str:
    return str(prim.GetMetadata("displayName") or prim.GetName())
