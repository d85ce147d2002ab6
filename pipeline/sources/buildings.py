"""Buildings in 3D from the 3DBAG API, as one CityJSONSeq file in RD + NAP.

The API answers pages of CityJSONFeatures like OGC API Features, but knows only the parameters bbox, limit and offset,
and only EPSG:7415 (docs.3dbag.nl, "3D API"). Each page has a transform of its own; the file has one.
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.polygons import Bounds, hull, written
from tiles.errors import BadInput
from tiles.store import said_as_output_problem

from .config import FeatureSource
from .job import Got, Job
from .listing import Page, pages
from .pieces import Pieces
from .record import CRS_WITH_HEIGHTS, Entry, settle
from .web import SourceAway, host, parameter, with_parameters

FILE = "3dbag.city.jsonl"
STEP_M = 0.001
_NAME = "3dbag"
_STAGE = "Fetching 3DBAG"
_REFERENCE_SYSTEM = "https://www.opengis.net/def/crs/EPSG/0/7415"
_RIGHT_SYSTEMS = ("7415",)
_VERSIONS = ("1.1", "2.0")
_KILOMETRE = 1000.0
_MARGIN_M = 50.0
"""Asked around the area: whether the API's bbox means a building's outline or its middle is not written anywhere."""


def fetch_buildings(source: FeatureSource, job: Job) -> Got:
    """All buildings that touch the area, each once, in the order of their identities."""
    tiles = [_widened(tile) for tile in job.area.squares(source.tile_m)]
    request = json.dumps([source.items, source.limit, source.tile_m, job.area.identity])
    if entry := job.record.whole(FILE, request):
        return Got(_NAME, (entry,), entry.counted, notes=entry.notes, already=True)
    with job.pieces(_NAME, request) as kept:
        for done, tile in enumerate(tiles):
            job.report(_STAGE, done, len(tiles))
            for _ in _all_pages(source, job, kept, tile):
                pass
        job.report(_STAGE, len(tiles), len(tiles))
        entry = job.record.add(_gather(source, job, kept, tiles, request))
    return Got(_NAME, (entry,), entry.counted, notes=entry.notes)


def _widened(tile: Bounds) -> Bounds:
    west, south, east, north = tile
    return west - _MARGIN_M, south - _MARGIN_M, east + _MARGIN_M, north + _MARGIN_M


def _all_pages(source: FeatureSource, job: Job, kept: Pieces, tile: Bounds) -> Iterator[Page]:
    """The pages of a box, and the last of all features where the source forgets to link to it.

    The API's published code leaves out the link to the last page when that holds one feature (offset counts from 1).
    """
    first = with_parameters(source.items, {"bbox": written(tile), "limit": source.limit})
    page = None
    for page in pages(job, kept, first, _require_cityjson):
        yield page
    if page is not None and page.matched is not None:
        offset = int(parameter(page.address, "offset") or 1) + source.limit
        if offset <= page.matched:
            yield from pages(job, kept, with_parameters(first, {"offset": offset}), _require_cityjson)


def _require_cityjson(_headers: Mapping[str, str], document: dict[str, Any], address: str) -> None:
    """Raise `SourceAway` unless a page with features says how to count their vertices, and in which system."""
    if not document.get("features"):
        return
    header = document.get("metadata") or {}
    try:
        _transform(header)
    except (KeyError, TypeError, ValueError) as error:
        raise SourceAway(f"{host(address)} sent CityJSON features without a transform ({error}).") from error
    system = _reference_system(header)
    if system and not system.endswith(_RIGHT_SYSTEMS):
        raise SourceAway(f"{host(address)} sent buildings in {system}, not in RD + NAP (EPSG:7415).")


def _reference_system(header: Mapping[str, Any]) -> str:
    """As CityJSON has it in ``metadata``, or one level higher, as the API's pages were seen to have it."""
    inner = header.get("metadata") if isinstance(header.get("metadata"), dict) else header
    return str((inner or {}).get("referenceSystem") or "")


