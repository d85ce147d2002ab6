"""One delivery: looked through, placed, tiled, and counted."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .run import Ran, voorland
from .written import Written, written

_SPOT = (104_915.0, 425_275.0, 2.8)
"""In Dordrecht, RD and NAP: where models go that do not say where they stand."""
_ADVICE = re.compile(r"pass (--up \w) (--at) (\S+) if")


@dataclass(frozen=True)
class Delivered:
    """What became of one file."""

    file: Path
    name: str
    tiles: Path | None
    """Its tileset; None where it was refused."""
    georeference: str
    evidence: str
    engine: str
    elements: int = 0
    triangles: int = 0
    written: Written | None = None
    bounds: tuple[float, float, float, float] | None = None
    """RD metres."""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    refusal: str = ""


def delivered(file: Path, data: Path, out: Path) -> Delivered:
    """Run the commands on one file."""
    name = str(file.relative_to(data))
    folder = out / "tiles" / re.sub(r"[^\w.-]+", "_", name)
    if file.name == "tileset.json":
        return _passed_on(file, name, folder)
    looked = voorland("inspect", file, "--json", "--no-remember")
    report = json.loads(looked.out) if looked.out.startswith("{") else {}
    placing, georeference, evidence = _placing(report)
    done = voorland("tile", "model", file, "--out", folder, "--no-remember", *placing)
    engine = _engine(file, done)
    if done.code:
        return Delivered(file, name, None, georeference, evidence, engine, refusal=done.refusal)
    contents = report["contents"]
    return Delivered(
        file,
        name,
        folder,
        georeference,
        evidence,
        engine,
        contents["elements"],
        contents["triangles"],
        written(folder),
        _bounds(report, placing),
        done.wall_s,
        done.cpu_s,
    )


def _passed_on(file: Path, name: str, folder: Path) -> Delivered:
    done = voorland("tile", "tileset", file, "--out", folder)
    if done.code:
        return Delivered(file, name, None, "", "", "", refusal=done.refusal)
    said = next((line for line in done.out.splitlines() if "NAP" in line or "ellipsoid" in line.lower()), "")
    found = written(folder)
    return Delivered(file, name, folder, "its own", said, "passed on", 0, 0, found, None, done.wall_s, done.cpu_s)


def _placing(report: dict[str, Any]) -> tuple[list[str], str, str]:
    """The options that place a model, the georeference that was chosen, and the evidence for it."""
    place, contents = report.get("place"), report.get("contents")
    if place is None or contents is None:
        return [], "", ""
    chosen = next((row for row in place["candidates"] if row["chosen"]), None)
    if place["chosen"] and chosen is not None:
        x, y, z = chosen["origin"]
        turned = f"{chosen['heading_deg']:g}°"
        return [], f"{chosen['crs']} {x:.2f}, {y:.2f}, {z:.2f}, {turned}", f"{place['level']}; {chosen['evidence']}"
    if advised := _ADVICE.search(place["why"]):
        return [*advised[1].split(), advised[2], advised[3]], f"not known; by hand {advised[0][5:-3]}", place["why"]
    (west, south, low), (east, north, high) = contents["low"], contents["high"]
    x, y = _SPOT[0] - (west + east) / 2, _SPOT[1] - (south + north) / 2
    nap = _SPOT[2] if low <= 0 <= high else _SPOT[2] - low
    at = f"{x:.3f},{y:.3f},{nap:.3f}"
    return ["--at", at], f"not known; by hand --at {at}", place["why"]


def _bounds(report: dict[str, Any], placing: list[str]) -> tuple[float, float, float, float] | None:
    """Where the model stands on the map, as far as a choice of surroundings needs it."""
    if not placing:
        west, south, east, north = report["place"]["bounds"]
        return west, south, east, north
    (x0, y0, z0), (x1, y1, z1) = report["contents"]["low"], report["contents"]["high"]
    x, y, _ = (float(number) for number in placing[placing.index("--at") + 1].split(","))
    if "--up" in placing:  # read as y up before: y was −z of the map
        return x + x0, y - z1 if z1 < 0 else y + z0, x + x1, y - z0 if z1 < 0 else y + z1
    return x + x0, y + y0, x + x1, y + y1


def _engine(file: Path, done: Ran) -> str:
    """Which program made its triangles."""
    if file.suffix.lower() not in {".ifc", ".ifczip"}:
        return "own reader" if file.suffix.lower() in {".json", ".jsonl", ".gml", ".xml"} else "trimesh"
    failed = "ifclite-geom" in done.out + done.said
    return "ifclite-geom failed in part; IfcOpenShell" if failed else "ifclite-geom; IfcOpenShell for the rest"
