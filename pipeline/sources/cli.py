"""The command `voorland fetch`."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.municipality import municipality
from pipeline.progress import bars
from pipeline.summary import size
from tiles.errors import BadInput

from . import area as areas
from .area import Area
from .config import Credit
from .fetch import KINDS, FetchOptions, Summary, fetch
from .photo import FILE as PHOTO
from .web import SourceAway

_SHOWN_MISSING = 5


def fetch_command(  # noqa: PLR0913, PLR0917 - one parameter per option
    out: Annotated[Path, typer.Option("--out", help="The folder for the data; run again to go on with it.")],
    bbox: Annotated[
        str | None,
        typer.Option(help="west,south,east,north in RD metres, or in degrees.", metavar="W,S,E,N"),
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


def _wanted(bbox: str | None, polygon: Path | None, name: str | None) -> Area | str | None:
    given = [option for option in (bbox, polygon, name) if option is not None]
    if len(given) > 1:
        raise BadInput("Give one area: --bbox, --polygon or --municipality.")
    if bbox is not None:
        return areas.of_text(bbox)
    return areas.of_file(polygon) if polygon is not None else name


def describe(summary: Summary) -> str:
    """What came, from whom, how large, what is missing, and what to type next: one screen."""
    folder = summary.folder
    lines = [f"{folder}: {summary.area.km2:,.2f} km², {summary.area.said}."]
    for got in summary.got:
        whose = _whose(got.files[0].credit) if got.files else ""
        there = ", there already" if got.already else ""
        lines.append(f"  {got.source:<6} {got.counted}, {size(got.total_bytes)}{there}{whose}")
        lines += [f"         {note}." for note in got.notes]
    lines += [f"  {kind:<6} not complete; why is said below" for kind, _ in summary.away]
    for got in summary.got:
        lines += _missing(got.source, got.missing)
    lines.append(
        f"{size(summary.received)} came in this run; sources, dates and licences are in {folder}/sources.json."
    )
    return "\n".join([*lines, *_next(summary)])


def _whose(credit: Credit) -> str:
    return f"; {credit.title}: {credit.attribution} ({credit.licence})"


def _missing(source: str, addresses: tuple[str, ...]) -> list[str]:
    if not addresses:
        return []
    shown = [f"    {address}" for address in addresses[:_SHOWN_MISSING]]
    more = len(addresses) - len(shown)
    head = f"  {source:<6} the source does not have {len(addresses)} of the files, so nothing is there:"
    return [head, *shown, *([f"    and {more} more"] if more else [])]


def _next(summary: Summary) -> list[str]:
    """The command that makes tiles of what came."""
    there = {got.source for got in summary.got if got.files}
    if "ahn" not in there:
        return []
    photo = f" --photo {summary.folder}/{PHOTO}" if "photo" in there else ""
    return [f"Next: voorland tile points {summary.folder}/ahn/*.laz{photo} --out tiles/{summary.folder.name}"]
