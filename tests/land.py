"""The sources of open data of a country of one's own, on loopback: a server that does what the real ones do."""

import contextlib
import http.server
import io
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
from PIL import Image

import assets

RD = "http://www.opengis.net/def/crs/EPSG/0/28992"


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    query: dict[str, str]
    range: str
    if_range: str
    address: str


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one answer."""

    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    cut_after: int | None = None
    """Bytes of the body that are sent before the connection is closed."""
    body: bytes | None = None
    """Sent in place of what was asked for."""
    kind: str = ""
    """Of that body."""


@dataclass
class Land:
    """What there is, how the server behaves, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    """By path; served with ranges and ETags."""
    panden: list[dict] = field(default_factory=list)
    """GeoJSON features in RD."""
    buildings: list[tuple[str, np.ndarray]] = field(default_factory=list)
    """Identity and vertices, (n, 3), RD + NAP."""
    municipalities: dict[str, list] = field(default_factory=dict)
    """Rings by name, RD."""
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    """By beginning of a path; each is used once."""
    filters: bool = True
    """Whether the service of boundaries filters by name."""
    content_crs: str = f"<{RD}>"
    overlap: int = 1
    """How many features of a page come again on the next, as happens when a collection changes meanwhile."""
    blank_east_of: float = float("inf")
    """From here on the photo is white."""
    delay_s: float = 0.0
    etag: str = '"a"'
    asked: list[Asked] = field(default_factory=list)
    sent: int = 0

    def paths(self, beginning: str) -> list[str]:
        """The addresses asked that begin so, without the host."""
        return [one.address for one in self.asked if one.path.startswith(beginning)]


class RefusedError(Exception):
    """The server answers 400."""


def features(land: Land, query: dict[str, str], base: str):
    """PDOK's OGC API Features: unknown parameters are refused, pages are linked by a cursor."""
    if unknown := set(query) - {"f", "bbox", "bbox-crs", "crs", "limit", "cursor"}:
        raise RefusedError(f"unknown query parameter(s) found: {sorted(unknown)}")
    if query["bbox-crs"] != RD or query["crs"] != RD or query["f"] != "json" or int(query["limit"]) > 1000:
        raise RefusedError("unsupported crs, format or limit")
    west, south, east, north = map(float, query["bbox"].split(","))
    found = []
    for feature in land.panden:
        xy = np.array(feature["geometry"]["coordinates"][0])
        low, high = xy.min(axis=0), xy.max(axis=0)
        if low[0] <= east and high[0] >= west and low[1] <= north and high[1] >= south:
            found.append(feature)
    start, limit = int(query.get("cursor", 0)), int(query["limit"])
    page = found[max(0, start - land.overlap) : start + limit]
    links = [{"rel": "self", "href": base}]
    if start + limit < len(found):
        onward = urlencode(query | {"cursor": str(start + limit)})
        links.append({"rel": "next", "href": f"{base}?{onward}", "type": "application/geo+json"})
    document = {"type": "FeatureCollection", "links": links, "features": page, "numberReturned": len(page)}
    return document, {"Content-Crs": land.content_crs}


def municipalities(land: Land, query: dict[str, str], base: str):
    """Kadaster's Bestuurlijke Gebieden, a few to a page."""
    named = {name: rings for name, rings in land.municipalities.items() if not land.filters or name == query["naam"]}
    start, size = int(query.get("cursor", 0)), 2
    chosen = list(named.items())[start : start + size]
    found = [
        {
            "type": "Feature",
            "properties": {"naam": name, "identificatie": f"GM{number:04d}"},
            "geometry": {"type": "Polygon", "coordinates": rings},
        }
        for number, (name, rings) in enumerate(chosen)
    ]
    links = []
    if start + size < len(named):
        links.append({"rel": "next", "href": f"{base}?{urlencode(query | {'cursor': str(start + size)})}"})
    return {"type": "FeatureCollection", "features": found, "links": links}, {"Content-Crs": land.content_crs}


