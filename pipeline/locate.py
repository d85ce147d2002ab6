"""Coordinates from one frame to another, line by line, as PROJ's cs2cs does it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from tiles import rdnaptrans
from tiles.errors import BadInput, Problem
from tiles.frame import RD_NAP, Vec3s, ecef_to_geographic, geographic_to_ecef

_BATCH = 10_000
_AXES = 3


@dataclass(frozen=True)
class LocateOptions:
    """Which way, and in which frame."""

    inverse: bool = False
    """From ETRS89 to RD New + NAP, instead of to ETRS89."""
    ecef: bool = False
    """Earth-centred x y z instead of latitude, longitude, height."""
    epoch: float | None = None
    """ITRF2020 at this decimal year instead of ETRS89: what satellite positioning gives on that date."""


def locate(lines: Iterable[str], options: LocateOptions) -> Iterator[str]:
    """Each line's three numbers transformed, what follows them kept; empty lines and #-comments pass as they are.

    Raises a `Problem` that names the line it cannot transform.
    """
    numbered = enumerate(lines, start=1)
    while batch := list(islice(numbered, _BATCH)):
        rows = [_Row.parsed(number, line.rstrip("\n")) for number, line in batch]
        asked = [row for row in rows if row.xyz is not None]
        found = iter(_transformed(asked, options))
        for row in rows:
            yield row.rest if row.xyz is None else _written(next(found), options) + row.rest


@dataclass(frozen=True)
class _Row:
    number: int
    xyz: tuple[float, float, float] | None
    rest: str

    @classmethod
    def parsed(cls, number: int, line: str) -> "_Row":
        if not line.strip() or line.lstrip().startswith("#"):
            return cls(number, None, line)
        parts = line.split(maxsplit=_AXES)
        try:
            x, y, z = map(float, parts[:_AXES])
        except ValueError:
            raise BadInput(f"Line {number} is not three numbers: {line.strip()!r}.") from None
        return cls(number, (x, y, z), "".join(f" {text}" for text in parts[_AXES:]))


def _transformed(rows: Sequence[_Row], options: LocateOptions) -> Vec3s:
    xyz = np.array([row.xyz for row in rows], dtype=np.float64).reshape(-1, _AXES)
    transform = _from_etrs89 if options.inverse else _to_etrs89
    try:
        return transform(xyz, options)
    except Problem as problem:
        if len(rows) == 1:
            raise type(problem)(f"Line {rows[0].number}: {problem}") from problem
    # Some line of many is wrong: one by one, to name it.
    return np.concatenate([_transformed([row], options) for row in rows])


def _to_etrs89(rd_nap: Vec3s, options: LocateOptions) -> Vec3s:
    if options.epoch is None:
        return RD_NAP.to_ecef(rd_nap) if options.ecef else RD_NAP.to_geographic(rd_nap)
    ecef = rdnaptrans.etrs89_to_itrf2020(RD_NAP.to_ecef(rd_nap), options.epoch)
    return ecef if options.ecef else ecef_to_geographic(ecef)


def _from_etrs89(located: Vec3s, options: LocateOptions) -> Vec3s:
    if options.epoch is None and not options.ecef:
        return RD_NAP.from_geographic(located)
    ecef = located if options.ecef else geographic_to_ecef(located)
    if options.epoch is not None:
        ecef = rdnaptrans.itrf2020_to_etrs89(ecef, options.epoch)
    return RD_NAP.from_ecef(ecef)


def _written(row: Sequence[float], options: LocateOptions) -> str:
    metres_only = options.ecef or options.inverse
    return "{:.4f} {:.4f} {:.4f}".format(*row) if metres_only else "{:.10f} {:.10f} {:.4f}".format(*row)
