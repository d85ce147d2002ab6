"""Mesh files: GLB and OBJ, read by trimesh, as models that say nothing of their place.

GLB is y up by its standard. OBJ has no standard; planners' files are z up, and a file that is not can be turned.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

from tiles.colour import linear
from tiles.errors import BadInput
from tiles.geometry import Image, Material, Surface
from tiles.glb import read as read_glb

from .georeference import Georeference
from .model import Element, Facts, Model, Progress, Reading, flat_normals

_Y_TO_Z_UP = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], dtype=np.float64)
_GREY = (0.75, 0.75, 0.75, 1.0)


def read_glb_file(path: Path, _reading: Reading, progress: Progress) -> Model:
    """The model in a GLB file; raises `BadInput` when it is broken or empty."""
    _require_file(path)
    try:
        read_glb(path.read_bytes())
    except BadInput as problem:
        raise BadInput(f"{path.name}: {problem}") from problem
    return _model(path, "glb", _Y_TO_Z_UP, progress)


def read_obj_file(path: Path, _reading: Reading, progress: Progress) -> Model:
    """The model in an OBJ file, taken to be z up; raises `BadInput` when it is broken or empty."""
    _require_file(path)
    return _model(path, "obj", np.eye(4), progress)


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")


def _model(path: Path, kind: str, upright: NDArray[np.float64], progress: Progress) -> Model:
    scene = _loaded(path, kind)
    names = list(scene.graph.nodes_geometry)
    elements: list[Element] = []
    surfaces: list[Surface] = []
    for done, name in enumerate(names, start=1):
        transform, geometry_name = scene.graph[name]
        geometry = scene.geometry[geometry_name]
        if isinstance(geometry, trimesh.Trimesh) and len(geometry.faces):
            surfaces.append(_surface(geometry, upright @ transform, len(elements)))
            elements.append(Element(f"{len(elements)}", "Mesh", str(name)))
        progress(done, len(names))
    if not elements:
        raise BadInput(f"{path.name} holds no triangles; there is nothing to show.")
    notes = ("OBJ says nothing of which way is up; z was taken.",) if kind == "obj" else ()
    return Model(path.stem, elements, surfaces, Georeference(), Facts(kind.upper()), notes)


def _loaded(path: Path, kind: str) -> Any:
    try:
        return trimesh.load_scene(path, file_type=kind, process=False)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError, NotImplementedError) as error:
        # What trimesh's readers raise on a file that breaks its format's rules.
        said = str(error).strip().rstrip(".") or type(error).__name__
        raise BadInput(f"{path.name} cannot be read as {kind.upper()}: {said}.") from error


def _surface(geometry: Any, local: NDArray[np.float64], feature: int) -> Surface:
    positions = trimesh.transform_points(np.asarray(geometry.vertices, np.float64), local)
    triangles = np.asarray(geometry.faces, np.uint32)
    if np.linalg.det(local[:3, :3]) < 0:
        triangles = triangles[:, ::-1]
    flat = positions[triangles.ravel()]
    corners = np.arange(len(flat), dtype=np.uint32).reshape(-1, 3)
    normals = np.repeat(flat_normals(positions, triangles), 3, axis=0)
    uv = _texture_coordinates(geometry, triangles)
    features = np.full(len(flat), feature, np.uint32)
    return Surface(_material(geometry, textured=uv is not None), flat, normals, features, corners, uv)


def _texture_coordinates(geometry: Any, triangles: NDArray[np.uint32]) -> NDArray[np.float64] | None:
    uv = getattr(geometry.visual, "uv", None)
    if uv is None or _picture(geometry) is None:
        return None
    corners = np.asarray(uv, np.float64)[triangles.ravel()]
    return np.column_stack(
        [corners[:, 0], 1 - corners[:, 1]]
    )  # trimesh counts from the lower left, glTF from the upper


def _picture(geometry: Any) -> Any:
    material = getattr(geometry.visual, "material", None)
    return getattr(material, "baseColorTexture", None) or getattr(material, "image", None)


def _material(geometry: Any, *, textured: bool) -> Material:
    material = getattr(geometry.visual, "material", None)
    main = getattr(material, "main_color", None)
    if main is None:
        main = getattr(geometry.visual, "main_color", None)
    colour = _GREY if main is None else _rgba(np.asarray(main, np.float64) / 255)
    picture = _picture(geometry) if textured else None
    name = str(getattr(material, "name", None) or "")
    texture = _image(picture) if picture is not None else None
    return Material(name, (1.0, 1.0, 1.0, 1.0) if texture else colour, double_sided=True, texture=texture)


def _rgba(srgb: NDArray[np.float64]) -> tuple[float, float, float, float]:
    red, green, blue = linear(srgb[:3]).round(5).tolist()
    return red, green, blue, round(float(srgb[3]), 3)


def _image(picture: Any) -> Image:
    with BytesIO() as file:
        picture.convert("RGB").save(file, "WEBP", quality=85)
        return Image(file.getvalue(), "image/webp")
