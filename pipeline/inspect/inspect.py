"""From a file to its report and pictures, in a process of its own: facts, place, checks, outline, view."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import file_digest
from pathlib import Path
from typing import Any

import numpy as np
import shapely  # type: ignore[import-untyped]

import models
from models.model import Model
from pipeline.confine import Limits, confined
from pipeline.polygons import Bounds, Outline
from pipeline.report import Report as Progress
from pipeline.report import silent
from tiles.errors import BadInput, Problem

from . import facts, footprint, ifcfile, ils
from .ifcfacts import IfcFacts
from .place import Placed, Where, place
from .report import SCHEMA, File, Ids, Pictures, Report
from .verdicts import judged
from .words import Words

_IFC = (".ifc", ".ifczip")
_PHOTO_PIXELS = 2  # along each side, for one of the figure


@dataclass(frozen=True)
class InspectOptions:
    """What a model is held against, and what it may cost."""

    reading: models.Reading = field(default_factory=models.Reading)
    ids: Path | None = None
    photos: tuple[str, ...] = ()
    photo_crs: str | None = None
    where: Where = field(default_factory=Where)
    """What is said of the model's place and known around it; footprints there are drawn on the plan as well."""
    pictures: bool = True
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Inspected:
    """A report and its pictures."""

    report: Report
    pictures: Pictures = field(default_factory=Pictures)


def inspect(file: Path, options: InspectOptions, progress: Progress = silent) -> Inspected:
    """Look through a file; one that cannot be read yields a report that says so.

    Raises `BadInput` where there is no file.
    """
    if not file.is_file():
        raise BadInput(f"There is no file {file}.")
    try:
        return confined(look, (file, options), options.limits, progress)
    except Problem as problem:
        # It ended its reader, or took too much: what the file says apart from its geometry may still be known.
        try:
            return confined(look_without_geometry, (file, options, str(problem)), options.limits, progress)
        except Problem:
            return Inspected(judged(_begun(file, str(problem))))


def look(file: Path, options: InspectOptions, progress: Progress) -> Inspected:
    """The work of `inspect`, without protection from what a file may do to its reader."""
    progress("Reading what the file says", 0, 1)
    ifc, handle, unreadable = _ifc(file)
    progress("Reading what the file says", 1, 1)
    try:
        read = models.read(file, options.reading, lambda done, total: progress("Reading the model", done, total))
        model = facts.placed(read)
    except Problem as problem:
        return _without_model(file, options, (ifc, handle), unreadable or str(problem))
    contents = facts.contents(model, ifc)
    placed = place(model, file, options.where, progress)
    outline = footprint.footprint(model)
    on_map = outline if placed.shown is None else footprint.moved(outline, placed.shown.local_to_map)
    where = replace(placed.place, footprint=_rings(on_map), footprint_m2=round(float(on_map.area), 2))
    checks = ils.checks(ifc, contents, file) if ifc is not None else ()
    report = replace(
        _begun(file),
        contents=contents,
        place=where,
        checks=checks,
        ids=_held(options.ids, handle),
        missing=model.facts.missing,
        repaired=model.facts.repaired,
        notes=model.notes,
    )
    if not options.pictures:
        return Inspected(judged(report))
    pictures, notes = _pictures(model, placed, on_map, options, progress)
    return Inspected(judged(replace(report, notes=(*report.notes, *notes))), pictures)


def look_without_geometry(file: Path, options: InspectOptions, problem: str, _progress: Progress) -> Inspected:
    """What can be said of a file whose geometry ended its reader."""
    ifc, handle, _ = _ifc(file)
    return _without_model(file, options, (ifc, handle), problem)


def _without_model(file: Path, options: InspectOptions, read: tuple[IfcFacts | None, Any], problem: str) -> Inspected:
    ifc, handle = read
    checks = ils.checks(ifc, None, file) if ifc is not None else ()
    return Inspected(judged(replace(_begun(file, problem), checks=checks, ids=_held(options.ids, handle))))


def _begun(file: Path, problem: str = "") -> Report:
    """A report of which no more is known than the file."""
    with file.open("rb") as data:
        digest = file_digest(data, "sha256").hexdigest()
    return Report(SCHEMA, File(file.name, file.stat().st_size, digest), problem)


