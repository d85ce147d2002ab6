"""The command `voorland inspect`; what it needs is imported when it is called."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import models_cli
from pipeline.progress import bars
from tiles.errors import BadInput, OutputProblem

if TYPE_CHECKING:
    from .inspect import Inspected
    from .words import Language

_LANGUAGES: "tuple[Language, ...]" = ("nl", "en")


def inspect_command(
    file: Annotated[Path, typer.Argument(help="A plan model: IFC, GLB, OBJ, CityJSON and whatever else is read.")],
    json: Annotated[bool, typer.Option("--json", help="Write the report as JSON instead of text.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write the report as one page, Dutch and English, with pictures.", metavar="OUT")
    ] = None,
    ids: Annotated[Path | None, typer.Option(help="An IDS file that an IFC file is held against.")] = None,
    photo: Annotated[
        list[str] | None, typer.Option(help="Aerial photos (GeoTIFF) for under the plan, or folders of them.")
    ] = None,
    photo_crs: Annotated[str | None, typer.Option(help="Reference system of photos that state none.")] = None,
    at: models_cli.At = None,
    heading: models_cli.Heading = 0.0,
    scale: models_cli.Scale = "1",
    pair: models_cli.Pairs = None,
    crs: models_cli.Crs = None,
    on_ground: models_cli.OnGround = None,
    terrain: models_cli.Terrain = None,
    footprints: models_cli.Footprints = None,
    mask: models_cli.Mask = None,
    remember: Annotated[bool, typer.Option(help="Use the place that is kept beside the file.")] = True,
    up: Annotated[str | None, typer.Option(help="Which axis points up, where the file is wrong: x, y or z.")] = None,
    units: Annotated[
        str | None, typer.Option(help="The unit of the file's lengths, where it says none: mm, cm, m, inch, foot.")
    ] = None,
    language: Annotated[str, typer.Option(help="Of the text: en or nl.")] = "en",
) -> None:
    """Say what is in a plan model, where it stands, and what is wrong with it.

    A place that was chosen before and kept beside the file is used, as by `tile model`; this command keeps none. A file
    that cannot be read gives a report that says so, and exit status 2.
    """
    chosen = next((known for known in _LANGUAGES if known == language), None)
    if chosen is None:
        raise BadInput(f"--language {language} is unknown; choose one of {', '.join(_LANGUAGES)}.")

    from pipeline.reading import reading_of

    from .inspect import InspectOptions, inspect
    from .place import Where
    from .report import as_json
    from .text import as_text

    said = models_cli.Placing(at, heading, scale, tuple(pair or ()), crs, needs_height=not on_ground)
    placing = models_cli.chosen_of(file, said, reading_of(up, units), remember=remember)
    around = models_cli.around_of(on_ground, terrain, footprints, mask)
    options = InspectOptions(
        reading=placing.reading,
        ids=ids,
        photos=tuple(photo or ()),
        photo_crs=photo_crs,
        where=Where(placing.by_hand, around, placing.notes),
        pictures=html is not None,
    )
    if html is not None and not html.absolute().parent.is_dir():
        raise OutputProblem(f"{html} cannot be written: there is no folder {html.absolute().parent}.")
    with bars() as report:
        inspected = inspect(file, options, report)
    if html is not None:
        _write(inspected, html)
    found = inspected.report
    if json or not found.problem:
        typer.echo(as_json(found) if json else as_text(found, chosen), nl=False)
    if found.problem:
        raise BadInput(found.problem)
    if found.ids is not None and found.ids.problem:
        raise BadInput(found.ids.problem)


def _write(inspected: "Inspected", out: Path) -> None:
    from .page import as_html

    page = as_html(inspected.report, inspected.pictures)
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise OutputProblem(f"{out} cannot be written: {error.strerror}.") from error
    typer.echo(f"The report is in {out}.", err=True)
