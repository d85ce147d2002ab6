"""What is recorded of fetched data."""

import json
import subprocess
import sys

import pytest

from pipeline.area import of_bounds
from pipeline.sources import record
from pipeline.sources.config import Credit
from tiles.errors import BadInput, OutputProblem

HERE = of_bounds((104_000.0, 425_000.0, 104_500.0, 425_300.0))
BAG = Credit("BAG", "Kadaster, BAG", "Public domain mark 1.0", "https://bag.example")
AHN = Credit("AHN5", "AHN, Het Waterschapshuis / Rijkswaterstaat", "Open data", "")


def entry(path, credit=BAG, request="r"):
    return record.Entry(
        path, "bag", credit, "https://x.example", "2026-11-24T12:00:00Z", HERE.bounds, record.CRS, request
    )


@pytest.fixture
def kept(tmp_path):
    (tmp_path / "ahn").mkdir()
    for name in ("bag.geojson", "ahn/a.laz", "ahn/b.laz"):
        (tmp_path / name).write_text(f"this is {name}")
    kept = record.for_area(tmp_path, HERE)
    kept.add(entry("bag.geojson"))
    kept.add(entry("ahn/b.laz", AHN))
    kept.add(entry("ahn/a.laz", AHN))
    return kept


def test_all_that_credits_need_is_in_the_file(kept):
    document = json.loads((kept.folder / "sources.json").read_text())
    assert [file["path"] for file in document["files"]] == ["ahn/a.laz", "ahn/b.laz", "bag.geojson"]
    (bag,) = (file for file in document["files"] if file["path"] == "bag.geojson")
    assert bag["attribution"] == "Kadaster, BAG"
    assert bag["licence"] == "Public domain mark 1.0"
    assert bag["bytes"] == len("this is bag.geojson")
    assert len(bag["sha256"]) == 64
    assert bag["received"].endswith("Z")
    assert bag["crs"] == "EPSG:28992"
    assert document["area"]["bounds"] == list(HERE.bounds)


def test_credits_name_each_source_once(kept):
    assert record.credits(kept.folder) == (AHN, BAG)


def test_a_folder_without_a_record_has_no_credits(tmp_path):
    assert record.credits(tmp_path) == ()


def test_what_was_written_is_read_back(kept):
    kept.missing["ahn"] = ("https://x.example/c.laz",)
    kept.empty.add("nothing here")
    kept.save()
    again = record.read(kept.folder)
    assert again.entries == kept.entries
    assert again.missing == kept.missing
    assert again.empty == kept.empty


@pytest.mark.parametrize("harm", [lambda file: file.unlink(), lambda file: file.write_text("this is BAG.geojson")])
def test_a_file_that_is_not_as_it_was_is_not_whole(kept, harm):
    assert kept.whole("bag.geojson", "r") is not None
    assert kept.whole("bag.geojson", "another request") is None
    harm(kept.folder / "bag.geojson")
    assert kept.whole("bag.geojson", "r") is None


def test_a_folder_is_of_one_area(kept):
    with pytest.raises(OutputProblem, match=r"holds data of another area .RD 104000,425000,104500,425300."):
        record.for_area(kept.folder, of_bounds((104_000.0, 425_000.0, 104_500.0, 425_301.0)))


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 1}', '{"version": 1, "files": [{}], "missing": {}}'])
def test_a_record_that_cannot_be_read_is_said(tmp_path, text):
    (tmp_path / "sources.json").write_text(text)
    with pytest.raises(BadInput, match="is no record of fetched data"):
        record.read(tmp_path)


def test_a_write_that_is_killed_leaves_the_old_file(tmp_path):
    path = tmp_path / "sources.json"
    path.write_text("old")
    program = (
        "import os, signal, pathlib\n"
        "from pipeline.sources import record\n"
        "os.fsync = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"record.write_whole(pathlib.Path({str(path)!r}), b'new')\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert path.read_text() == "old"
