"""The commands that make tiles. Each parses, calls one function and prints one summary.

A command imports what it needs when it is called: all of it together takes a second and a half to load.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiles.errors import BadInput
from tiles.names import require_name

from .export.cli import export_command
from .inspect.cli import inspect_command
from .models_cli import tile_model
from .municipality import municipality
from .othertiles.cli import tileset_command
from .progress import bars
from .sources.cli import fetch_command
from .sources.config import RECORD

if TYPE_CHECKING:
    from .area import Area
    from .colour import ColourOptions
    from .mask import Masks
    from .photo import Photos
    from .report import Report

app = typer.Typer(
    name="voorland",
    help="Point clouds and plan models as exactly placed 3D Tiles, and the viewer that shows them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
tile = typer.Typer(help="Make 3D Tiles.", no_args_is_help=True)
app.add_typer(tile, name="tile")
app.command("fetch")(fetch_command)
tile.command("model")(tile_model)
tile.command("tileset")(tileset_command)
app.command("inspect")(inspect_command)
app.command("export")(export_command)

Out = Annotated[Path, typer.Option("--out", help="The new folder to write; it must not exist yet.")]
Crs = Annotated[
    str | None, typer.Option(help="Reference system of the input, whatever the files state, e.g. EPSG:7415.")
]
Title = Annotated[str, typer.Option(help="What the viewer calls it; the file's name when left out.")]


@tile.command("points")
def tile_points(
    files: Annotated[
        list[str],
        typer.Argument(help="LAS, LAZ or COPC: files, folders, addresses.", metavar="FILE…"),
    ],
    out: Annotated[str, typer.Option("--out", help="The folder to write, or a bucket: s3://bucket/city.")],
    crs: Crs = None,
    title: Title = "",
    step: Annotated[float, typer.Option(help="Positions are kept in steps of this many metres.")] = 0.001,
    mask: Annotated[
        list[Path] | None, typer.Option(help="GeoJSON of what is to go; points in it are left out.")
    ] = None,
    variant: Annotated[
        str, typer.Option(help="Write a variant of this name beside the tileset in --out, sharing what is the same.")
    ] = "",
    bbox: Annotated[
        str | None, typer.Option(help="Only points in here: RD metres or degrees.", metavar="WEST,SOUTH,EAST,NORTH")
    ] = None,
    polygon: Annotated[Path | None, typer.Option(help="Only points in the polygons of this GeoJSON file.")] = None,
    photo: Annotated[
        list[str] | None, typer.Option(help="Aerial photos (GeoTIFF) to colour the points by, or folders of them.")
    ] = None,
    photo_crs: Annotated[str | None, typer.Option(help="Reference system of photos that state none.")] = None,
    colour: Annotated[
        str, typer.Option(help="What colours a point: best, file, photo, class, height or intensity.")
    ] = "best",
    heights: Annotated[
        str, typer.Option(help="NAP heights between which --colour height runs.", metavar="LOW,HIGH")
    ] = "-5,45",
    brightest: Annotated[int, typer.Option(help="The intensity that is white; found by itself when 0.", min=0)] = 0,
    jobs: Annotated[int | None, typer.Option(help="Processes; one per processor when left out.", min=1)] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="A Dask scheduler whose workers do the work.", metavar="ADDRESS")
    ] = None,
    scratch: Annotated[
        Path | None, typer.Option(help="Where points wait, 16 bytes each; with --scheduler all workers must see it.")
    ] = None,
) -> None:
    """Tile AHN or other point clouds.

    Files that state no reference system are taken to be in the municipality's. A run that was stopped goes on when the
    same command is given again; what is there already and still holds is kept.
    """
    if not 0.0001 <= step <= 0.1:  # noqa: PLR2004 - finer is noise, coarser is seen
        raise BadInput(f"--step {step:g} is no useful step; take 0.001 (1 mm) to 0.1 metres.")
    require_name("--variant", variant)
    from tiles.crs import recognise

    from .inputs import point_files
    from .points import PointOptions, build_points
    from .summary import describe_points
    from .treatment import Treatment

    here = municipality()
    with bars() as report:
        area, masks, photos = _area(bbox, polygon), _masks(mask), _photos(photo, photo_crs, report)
        treatment = Treatment(masks, area, photos, _colour(colour, heights, brightest))
        inputs = point_files(files, area, report, scratch / "copc" if scratch and scheduler else None)
        options = PointOptions(
            default_crs=here.crs,
            crs=recognise(crs) if crs else None,
            title=title,
            attribution=_credits([*inputs.files, *_paths(photos)]),
            step_m=step,
            jobs=jobs,
            scheduler=scheduler,
            scratch=scratch,
            treatment=treatment,
            variant=variant,
        )
        summary = build_points(inputs.files, out, options, report)
    typer.echo("\n".join([describe_points(summary, out), *inputs.notes]))


def _paths(photos: "Photos | None") -> list[Path]:
    return [photo.path for photo in photos.photos] if photos else []


def _credits(files: Sequence[Path]) -> str:
    """Who must be named for these files: by the record of their fetching, else as the municipality says of AHN."""
    otherwise = municipality().sources.attribution
    if not any((folder / RECORD).is_file() for file in files for folder in file.absolute().parents[:2]):
        return otherwise
    from .sources.named import attribution

    return attribution(files, otherwise)


def _masks(paths: list[Path] | None) -> "Masks | None":
    if not paths:
        return None
    from .mask import read_masks

    return read_masks(*paths)


def _photos(places: list[str] | None, crs: str | None, report: "Report") -> "Photos | None":
    if not places:
        return None
    from .photo import find_photos, open_photos

    return open_photos(find_photos(places), crs, report)


def _area(bbox: str | None, polygon: Path | None) -> "Area | None":
    if bbox is None and polygon is None:
        return None
    from .area import from_options

    return from_options(bbox, polygon)


def _colour(mode: str, heights: str, brightest: int) -> "ColourOptions":
    from .colour import MODES, ColourOptions

    chosen = next((known for known in MODES if known == mode), None)
    if chosen is None:
        raise BadInput(f"--colour {mode} is unknown; choose one of {', '.join(MODES)}.")
    try:
        low, high = map(float, heights.split(","))
    except ValueError:
        raise BadInput(f"--heights {heights} is not low,high; write for example --heights=-5,45.") from None
    return ColourOptions(chosen, (low, high), brightest)


@tile.command("surroundings")
def tile_surroundings(
    files: Annotated[list[str], typer.Argument(help="LAS, LAZ or COPC files, or folders of them.", metavar="FILE…")],
    out: Out,
    crs: Crs = None,
    title: Title = "",
    photo: Annotated[
        list[str] | None, typer.Option(help="Aerial photos (GeoTIFF) to lay over the ground, or folders of them.")
    ] = None,
    photo_crs: Annotated[str | None, typer.Option(help="Reference system of photos that state none.")] = None,
    footprints: Annotated[Path | None, typer.Option(help="GeoJSON of outlines of buildings, such as BAG's.")] = None,
    buildings: Annotated[
        Path | None, typer.Option(help="CityJSON of buildings that were modelled already, such as 3DBAG's.")
    ] = None,
    mask: Annotated[
        list[Path] | None, typer.Option(help="GeoJSON of what is to go: buildings and trees in it are not made.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Processes; one per processor when left out.", min=1)] = None,
) -> None:
    """Make the city that stands from a classified point cloud.

    The ground, flat on water and filled under buildings; buildings and trees; an occluder of the same shapes for AR.
    """
    from tiles.crs import recognise

    from .inputs import point_files
    from .surroundings.build import SurroundingsOptions, build_surroundings
    from .surroundings.ground import GroundOptions
    from .surroundings.known import known
    from .surroundings.summary import describe_surroundings

    here = municipality()
    with bars() as report:
        masks, photos = _masks(mask), _photos(photo, photo_crs, report)
        inputs = point_files(files).files
        known_files = [path for path in (footprints, buildings) if path is not None]
        credits_ = _credits([*inputs, *_paths(photos), *known_files])
        options = SurroundingsOptions(
            default_crs=here.crs,
            crs=recognise(crs) if crs else None,
            ground=GroundOptions(title, credits_, photos),
            plan=known(footprints, buildings, masks, report),
            masks=masks,
            jobs=jobs,
        )
        summary = build_surroundings(inputs, out, options, report)
    typer.echo(describe_surroundings(summary, out))


@app.command("check")
def check_command(
    folders: Annotated[list[Path], typer.Argument(help="Tilesets, ours or other people's.", metavar="DIR…")],
) -> None:
    """Check tilesets: structure, nesting, contents, and whether another reader can read them."""
    from tiles.check import check
    from tiles.store import Directory

    from .foreign import second_opinion

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
    from .locate import LocateOptions, locate

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
