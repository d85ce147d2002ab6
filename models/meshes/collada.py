"""COLLADA 1.4 and 1.5: the nodes of the visual scene as elements, with materials and textures.

Read directly: pycollada keeps numbers as float32, which moves RD coordinates by centimetres, expands XML entities, and
drops the wrapping of textures. Unit and up axis are stated in the file, or metre and y by the standard.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.model import Model, Progress, Reading
from models.units import name_of
from tiles.errors import BadInput
from tiles.frame import Matrix4

from . import beside
from .assemble import assembled
from .colladalooks import Looks
from .colladamesh import Mesh, primitives
from .colladanumbers import floats
from .parts import Content, Said, counted
from .pictures import Pictures
from .xml import child, children, parse, tag, text

_DEEPEST = 200
_MOST_COPIES = 500_000


def read(path: Path, reading: Reading, progress: Progress) -> Model:
    """The model in a COLLADA file; raises `BadInput` when it is broken or empty."""
    data = beside.own(path)
    root = parse(data, path.name)
    if tag(root) != "COLLADA":
        raise BadInput(f"{path.name} is XML, but no COLLADA: it begins with {tag(root)!r}.")
    content = Content()
    try:
        ids = {each.get("id"): each for each in root.iter() if each.get("id")}
        scene = _Scene(ids, Looks(ids, Pictures(path, content)), content)
        roots = _roots(root, ids)
        for done, node in enumerate(roots, start=1):
            scene.node(node, np.eye(4), ())
            progress(done, len(roots))
        if not roots:
            scene.all_geometries(root)
        scene.finish()
        said = _said(root)
    except BadInput as problem:
        raise BadInput(f"{path.name} cannot be read as COLLADA: {str(problem).rstrip('.')}.") from problem
    return assembled(path, content, said, reading)


def _said(root: Any) -> Said:
    asset = child(root, "asset")
    unit = child(asset, "unit")
    try:
        unit_m = float(unit.get("meter", "1")) if unit is not None else 1.0
    except ValueError:
        raise BadInput(f"its unit is {unit.get('meter')!r} metres") from None
    if not 0 < unit_m < 1e6:  # noqa: PLR2004 - nothing is drawn in thousands of kilometres
        raise BadInput(f"its unit is {unit_m:g} metres")
    axis = text(child(asset, "up_axis")).upper()
    up = {"X_UP": "x", "Z_UP": "z"}.get(axis, "y")
    program = text(child(asset, "contributor", "authoring_tool"))
    return Said(f"COLLADA {root.get('version') or '1.4'}", program, name_of(unit_m), unit_m, up)


def _roots(root: Any, ids: dict[str, Any]) -> list[Any]:
    """The nodes of the scene that the file shows, or of its first."""
    named = child(root, "scene", "instance_visual_scene")
    scene = ids.get((named.get("url") or "").lstrip("#")) if named is not None else None
    if scene is None:
        scene = child(root, "library_visual_scenes", "visual_scene")
    return [] if scene is None else children(scene, "node")


@dataclass
class _Scene:
    """The walk from nodes to parts."""

    ids: dict[str, Any]
    looks: Looks
    content: Content
    meshes: dict[Any, Mesh] = field(default_factory=dict)
    """By their elements themselves: of one that nobody holds, lxml gives the identity to the next."""
    copies: int = 0
    lines: int = 0

    def node(self, said: Any, outer: Matrix4, above: tuple[str, ...]) -> None:
        """Add what a node and those below it hold."""
        self.copies += 1
        if len(above) > _DEEPEST or self.copies > _MOST_COPIES:
            raise BadInput("its nodes hold each other without end")
        matrix = outer @ _matrix(said)
        name = said.get("name") or said.get("id") or ""
        for each in said:
            match tag(each):
                case "node":
                    self.node(each, matrix, (*above, name))
                case "instance_node":
                    inner = self.ids.get((each.get("url") or "").rpartition("#")[2])
                    if inner is not None and tag(inner) == "node":
                        self.node(inner, matrix, (*above, name))
                    else:
                        self.content.missing.append(f"node {each.get('url')}")
                case "instance_geometry":
                    self._geometry(self._named(each), each, matrix, (*above, name))
                case "instance_controller":
                    self._controller(each, matrix, (*above, name))

    def _named(self, instance: Any) -> Any:
        key = instance.get("url") or ""
        found = self.ids.get(key.rpartition("#")[2])
        if found is None:
            self.content.missing.append(key)
        return found

    def _controller(self, instance: Any, matrix: Matrix4, names: tuple[str, ...]) -> None:
        """A skinned mesh, as drawn and not as posed."""
        said = self._named(instance)
        skin = child(said, "skin")
        if skin is None:
            skin = child(said, "morph")
        if skin is None:
            return
        geometry = self.ids.get((skin.get("source") or "").lstrip("#"))
        bind = child(skin, "bind_shape_matrix")
        shape = floats(bind, 16).reshape(4, 4) if bind is not None else np.eye(4)
        self._geometry(geometry, instance, matrix @ shape, names)

    def _geometry(self, geometry: Any, instance: Any, matrix: Matrix4, names: tuple[str, ...]) -> None:
        mesh_said = child(geometry, "mesh")
        if mesh_said is None:
            return
        if mesh_said not in self.meshes:
            self.meshes[mesh_said] = primitives(mesh_said)
            self.lines += self.meshes[mesh_said].lines
        mesh = self.meshes[mesh_said]
        if not mesh.primitives:
            return
        bound = {
            each.get("symbol"): each
            for each in (instance.iter() if instance is not None else ())
            if tag(each) == "instance_material"
        }
        own = names[-1] or geometry.get("name") or geometry.get("id") or ""
        above = " / ".join(name for name in names[:-1] if name)
        element = self.content.element(own, {"COLLADA": {"within": above}} if above else None)
        for primitive in mesh.primitives:
            look = self.looks.bound(bound.get(primitive.symbol), primitive.symbol)
            part = replace(primitive.part(look), element=element)
            self.content.add(part if np.array_equal(matrix, np.eye(4)) else part.moved(matrix))

    def all_geometries(self, root: Any) -> None:
        """Of a file without a scene: every geometry as it is."""
        library = child(root, "library_geometries")
        for geometry in children(library, "geometry") if library is not None else []:
            self._geometry(geometry, None, np.eye(4), ("",))

    def finish(self) -> None:
        """Say what was left out."""
        if self.lines:
            self.content.notes.append(f"{counted(self.lines, 'set')} of lines left out.")


def _matrix(node: Any) -> Matrix4:
    """A node's transformations, the first the outermost (COLLADA 1.4.1, "node")."""
    matrix = np.eye(4)
    for each in node:
        match tag(each):
            case "matrix":
                matrix = matrix @ floats(each, 16).reshape(4, 4)
            case "translate":
                step = np.eye(4)
                step[:3, 3] = floats(each, 3)
                matrix = matrix @ step
            case "scale":
                matrix = matrix @ np.diag([*floats(each, 3), 1.0])
            case "rotate":
                matrix = matrix @ _rotation(floats(each, 4))
            case "lookat":
                matrix = matrix @ _lookat(floats(each, 9))
    return matrix


def _rotation(said: np.ndarray[Any, np.dtype[np.float64]]) -> Matrix4:
    length = float(np.linalg.norm(said[:3]))
    matrix = np.eye(4)
    if length == 0:
        return matrix
    x, y, z = said[:3] / length
    cos, sin = np.cos(np.radians(said[3])), np.sin(np.radians(said[3]))
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    matrix[:3, :3] = np.eye(3) + sin * cross + (1 - cos) * (cross @ cross)
    return matrix


def _lookat(said: np.ndarray[Any, np.dtype[np.float64]]) -> Matrix4:
    eye, target, up = said.reshape(3, 3)
    back = eye - target
    right = np.cross(up, back)
    lengths = np.linalg.norm(back), np.linalg.norm(right)
    matrix = np.eye(4)
    if min(lengths) > 0:
        back, right = back / lengths[0], right / lengths[1]
        matrix[:3, :3] = np.column_stack([right, np.cross(back, right), back])
    matrix[:3, 3] = eye
    return matrix