def cityjson(land: Land, query: dict[str, str], base: str):
    """3DBAG: only bbox, limit and offset; counts from 1; its link to the next page leaves out a last single feature."""
    if unknown := set(query) - {"bbox", "limit", "offset"}:
        raise RefusedError(f"Unknown parameter {sorted(unknown)}")
    west, south, east, north = map(float, query["bbox"].split(","))
    limit, offset = int(query["limit"]), int(query.get("offset", 1))
    if limit > 100:
        raise RefusedError("limit")
    middles = [(identity, xyz, xyz[:, :2].mean(axis=0)) for identity, xyz in land.buildings]
    found = [(i, xyz) for i, xyz, (x, y) in middles if west <= x <= east and south <= y <= north]
    page = found[offset - 1 : offset - 1 + limit]
    links = [{"rel": "self", "href": base}]
    if offset + limit < len(found):
        onward = urlencode({"bbox": query["bbox"], "offset": offset + limit, "limit": limit})
        links.append({"rel": "next", "href": f"{base}?{onward}"})
    translate = np.array([*(page[0][1][0, :2] if page else (0, 0)), 10.0]).round(3) + 0.0004
    document = {
        "type": "FeatureCollection",
        "links": links,
        "numberMatched": len(found),
        "numberReturned": len(page),
        "features": [building(identity, xyz, translate) for identity, xyz in page],
    }
    if page:
        document["metadata"] = {
            "type": "CityJSON",
            "version": "2.0",
            "transform": {"scale": [0.001] * 3, "translate": translate.tolist()},
            "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"},
        }
    return document, {}


def building(identity: str, xyz: np.ndarray, translate: np.ndarray) -> dict:
    """A CityJSONFeature of a building and its one part."""
    part = f"{identity}-0"
    return {
        "type": "CityJSONFeature",
        "id": identity,
        "CityObjects": {
            identity: {"type": "Building", "attributes": {"b3_h_dak_max": 9.5}, "children": [part], "geometry": []},
            part: {
                "type": "BuildingPart",
                "parents": [identity],
                "geometry": [{"type": "MultiSurface", "lod": "1.2", "boundaries": [[[0, 1, 2, 3]]]}],
            },
        },
        "vertices": np.rint((xyz - translate) / 0.001).astype(int).tolist(),
    }


