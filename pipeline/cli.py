"""The commands that make tiles. Each parses, calls one function and prints one summary."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from tiles.check import check
from tiles.crs import recognise
from tiles.errors import BadInput
from tiles.store import Directory

from .foreign import second_opinion
from .locate import LocateOptions, locate
from .model import ModelOptions, build_model
from .municipality import municipality
from .points import PointOptions, build_points
from .position import ByHand
from .progress import bars
from .summary import describe_model, describe_points
from .surroundings.build import SurroundingsOptions, build_surroundings
from .surroundings.ground import GroundOptions
from .surroundings.summary import describe_surroundings

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


@tile.command("model")
def tile_model(
    file: Annotated[Path, typer.Argument(help="An IFC, GLB or OBJ file.")],
    out: Out,
    at: Annotated[
        str | None, typer.Option(help="Where the model's origin goes: x,y,NAP in metres.", metavar="X,Y,NAP")
    ] = None,
    heading: Annotated[
        float, typer.Option(help="Where the model's y axis points: degrees clockwise from grid north.")
    ] = 0.0,
    scale: Annotated[float, typer.Option(help="Metres per unit of the model, with --at.")] = 1.0,
    crs: Annotated[str | None, typer.Option(help="Reference system of --at; the municipality's when left out.")] = None,
    title: Title = "",
) -> None:
    """Tile a plan model.

    An IFC file with a map conversion lands by itself; others are placed with --at.
    """
    options = ModelOptions(
        ByHand(_position(at), recognise(crs) if crs else municipality().crs, heading, scale) if at else None,
        title=title,
    )
    with bars() as report:
        summary = build_model(file, out, options, report)
    typer.echo(describe_model(summary, out))


def _position(text: str) -> tuple[float, float, float]:
    try:
        x, y, nap = map(float, text.split(","))
    except ValueError:
        raise BadInput(f"--at {text} is not x,y,NAP; write for example --at 104900,425250,2.8.") from None
    return x, y, nap


@tile.command("surroundings")
def tile_surroundings(
    files: Annotated[list[Path], typer.Argument(help="LAS or LAZ files, of one or many sheets.", metavar="FILE…")],
    out: Out,
    crs: Crs = None,
    title: Title = "",
    jobs: Annotated[int | None, typer.Option(help="Processes; one per processor when left out.", min=1)] = None,
) -> None:
    """Make the city that stands from a classified point cloud: the ground, flat on water and filled under buildings."""
    here = municipality()
    options = SurroundingsOptions(
        default_crs=here.crs,
        crs=recognise(crs) if crs else None,
        ground=GroundOptions(title, here.sources.attribution),
        jobs=jobs,
    )
    with bars() as report:
        summary = build_surroundings(files, out, options, report)
    typer.echo(describe_surroundings(summary, out))


@app.command("check")
def check_command(
    folders: Annotated[list[Path], typer.Argument(help="Tilesets, ours or other people's.", metavar="DIR…")],
) -> None:
    """Check tilesets: structure, nesting, contents, and whether another reader can read them."""
    faults = 0
    for folder in folders:
        checked = check(Directory(folder))
        counted = second_opinion(folder)
        for fault in checked.faults:
            typer.echo(f"{folder}: {fault}")
        faults += len(checked.faults)
        typer.echo(f"{folder}: {checked.tiles:,} tiles, {checked.contents:,} contents; {counted}.")
    if faults:
        raise BadInput(f"{faults} faults found.")


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