def _transform(header: Mapping[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    transform = header["transform"]
    scale, translate = (np.array([float(value) for value in transform[name]]) for name in ("scale", "translate"))
    if scale.shape != (3,) or translate.shape != (3,):
        raise ValueError("three numbers are needed")
    return scale, translate


def _gather(source: FeatureSource, job: Job, kept: Pieces, tiles: list[Bounds], request: str) -> Entry:
    """Write the features of all pages in one order, counted from one origin."""
    origin, outside, version = _origin(job), set[str](), _VERSIONS[0]
    kept.begin_features()
    for tile in tiles:
        for page in _all_pages(source, job, kept, tile):
            texts, version = [], max(version, _version(page))
            for feature in page.features:
                identity, vertices = _read(feature, page)
                if job.area.touches(hull(vertices[:, :2])):
                    texts.append((identity, _line(feature, identity, vertices, origin)))
                else:
                    outside.add(identity)
            kept.add_features(texts)
    path = job.folder / FILE
    part = path.with_name(f"{path.name}.part")
    with said_as_output_problem(path), part.open("w", encoding="utf-8") as file:
        file.write(_header(source, origin, version))
        file.writelines(f"{line}\n" for line in kept.features())
    settle(part, path)
    notes = [f"{kept.differing:,} buildings came twice and differed; one of each was kept"] if kept.differing else []
    return Entry(
        FILE,
        _NAME,
        source.credit,
        with_parameters(source.items, {"bbox": written(job.area.bounds), "limit": source.limit}),
        kept.last_received(),
        job.area.bounds,
        CRS_WITH_HEIGHTS,
        request,
        f"{sum(1 for _ in kept.features()):,} buildings",
        notes=tuple(notes),
    )


def _read(feature: Mapping[str, Any], page: Page) -> tuple[str, NDArray[np.float64]]:
    """A feature's identity and its vertices, (n, 3), RD + NAP metres."""
    identity = str(feature.get("id") or next(iter(feature.get("CityObjects") or {}), ""))
    try:
        scale, translate = _transform(page.document["metadata"])
        vertices = np.array(feature["vertices"], dtype=np.float64).reshape(-1, 3) * scale + translate
    except (KeyError, TypeError, ValueError) as error:
        raise SourceAway(f"{host(page.address)} sent building {identity} without readable vertices.") from error
    if not identity or not len(vertices):
        raise SourceAway(f"{host(page.address)} sent a building without identity or vertices ({identity}).")
    return identity, vertices


def _line(feature: Mapping[str, Any], identity: str, vertices: NDArray[np.float64], origin: NDArray[np.float64]) -> str:
    """A feature with its vertices as whole steps from `origin`: nothing moves by more than half a millimetre."""
    steps = np.rint((vertices - origin) / STEP_M).astype(np.int64).tolist()
    whole = {**feature, "type": "CityJSONFeature", "id": identity, "vertices": steps}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _origin(job: Job) -> NDArray[np.float64]:
    """The kilometre corner south-west of the area, so that it does not depend on what the source answers."""
    west, south, _, _ = job.area.bounds
    return np.array([math.floor(west / _KILOMETRE) * _KILOMETRE, math.floor(south / _KILOMETRE) * _KILOMETRE, 0.0])


def _version(page: Page) -> str:
    version = str((page.document.get("metadata") or {}).get("version") or _VERSIONS[0])
    if not version.startswith(_VERSIONS):
        raise BadInput(f"{host(page.address)} sends CityJSON {version}; versions {' and '.join(_VERSIONS)} are known.")
    return version


def _header(source: FeatureSource, origin: NDArray[np.float64], version: str) -> str:
    """The first line of a CityJSONSeq (CityJSON 2.0, "Text Sequences and Streaming with CityJSONFeature")."""
    header = {
        "type": "CityJSON",
        "version": version,
        "transform": {"scale": [STEP_M] * 3, "translate": origin.tolist()},
        "metadata": {"referenceSystem": _REFERENCE_SYSTEM, "title": source.credit.title},
        "CityObjects": {},
        "vertices": [],
    }
    return json.dumps(header, ensure_ascii=False, separators=(",", ":")) + "\n"
