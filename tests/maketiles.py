"""Tilesets as other people's programs write them: every kind of content, listed and implicit."""

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tiles.frame import RD_NAP, geographic_to_ecef, points, tangent

AT = (104_900.0, 425_250.0, 2.5)
SHAPE = np.array([(x, y, z) for x in (0, 40) for y in (0, 20) for z in (0, 12)], np.float64)
"""The corners of a block, metres east, north and up of where it stands."""
BOX = [20, 10, 6, 20, 0, 0, 0, 10, 0, 0, 0, 6]


def transform(at=AT, *, nap_as_ellipsoidal=False):
    """From a block to the Earth, as 3D Tiles writes it."""
    placed = tangent(RD_NAP, at).rigid().matrix.copy()
    if nap_as_ellipsoidal:
        latitude, longitude, _ = RD_NAP.to_geographic(points(at))[0]
        placed[:3, 3] = geographic_to_ecef(points((latitude, longitude, at[2])))[0]
    return placed.T.ravel().tolist()


def glb(xyz=SHAPE, extra: Mapping | None = None, node: Mapping | None = None, uri: str = "") -> bytes:
    """Vertices, given z up, as an uncompressed GLB of one triangle after another."""
    rows = np.asarray(xyz, np.float64)[:, [0, 2, 1]] * (1, 1, -1)
    binary = rows.astype("<f4").tobytes()
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, **(node or {})}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": len(rows),
                "type": "VEC3",
                "min": rows.min(axis=0).tolist(),
                "max": rows.max(axis=0).tolist(),
            }
        ],
        "bufferViews": [{"buffer": 0, "byteLength": len(binary)}],
        "buffers": [{"byteLength": len(binary), **({"uri": uri} if uri else {})}],
        **(extra or {}),
    }
    return json.dumps(document).encode() if uri else packed(document, binary)


def packed(document: Mapping, binary: bytes) -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x4E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _tabled(magic: bytes, said: Mapping, binary: bytes = b"", after: bytes = b"", extra: bytes = b"") -> bytes:
    text = json.dumps(said).encode()
    text += b" " * (-len(text) % 8)
    length = 28 + len(extra) + len(text) + len(binary) + len(after)
    return struct.pack("<4sIIIIII", magic, 1, length, len(text), len(binary), 0, 0) + extra + text + binary + after


def b3dm(xyz=SHAPE, center: Sequence[float] = ()) -> bytes:
    return _tabled(b"b3dm", {"BATCH_LENGTH": 0, **({"RTC_CENTER": [*center]} if len(center) else {})}, after=glb(xyz))


def pnts(xyz=SHAPE, *, quantized=False) -> bytes:
    said: dict = {"POINTS_LENGTH": len(xyz)}
    if not quantized:
        return _tabled(b"pnts", said | {"POSITION": {"byteOffset": 0}}, xyz.astype("<f4").tobytes())
    low, size = xyz.min(axis=0), np.ptp(xyz, axis=0)
    said |= {"POSITION_QUANTIZED": {"byteOffset": 0}}
    said |= {"QUANTIZED_VOLUME_OFFSET": low.tolist(), "QUANTIZED_VOLUME_SCALE": size.tolist()}
    return _tabled(b"pnts", said, np.round((xyz - low) / size * 65535).astype("<u2").tobytes())


def i3dm(xyz=SHAPE, uri: str = "") -> bytes:
    said = {"INSTANCES_LENGTH": len(xyz), "POSITION": {"byteOffset": 0}}
    after = uri.encode() if uri else glb()
    return _tabled(b"i3dm", said, xyz.astype("<f4").tobytes(), after, struct.pack("<I", 0 if uri else 1))


def cmpt(*parts: bytes) -> bytes:
    return struct.pack("<4sIII", b"cmpt", 1, 16 + sum(map(len, parts)), len(parts)) + b"".join(parts)


def tile(uri: str = "", children: Sequence[Mapping] = (), **more) -> dict:
    found = {"boundingVolume": {"box": [*BOX]}, "geometricError": 0 if not children else 10, **more}
    if uri:
        found["content"] = {"uri": uri}
    return found | ({"children": [*children]} if children else {})


def tileset(root: Mapping, version: str = "1.1", **more) -> dict:
    asset = {"version": version, "generator": "someone"}
    placed = {"transform": transform(), "refine": "ADD", **root}
    return {"asset": asset, "geometricError": 100, "root": placed, **more}


def region(at=AT, low=0.0, high=40.0):
    """The region around a block, whose heights are given."""
    ends = RD_NAP.to_geographic(points(at, (at[0] + 40, at[1] + 20, at[2])))
    (south, west), (north, east) = np.radians(ends[:, :2]).tolist()
    return [west - 1e-6, south - 1e-6, east + 1e-6, north + 1e-6, low, high]


def write(folder: Path, document: Mapping, **files: bytes) -> Path:
    """A tileset with its contents; ``__`` in a name is a full stop, and ``___`` a slash."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tileset.json").write_text(json.dumps(document))
    for name, data in files.items():
        file = folder / name.replace("___", "/").replace("__", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder


def subtree(tiles: Sequence[int], contents: Sequence[int], children: Sequence[int] | int = 0) -> bytes:
    """A binary subtree by the bits of what there is."""
    views, binary = [], b""
    for bits in (tiles, contents, children):
        if isinstance(bits, int):
            continue
        row = np.packbits(np.array(bits, bool), bitorder="little").tobytes()
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(row)})
        binary += row + bytes(-len(row) % 8)
    said = {
        "buffers": [{"byteLength": len(binary)}],
        "bufferViews": views,
        "tileAvailability": {"bitstream": 0},
        "contentAvailability": [{"bitstream": 1}],
        "childSubtreeAvailability": {"constant": children} if isinstance(children, int) else {"bitstream": 2},
    }
    text = json.dumps(said).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<4sIQQ", b"subt", 1, len(text), len(binary)) + text + binary
