"""Which sheets of AHN an area needs, from an index of their outlines.

Sheets measure 5 × 6.25 km. GeoTiles cuts each in 25 parts of 1 × 1.25 km, numbered row by row from the north-west, with
20 m of their neighbours around (both seen in a real part, 07CZ2_14).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.geojson import Feature, features_of
from pipeline.polygons import Bounds, bounds_of
from tiles.errors import BadInput

from .config import AhnSource
from .job import Job
from .record import WORK, write_whole
from .web import host, parsed

_A_SIDE = 5


@dataclass(frozen=True)
class Sheet:
    """One file of points."""

    file: str
    address: str
    bounds: Bounds


def sheets_of(source: AhnSource, job: Job) -> tuple[Sheet, ...]:
    """The sheets that touch the area, or their parts where the addresses are of parts, in the order of addresses."""
    found = {}
    for feature in features_of(_index(source, job), f"The index of sheets {source.sheet_index}").features:
        for sheet in _sheets(source, feature):
            if job.area.overlaps(sheet.bounds):
                found[sheet.address] = sheet
    if not found:
        raise BadInput(f"The index of sheets {source.sheet_index} has none that touches {job.area.said}.")
    return tuple(found[address] for address in sorted(found))


def _index(source: AhnSource, job: Job) -> dict[str, Any]:
    """The index, from a file or from the web; from there it is kept with the data."""
    if not source.sheet_index.startswith(("http://", "https://")):
        return _read(Path(source.sheet_index))
    kept = job.folder / WORK / "sheets.geojson"
    if kept.is_file():
        return _read(kept)
    address = source.sheet_index
    document: dict[str, Any] = job.web.get(address, lambda _response, body: parsed(body, address))
    if not document.get("features"):
        raise BadInput(f"{host(address)} sent an index of sheets without sheets ({address}).")
    write_whole(kept, json.dumps(document).encode())
    return document


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise BadInput(f"There is no index of sheets {path}; see sheet_index in the municipality's file.") from None
    except (UnicodeDecodeError, ValueError, TypeError) as error:
        raise BadInput(f"The index of sheets {path} is no GeoJSON ({error}).") from error


def _sheets(source: AhnSource, feature: Feature) -> Iterator[Sheet]:
    properties = dict(feature.properties)
    stated = str(properties.get(source.sheet_name, ""))
    name = re.search(source.sheet_pattern, stated)
    if name is None:
        raise BadInput(
            f"The index of sheets has a sheet whose {source.sheet_name} is {stated!r}, "
            f"which does not match sheet_pattern {source.sheet_pattern!r}."
        )
    bounds = bounds_of([feature.outline])
    parts = _parts(bounds) if "{nn" in source.sheets else [("", bounds)]
    for nn, within in parts:
        try:
            address = source.sheets.format(**(properties | {"sheet": name[0], "nn": nn}))
        except (KeyError, IndexError, ValueError) as error:
            raise BadInput(f"{source.sheets!r} is no address of sheets ({error!r}); it may hold {{sheet}}.") from error
        yield Sheet(_file(address), address, within)


def _parts(bounds: Bounds) -> Iterator[tuple[str, Bounds]]:
    west, south, east, north = bounds
    width, height = (east - west) / _A_SIDE, (north - south) / _A_SIDE
    for number in range(_A_SIDE * _A_SIDE):
        row, column = divmod(number, _A_SIDE)
        left, top = west + column * width, north - row * height
        yield f"{number + 1:02d}", (left, top - height, left + width, top)


def _file(address: str) -> str:
    """A name for the file of an address, with the suffix that readers of points look for."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", address.partition("?")[0].rsplit("/", 1)[-1]).lstrip(".")
    stem, _, suffix = name.rpartition(".")
    return f"{stem or 'sheet'}.{suffix.lower() if suffix.lower() in {'las', 'laz'} else 'laz'}"
