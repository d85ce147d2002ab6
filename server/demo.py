"""The demo: the binnenstad and a proposed building, from nothing to a picture in the browser."""

import hashlib
import os
import re
import shutil
import sys
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import assets
import pipeline
from pipeline.model import ModelOptions, build_model
from pipeline.municipality import Municipality
from pipeline.points import PointOptions, build_points
from pipeline.report import Report, size
from pipeline.sample import building, facts, scene, survey
from pipeline.sources.ahn import fetch_ahn
from pipeline.sources.web import SourceAway
from pipeline.summary import describe_model, describe_points
from tiles.store import new_directory, said_as_output_problem
from tiles.tree import TILESET

Say = Callable[[str], None]

_MADE_UP = "Voorland (verzonnen / made up)"


@dataclass(frozen=True)
class DemoOptions:
    """Where the demo keeps its files, and where its points come from."""

    folder: Path
    ahn: bool = True
    """Ask the national source first; else the generated sample at once."""
    fresh: bool = False
    """Make everything anew."""


@dataclass(frozen=True)
class Listener:
    """Whom the demo tells how far it is."""

    report: Report
    say: Say


def prepare(here: Municipality, options: DemoOptions, listener: Listener) -> list[Path]:
    """Make the demo's two tilesets, or take them as an earlier run left them; their folders."""
    if options.fresh:
        _forget(options.folder, here)
    sample = assets.path(f"samples/{here.demo.sample}.toml")
    making = _Making(here, facts.read(sample), options.folder / _name(sample, here), listener)
    city = making.real_city() if options.ahn else None
    return [city or making.sample_city(), making.plan()]


@dataclass(frozen=True)
class _Making:
    """What is made of one set of facts; each part is a folder that is there whole or not at all."""

    here: Municipality
    town: facts.Facts
    folder: Path
    listener: Listener

    def real_city(self) -> Path | None:
        """Tiles of AHN's points; None where they cannot be had now."""
        laz, source = self.folder / "ahn", self.here.sources.ahn
        if source is None or not source.copc:
            self.listener.say(
                f"No source of AHN is configured; a generated sample of {self.here.name} takes its place."
            )
            return None
        if not laz.is_dir():
            try:
                fetched = fetch_ahn(source.copc, self.here.demo.bounds, laz, self.listener.report)
            except SourceAway as away:
                reason, name = str(away).rstrip("."), self.here.name
                self.listener.say(f"No AHN by internet ({reason}); a generated sample of {name} takes its place.")
                return None
            self.listener.say(f"{fetched.points:,} real points, {size(fetched.bytes)}: {source.credit.attribution}.")
            for address in fetched.missing:
                self.listener.say(f"The source has no {address}; the picture is empty there.")
        return self._tiled(laz, f"{self.here.name}, AHN", source.credit.attribution)

    def sample_city(self) -> Path:
        """Tiles of the points of a survey of the made-up town."""
        laz, bounds = self.folder / "sample", self.here.demo.bounds
        if not laz.is_dir():
            with new_directory(laz) as store:
                returns = survey.fly(scene.build(self.town, bounds), self.town, bounds, self.listener.report)
                survey.write_sheets(returns, store.path, _sheets_meet_at_x(bounds), self.town.seed)
        return self._tiled(laz, f"{self.here.name}, voorbeeld / sample", _MADE_UP)

    def plan(self) -> Path:
        """Tiles of the proposed building."""
        ifc, tileset = self.folder / "proposal", self.folder / "tiles" / "plan"
        if not ifc.is_dir():
            with new_directory(ifc) as store:
                building.write(store.path / "proposal.ifc", self.town.proposal)
        if not tileset.is_dir():
            options = ModelOptions(title=self.town.proposal.name, attribution=_MADE_UP)
            summary = build_model(ifc / "proposal.ifc", tileset, options, self.listener.report)
            self.listener.say(describe_model(summary, tileset))
        return tileset

    def _tiled(self, laz: Path, title: str, attribution: str) -> Path:
        tileset = self.folder / f"tiles-{laz.name}" / "city"
        if not (tileset / TILESET).is_file():
            options = PointOptions(self.here.crs, title=title, attribution=attribution)
            summary = build_points(sorted(laz.glob("*.laz")), tileset, options, self.listener.report)
            self.listener.say(describe_points(summary, tileset))
        return tileset


def _sheets_meet_at_x(bounds: tuple[float, float, float, float]) -> float:
    """The kilometre line within the area, where sheets of AHN meet; the middle where there is none."""
    west, _, east, _ = bounds
    middle = (west + east) / 2
    line = round(middle, -3)
    return line if west < line < east else middle


def _name(sample: Path, here: Municipality) -> str:
    """A folder's name that changes when the facts, the area, the source or the software do."""
    installed = Path(str(pipeline.__file__)).parent.parent
    makers = [
        path for package in ("tiles", "models", "pipeline") for path in sorted((installed / package).rglob("*.py"))
    ]
    code = b"".join(path.read_bytes() for path in makers)
    said = (version("voorland"), repr(here.demo), here.crs, repr(here.sources))
    return f"{here.id}-{hashlib.sha256(sample.read_bytes() + repr(said).encode() + code).hexdigest()[:12]}"


def _forget(folder: Path, here: Municipality) -> None:
    """Remove what earlier runs made, and nothing else: `folder` may be anyone's."""
    if not folder.is_dir():
        return
    for made in folder.iterdir():
        if re.fullmatch(re.escape(here.id) + "-[0-9a-f]{12}", made.name) and made.is_dir():
            with said_as_output_problem(made):
                shutil.rmtree(made)


def open_browser(address: str) -> None:
    """Show the page, where there is a screen to show it on."""
    has_screen = sys.platform in {"darwin", "win32"} or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if has_screen:
        webbrowser.open(address)
