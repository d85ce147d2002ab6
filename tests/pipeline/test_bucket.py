"""Tiles into a bucket of a real S3 server on loopback (moto's): the same objects as files in a folder."""

import time
from dataclasses import replace
from pathlib import Path

import obstore
import pytest
from obstore.store import from_url

from pipeline.points import PointOptions, build_points
from tests import city
from tests import launcher as runs
from tests.s3 import Server
from tiles.check import check
from tiles.errors import OutputProblem
from tiles.objects import Bucket


@pytest.fixture
def options(tmp_path):
    """How the sheets are tiled, with the disk where points wait."""
    return PointOptions("EPSG:7415", title="city", jobs=1, scratch=tmp_path / "scratch")


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.end()


@pytest.fixture
def bucket(server, request, monkeypatch) -> str:
    """The address of a place in a new, empty bucket."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    name = f"bucket-{abs(hash(request.node.name))}"
    server.create(name)
    return f"s3://{name}/dordrecht/binnenstad"


def downloaded(url: str, folder: Path) -> Path:
    """All objects of a place as files."""
    store = from_url(url)
    for page in obstore.list(store):
        for found in page:
            path = folder / found["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bytes(obstore.get(store, found["path"]).bytes()))
    return folder


def written(url: str) -> dict[str, object]:
    """When each object was written, but those that no reader sees."""
    return {
        found["path"]: found["last_modified"]
        for page in obstore.list(from_url(url))
        for found in page
        if not found["path"].startswith(".voorland")
    }


def test_a_bucket_holds_what_a_folder_would(sheets, bucket, options, tmp_path):
    summary = build_points(sheets.paths, bucket, options)
    assert city.digest(downloaded(bucket, tmp_path / "down")) == sheets.digest
    assert replace(summary, notes=()) == replace(sheets.summary, notes=())
    assert check(Bucket(bucket)).faults == ()
    media_type = obstore.head(from_url(bucket), "tileset.json")
    assert media_type["size"] > 0


def test_the_same_again_writes_no_content_and_a_content_that_was_lost_is_made_again(sheets, bucket, options, tmp_path):
    build_points(sheets.paths, bucket, options)
    before = written(bucket)
    assert build_points(sheets.paths, bucket, options).reused == sheets.summary.cells
    before.pop("tileset.json")
    assert {name: when for name, when in written(bucket).items() if name != "tileset.json"} == before
    obstore.delete(from_url(bucket), next(name for name in before if name.startswith("tiles/")))
    build_points(sheets.paths, bucket, options)
    assert city.digest(downloaded(bucket, tmp_path / "down")) == sheets.digest


def test_what_nobody_refers_to_goes_and_what_belongs_to_others_stays(sheets, bucket, options, tmp_path):
    beside = bucket.removesuffix("/binnenstad")
    obstore.put(from_url(beside), "binnenstad-old/tiles/00/mine.glb", b"precious")
    for step_m in (0.002, 0.005, 0.001, 0.001):
        build_points(sheets.paths[:1], bucket, replace(options, step_m=step_m))
    build_points(sheets.paths[:1], tmp_path / "fresh", options)
    build_points(sheets.paths[:1], tmp_path / "before", replace(options, step_m=0.005))
    fresh, before = ({p.name for p in (tmp_path / name).glob("tiles/*/*")} for name in ("fresh", "before"))
    assert {name.split("/")[-1] for name in written(bucket) if name.startswith("tiles/")} == fresh | before
    assert bytes(obstore.get(from_url(beside), "binnenstad-old/tiles/00/mine.glb").bytes()) == b"precious"


def test_a_place_that_holds_other_things_is_left_alone(sheets, bucket, options):
    obstore.put(from_url(bucket), "tiles/00/mine.glb", b"precious")
    with pytest.raises(OutputProblem, match="holds other things; choose another place"):
        build_points(sheets.paths, bucket, options)
    assert list(written(bucket)) == ["tiles/00/mine.glb"]


def test_a_bucket_that_is_not_there_is_one_sentence(sheets, bucket, options, launcher, server):
    missing = bucket.replace("s3://bucket-", "s3://missing-")
    with pytest.raises(OutputProblem, match="cannot be reached or written"):
        build_points(sheets.paths, missing, options)
    run = launcher.run(*sheets.paths, "--out", missing, environment=server.environment)
    assert run.returncode == 2
    assert "Traceback" not in run.said
    assert run.said.count("voorland:") == 1


def test_processes_write_to_a_bucket_and_so_do_those_that_take_the_place_of_a_killed_one(
    sheets, bucket, launcher, server, tmp_path
):
    # The parent talks to the server before it starts new processes, so these must not be forks of it.
    scratch = tmp_path / "scratch"
    asked = ("--out", bucket, "--title", "city", "--jobs", 2, "--scratch", scratch)
    run = launcher.start(*sheets.paths, *asked, environment=server.environment)
    while run.running and not any(scratch.glob("*/segments/*.npz")):
        time.sleep(0.002)
    run.children()[0].kill()
    assert run.wait() == 0, run.said
    down = downloaded(bucket, tmp_path / "down")
    assert city.digest(down, "tiles", "cells") == city.digest(sheets.tiles, "tiles", "cells")
    assert list(scratch.iterdir()) == []


def test_a_parent_that_is_killed_goes_on_in_the_bucket(sheets, bucket, launcher, server, tmp_path):
    scratch = tmp_path / "scratch"
    asked = ("--out", bucket, "--title", "city", "--jobs", 2, "--scratch", scratch)
    for pieces in (1, 3):
        run = launcher.start(*sheets.paths, *asked, environment=server.environment)
        while run.running and len(list(scratch.glob("*/made/*.json"))) < pieces:
            time.sleep(0.002)
        run.kill()
    run = launcher.run(*sheets.paths, *asked, environment=server.environment)
    assert run.returncode == 0, run.said
    down = downloaded(bucket, tmp_path / "down")
    assert city.digest(down, "tiles", "cells") == city.digest(sheets.tiles, "tiles", "cells")
    assert runs.gone(run.workers)


def test_a_server_that_goes_away_is_one_sentence_and_the_next_run_goes_on(sheets, bucket, launcher, server, tmp_path):
    scratch = tmp_path / "scratch"
    asked = ("--out", bucket, "--title", "city", "--jobs", 2, "--scratch", scratch)
    run = launcher.start(*sheets.paths, *asked, environment=server.environment)
    while run.running and not any(scratch.glob("*/made/*.json")):
        time.sleep(0.002)
    server.go_away()
    assert run.wait() == 2, run.said
    assert "Traceback" not in run.said
    assert run.said.count("voorland:") == 1
    assert "check its address, credentials and network, then run the same command again." in run.said
    assert any(scratch.glob("*/made/*.json"))
    server.come_back()
    again = launcher.run(*sheets.paths, *asked, environment=server.environment)
    assert again.returncode == 0, again.said
    down = downloaded(bucket, tmp_path / "down")
    assert city.digest(down, "tiles", "cells") == city.digest(sheets.tiles, "tiles", "cells")
