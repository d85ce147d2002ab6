"""Plan model to files for phones: read, stand it up, bring it down to each viewer's limits, write."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import models
from pipeline.byhand import ByHand
from pipeline.confine import Limits, confined
from pipeline.report import Report, silent, size
from tiles.errors import BadInput, OutputProblem
from tiles.geometry import Surface
from tiles.store import said_as_output_problem

from .glb import glb
from .palette import painted
from .pictures import portable
from .reduce import QUICK_LOOK, SCENE_VIEWER, Budget, Reduced, reduced
from .standing import Wanted, stand
from .view import View, scale_of

_SMALLEST_PICTURE_PX = 256


@dataclass(frozen=True)
class ExportOptions:
    """Which files to write, and how large the model is in them."""

    usdz: Path | None = None
    glb: Path | None = None
    table_top: bool = False
    """Its longest side one metre, unless it is smaller than that."""
    scale: str | None = None
    """As on a drawing: ``1:200``."""
    heading_deg: float | None = None
    """Where the model's y axis points, clockwise from north; None to go by what the file says."""
    ground_m: float | None = None
    """The model's height that lies on the ground, without what is below; None to stand it on its lowest point."""
    title: str = ""
    reading: models.Reading = field(default_factory=models.Reading)
    by_hand: ByHand | None = None
    """The place that was chosen for the model; None to go by what its file says."""
    limits: Limits = field(default_factory=Limits)

    @property
    def targets(self) -> dict[Path, Budget]:
        """The files to write, and whose limits each keeps."""
        both = ((self.usdz, QUICK_LOOK), (self.glb, SCENE_VIEWER))
        return {path: budget for path, budget in both if path is not None}


@dataclass(frozen=True)
class ExportedFile:
    """What went into one file."""

    viewer: str
    triangles: int
    vertices: int
    materials: int
    bytes: int
    error_m: float
    """How far its surface lies from the model's, metres of the model."""
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ExportSummary:
    """What was read, how it stands and what was written."""

    elements: int
    triangles: int
    ratio: str
    size_m: tuple[float, float, float]
    """As shown: width from west to east, depth from south to north, height."""
    origin: tuple[float, float, float]
    """Where the file's origin lies in the model's own metres."""
    files: dict[Path, ExportedFile]
    notes: tuple[str, ...]


def export_model(file: Path, options: ExportOptions, report: Report = silent) -> ExportSummary:
    """Write a plan model as files for phones; raises a `Problem` and writes nothing where it cannot be done well."""
    if not options.targets:
        raise BadInput("Say what to write: --usdz for iPhones, --glb for Android, or both.")
    for path in options.targets:
        if path.exists() or path.is_symlink():
            raise OutputProblem(f"{path} exists already; remove it or choose another name.")
    scale_of(options.scale, table_top=options.table_top, longest_m=1.0)  # what is no scale is said before reading
    with TemporaryDirectory(prefix="voorland-") as scratch:
        summary, contents = confined(convert, (file, options, Path(scratch)), options.limits, report)
    for path, content in contents.items():
        _write(path, content)
    return summary


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    with said_as_output_problem(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)


def convert(
    file: Path, options: ExportOptions, scratch: Path, report: Report
) -> tuple[ExportSummary, dict[Path, bytes]]:
    """The work of `export_model`, without protection from what a file may do to its reader, and the files' bytes."""
    model = models.read(file, options.reading, lambda done, total: report("Reading the model", done, total))
    standing = stand(model, file, Wanted(options.heading_deg, options.ground_m, options.by_hand))
    size_m = standing.box.high - standing.box.low
    scale = scale_of(options.scale, table_top=options.table_top, longest_m=float(size_m.max()))
    view = View(scale, options.title or model.name)
    files, contents = {}, {}
    for path, budget in options.targets.items():
        few = reduced(standing.surfaces, budget, view, report)
        files[path], contents[path] = fitted(few, budget, view, scratch)
    width, depth, height = (float(side) * scale for side in size_m)
    summary = ExportSummary(
        elements=len(model.elements),
        triangles=model.triangles,
        ratio=view.ratio,
        size_m=(width, depth, height),
        origin=standing.origin,
        files=files,
        notes=(*model.notes, *standing.notes),
    )
    return summary, contents


def fitted(few: Reduced, budget: Budget, view: View, scratch: Path) -> tuple[ExportedFile, bytes]:
    """One file's bytes, its pictures made smaller until it is no larger than its viewer takes."""
    picture_px = budget.picture_px
    while True:
        surfaces, notes = _dressed(few.surfaces, budget, picture_px)
        content = _content(surfaces, budget, view, scratch)
        if budget.bytes is None or len(content) <= budget.bytes:
            break
        if picture_px <= _SMALLEST_PICTURE_PX or not any(surface.material.texture for surface in surfaces):
            raise BadInput(
                f"The file for {budget.viewer} would take {size(len(content))}, more than the {size(budget.bytes)} it "
                "holds; export a part of the model."
            )
        picture_px //= 2
    if picture_px < budget.picture_px:
        notes = (*notes, f"Its pictures were made smaller, to {picture_px} pixels a side.")
    told = ExportedFile(
        budget.viewer,
        few.triangles,
        few.vertices,
        len(surfaces),
        len(content),
        few.error_m,
        (*few.taken, *notes),
    )
    return told, content


def _content(surfaces: Sequence[Surface], budget: Budget, view: View, scratch: Path) -> bytes:
    if budget.kind == "glb":
        return glb(surfaces, view)
    from .usdz import usdz  # noqa: PLC0415 - OpenUSD takes most of a second to load

    with TemporaryDirectory(dir=scratch) as empty:
        return usdz(surfaces, view, Path(empty))


def _dressed(surfaces: Sequence[Surface], budget: Budget, picture_px: int) -> tuple[list[Surface], tuple[str, ...]]:
    """Surfaces with pictures that phones read, and no more materials than the viewer takes."""
    portables = [_with_portable(surface, picture_px) for surface in surfaces]
    if budget.materials is None:
        return portables, ()
    few = painted(portables, budget.materials)
    shared = f"{few.shared} colours share a picture, since {budget.viewer} takes {budget.materials} materials."
    averaged = f"Pictures that became their middle colour, the smallest first: {few.averaged}."
    said = (*((shared,) if few.shared else ()), *((averaged,) if few.averaged else ()))
    return [*few.surfaces], said


def _with_portable(surface: Surface, picture_px: int) -> Surface:
    texture = surface.material.texture
    if texture is None:
        return surface
    return replace(surface, material=replace(surface.material, texture=portable(texture, picture_px)))
