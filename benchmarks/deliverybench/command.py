"""The command line of `benchmarks/deliveries.py`."""

import argparse
import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from .deliver import Delivered, delivered
from .find import deliveries
from .sheet import browsing, picture, sheet
from .surroundings import around
from .table import as_markdown


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the commands on everything, write the table, then the sheet."""
    options = parse(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for file in deliveries(options.data):
        if options.only in str(file):
            print(file.relative_to(options.data), file=sys.stderr)
            rows.append(delivered(file, options.data, options.out))
    (options.out / "table.md").write_text(as_markdown(rows), encoding="utf-8")
    _drawn(rows, options)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Options from the command line."""
    parser = argparse.ArgumentParser(description="What becomes of files as architects deliver them.")
    add = parser.add_argument
    add("data", type=Path, metavar="DATA")
    add("out", type=Path, metavar="OUT")
    add("--only", default="", help="only files whose path holds this")
    add("--chromium", default=os.environ.get("VOORLAND_CHROMIUM") or shutil.which("chromium") or "chromium")
    return parser.parse_args(arguments)


def _drawn(rows: Sequence[Delivered], options: argparse.Namespace) -> None:
    folder = options.out / "pictures"
    folder.mkdir(exist_ok=True)
    pictures = []
    with browsing(options.chromium) as browser:
        for row in rows:
            if row.tiles is None:
                continue
            city = around(row.bounds, options.data, options.out) if row.bounds is not None else []
            file = folder / (re.sub(r"[^\w.-]+", "_", row.name) + ".png")
            complaint = picture(browser, [row.tiles, *city], file)
            if complaint:
                print(f"{row.name}: {complaint}", file=sys.stderr)
            pictures.append((row.name, file))
    sheet(pictures, options.out / "sheet.png")
