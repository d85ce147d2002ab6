"""Footprints of buildings from an OGC API Features service, as one GeoJSON in RD (the BAG at PDOK)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.polygons import Bounds, as_written, written
from tiles.store import said_as_output_problem

from .config import FeatureSource
from .job import Got, Job
from .listing import pages
from .pieces import Pieces
from .record import CRS, Entry, settle
from .web import SourceAway, host, with_parameters

FILE = "bag.geojson"
RD_URI = "http://www.opengis.net/def/crs/EPSG/0/28992"
_NAME = "bag"
_STAGE = "Fetching BAG footprints"


def fetch_footprints(source: FeatureSource, job: Job) -> Got:
    """All footprints that touch the area, each once, in the order of their identities."""
    tiles = list(job.area.squares(source.tile_m))
    request = json.dumps([source.items, source.limit, source.tile_m, dict(source.names), job.area.identity])
    if entry := job.record.whole(FILE, request):
        return Got(_NAME, (entry,), entry.counted, notes=entry.notes, already=True)
    with job.pieces(_NAME, request) as kept:
        for done, tile in enumerate(tiles):
            job.report(_STAGE, done, len(tiles))
            for _ in pages(job, kept, first_page(source, tile), require_rd):
                pass
        job.report(_STAGE, len(tiles), len(tiles))
        count, notes = _gather(source, job, kept, tiles)
        entry = Entry(
            FILE,
            _NAME,
            source.credit,
            first_page(source, job.area.bounds),
            kept.last_received(),
            job.area.bounds,
            CRS,
            request,
            f"{count:,} footprints",
            notes=tuple(notes),
        )
        entry = _write(job, kept, entry)
    return Got(_NAME, (entry,), entry.counted, notes=entry.notes)


def first_page(source: FeatureSource, tile: Bounds) -> str:
    """The address of the first page of the features in a box, all in RD (OGC API Features, part 2)."""
    asked: dict[str, str | int] = {"bbox": written(tile), "bbox-crs": RD_URI, "crs": RD_URI, "limit": source.limit}
    return with_parameters(source.items, asked)


def require_rd(headers: Mapping[str, str], _document: dict[str, Any], address: str) -> None:
    """Raise `SourceAway` unless an answer says that it is in RD (OGC API Features part 2, requirement 16)."""
    stated = headers.get("content-crs", "").strip("<> ")
    if stated.replace("https://", "http://") != RD_URI:
        said = stated or "nothing"
        raise SourceAway(f"{host(address)} was asked for RD ({RD_URI}) and says {said} of what it sent.")


def _gather(source: FeatureSource, job: Job, kept: Pieces, tiles: list[Bounds]) -> tuple[int, list[str]]:
    """Put the features of all pages in one order; how many there are, and what there is to say of them."""
    kept.begin_features()
    outside: set[str] = set()
    for tile in tiles:
        for page in pages(job, kept, first_page(source, tile), require_rd):
            texts = []
            for feature in page.features:
                identity = _identity(feature, source, page.address)
                if job.area.outline is None or _touches(job, feature, identity):
                    texts.append((identity, _line(feature, source)))
                else:
                    outside.add(identity)
            kept.add_features(texts)
    notes = [f"{len(outside):,} footprints outside the polygon left out"] if outside else []
    if kept.differing:
        notes.append(f"{kept.differing:,} footprints came twice and differed; one of each was kept")
    return sum(1 for _ in kept.features()), notes


def _touches(job: Job, feature: Mapping[str, Any], identity: str) -> bool:
    try:
        return job.area.touches(as_written(feature.get("geometry") or {}))
    except ValueError as error:
        raise SourceAway(f"The source sent footprint {identity} with a geometry that is none ({error}).") from error


def _identity(feature: Mapping[str, Any], source: FeatureSource, address: str) -> str:
    properties = feature.get("properties") or {}
    identity = properties.get(source.id_property) if source.id_property else feature.get("id")
    if identity in {None, ""}:
        raise SourceAway(f"{host(address)} sent a feature without {source.id_property or 'id'}.")
    return str(identity)


def _line(feature: Mapping[str, Any], source: FeatureSource) -> str:
    """A feature as one line, with its properties under the names that are used here."""
    properties = dict(feature.get("properties") or {})
    renamed = {source.names.get(name, name): value for name, value in properties.items()}
    whole = {"type": "Feature", "id": feature.get("id"), "properties": renamed, "geometry": feature.get("geometry")}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _write(job: Job, kept: Pieces, entry: Entry) -> Entry:
    path = job.folder / entry.path
    part = path.with_name(f"{path.name}.part")
    with said_as_output_problem(path), part.open("w", encoding="utf-8") as file:
        file.writelines(_collection(kept))
    settle(part, path)
    return job.record.add(entry)


def _collection(kept: Pieces) -> Iterator[str]:
    """A FeatureCollection, one feature on a line; its ``crs`` is GeoJSON 2008's, which GDAL and QGIS heed."""
    yield '{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::28992"}},'
    yield '"features":[\n'
    between = ""
    for line in kept.features():
        yield between + line
        between = ",\n"
    yield "\n]}\n"
