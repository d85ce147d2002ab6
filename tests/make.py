"""Test data made here: small, known, and the same every time."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import laspy
import numpy as np
from numpy.typing import NDArray

DORDRECHT = (104_900.0, 425_250.0)


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points for a LAS file: RD and NAP metres, and the columns a test cares about."""

    xyz: NDArray[np.float64]
    columns: dict[str, NDArray[Any]] = field(default_factory=dict)


def town(count: int = 20_000, side_m: float = 100.0, at: tuple[float, float] = DORDRECHT, seed: int = 1) -> Cloud:
    """Ground with two blocks and a row of trees, and a few noise points high above."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, side_m, (2, count))
    z = 2.5 + 0.01 * x
    classification = np.full(count, 2)
    block = (x % 50 < 20) & (y % 50 < 20)
    z[block], classification[block] = 12.0, 6
    tree = ~block & (y > side_m - 5)
    z[tree], classification[tree] = 3 + rng.uniform(0, 9, tree.sum()), 1
    noise = rng.random(count) < 0.001
    z[noise], classification[noise] = 400.0, 18
    classification[noise & (x > side_m / 2)] = 7
    xyz = np.stack([x + at[0], y + at[1], z + rng.normal(0, 0.02, count)], axis=-1).round(3)
    columns = {
        "classification": classification.astype(np.uint8),
        "intensity": rng.integers(0, 65_535, count).astype(np.uint16),
        "return_number": rng.integers(1, 4, count).astype(np.uint8),
        "number_of_returns": np.full(count, 4, np.uint8),
    }
    return Cloud(xyz, columns)


def write_las(path: Path, cloud: Cloud, point_format: int = 1, scale: float = 0.001, crs: Any = None) -> Path:
    """A LAS 1.4 file, or LAZ by its suffix; like AHN's without a reference system unless one is given."""
    header = laspy.LasHeader(version="1.4", point_format=point_format)
    header.scales = [scale] * 3
    header.offsets = np.trunc(cloud.xyz[:1] / 1e6).sum(axis=0) * 1e6  # 0 in RD; beyond, what 32 bits can hold
    if crs is not None:
        header.add_crs(crs)
    las = laspy.LasData(header)
    las.x, las.y, las.z = cloud.xyz.T
    for name, values in cloud.columns.items():
        las[name] = values
    las.write(path)
    return path


def write_obj(path: Path, size: tuple[float, float, float] = (10.0, 20.0, 6.0)) -> Path:
    """A box as OBJ, z up, its south-west foot at the origin."""
    corners = [(x, y, z) for x in (0, size[0]) for y in (0, size[1]) for z in (0, size[2])]
    lines = [f"v {x:.3f} {y:.3f} {z:.3f}" for x, y, z in corners]
    faces = ["1 3 7 5", "2 6 8 4", "1 5 6 2", "3 4 8 7", "1 2 4 3", "5 7 8 6"]
    path.write_text("\n".join([*lines, "o box", *(f"f {face}" for face in faces)]) + "\n")
    return path
