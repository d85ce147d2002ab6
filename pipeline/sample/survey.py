"""A laser survey of a scene, flown and scanned as AHN4 is, written as AHN4 is delivered.

Pulses leave an aircraft on parallel lines and are cast at the scene's surfaces. Crowns let some light through, so a
pulse can come back several times. The files are LAS 1.4 with point format 1, RIEGL's extra bytes, a scale of 1 mm and
no reference system, one per sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import laspy
import numpy as np
from numpy.typing import NDArray

from pipeline.rays import Surfaces
from pipeline.report import Report, silent

from .facts import Facts, Wire
from .scene import HIGH_TENSION, UNCLASSIFIED, WATER, Bounds, Scene, Tree

LOW_NOISE, HIGH_NOISE = 7, 18

_FLIGHT_HEIGHT_M = 480.0
_PULSE_SPACING_M = 0.50
_RANGE_NOISE_M = 0.02
_PULSES_PER_SECOND = 1.0e6
_STOPPED_BY_CROWN = 0.5
_FIRST_GPS_TIME_S = 2.69e8  # adjusted standard GPS time, in the years of AHN4
# How much light a class sends back, and how much that varies: intensities of AHN4.
_REFLECTANCE_DB = {1: -9.0, 2: -6.0, 6: -7.0, 9: -17.0, 14: -12.0, 26: -5.0}


@dataclass(frozen=True, eq=False)
class Returns:
    """What came back: one row per return."""

    xyz: NDArray[np.float64]  # (n, 3), RD and NAP metres
    classification: NDArray[np.uint8]
    number: NDArray[np.uint8]
    of: NDArray[np.uint8]
    gps_time: NDArray[np.float64]
    strip: NDArray[np.uint16]

    def __getitem__(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Returns":
        """Some of the returns."""
        return Returns(*(getattr(self, column.name)[rows] for column in fields(self)))


def fly(scene: Scene, facts: Facts, bounds: Bounds, report: Report = silent) -> Returns:
    """Survey a scene in three overlapping strips; the same scene and facts give the same returns."""
    rng = np.random.default_rng(facts.seed)
    surfaces = Surfaces(scene.triangles)
    west, _, east, _ = bounds
    lines = np.linspace(west, east, 3)
    found = []
    for strip, x in enumerate(lines):
        report("Flying over the sample town", strip, len(lines))
        origins, directions = _pulses(float(x), bounds, strip, rng)
        times = _FIRST_GPS_TIME_S + 1731.0 * strip + np.arange(len(origins)) / _PULSES_PER_SECOND
        found.append(_returns(scene, surfaces, _Pulses(origins, directions, times, strip), rng))
    report("Flying over the sample town", len(lines), len(lines))
    found.append(_wires(facts.wires, rng))
    found.append(_noise(facts, bounds, rng))
    everything = _joined(found)
    return everything[_within(everything.xyz, bounds)]


@dataclass(frozen=True, eq=False)
class _Pulses:
    origins: NDArray[np.float64]
    directions: NDArray[np.float64]
    times: NDArray[np.float64]
    strip: int


def _pulses(
    line_x: float, bounds: Bounds, strip: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Origins on a line from south to north and directions that sweep the whole area, line by line of the scanner."""
    west, south, east, north = bounds
    tilt = 0.15 if strip % 2 else -0.15
    ys = np.arange(south - 80, north + 80, _PULSE_SPACING_M)
    xs = np.arange(west - 30, east + 30, _PULSE_SPACING_M * (1 + 0.02 * strip))
    target_x, target_y = (axis.ravel() for axis in np.meshgrid(xs, ys))
    target_x = target_x + rng.normal(0, 0.05, target_x.size)
    target_y = target_y + tilt * (target_x - line_x) + rng.normal(0, 0.05, target_y.size)
    targets = np.stack([target_x, target_y, np.zeros(target_x.size)], axis=-1)
    origins = np.stack([np.full(target_x.size, line_x), target_y, np.full(target_x.size, _FLIGHT_HEIGHT_M)], axis=-1)
    directions = targets - origins
    return origins, directions / np.linalg.norm(directions, axis=1, keepdims=True)


