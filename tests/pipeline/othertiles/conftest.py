"""What tests of other people's tilesets share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.othertiles.passon import TilesetOptions, TilesetSummary, convert
from pipeline.report import silent
from tiles.store import Directory


@pytest.fixture(scope="session")
def passed() -> Callable[..., TilesetSummary]:
    """Passing a tileset on without a process of its own."""

    def pass_on(place: Path, out: Path, **options) -> TilesetSummary:
        out.mkdir()
        return convert(place, Directory(out), TilesetOptions(**options), silent)

    return pass_on