def colour(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What the photo shows at RD x, y: slow waves, so that a shift of a pixel is seen and JPEG keeps it."""
    waves = [np.sin(x / 40.0), np.sin(y / 40.0), np.sin((x + y) / 90.0)]
    return np.stack([128 + 100 * wave for wave in waves], axis=-1).astype(np.uint8)


def picture(land: Land, query: dict[str, str]) -> tuple[bytes, str]:
    """A WMS 1.3.0 that draws `colour`; too large a picture is an exception, sent with status 200."""
    width, height = int(query["WIDTH"]), int(query["HEIGHT"])
    if query["VERSION"] != "1.3.0" or query["CRS"] != "EPSG:28992" or query["LAYERS"] != "Actueel_orthoHR":
        return exception("LayerNotDefined"), "text/xml"
    if max(width, height) > 2000:
        return exception("Image size out of range, WIDTH and HEIGHT must be between 1 and 2000 pixels"), "text/xml"
    west, south, east, north = map(float, query["BBOX"].split(","))
    x = west + (np.arange(width) + 0.5) * (east - west) / width
    y = north - (np.arange(height) + 0.5) * (north - south) / height
    pixels = colour(*np.meshgrid(x, y))
    pixels[:, x > land.blank_east_of] = 255
    out = io.BytesIO()
    kinds = {"image/jpeg": ("JPEG", {"quality": 95}), "image/png": ("PNG", {}), "image/tiff": ("TIFF", {})}
    name, options = kinds[query["FORMAT"]]
    Image.fromarray(pixels).save(out, name, **options)
    return out.getvalue(), query["FORMAT"]


def exception(text: str) -> bytes:
    """As MapServer words it."""
    return (
        '<?xml version="1.0"?><ServiceExceptionReport version="1.3.0" xmlns="http://www.opengis.net/ogc">'
        f"<ServiceException>{text}</ServiceException></ServiceExceptionReport>"
    ).encode()


def _handler(land: Land) -> type[http.server.BaseHTTPRequestHandler]:  # noqa: C901 - one small method per task
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle(self):
            with contextlib.suppress(ConnectionError):  # the client had enough
                super().handle()

        def do_GET(self):
            time.sleep(land.delay_s)
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            wanted, if_range = self.headers.get("Range", ""), self.headers.get("If-Range", "")
            land.asked.append(Asked(parts.path, query, wanted, if_range, self.path))
            fault = next(
                (rest.pop(0) for path, rest in land.faults.items() if parts.path.startswith(path) and rest), None
            )
            if fault and fault.status:
                self.answer(fault.status, b"", dict(fault.headers))
                return
            if fault and fault.body is not None:
                kind = fault.kind or "application/json"
                self.answer(200, fault.body, {"Content-Type": kind, "Content-Crs": land.content_crs})
                return
            base = f"http://{self.headers['Host']}{parts.path}"
            try:
                status, body, headers = self.found(parts.path, query, base, (wanted, if_range))
            except RefusedError as refused:
                status, body, headers = 400, str(refused).encode(), {}
            self.answer(status, body, headers, fault.cut_after if fault else None)

        def found(self, path, query, base, ranges):
            if path == "/wms":
                body, kind = picture(land, query)
                return 200, body, {"Content-Type": kind}
            services = {"/bag": features, "/3dbag": cityjson, "/gemeentegebied": municipalities}
            if path in services:
                document, headers = services[path](land, query, base)
                return 200, json.dumps(document).encode(), {"Content-Type": "application/json"} | headers
            data = land.files.get(path)
            return (403, b"", {}) if data is None else self.part(data, *ranges)

        def part(self, data, wanted, if_range):
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted)
            headers = {"ETag": land.etag, "Accept-Ranges": "bytes"}
            if not asked or if_range not in {"", land.etag}:
                return 200, data, headers
            first, last = int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)
            return 206, data[first : last + 1], headers | {"Content-Range": f"bytes {first}-{last}/{len(data)}"}

        def answer(self, status, body, headers, cut_after=None):
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            land.sent += len(body[:cut_after])  # before it is sent: then who has it finds it counted
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(body[:cut_after])
            self.close_connection = cut_after is not None

        def log_message(self, *_):
            pass

    return Handler


@contextmanager
def served(land: Land) -> Iterator[str]:
    """The address of a server that has what `land` says."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(land))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def configured(base: str) -> str:
    """The configuration that ships, with every real address replaced by one of the server."""
    text = assets.path("municipalities/dordrecht.toml").read_text()
    for pattern, here in {
        r"https://basisdata\.nl/[^\"]*/": f"{base}/copc/",
        r"https://geotiles[^\"]*/": f"{base}/sheets/",
        r"https://service\.pdok\.nl/rws[^\"]*": f"{base}/sheets.json",
        r"https://service\.pdok\.nl/hwh[^\"]*": f"{base}/wms",
        r"https://api\.pdok\.nl/kadaster/bag[^\"]*items": f"{base}/bag",
        r"https://api\.3dbag\.nl/[^\"]*": f"{base}/3dbag",
        r"https://api\.pdok\.nl/kadaster/brk[^\"]*items": f"{base}/gemeentegebied",
    }.items():
        text, count = re.subn(pattern, here, text)
        assert count == 1, pattern
    return text


def pand(number: int, x: float, y: float, side: float = 8.0) -> dict:
    """A footprint with its south-west corner at x, y."""
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {
        "type": "Feature",
        "id": f"{number:08d}-uuid",
        "properties": {
            "identificatie": f"0505100000{number:06d}",
            "bouwjaar": 1600 + number % 400,
            "status": "Pand in gebruik",
        },
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def house(number: int, x: float, y: float, side: float = 8.0) -> tuple[str, np.ndarray]:
    """A building with its south-west corner at x, y: identity and vertices, RD + NAP."""
    corners = [(0, 0, 2.5), (side, 0, 2.5), (side, side, 9.123), (0, side, 9.123)]
    return f"NL.IMBAG.Pand.0505100000{number:06d}", np.array([(x + dx, y + dy, z) for dx, dy, z in corners])
