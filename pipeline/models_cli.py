"""The command `voorland tile model` and its options; what it needs is imported when it is called."""

from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiles.errors import BadInput, OutputProblem
from tiles.names import require_name

from .municipality import municipality
from .progress import bars

if TYPE_CHECKING:
    from models.georeference import Pair
    from models.model import Reading

    from .byhand import ByHand, ByPairs
    from .model import ModelSummary
    from .stand import Around

_Three = tuple[float, float, float]

AT_EXAMPLE = "104900,425250,2.8"

At = Annotated[
    str | None,
    typer.Option(
        help="Where the model's origin goes: x, y and NAP in metres; without NAP, with --on-ground.", metavar="X,Y,NAP"
    ),
]
Heading = Annotated[
    float, typer.Option(help="With --at: where the model's y axis points, degrees clockwise from grid north.")
]
Scale = Annotated[
    str, typer.Option(help="Metres per unit of the model, with --at or --pair; auto: as fits the pairs best.")
]
Units = Annotated[
    str | None, typer.Option(help="The unit of the file's lengths: mm, cm, m, inch, foot, or a number of metres.")
]
Up = Annotated[str | None, typer.Option(help="Which axis of the file points up: x, y or z.")]
Pairs = Annotated[
    list[str] | None,
    typer.Option(
        "--pair",
        help="A point that is known both in the file, in its own units, and on the map; give two or more.",
        metavar="x,y,z=X,Y,NAP",
    ),
]
Crs = Annotated[str | None, typer.Option(help="Reference system of --at and --pair; the municipality's when left out.")]
OnGround = Annotated[
    list[str] | None,
    typer.Option("--on-ground", help="Classified points (AHN), or folders of them, that set the model's height."),
]
Terrain = Annotated[
    list[str] | None,
    typer.Option(help="Classified points (AHN), or folders of them, to look whether the model floats or is sunk."),
]
Footprints = Annotated[
    Path | None, typer.Option(help="GeoJSON of outlines of buildings (BAG), to look whether it overlaps some.")
]
Mask = Annotated[list[Path] | None, typer.Option(help="GeoJSON of what is to go: it may be overlapped.")]
Remember = Annotated[
    bool, typer.Option(help="Keep the place that was chosen beside the file, and use what is kept there.")
]
Title = Annotated[str, typer.Option(help="What the viewer calls it; the file's name when left out.")]
Variant = Annotated[str, typer.Option(help="Add a variant of this name to the model in --out, shown instead of it.")]
Phase = Annotated[str, typer.Option(help="The same for a phase: the plan at some time.")]


def tile_model(
    file: Annotated[
        Path, typer.Argument(help="The model: IFC, glTF, OBJ, COLLADA, DXF, USD, CityJSON, CityGML … or a zip of one.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The new folder to write; it must not exist yet.")],
    at: At = None,
    heading: Heading = 0.0,
    scale: Scale = "1",
    units: Units = None,
    up: Up = None,
    pair: Pairs = None,
    crs: Crs = None,
    on_ground: OnGround = None,
    terrain: Terrain = None,
    footprints: Footprints = None,
    mask: Mask = None,
    remember: Remember = True,
    title: Title = "",
    variant: Variant = "",
    phase: Phase = "",
) -> None:
    """Tile a plan model.

    What the file says of its place is weighed; where that is not enough, place it with --at or --pair. A place that was
    chosen is kept beside the file and used again for its next version.
    """
    from .model import ModelOptions, build_model
    from .reading import reading_of
    from .summary import describe_model

    if variant and phase:
        raise BadInput(f"--variant {variant} and --phase {phase} exclude one another; give one name.")
    require_name("--variant", variant)
    require_name("--phase", phase)
    said = Placing(at, heading, scale, tuple(pair or ()), crs, needs_height=not on_ground)
    chosen = chosen_of(file, said, reading_of(up, units), remember=remember)
    options = ModelOptions(
        chosen.by_hand,
        around=around_of(on_ground, terrain, footprints, mask),
        reading=chosen.reading,
        title=title,
        variant=variant or phase,
        is_phase=bool(phase),
    )
    with bars() as report:
        summary = build_model(file, out, options, report)
    typer.echo(
        "\n".join([describe_model(summary, out), *chosen.notes, *_kept(file, chosen, summary, remember=remember)])
    )


