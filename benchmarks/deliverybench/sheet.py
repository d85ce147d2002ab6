"""A picture of each tileset by the viewer as it opens, and all of them on one sheet."""

import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from .run import PROGRAM, environment

_SIZE = 400, 300
_SHOWN: ViewportSize = {"width": 800, "height": 600}
_NAME_PX, _COLUMNS = 40, 5
_PATIENCE_S = 90
_FLAGS = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
)


@contextmanager
def browsing(chromium: str) -> Iterator[Browser]:
    """A browser without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield browser
        browser.close()


def picture(browser: Browser, folders: Sequence[Path], out: Path) -> str:
    """Write the viewer's first view of tilesets served together; what it complained of, or nothing."""
    complaints: list[str] = []
    with _serving(folders) as address:
        context = browser.new_context(viewport=_SHOWN, locale="nl-NL", reduced_motion="reduce")
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(address)
        end, calm = time.monotonic() + _PATIENCE_S, 0
        while calm < 3 and time.monotonic() < end:  # noqa: PLR2004 - at rest for three looks
            calm = calm + 1 if page.evaluate("Boolean(window.voorland && voorland.settled)") else 0
            time.sleep(0.1)
        if calm < 3:  # noqa: PLR2004
            complaints.append("the viewer did not come to rest")
        page.screenshot(path=out)
        context.close()
    return "; ".join(complaints)


@contextmanager
def _serving(folders: Sequence[Path]) -> Iterator[str]:
    command = [*PROGRAM, "serve", *map(str, folders), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://localhost:\d+", process.stdout.readline())
            if found is None:
                raise SystemExit("The server did not say its address.")
            yield found.group()
        finally:
            process.terminate()
            process.wait(timeout=20)


def sheet(pictures: Sequence[tuple[str, Path]], out: Path) -> None:
    """All pictures on one sheet, each with its name below."""
    width, height = _SIZE
    rows = -(-len(pictures) // _COLUMNS)
    whole = Image.new("RGB", (_COLUMNS * width, rows * (height + _NAME_PX)), "white")
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(14)
    for number, (name, file) in enumerate(pictures):
        x, y = number % _COLUMNS * width, number // _COLUMNS * (height + _NAME_PX)
        with Image.open(file) as shown:
            whole.paste(shown.convert("RGB").resize(_SIZE, Image.Resampling.LANCZOS), (x, y))
        draw.text((x + 4, y + height + 4), name[-55:], fill="black", font=font)
    whole.save(out)