def _returns(scene: Scene, surfaces: Surfaces, pulses: _Pulses, rng: np.random.Generator) -> Returns:
    hits = surfaces.cast(pulses.origins, pulses.directions)
    classification = np.where(hits.triangle >= 0, scene.classification[hits.triangle], 0).astype(np.uint8)
    crown_in, crown_out = _crowns(scene.trees, pulses, hits.distance_m)
    through = np.isfinite(crown_in)
    # Water seen at an angle sends most pulses away; a crown stops half of those that enter it.
    lost = (classification == WATER) & (rng.random(len(through)) < 0.25 + 2.0 * np.abs(pulses.directions[:, 0]))
    reaches = (hits.triangle >= 0) & ~lost & ~(through & (rng.random(len(through)) < _STOPPED_BY_CROWN))
    in_crown = np.where(through, rng.integers(1, 4, len(through)), 0)
    depth = np.subtract(crown_out, crown_in, out=np.zeros(len(through)), where=through)
    leaves = np.sort(crown_in[:, None] + depth[:, None] * rng.random((len(through), 3)) ** 1.5)
    table = np.concatenate([leaves, hits.distance_m[:, None]], axis=1)
    wanted = np.concatenate([np.arange(3) < in_crown[:, None], reaches[:, None]], axis=1)
    pulse, order = np.nonzero(wanted)
    of = wanted.sum(axis=1)[pulse]
    number = wanted.cumsum(axis=1)[pulse, order]
    distance = table[pulse, order] + rng.normal(0, _RANGE_NOISE_M, len(pulse))
    xyz = pulses.origins[pulse] + pulses.directions[pulse] * distance[:, None]
    classes = np.where(order < 3, UNCLASSIFIED, classification[pulse])  # noqa: PLR2004 - the last column is the surface
    strips = np.full(len(pulse), pulses.strip, np.uint16)
    return Returns(
        xyz, classes.astype(np.uint8), number.astype(np.uint8), of.astype(np.uint8), pulses.times[pulse], strips
    )


