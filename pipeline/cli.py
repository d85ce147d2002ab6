"""The commands that make tiles. Each parses, calls one function and prints one summary."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from tiles.crs import recognise
from tiles.errors import BadInput

from .locate import LocateOptions, locate
from .municipality import municipality
from .points import PointOptions, build_points
from .progress import bars
from .summary import describe_points

app = typer.Typer(
    name="voorland",
    help="Point clouds and plan models as exactly placed 3D Tiles, and the viewer that shows them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
tile = typer.Typer(help="Make 3D Tiles.", no_args_is_help=True)
app.add_typer(tile, name="tile")

Out = Annotated[Path, typer.Option("--out", help="The new folder to write; it must not exist yet.")]
Crs = Annotated[
    str | None, typer.Option(help="Reference system of the input, whatever the files state, e.g. EPSG:7415.")
]
Title = Annotated[str, typer.Option(help="What the viewer calls it; the file's name when left out.")]


@tile.command("points")
def tile_points(
    files: Annotated[list[Path], typer.Argument(help="LAS or LAZ files, of one or many sheets.", metavar="FILE…")],
    out: Out,
    crs: Crs = None,
    title: Title = "",
    step: Annotated[float, typer.Option(help="Positions are kept in steps of this many metres.")] = 0.001,
    jobs: Annotated[int | None, typer.Option(help="Processes; one per processor when left out.", min=1)] = None,
) -> None:
    """Tile AHN or other point clouds.

    Files that state no reference system are taken to be in the municipality's.
    """
    if not 0.0001 <= step <= 0.1:  # noqa: PLR2004 - finer is noise, coarser is seen
        raise BadInput(f"--step {step:g} is no useful step; take 0.001 (1 mm) to 0.1 metres.")
    here = municipality()
    options = PointOptions(
        default_crs=here.crs,
        crs=recognise(crs) if crs else None,
        title=title,
        attribution=here.sources.attribution,
        step_m=step,
        jobs=jobs,
    )
    with bars() as report:
        summary = build_points(files, out, options, report)
    typer.echo(describe_points(summary, out))


@app.command("locate")
def locate_command(
    file: Annotated[Path | None, typer.Argument(help="Lines of x y NAP; standard input when left out.")] = None,
    inverse: Annotated[
        bool, typer.Option("--inverse", "-I", help="From latitude longitude height to x y NAP.")
    ] = False,
    ecef: Annotated[
        bool, typer.Option("--ecef", help="Earth-centred x y z instead of latitude longitude height.")
    ] = False,
    epoch: Annotated[
        float | None, typer.Option(help="ITRF2020 at this decimal year (as GNSS gives) instead of ETRS89, e.g. 2026.9.")
    ] = None,
) -> None:
    """RD New + NAP to ETRS89 and back, to a tenth of a millimetre, line by line.

    Reads `x y NAP` and writes `latitude longitude height`; what follows on a line is kept.
    """
    for line in locate(_lines(file), LocateOptions(inverse, ecef, epoch)):
        typer.echo(line)


def _lines(file: Path | None) -> Iterator[str]:
    if file is None:
        yield from sys.stdin
        return
    try:
        with file.open(encoding="utf-8") as lines:
            yield from lines
    except FileNotFoundError:
        raise BadInput(f"There is no file {file}.") from None
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not a text file.") from None