def _ifc(file: Path) -> tuple[IfcFacts | None, Any, str]:
    """An IFC file's facts, the file as IfcOpenShell has it, and why there are none; nothing for other formats."""
    if file.suffix.lower() not in _IFC:
        return None, None, ""
    try:
        handle = ifcfile.opened(file)
    except BadInput as problem:
        return None, None, str(problem)
    return ifcfile.facts(handle), handle, ""


def _held(path: Path | None, handle: Any) -> Ids | None:
    if path is None:
        return None
    from . import ids  # noqa: PLC0415 - XML Schema takes a second to load

    if handle is None:
        return ids.unusable(path, "only an IFC file can be held against an IDS file")
    return ids.check(path, handle)


def _rings(outline: Outline) -> tuple[tuple[tuple[float, float], ...], ...]:
    return tuple(tuple((round(float(x), 3), round(float(y), 3)) for x, y in ring) for ring in footprint.rings(outline))


def _pictures(
    model: Model, placed: Placed, outline: Outline, options: InspectOptions, progress: Progress
) -> tuple[Pictures, tuple[str, ...]]:
    """The view and the plan; notes where they could not be drawn."""
    from . import mapfigure, picture  # noqa: PLC0415 - ray casting takes a second to load
    from .scene import scene  # noqa: PLC0415

    matrix = np.eye(4) if placed.shown is None else placed.shown.local_to_map
    drawn = scene(model, matrix)
    if drawn is None:
        return Pictures(), ("Nothing of it can be drawn.",)
    notes: list[str] = []
    progress("Drawing pictures", 0, 3)
    view, roofs = b"", b""
    low, high = drawn.low, drawn.high
    bounds: Bounds = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    try:
        view = picture.view(drawn)
        progress("Drawing pictures", 1, 3)
        roofs = picture.plan(drawn, bounds, 480) if min(bounds[2] - bounds[0], bounds[3] - bounds[1]) > 0 else b""
    except Problem as problem:  # Open3D cannot be loaded
        notes.append(f"There is no picture: {problem}")
    progress("Drawing pictures", 2, 3)
    window = mapfigure.window(tuple(float(metres) for metres in shapely.bounds(outline)))  # type: ignore[arg-type]
    on_map = placed.shown is not None
    around = _around(window.bounds, window.metres_per_pixel, options, notes) if on_map else mapfigure.Around()
    figure = mapfigure.Drawn(outline, roofs, bounds, around, on_map, placed.place.chosen)
    label = Words("Plattegrond van het model.", "Plan of the model.")
    progress("Drawing pictures", 3, 3)
    return Pictures(view, mapfigure.svg(figure, window, label)), tuple(notes)


def _around(bounds: Bounds, pixel_m: float, options: InspectOptions, notes: list[str]) -> Any:
    """Photo and outlines in a window; what cannot be used is said in `notes`."""
    from .mapfigure import Around  # noqa: PLC0415

    photo, outlines = None, []
    try:
        if options.photos:
            photo = _photo(bounds, pixel_m, options)
        if options.where.around.footprints is not None:
            outlines = list(_outlines(bounds, options.where.around.footprints))
    except Problem as problem:
        if str(problem) not in notes:
            notes.append(str(problem))
    return Around(photo, outlines)


def _photo(bounds: Bounds, pixel_m: float, options: InspectOptions) -> Any:
    from pipeline.photo import find_photos, open_photos  # noqa: PLC0415 - GDAL

    rgb, found = open_photos(find_photos(options.photos), options.photo_crs).window(bounds, pixel_m / _PHOTO_PIXELS)
    return np.dstack([rgb, found.astype(np.uint8) * 255]) if found.any() else None


def _outlines(bounds: Bounds, path: Path) -> Iterator[Outline]:
    from pipeline.geojson import read_features  # noqa: PLC0415

    around = shapely.box(*bounds)
    for feature in read_features(path).features:
        if shapely.intersects(feature.outline, around):
            yield shapely.intersection(feature.outline, shapely.buffer(around, 5))
