"""The demo: the binnenstad and a proposed building, from nothing to a picture in the browser."""

import hashlib
import os
import shutil
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import assets
from pipeline.copc import fetch_ahn
from pipeline.fetch import SourceAway
from pipeline.model import ModelOptions, build_model
from pipeline.municipality import Municipality
from pipeline.points import PointOptions, build_points
from pipeline.report import Report
from pipeline.sample import building, facts, scene, survey
from pipeline.summary import describe_model, describe_points
from tiles.store import new_directory
from tiles.tree import TILESET

Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoOptions:
    """Where the demo keeps its files, and where its points come from."""

    folder: Path
    ahn: bool = True
    """Ask the national source first; else the generated sample at once."""
    fresh: bool = False
    """Make everything anew."""


def prepare(here: Municipality, options: DemoOptions, report: Report, say: Say) -> list[Path]:
    """Make the demo's two tilesets, or take them as an earlier run left them; their folders."""
    if options.fresh:
        shutil.rmtree(options.folder, ignore_errors=True)
    sample = assets.path(f"samples/{here.demo.sample}.toml")
    town = facts.read(sample)
    made = options.folder / _fingerprint(sample, here)
    points, model = made / "tiles" / "city", made / "tiles" / "plan"
    if not (points / TILESET).is_file():
        clouds = _clouds(here, town, made, options, report, say)
        wanted = PointOptions(here.crs, title=clouds.title, attribution=clouds.attribution)
        say(describe_points(build_points(clouds.files, points, wanted, report), points))
    if not (model / TILESET).is_file():
        plan = building.write(made / "proposal.ifc", town.proposal)
        say(describe_model(build_model(plan, model, ModelOptions(title=town.proposal.name), report), model))
    return [points, model]


def _fingerprint(sample: Path, here: Municipality) -> str:
    """A name that changes when the facts, the area or the software do."""
    code = [path.read_bytes() for package in (scene, building, survey) for path in [Path(str(package.__file__))]]
    said = b"".join([sample.read_bytes(), repr(here.demo).encode(), *code])
    return f"{here.id}-{hashlib.sha256(said).hexdigest()[:12]}"


@dataclass(frozen=True)
class _Clouds:
    """Point files, and what the viewer must say of them."""

    files: list[Path]
    title: str
    attribution: str


def _clouds(  # noqa: PLR0913, PLR0917 - what a step of the demo hands to the next
    here: Municipality, town: facts.Facts, made: Path, options: DemoOptions, report: Report, say: Say
) -> _Clouds:
    """The LAZ files of the demo's area: real ones where they can be had, else the sample's."""
    real, sample = made / "ahn", made / "sample"
    if options.ahn and not real.is_dir():
        try:
            with new_directory(real) as store:
                fetch_ahn(here.sources.ahn_copc, here.demo.bounds, store.path, report)
            say(f"The points are real: {here.sources.attribution}.")
        except SourceAway as problem:
            say(f"No AHN by internet ({str(problem).rstrip('.')}); a generated sample of {here.name} takes its place.")
    if options.ahn and real.is_dir():
        return _Clouds(sorted(real.glob("*.laz")), f"{here.name}, AHN", here.sources.attribution)
    if not sample.is_dir():
        with new_directory(sample) as store:
            _survey(here, town, store.path, report)
    return _Clouds(sorted(sample.glob("*.laz")), f"{here.name}, voorbeeld / sample", "Voorland (verzonnen / made up)")


def _survey(here: Municipality, town: facts.Facts, folder: Path, report: Report) -> None:
    bounds = here.demo.bounds
    returns = survey.fly(scene.build(town, bounds), town, bounds, report)
    west, _, east, _ = bounds
    meet_at_x = round((west + east) / 2, -3) if west < round((west + east) / 2, -3) < east else (west + east) / 2
    survey.write_sheets(returns, folder, meet_at_x, town.seed)


def open_browser(address: str) -> None:
    """Show the page, where there is a screen to show it on."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.name == "nt":
        webbrowser.open(address)
