"""The ground of a point cloud, in the squares in which a tileset is compared with it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pipeline.inputs import point_files
from pipeline.las import columns, read_header
from pipeline.report import Report
from tiles.errors import BadInput
from tiles.frame import map_frame

from .spread import CELL_M

_GROUND, _WATER = 2, 9


def above(cells: Mapping[tuple[int, int], float], files: Sequence[str], report: Report) -> float:
    """How high these lowest heights (NAP, by square) lie above the ground points of LAS files, metres; the median.

    Raises `BadInput` where the files do not lie under them.
    """
    sums: dict[tuple[int, int], tuple[float, int]] = {}
    paths = point_files(files, None, report).files
    for number, path in enumerate(paths, start=1):
        _add(sums, cells, path)
        report("Reading the ground", number, len(paths))
    found = [cells[key] - total / count for key, (total, count) in sums.items()]
    if not found:
        raise BadInput(f"No ground points of {', '.join(files)} lie under the tileset; give AHN of its place.")
    return float(np.median(found))


def _add(sums: dict[tuple[int, int], tuple[float, int]], cells: Mapping[tuple[int, int], float], path: Path) -> None:
    file = read_header(path)
    map_frame(file.crs or "EPSG:7415")
    for part in columns(file, 0, file.points):
        chosen = np.isin(part.classification, (_GROUND, _WATER))
        xyz = np.stack([part.x, part.y, part.z], axis=-1)[chosen] * np.array(file.scales) + np.array(file.offsets)
        squares, where = np.unique(np.floor(xyz[:, :2] / CELL_M).astype(int), axis=0, return_inverse=True)
        totals = np.bincount(where.ravel(), xyz[:, 2], len(squares)).tolist()
        counts = np.bincount(where.ravel(), minlength=len(squares)).tolist()
        for (x, y), total, count in zip(squares.tolist(), totals, counts, strict=True):
            if (x, y) in cells:
                before = sums.get((x, y), (0.0, 0))
                sums[x, y] = (before[0] + total, before[1] + count)