@dataclass(frozen=True)
class Placing:
    """What was said on the command line of a model's place."""

    at: str | None = None
    heading_deg: float = 0.0
    scale: str = "1"
    pairs: tuple[str, ...] = ()
    crs: str | None = None
    needs_height: bool = True

    def by_hand(self) -> "ByHand | ByPairs | None":
        """The place that is meant; raises `BadInput` for what is none."""
        from tiles.crs import recognise

        from .byhand import ByHand, ByPairs

        if self.at and self.pairs:
            raise BadInput("Give --at or --pair, not both: each says where the model goes.")
        crs = recognise(self.crs) if self.crs else municipality().crs
        scale = _scale(self.scale)
        if self.pairs:
            if self.heading_deg:
                raise BadInput("--heading goes with --at; the pairs of points say how the model is turned.")
            return ByPairs(tuple(map(_pair, self.pairs)), crs, scale)
        if scale is None:
            raise BadInput("--scale auto goes with --pair; with --at, give the metres per unit of the model.")
        if self.at is None:
            if self.heading_deg or scale != 1 or self.crs:
                raise BadInput("--heading, --scale and --crs go with --at or --pair; say where the model goes.")
            return None
        return ByHand(_position(self.at, needs_height=self.needs_height), crs, self.heading_deg, scale)


@dataclass(frozen=True)
class Chosen:
    """What was said of a model, now or before."""

    by_hand: "ByHand | ByPairs | None"
    pairs: "tuple[Pair, ...]"
    reading: "Reading"
    notes: tuple[str, ...]
    said_now: bool


def chosen_of(file: Path, said: Placing, reading: "Reading", *, remember: bool) -> Chosen:
    """What is said on the command line, and for the rest what is remembered of the file."""
    from models.model import Reading

    from .byhand import ByPairs
    from .remember import Remembered, beside, recall

    by_hand = said.by_hand()
    before = recall(file) if remember else Remembered()
    merged = Reading(reading.up or before.reading.up, reading.unit_m or before.reading.unit_m)
    said_now = by_hand is not None or reading != Reading() or not said.needs_height
    if by_hand is not None:
        pairs = by_hand.pairs if isinstance(by_hand, ByPairs) else ()
        return Chosen(by_hand, pairs, merged, (), said_now)
    notes = (f"As kept in {beside(file).name}; --no-remember leaves that aside.",) if before else ()
    return Chosen(before.by_hand, before.pairs, merged, notes, said_now)


def _kept(file: Path, chosen: Chosen, summary: "ModelSummary", *, remember: bool) -> list[str]:
    """Keep what was said now, and say so."""
    from .remember import Remembered
    from .remember import remember as keep

    kept = Remembered(summary.by_hand, chosen.pairs, chosen.reading)
    if not (remember and chosen.said_now and kept):
        return []
    try:
        return [f"The place is kept in {keep(file, kept).name} for the next version of the file."]
    except OutputProblem as problem:
        return [f"The place is not kept for the next version: {problem}"]


def _scale(text: str) -> float | None:
    if text == "auto":
        return None
    try:
        scale = float(text)
    except ValueError:
        scale = 0.0
    if not (isfinite(scale) and scale > 0):
        raise BadInput(f"--scale {text} is no scale; write for example 0.001, or auto with --pair.")
    return scale


def _position(text: str, *, needs_height: bool) -> _Three:
    numbers = _numbers(text)
    if len(numbers) == 2 and not needs_height:  # noqa: PLR2004 - x and y
        return numbers[0], numbers[1], 0.0
    if len(numbers) != 3:  # noqa: PLR2004 - x, y and NAP
        height = "" if needs_height else ", or x,y"
        raise BadInput(f"--at {text} is not x,y,NAP{height}; write for example --at {AT_EXAMPLE}.")
    return numbers[0], numbers[1], numbers[2]


def _pair(text: str) -> "Pair":
    from models.georeference import Pair

    sides = [_numbers(side) for side in text.split("=")]
    match sides:
        case [[x, y, z], [east, north, nap]]:
            return Pair((x, y, z), (east, north, nap))
        case _:
            raise BadInput(f"--pair {text} is not x,y,z=X,Y,NAP; write for example --pair 0,0,0={AT_EXAMPLE}.")


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return []
    return numbers if all(map(isfinite, numbers)) else []


def around_of(
    on_ground: list[str] | None, terrain: list[str] | None, footprints: Path | None, mask: list[Path] | None
) -> "Around":
    """What is known of the place a model goes to, as the options say it."""
    from .stand import Around

    around = Around(municipality().crs, footprints=footprints)
    if places := [*(on_ground or ()), *(terrain or ())]:
        from .inputs import point_files
        from .terrain import is_address

        there = [place for place in places if is_address(place)]
        here = point_files(place for place in places if not is_address(place)).files
        around = replace(around, terrain=(*here, *there), on_ground=bool(on_ground))
    if mask:
        from .mask import read_masks

        around = replace(around, masks=read_masks(*mask))
    return around
