"""What was designed: plan models read from the files that architects deliver, and what they say of their place."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path, PurePath

from tiles.errors import BadInput

from .model import Element, Facts, Model, Progress, Reader, Reading

__all__ = ["READERS", "Element", "Facts", "Model", "Reader", "Reading", "read", "reader_of"]


def _by(module: str) -> Reader:
    """The reader `read` of a module here, loaded when the first file comes: some bring a library of a hundred MB."""

    def read(path: Path, reading: Reading, progress: Progress) -> Model:
        reader: Reader = import_module(f".{module}", __package__).read
        return reader(path, reading, progress)

    return read


READERS: Mapping[str, Reader] = {
    ".ifc": _by("ifc"),
    ".ifczip": _by("ifc"),
    ".gltf": _by("meshes.gltf"),
    ".glb": _by("meshes.gltf"),
    ".obj": _by("meshes.obj"),
    ".dae": _by("meshes.collada"),
    ".stl": _by("meshes.stl"),
    ".ply": _by("meshes.ply"),
    ".3mf": _by("meshes.threemf"),
    ".dxf": _by("meshes.dxf"),
    ".usd": _by("meshes.usd"),
    ".usda": _by("meshes.usd"),
    ".usdc": _by("meshes.usd"),
    ".usdz": _by("meshes.usd"),
    ".json": _by("cityjson"),
    ".jsonl": _by("cityjson"),
    ".zip": _by("package"),
    ".gml": _by("citygml"),
    ".xml": _by("citygml"),
    ".citygml": _by("citygml"),
}
"""Which reader reads which kind of file, by suffix."""

_EXPORT_INSTEAD = {
    ".skp": "SketchUp exports IFC, GLB, DAE and OBJ",
    ".dwg": "AutoCAD exports IFC and DXF",
    ".rvt": "Revit exports IFC",
    ".rfa": "Revit exports IFC",
    ".pln": "Archicad exports IFC",
    ".pla": "Archicad exports IFC",
    ".vwx": "Vectorworks exports IFC",
    ".nwd": "hand over the IFC files it was made of",
    ".blend": "Blender exports GLB",
    ".3dm": "Rhino exports GLB, OBJ, DAE and 3MF",
    ".max": "3ds Max exports GLB, OBJ and USD",
    ".c4d": "Cinema 4D exports GLB, OBJ and USD",
    ".fbx": "export GLB, or USD, from the program that made it",
    ".step": "export IFC, or 3MF, from the program that made it",
    ".stp": "export IFC, or 3MF, from the program that made it",
    ".las": "that is a point cloud, which `voorland tile points` reads",
    ".laz": "that is a point cloud, which `voorland tile points` reads",
    ".rar": "pack it as a zip",
    ".7z": "pack it as a zip",
}


def read(path: Path, reading: Reading, progress: Progress) -> Model:
    """The model in a file; raises `BadInput` for a kind that is not known and for one that cannot be read."""
    return reader_of(path)(path, reading, progress)


def reader_of(path: PurePath) -> Reader:
    """The reader for a kind of file, by its suffix; raises `BadInput` that says what to export instead."""
    suffix = path.suffix.lower()
    reader = READERS.get(suffix)
    if reader is None:
        instead = _EXPORT_INSTEAD.get(suffix, "export the model as one of these")
        raise BadInput(f"{path.name} is no kind of model that can be read ({', '.join(READERS)}); {instead}.")
    return reader