def _crowns(
    trees: Sequence[Tree], pulses: _Pulses, surface_m: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where each pulse enters and leaves the first crown on its way, (n,); infinite where it meets none."""
    enters, leaves = np.full(len(surface_m), np.inf), np.full(len(surface_m), np.inf)
    # Pulses by where they cross the height of crowns, so that each tree looks only at its neighbours.
    foot = pulses.origins + pulses.directions * (_FLIGHT_HEIGHT_M / -pulses.directions[:, 2:])
    order = np.argsort(foot[:, 1], kind="stable")
    sorted_y = foot[order, 1]
    for tree in trees:
        reach = tree.radii[0] + 8
        first, last = np.searchsorted(sorted_y, (tree.centre[1] - reach, tree.centre[1] + reach))
        near = order[first:last]
        near = near[np.abs(foot[near, 0] - tree.centre[0]) < reach + 8]
        start = (pulses.origins[near] - tree.centre) / tree.radii
        step = pulses.directions[near] / tree.radii
        a, b, c = (step * step).sum(1), (start * step).sum(1), (start * start).sum(1) - 1
        inside = b * b - a * c
        met = inside > 0
        near, root = near[met], np.sqrt(inside[met])
        enter, leave = (-b[met] - root) / a[met], (-b[met] + root) / a[met]
        leave = np.minimum(leave, surface_m[near])
        sooner = (enter < enters[near]) & (enter < leave)
        enters[near[sooner]], leaves[near[sooner]] = enter[sooner], leave[sooner]
    return enters, leaves


def _wires(wires: Sequence[Wire], rng: np.random.Generator) -> Returns:
    parts = []
    for wire in wires:
        count = int(np.linalg.norm(wire.line[1] - wire.line[0]) * 6)
        along = np.sort(rng.random(count))
        xy = wire.line[0] + along[:, None] * (wire.line[1] - wire.line[0]) + rng.normal(0, 0.02, (count, 2))
        z = wire.nap - wire.sag_m * 4 * along * (1 - along)
        parts.append(np.column_stack([xy, z]))
    xyz = np.concatenate(parts) if parts else np.empty((0, 3))
    return _single(xyz, np.full(len(xyz), HIGH_TENSION, np.uint8))


def _noise(facts: Facts, bounds: Bounds, rng: np.random.Generator) -> Returns:
    """Birds above and echoes below, which a tiler must leave out."""
    west, south, east, north = bounds
    high = rng.uniform((west, south, 80), (east, north, 300), (120, 3))
    low = rng.uniform((west, south, facts.water_nap - 25), (east, north, facts.water_nap - 5), (80, 3))
    classes = np.repeat(np.array([HIGH_NOISE, LOW_NOISE], np.uint8), [len(high), len(low)])
    return _single(np.concatenate([high, low]), classes)


def _single(xyz: NDArray[np.float64], classes: NDArray[np.uint8]) -> Returns:
    ones = np.ones(len(xyz), np.uint8)
    times = _FIRST_GPS_TIME_S + np.linspace(0, 1, len(xyz))
    return Returns(xyz, classes, ones, ones, times, np.zeros(len(xyz), np.uint16))


def _joined(parts: Sequence[Returns]) -> Returns:
    columns = [column.name for column in fields(Returns)]
    return Returns(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


def _within(xyz: NDArray[np.float64], bounds: Bounds) -> NDArray[np.bool_]:
    west, south, east, north = bounds
    return (xyz[:, 0] >= west) & (xyz[:, 0] < east) & (xyz[:, 1] >= south) & (xyz[:, 1] < north)


def write_sheets(returns: Returns, folder: Path, meet_at_x: float, seed: int) -> tuple[Path, Path]:
    """Write the returns as two LAZ files that meet at `meet_at_x`: no point in both, none in neither."""
    millimetres = np.rint(returns.xyz * 1000).astype(np.int64)
    west = millimetres[:, 0] < round(meet_at_x * 1000)
    paths = folder / "sample-west.laz", folder / "sample-east.laz"
    for path, chosen in zip(paths, (west, ~west), strict=True):
        rows = np.flatnonzero(chosen)
        _write(path, returns[rows], millimetres[rows], np.random.default_rng(seed))
    return paths


def _write(path: Path, returns: Returns, millimetres: NDArray[np.int64], rng: np.random.Generator) -> None:
    header = laspy.LasHeader(version="1.4", point_format=1)
    header.scales, header.offsets = [0.001] * 3, [0.0] * 3
    header.add_extra_dims(
        [
            laspy.ExtraBytesParams("Amplitude", "u2", "Echo signal amplitude [dB]", scales=[0.01], offsets=[0.0]),
            laspy.ExtraBytesParams("Reflectance", "i2", "Echo signal reflectance [dB]", scales=[0.01], offsets=[0.0]),
            laspy.ExtraBytesParams("Deviation", "u2", "Pulse shape deviation"),
        ]
    )
    reflectance = _reflectance_db(returns, rng)
    las = laspy.LasData(header)
    las.X, las.Y, las.Z = millimetres.T
    las.classification = returns.classification
    las.return_number, las.number_of_returns = returns.number, returns.of
    las.gps_time, las.point_source_id = returns.gps_time, returns.strip + 1141
    las.intensity = np.clip(10 ** ((reflectance + 34) / 10 * 0.62) * 16, 12, 4995).astype(np.uint16)
    las["Reflectance"], las["Amplitude"] = reflectance, np.clip(reflectance + 34, 0, 100)
    las["Deviation"] = np.clip(rng.gamma(1.6, 4.5, len(returns.xyz)), 0, 65_535).astype(np.uint16)
    las.write(path)


def _reflectance_db(returns: Returns, rng: np.random.Generator) -> NDArray[np.float64]:
    by_class = np.full(256, -10.0)
    for code, level in _REFLECTANCE_DB.items():
        by_class[code] = level
    spread = rng.normal(0, 1.1, len(returns.xyz))
    return np.asarray(by_class[returns.classification] - 3.2 * (returns.of - 1.0) + spread)
