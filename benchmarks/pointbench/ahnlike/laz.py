"""Writing LAZ as AHN is delivered (ASPRS LAS 1.4 R15), and shifting a file without compressing it again."""

import datetime as dt
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import laspy
import numpy as np

from .flight import STRIPS, Echoes, Window, scan
from .scene import SIDE_M, build_scene, photograph

POINTS_PER_M2 = 20.0
_SOUTH_WEST = (104_500.0, 424_500.0)  # RD New, Dordrecht
_SCALE_M = 0.001
_FLOWN = dt.date(2020, 3, 1)
_EXTENDED = 6
_COLOURED = 7
_FIRST_STRIP = 1141
_ANGLE_STEP_DEG = 0.006

# Where the header block has the offset of x, and its largest and smallest x (table 3).
_X_OFFSET, _X_BOUNDS = 155, 179


@dataclass(frozen=True)
class Survey:
    """Which file to make."""

    points: float
    """About how many, in millions; at most 20, a square kilometre."""
    point_format: int = 1
    """1 with RIEGL's extra bytes as AHN4 has it, 6 without them, 7 coloured."""
    seed: int = 42

    @property
    def side_m(self) -> float:
        """The side of the square that is surveyed."""
        return float(np.sqrt(self.points * 1e6 / POINTS_PER_M2))

    @property
    def window(self) -> Window:
        """The square itself, in the middle of the scene."""
        edge = (SIDE_M - self.side_m) / 2
        return Window(edge, edge, self.side_m)


def write(survey: Survey, path: Path) -> int:
    """Write a survey; how many points it holds. The same survey gives the same bytes."""
    scene = build_scene(survey.seed)
    photo = photograph(scene, survey.seed) if survey.point_format == _COLOURED else None
    header, count = _header(survey.point_format), 0
    with laspy.open(path, "w", header=header, laz_backend=laspy.LazBackend.LazrsParallel) as file:
        file.header.global_encoding.wkt = False  # laspy sets it for format 6 and up; AHN5 does not
        for strip in range(STRIPS):
            for echoes in scan(scene, strip, survey.window, survey.seed):
                points = _record(echoes, strip, header)
                if photo is not None:
                    _paint(points, photo.reshape(-1, 3)[echoes.cell])
                file.write_points(points)
                count += len(echoes.x)
    return count


def _header(point_format: int) -> laspy.LasHeader:
    header = laspy.LasHeader(version="1.4", point_format=point_format)
    header.scales, header.offsets = [_SCALE_M] * 3, [0.0] * 3
    header.global_encoding.gps_time_type = laspy.header.GpsTimeType.STANDARD
    header.creation_date = _FLOWN
    header.system_identifier, header.generating_software = "VQ1560i", "TerraScan 20.023"
    if point_format < _EXTENDED:
        header.add_extra_dims(
            [
                laspy.ExtraBytesParams("Amplitude", "u2", "Echo signal amplitude [dB]", scales=[0.01], offsets=[0.0]),
                laspy.ExtraBytesParams("Reflectance", "i2", "Echo signal reflect. [dB]", scales=[0.01], offsets=[0.0]),
                laspy.ExtraBytesParams("Deviation", "u2", "Pulse shape deviation"),
            ]
        )
    return header


def _record(echoes: Echoes, strip: int, header: laspy.LasHeader) -> laspy.ScaleAwarePointRecord:
    points = laspy.ScaleAwarePointRecord.zeros(len(echoes.x), header=header)
    for name, values in zip(("X", "Y", "Z"), _millimetres(echoes), strict=True):
        points[name] = values
    points["intensity"] = np.clip(10 ** (echoes.amplitude_db / 10 * 0.62) * 16, 12, 4995).astype(np.uint16)
    points["return_number"], points["number_of_returns"] = echoes.number, echoes.of
    points["classification"] = echoes.classes
    points["user_data"] = np.full(len(echoes.x), 8, np.uint8)
    points["point_source_id"] = np.full(len(echoes.x), _FIRST_STRIP + strip, np.uint16)
    points["gps_time"] = np.round(echoes.time_s, 7)
    if header.point_format.id < _EXTENDED:
        points["scan_angle_rank"] = np.round(echoes.angle_deg).astype(np.int8)
        _add_extra_bytes(points.array, echoes)
    else:
        points["scan_angle"] = np.round(echoes.angle_deg / _ANGLE_STEP_DEG).astype(np.int16)
    return points


def _paint(points: laspy.ScaleAwarePointRecord, colours: Any) -> None:
    for band, name in enumerate(("red", "green", "blue")):
        points[name] = colours[:, band].astype(np.uint16) * 257  # all of 16 bits is used


def _millimetres(echoes: Echoes) -> Any:
    metres = (echoes.x + _SOUTH_WEST[0], echoes.y + _SOUTH_WEST[1], echoes.z)
    return (np.round(axis / _SCALE_M).astype(np.int32) for axis in metres)


def _add_extra_bytes(raw: Any, echoes: Echoes) -> None:
    raw["Amplitude"] = np.clip(echoes.amplitude_db * 100, 0, 10_000)
    raw["Reflectance"] = np.clip(echoes.reflectance_db * 100, -(1 << 15), (1 << 15) - 1)
    raw["Deviation"] = np.clip(echoes.deviation, 0, (1 << 16) - 1)


def shift(source: Path, target: Path, east_m: float) -> None:
    """A copy of a LAS or LAZ file that lies further east: only offset and bounds in its header differ."""
    shutil.copyfile(source, target)
    with target.open("r+b") as file:
        for place, count in ((_X_OFFSET, 1), (_X_BOUNDS, 2)):
            file.seek(place)
            values = struct.unpack(f"<{count}d", file.read(8 * count))
            file.seek(place)
            file.write(struct.pack(f"<{count}d", *(value + east_m for value in values)))
