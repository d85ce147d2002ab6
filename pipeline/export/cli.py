"""The command `voorland export`; what it needs is imported when it is called."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.progress import bars
from tiles.errors import BadInput

if TYPE_CHECKING:
    from models import Reading

_UNITS_M = {"mm": 0.001, "cm": 0.01, "dm": 0.1, "m": 1.0, "km": 1000.0, "inch": 0.0254, "foot": 0.3048}


def export_command(
    file: Annotated[Path, typer.Argument(help="A plan model: IFC, GLB, OBJ, CityJSON …", metavar="MODEL")],
    usdz: Annotated[Path | None, typer.Option(help="The file for iPhones to write, for AR Quick Look.")] = None,
    glb: Annotated[Path | None, typer.Option(help="The file for Android to write, for Scene Viewer.")] = None,
    table_top: Annotated[
        bool, typer.Option("--table-top", help="As a scale model whose longest side is one metre.")
    ] = False,
    scale: Annotated[str | None, typer.Option(help="As a scale model, e.g. 1:200.", metavar="1:N")] = None,
    heading: Annotated[
        float | None, typer.Option(help="Where the model's y axis points: degrees clockwise from north.")
    ] = None,
    ground: Annotated[
        float | None,
        typer.Option(help="The model's height, metres, that lies on the ground; what is below is left out."),
    ] = None,
    up: Annotated[str | None, typer.Option(help="The axis that is up, where the file does not say: x, y or z.")] = None,
    units: Annotated[
        str | None, typer.Option(help="Of a file that does not say: mm, cm, m, inch, foot or a number of metres.")
    ] = None,
    title: Annotated[str, typer.Option(help="What it is called; the file's name when left out.")] = "",
) -> None:
    """Write a plan model as files for phones: USDZ for Quick Look, GLB for Scene Viewer.

    In true size unless told otherwise, its origin at the middle of its footprint on the ground, y up, north along −z.
    A model that is too large for phones is made smaller, and what that took is said.
    """
    from .build import ExportOptions, export_model
    from .describe import describe

    options = ExportOptions(usdz, glb, table_top, scale, heading, ground, title, _reading(up, units))
    with bars() as report:
        summary = export_model(file, options, report)
    typer.echo(describe(summary))


def _reading(up: str | None, units: str | None) -> "Reading":
    from models import Reading

    axis = None if up is None else up.lower()
    if axis not in {None, "x", "y", "z"}:
        raise BadInput(f"--up {up} is no axis; choose x, y or z.")
    return Reading(axis, None if units is None else _metres(units))  # type: ignore[arg-type] # just checked


def _metres(units: str) -> float:
    """Metres per unit."""
    try:
        metres = _UNITS_M.get(units.lower()) or float(units)
    except ValueError:
        metres = 0.0
    if not 0 < metres < 1e6:  # noqa: PLR2004 - larger than any unit of length
        raise BadInput(f"--units {units} is unknown; choose {', '.join(_UNITS_M)} or a number of metres.")
    return metres
