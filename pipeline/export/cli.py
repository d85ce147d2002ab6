"""The command `voorland export`; what it needs is imported when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.models_cli import Placing, chosen_of
from pipeline.progress import bars


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
    remember: Annotated[bool, typer.Option(help="Use the place that is kept beside the file.")] = True,
) -> None:
    """Write a plan model as files for phones: USDZ for Quick Look, GLB for Scene Viewer.

    In true size unless told otherwise, its origin at the middle of its footprint on the ground, y up, north along −z.
    A model that is too large for phones is made smaller, and what that took is said.
    """
    from pipeline.reading import reading_of
    from pipeline.remember import Remembered, recall

    from .build import ExportOptions, export_model
    from .describe import describe

    recalled = recall(file) if remember else Remembered()
    placing = chosen_of(file, Placing(), reading_of(up, units), remember=remember)
    options = ExportOptions(usdz, glb, table_top, scale, heading, ground, title, placing.reading, recalled.by_hand)
    with bars() as report:
        summary = export_model(file, options, report)
    typer.echo("\n".join([describe(summary), *placing.notes]))
