"""A real browser on a real server with real tiles."""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import assets
from pipeline.model import ModelOptions, build_model
from pipeline.points import PointOptions, build_points
from pipeline.sample import building, facts, scene, survey
from tests.server.conftest import serving
from tiles.frame import RD_NAP, points

FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BOUNDS = (104_880.0, 425_300.0, 105_080.0, 425_450.0)
SIZE = {"width": 720, "height": 400}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = os.environ.get("VOORLAND_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.fail("there is no browser; install chromium (Debian: apt-get install chromium) or set VOORLAND_CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def town(tmp_path_factory) -> Path:
    """The harbour of the sample town with the proposed building in it: a folder with two tilesets."""
    folder = tmp_path_factory.mktemp("town")
    known = facts.read(assets.path("samples/dordrecht.toml"))
    returns = survey.fly(scene.build(known, BOUNDS), known, BOUNDS)
    sheets = survey.write_sheets(returns, folder, 105_000.0, known.seed)
    build_points(sheets, folder / "tiles" / "city", PointOptions("EPSG:7415", title="Stad", attribution="AHN"))
    plan = building.write(folder / "plan.ifc", known.proposal)
    build_model(plan, folder / "tiles" / "plan", ModelOptions(title="Havenkwartier"))
    return folder / "tiles"


@pytest.fixture(scope="session")
def address(town) -> Iterator[str]:
    with serving(town) as url:
        yield url


@dataclass
class Viewer:
    """The viewer's page, and everything it asked for and complained of."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> "Viewer":
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.goto(self.address + path)
        return self.settle()

    def settle(self, seconds: float = 60) -> "Viewer":
        """Wait until nothing loads or moves. Not by wait_for_function, which the page's policy forbids."""
        end, calm = time.monotonic() + seconds, 0
        while calm < 3:
            assert time.monotonic() < end, "the viewer does not come to rest"
            calm = calm + 1 if self.js("Boolean(window.voorland && voorland.settled)") else 0
            time.sleep(0.1)
        return self

    def js(self, expression: str):
        return self.page.evaluate(expression)

    def look(self, rd_nap_from: tuple[float, float, float], rd_nap_to: tuple[float, float, float]) -> "Viewer":
        """Put the camera at one place and look at another, in RD and NAP."""
        ends = RD_NAP.to_geographic(points(rd_nap_from, rd_nap_to))
        at, to = ({"lat": lat, "lon": lon, "height": height} for lat, lon, height in ends.tolist())
        self.page.evaluate(
            "([at, to]) => { voorland.navigation.mode = 'orbit';"
            " voorland.navigation.place(voorland.toScene(at), voorland.toScene(to)); voorland.changed(); }",
            [at, to],
        )
        return self.settle()

    def camera_rd(self):
        """Where the camera is, RD and NAP."""
        position = self.js("voorland.view.position")
        return RD_NAP.from_geographic(points((position["lat"], position["lon"], position["height"])))[0]


@pytest.fixture
def viewer(browser, address) -> Iterator[Viewer]:
    context = browser.new_context(viewport=SIZE, locale="nl-NL", reduced_motion="reduce")
    context.set_default_timeout(8_000)
    yield Viewer(context.new_page(), address)
    context.close()
