"""The command `voorland tile tileset`; what it needs is imported when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.progress import bars
from tiles.errors import BadInput


def tileset_command(
    place: Annotated[Path, typer.Argument(help="A folder, a tileset.json or a .3tz archive.", metavar="TILESET")],
    out: Annotated[Path, typer.Option("--out", help="The new folder to write; it must not exist yet.")],
    heights: Annotated[
        str, typer.Option(help="What its heights are: auto (looked at and said), nap or ellipsoidal.")
    ] = "auto",
    on_ground: Annotated[
        list[str] | None, typer.Option(help="AHN or other point clouds of the place, whose ground decides.")
    ] = None,
    incomplete: Annotated[bool, typer.Option("--incomplete", help="Go without files that are not there.")] = False,
    title: Annotated[str, typer.Option(help="What the viewer calls it; the folder's name when left out.")] = "",
    attribution: Annotated[str, typer.Option(help="Who must be named.")] = "",
) -> None:
    """Check someone else's 3D Tiles, put them at the right height, and pass them on.

    NAP taken for ellipsoidal heights, which puts a tileset 41 to 46 m too low, is noticed, mended and said. Contents
    stay as they are, byte by byte.
    """
    from .heights import HEIGHTS
    from .passon import TilesetOptions, pass_on
    from .summary import describe_tileset

    chosen = next((known for known in HEIGHTS if known == heights), None)
    if chosen is None:
        raise BadInput(f"--heights {heights} is unknown; choose one of {', '.join(HEIGHTS)}.")
    options = TilesetOptions(chosen, tuple(on_ground or ()), incomplete, title, attribution)
    with bars() as report:
        summary = pass_on(place, out, options, report)
    typer.echo(describe_tileset(summary, out))
