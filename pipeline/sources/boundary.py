"""The outline of a municipality, from an OGC API Features service (Kadaster, Bestuurlijke Gebieden)."""

import json
from typing import Any

from pipeline.area import Area, from_document
from tiles.errors import BadInput

from .config import BoundarySource
from .footprints import RD_URI, require_rd
from .record import CRS, Entry, Record, write_whole
from .web import SourceAway, Web, host, joined, now, parsed, with_parameters

FILE = "municipality.geojson"
_MOST_PAGES = 50
_PAGE = 100


def fetch_boundary(source: BoundarySource, name: str, record: Record, web: Web) -> tuple[Area, Entry | None]:
    """The area of the municipality `name`, kept in the folder of `record`; and its entry when that must be recorded.

    Raises `BadInput` when the source knows no such municipality, and `SourceAway`.
    """
    request = json.dumps([source.items, source.name_property, name.casefold()])
    path = record.folder / FILE
    if record.whole(FILE, request):
        return _area(json.loads(path.read_text(encoding="utf-8")), name), None
    address = with_parameters(source.items, {source.name_property: name, "crs": RD_URI, "limit": _PAGE})
    feature = _found(source, name, address, web)
    area = _area(feature, name)
    collection = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}},
        "features": [feature],
    }
    write_whole(path, json.dumps(collection, ensure_ascii=False).encode())
    entry = Entry(FILE, "boundary", source.credit, address, now(), area.bounds, CRS, request, f"{area.km2:,.1f} km²")
    return area, entry


def _area(document: dict[str, Any], name: str) -> Area:
    with_crs = {"crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}} | document
    return from_document(with_crs, f"the municipality of {name}")


def _found(source: BoundarySource, name: str, address: str, web: Web) -> dict[str, Any]:
    """The feature of that name; a source that does not filter by name is read to its end."""
    known: list[str] = []
    first = address
    for _ in range(_MOST_PAGES):
        at = address

        def understood(response: Any, body: bytes, at: str = at) -> dict[str, Any]:
            document = parsed(body, at)
            require_rd(response.headers, document, at)
            return document

        document = web.get(at, understood, accept="application/geo+json, application/json")
        for feature in document.get("features") or ():
            known.append(str((feature.get("properties") or {}).get(source.name_property)))
            if known[-1].casefold() == name.casefold():
                return {**feature, "type": "Feature"}
        onward = [link.get("href") for link in document.get("links") or () if link.get("rel") == "next"]
        if not onward:
            others = f"; it sent {', '.join(known[:5])}" if known else ""
            raise BadInput(f"{host(first)} knows no municipality {name}{others}. Check the name, or give --bbox.")
        address = joined(at, str(onward[0]))
    raise SourceAway(f"{host(first)} goes on after {_MOST_PAGES} pages of municipalities without {name}.")
