"""AHN of an area as files: kilometre tiles of COPC, or whole sheets."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.polygons import Bounds
from tiles.errors import BadInput

from . import ahn
from .config import AhnSource
from .copc import Meter, copy, open_copc
from .download import download, recorded
from .job import Got, Job
from .ranges import first_block
from .record import CRS_WITH_HEIGHTS, Entry
from .sheets import sheets_of
from .web import NotAtSource, host, now

FOLDER = "ahn"
_NAME = "ahn"
_STAGE = "Fetching AHN"
_FILE_STAGE = "… of this file, MB"
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class _Wanted:
    """One file to be: its name, where it is asked, what lies in it, and how it is brought."""

    path: str
    address: str
    bounds: Bounds
    request: str
    bring: Callable[[Path], bool]
    """Writes the file and says whether there was anything to write."""


def fetch_points(source: AhnSource, job: Job, way: str) -> Got:
    """The points of the area: by `way` "copc" or "sheets"; those files that are whole already are not asked for."""
    wanted = _kilometres(source, job) if way == "copc" else _sheets(source, job)
    entries: list[Entry] = []
    missing: list[str] = []
    already = True
    for done, one in enumerate(wanted):
        job.report(_STAGE, done, len(wanted))
        entry = job.record.whole(one.path, one.request)
        if entry is None and one.request not in job.record.empty:
            already = False
            entry = _brought(source, job, one, missing)
        entries += [entry] if entry else []
    job.report(_STAGE, len(wanted), len(wanted))
    job.record.missing[_NAME] = tuple(missing)
    job.record.save()
    if missing and len(missing) == len(wanted):
        raise NotAtSource(
            f"{host(missing[0])} has none of the {len(missing)} files of this area, such as {missing[0]}."
        )
    things = "kilometre tiles" if way == "copc" else "sheets"
    counted = f"{len(entries)} of {len(wanted)} {things}"
    return Got(_NAME, tuple(entries), counted, tuple(missing), already=already)


def way(source: AhnSource, asked: str) -> str:
    """How AHN is fetched: as asked, or else in the first way the source knows; raises `BadInput`."""
    ways = {"copc": source.copc, "sheets": source.sheets and source.sheet_index}
    if asked not in {"", *ways}:
        raise BadInput(f"--ahn {asked} is no way to fetch AHN; write copc or sheets.")
    known = [name for name, address in ways.items() if address]
    if (asked and asked not in known) or not known:
        raise BadInput(
            f"The municipality's file names no AHN {asked or 'source'}; "
            "add copc, or sheets and sheet_index, to its [sources.ahn]."
        )
    return asked or known[0]


def _brought(source: AhnSource, job: Job, one: _Wanted, missing: list[str]) -> Entry | None:
    path = job.folder / one.path
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        anything = one.bring(path)
    except NotAtSource:
        missing.append(one.address)
        return None
    if not anything:
        job.record.empty.add(one.request)
        job.record.save()
        return None
    entry = Entry(one.path, _NAME, source.credit, one.address, now(), one.bounds, CRS_WITH_HEIGHTS, one.request)
    whole = job.record.add(entry)
    recorded(path)
    return whole


def _kilometres(source: AhnSource, job: Job) -> list[_Wanted]:
    """The kilometre tiles: whole files where the area covers them, else the nodes that touch it."""
    wanted = []
    for x, y in ahn.kilometre_tiles(job.area.bounds):
        square = (float(x), float(y), float(x + ahn.TILE_M), float(y + ahn.TILE_M))
        if not job.area.overlaps(square):
            continue
        address, name = ahn.address(source.copc, x, y), ahn.tile_name(x, y)
        if job.area.covers(square):
            # As published: no decoding, resumed within the file, and still COPC.
            path, request = f"{FOLDER}/{name}.copc.laz", json.dumps([address])
            wanted.append(_Wanted(path, address, square, request, _whole(job, address)))
        else:
            path, request = f"{FOLDER}/{name}.laz", json.dumps([address, job.area.identity])
            west, south, east, north = job.area.bounds
            cut = (max(square[0], west), max(square[1], south), min(square[2], east), min(square[3], north))
            wanted.append(_Wanted(path, address, cut, request, _nodes(job, address, name)))
    return wanted


def _sheets(source: AhnSource, job: Job) -> list[_Wanted]:
    return [
        _Wanted(
            f"{FOLDER}/{sheet.file}",
            sheet.address,
            sheet.bounds,
            json.dumps([sheet.address]),
            _whole(job, sheet.address),
        )
        for sheet in sheets_of(source, job)
    ]


def _whole(job: Job, address: str) -> Callable[[Path], bool]:
    def told(here: int, total: int) -> None:
        job.report(_FILE_STAGE, here // _MEGABYTE, max(here, total) // _MEGABYTE)

    def bring(path: Path) -> bool:
        download(job.web, address, path, told)
        return True

    return bring


def _nodes(job: Job, address: str, name: str) -> Callable[[Path], bool]:
    def bring(path: Path) -> bool:
        file = first_block(job.web, address)
        tile = open_copc(file, name, job.area)
        return bool(copy(tile, job.area, path, Meter(job.report, tile.points, stage="… of this tile, points")))

    return bring
