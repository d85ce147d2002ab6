"""What was designed: plan models read from IFC, CityJSON, glTF and OBJ, and what they say of their place."""

from collections.abc import Mapping
from pathlib import Path

from tiles.errors import BadInput

from . import citygml, cityjson, ifc, meshfile
from .model import Element, Facts, Model, Progress, Reader, Reading

__all__ = ["READERS", "Element", "Facts", "Model", "Reader", "Reading", "read"]

READERS: Mapping[str, Reader] = {
    ".ifc": ifc.read,
    ".glb": meshfile.read_glb_file,
    ".obj": meshfile.read_obj_file,
    ".json": cityjson.read,
    ".jsonl": cityjson.read,
    ".gml": citygml.read,
    ".xml": citygml.read,
    ".citygml": citygml.read,
}
"""Which reader reads which kind of file, by suffix."""

_EXPORT_INSTEAD = {
    ".skp": "SketchUp exports IFC and GLB",
    ".dwg": "AutoCAD exports IFC",
    ".rvt": "Revit exports IFC",
    ".pln": "Archicad exports IFC",
    ".blend": "Blender exports GLB",
    ".gltf": "a .gltf with its files beside it can be packed into one .glb",
}


def read(path: Path, reading: Reading, progress: Progress) -> Model:
    """The model in a file; raises `BadInput` for a kind that is not known and for one that cannot be read."""
    suffix = path.suffix.lower()
    reader = READERS.get(suffix)
    if reader is None:
        instead = _EXPORT_INSTEAD.get(suffix, "export the model as one of these")
        raise BadInput(f"{path.name} is no kind of model that can be read ({', '.join(READERS)}); {instead}.")
    return reader(path, reading, progress)
