"""Someone else's tileset: looked through, put at the right height where it is not, passed on with its own contents."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.confine import Limits, confined
from pipeline.foreign import opinion_of
from pipeline.report import Report, silent
from tiles.errors import BadInput, MissingGeoreference
from tiles.frame import RD_NAP
from tiles.store import Directory, new_directory
from tiles.tree import EXTRAS, TILESET, About

from .heights import Evidence, Heights, Verdict, judge
from .lift import Lift, lift, lifted
from .source import Source, opened
from .spread import Spread
from .terrain import above
from .walk import Walk, missing


@dataclass(frozen=True)
class TilesetOptions:
    """What the user says of a tileset."""

    heights: Heights = "auto"
    on_ground: tuple[str, ...] = ()
    """Point clouds whose ground decides."""
    incomplete: bool = False
    """Whether files that are not there may be missing."""
    title: str = ""
    attribution: str = ""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class TilesetSummary:
    """What was found, and what was done with it."""

    name: str
    version: str
    generator: str
    tiles: int
    contents: int
    bytes: int
    low: tuple[float, float, float] | None
    """RD x, y and NAP of the lowest of each, as passed on; None outside the Netherlands."""
    high: tuple[float, float, float] | None
    up_m: float
    """How far it was lifted; 0 where it was not."""
    heights: str
    """How its heights were read, and why."""
    opinion: str
    """What py3dtiles makes of it."""
    notes: tuple[str, ...]


def pass_on(place: Path, out: Path, options: TilesetOptions, report: Report = silent) -> TilesetSummary:
    """Pass the tileset in a folder, a tileset.json or an archive on to the new folder `out`.

    The bytes of its contents stay as they are. Raises a `Problem` for a tileset that cannot be drawn, is incomplete, or
    whose heights are in doubt, and leaves nothing behind then.
    """
    with new_directory(out) as store:
        return confined(convert, (place, store, options), options.limits, report)


def convert(place: Path, store: Directory, options: TilesetOptions, report: Report) -> TilesetSummary:
    """The work of `pass_on`, without protection from what a file may do to its reader."""
    with opened(place) as source:
        walk, spread = Walk(source), Spread()
        for number, shown in enumerate(walk.shown(), start=1):
            spread.add(shown)
            report("Looking through the tiles", number, number)
        _require_whole(walk, spread, options)
        verdict = _verdict(source, spread, options, report)
        change = _change(walk, spread, verdict)
        size = _write(walk, store, options, report, change)
        return _summary(walk, spread, size, change, _opinion(source))


@dataclass(frozen=True, eq=False)
class _Change:
    """What is done to a tileset."""

    move: Lift | None
    regions: list[int]
    """How many each document had, in their order."""
    verdict: Verdict


def _change(walk: Walk, spread: Spread, verdict: Verdict) -> _Change:
    """Lift the documents where the verdict wants it."""
    if not verdict.nap:
        return _Change(None, [], verdict)
    move = lift(spread.low, spread.high)
    root = walk.source.root
    return _Change(move, [lifted(each, move, main=key == root) for key, each in walk.documents.items()], verdict)


def _require_whole(walk: Walk, spread: Spread, options: TilesetOptions) -> None:
    if walk.missing and not options.incomplete:
        said = missing(walk.missing, walk.source.name)
        raise BadInput(f"{said} Ask for the whole folder, or pass --incomplete to go without.")
    if not spread.contents:
        raise BadInput(f"{walk.source.name} shows nothing: none of its {walk.tiles:,} tiles has a content.")
    if spread.unplaced:
        raise MissingGeoreference(
            f"{walk.source.name} stands in the middle of the Earth ({spread.unplaced:,} of {spread.contents:,} "
            "contents): its root has no transform that places it; ask for a georeferenced one."
        )


def _verdict(source: Source, spread: Spread, options: TilesetOptions, report: Report) -> Verdict:
    if not spread.placed:
        if options.heights == "nap":
            raise BadInput(
                f"{source.name} lies outside the Netherlands, where heights are not NAP; leave --heights out."
            )
        return Verdict(False, "Its heights are left as they are")
    terrain = above(spread.cells, options.on_ground, report) if options.on_ground else None
    evidence = Evidence(source.name, spread.ground_nap_m, float(spread.high[2]), spread.undulation_m, terrain)
    return judge(evidence, options.heights)


def _write(walk: Walk, store: Directory, options: TilesetOptions, report: Report, change: _Change) -> int:
    """Copy every file, contents byte by byte; the main tileset last. How many bytes that is."""
    root = walk.source.root
    counts = change.regions or [0] * len(walk.documents)
    others = {key: count for key, count in zip(walk.documents, counts, strict=True) if key != root}
    if TILESET in others or (root != TILESET and TILESET in walk.files):
        raise BadInput(f"{walk.source.name} has a {TILESET} beside {root}; give the one that refers to the other.")
    size = 0
    for number, key in enumerate(walk.files, start=1):
        size += _put(store, key, walk.source.files.get(key))
        report("Passing the files on", number, len(walk.files))
    for key, regions in others.items():
        size += _put(store, key, _json(walk.documents[key]) if regions else walk.source.files.get(key))
    return size + _put(store, TILESET, _json(_titled(walk, options, change.verdict)))


def _put(store: Directory, key: str, data: bytes) -> int:
    store.put(key, data)
    return len(data)


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _titled(walk: Walk, options: TilesetOptions, verdict: Verdict) -> dict[str, Any]:
    """The main tileset with its title and whom to name: as metadata where it has none of its own, else as extras."""
    document = walk.documents[walk.source.root]
    title = options.title or walk.source.title
    about = About(title, "model", RD_NAP.crs, options.attribution, {"heights": verdict.why}).properties()
    if options.attribution:
        document["asset"]["copyright"] = options.attribution
    if document["asset"].get("version") == "1.1" and not {"schema", "schemaUri", "metadata"} & document.keys():
        properties = {name: {"type": "STRING"} for name in about}
        document["schema"] = {"id": "voorland", "classes": {"tileset": {"properties": properties}}}
        document["metadata"] = {"class": "tileset", "properties": about}
    else:
        extras = document.get("extras")
        document["extras"] = (extras if isinstance(extras, dict) else {}) | {EXTRAS: about}
    return document


def _opinion(source: Source) -> str:
    if source.file is None:
        return "py3dtiles does not read archives"
    try:
        return opinion_of(source.file)
    except BadInput as problem:
        return f"py3dtiles finds it broken ({str(problem).rstrip('.')})"


def _summary(walk: Walk, spread: Spread, size: int, change: _Change, opinion: str) -> TilesetSummary:
    asset = walk.documents[walk.source.root]["asset"]
    up = change.move.up_m if change.move else 0.0
    low = high = None
    if spread.placed:
        low = (float(spread.low[0]), float(spread.low[1]), float(spread.low[2]) + up)
        high = (float(spread.high[0]), float(spread.high[1]), float(spread.high[2]) + up)
    return TilesetSummary(
        walk.source.name,
        str(asset.get("version")),
        str(asset.get("generator") or "")[:80],
        walk.tiles,
        spread.contents,
        size,
        low,
        high,
        up,
        change.verdict.why + ".",
        opinion,
        tuple(_notes(walk, spread, change)),
    )


def _notes(walk: Walk, spread: Spread, change: _Change) -> list[str]:
    notes = []
    if change.move:
        regions = f" Its volumes got their heights ({sum(change.regions):,} regions)." if any(change.regions) else ""
        notes.append(
            f"Lifted by {change.move.up_m:.2f} m in one rigid piece by the root's transform, true to the geoid within "
            f"{change.move.residual_m * 1000:.0f} mm.{regions}"
        )
    if walk.missing:
        notes.append(missing(walk.missing, walk.source.name))
    if spread.closed:
        notes.append(
            f"{spread.closed:,} of {spread.contents:,} contents cannot be looked into; "
            "their tiles' volumes tell where they lie."
        )
    if spread.beyond:
        notes.append(
            f"{spread.beyond:,} contents reach out of their tile's volume, and may vanish from view too early."
        )
    if spread.outside and spread.abroad:
        latitude, longitude = spread.abroad
        notes.append(
            f"{spread.outside:,} of {spread.contents:,} contents lie outside the Netherlands (such as at "
            f"{latitude:.4f}, {longitude:.4f}); their heights were not looked at."
        )
    notes += [f"{said[0].upper()}{said[1:]} ({count:,} times)." for said, count in walk.remarks.items()]
    return notes
