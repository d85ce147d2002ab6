"""Which deliveries and which point clouds a folder of data holds."""

from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("ifc", "cityjson", "citygml", "mesh", "3dtiles", "zips")
_MODELS = {
    *(".ifc", ".ifczip", ".glb", ".gltf", ".obj", ".dae", ".stl", ".ply", ".3mf", ".dxf", ".usd", ".usda", ".usdc"),
    *(".usdz", ".json", ".jsonl", ".gml", ".xml", ".zip", ".skp", ".dwg", ".rvt"),
}


def deliveries(data: Path) -> Iterator[Path]:
    """Every model file, and of someone else's tilesets every tileset.json, in order of their paths."""
    for folder in FOLDERS:
        for file in sorted((data / folder).rglob("*")):
            wanted = file.name == "tileset.json" if folder == "3dtiles" else file.suffix.lower() in _MODELS
            if file.is_file() and wanted:
                yield file


def clouds(data: Path) -> Iterator[Path]:
    """Every point cloud, in order of their paths."""
    for file in sorted((data / "ahn").rglob("*")):
        if file.suffix.lower() in {".las", ".laz"}:
            yield file
