"""The command `voorland fetch`; what it needs is imported when it is called."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.municipality import municipality
from pipeline.progress import bars
from tiles.errors import BadInput

from .config import KINDS

if TYPE_CHECKING:
    from pipeline.area import Area


def fetch_command(
    out: Annotated[Path, typer.Option("--out", help="The folder for the data; run again to go on with it.")],
    bbox: Annotated[
        str | None,
        typer.Option(help="A rectangle, in RD metres or in degrees.", metavar="WEST,SOUTH,EAST,NORTH"),
    ] = None,
    polygon: Annotated[Path | None, typer.Option(help="A GeoJSON file with polygons, in RD or in degrees.")] = None,
    name: Annotated[
        str | None,
        typer.Option("--municipality", help="The whole of a municipality; the configured one when no area is given."),
    ] = None,
    what: Annotated[str, typer.Option(help="Some of these, with commas between.")] = ",".join(KINDS),
    ahn: Annotated[str, typer.Option(help="copc (only what lies in the area) or sheets (whole files).")] = "",
    resolution: Annotated[float | None, typer.Option(help="Metres a pixel of the photo.", min=0.01)] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what earlier runs brought.")] = False,
) -> None:
    """Fetch open data of an area: AHN, the aerial photo, BAG footprints and 3DBAG buildings.

    Broken off, or a source away? The same command goes on where it stopped.
    """
    from .describe import describe
    from .fetch import FetchOptions, fetch
    from .web import SourceAway

    here = municipality()
    kinds = tuple(kind.strip().lower() for kind in what.split(",") if kind.strip())
    options = FetchOptions(out, kinds, ahn, resolution, fresh)
    wanted = _wanted(bbox, polygon, name) or here.name
    with bars() as report:
        summary = fetch(wanted, here.sources, options, report)
    typer.echo(describe(summary))
    if summary.away:
        sentences = " ".join(f"{kind}: {sentence}" for kind, sentence in summary.away)
        raise SourceAway(f"{sentences} What came is kept; the same command goes on from there.")


def _wanted(bbox: str | None, polygon: Path | None, name: str | None) -> "Area | str | None":
    from pipeline.area import from_options

    given = [option for option in (bbox, polygon, name) if option is not None]
    if len(given) > 1:
        raise BadInput("Give one area: --bbox, --polygon or --municipality.")
    return from_options(bbox, polygon) or name
