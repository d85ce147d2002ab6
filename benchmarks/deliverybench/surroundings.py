"""The points of the place where a model stands, tiled to be shown with it."""

from pathlib import Path

from pipeline import las
from tiles.errors import Problem

from .find import clouds
from .run import voorland

_NEAR_M = 30.0
_MOST = 2
Bounds = tuple[float, float, float, float]


def around(bounds: Bounds, data: Path, out: Path) -> list[Path]:
    """The tilesets of points that reach to within 30 m of `bounds` (RD), made where they are not there yet."""
    west, south, east, north = bounds
    found = []
    for file in clouds(data):
        try:
            header = las.read_header(file)
        except Problem:
            continue
        (x0, y0, _), (x1, y1, _) = header.low, header.high
        if x0 <= east + _NEAR_M and x1 >= west - _NEAR_M and y0 <= north + _NEAR_M and y1 >= south - _NEAR_M:
            found.append((file, out / "points" / file.stem))
    made = []
    for file, folder in found[:_MOST]:
        if not folder.exists():
            voorland("tile", "points", file, "--out", folder, "--crs", "EPSG:7415", "--jobs", "1")
        if (folder / "tileset.json").exists():
            made.append(folder)
    return made
