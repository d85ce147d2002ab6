"""Who must be named for tiles of what was fetched."""

import json

import pytest

from pipeline.sources.named import attribution

CREDITS = {"title": "AHN5", "attribution": "AHN, Het Waterschapshuis", "licence": "open", "page": ""}
ENTRY = {
    "source": "ahn",
    "address": "https://example.org/tile",
    "received": "2026-11-24T22:00:00Z",
    "bounds": [104_000, 425_000, 105_000, 426_000],
    "crs": "EPSG:7415",
    "request": "all of it",
    "counted": "",
    "bytes": 4,
    "sha256": "",
    "notes": [],
}


@pytest.fixture
def fetched(tmp_path):
    """A folder as `voorland fetch` leaves it: a photo, and points in a folder of their own."""
    photo = ENTRY | CREDITS | {"path": "photo.tif", "source": "photo", "attribution": "Beeldmateriaal Nederland"}
    files = [ENTRY | CREDITS | {"path": "ahn/tile.laz"}, photo]
    document = {"version": 1, "area": {}, "files": files, "missing": {}, "empty": []}
    (tmp_path / "sources.json").write_text(json.dumps(document))
    return tmp_path


def test_sources_are_named_with_the_day_they_came(fetched):
    files = [fetched / "ahn" / "tile.laz", fetched / "photo.tif"]
    assert attribution(files, "someone") == (
        "AHN, Het Waterschapshuis (2026-11-24); Beeldmateriaal Nederland (2026-11-24)"
    )


def test_of_files_that_were_not_fetched_the_configured_source_is_named(fetched, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "mine.laz"
    assert attribution([elsewhere], "AHN") == "AHN"
    assert attribution([fetched / "ahn" / "other.laz"], "AHN") == "AHN"
    assert attribution([elsewhere], "") == ""
