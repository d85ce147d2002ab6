"""Tiling on a real Dask scheduler with two worker processes."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import cluster, segment
from pipeline.points import PointOptions, build_points
from tests import city
from tests.dask import dask
from tiles.errors import BadInput, LimitExceeded, Problem

OPTIONS = PointOptions("EPSG:7415", title="city")


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    with dask(tmp_path_factory.mktemp("dask") / "workers", 2) as running:
        yield running


@pytest.fixture
def small_pieces(monkeypatch):
    """Segments so small that there are many."""
    monkeypatch.setattr(segment, "SEGMENT_POINTS", 1_000)


def test_two_workers_who_stand_elsewhere_give_the_same_bytes(sheets, scheduler, tmp_path, monkeypatch):
    # Paths that are given from here must be found from there.
    monkeypatch.chdir(sheets.paths[0].parent)
    options = replace(OPTIONS, scheduler=scheduler.address)
    build_points([Path(path.name) for path in sheets.paths], "../on a cluster", options)
    assert city.digest(sheets.paths[0].parent.parent / "on a cluster") == sheets.digest
    assert not list(scheduler.folder.rglob("*.glb"))


def test_what_is_wrong_with_a_file_is_said_from_a_worker(sheets, scheduler, tmp_path):
    las = city.sheets(tmp_path / "las", sheets.cloud, suffix=".las")[0]
    las.write_bytes(las.read_bytes().replace(b"LASF", b"LAZF", 1))
    with pytest.raises(BadInput, match=r"north-west\.las is not a LAS or LAZ file"):
        build_points([las], tmp_path / "tiles", replace(OPTIONS, scheduler=scheduler.address))
    assert not (tmp_path / "tiles").exists()


def test_a_worker_that_is_killed_at_its_work_changes_no_byte(sheets, scheduler, small_pieces, tmp_path):
    killed = threading.Thread(target=kill_at_work, args=(scheduler, tmp_path / "tiles"))
    killed.start()
    build_points(sheets.paths, tmp_path / "tiles", replace(OPTIONS, scheduler=scheduler.address))
    killed.join()
    assert scheduler.workers[0].wait() < 0
    assert city.digest(tmp_path / "tiles") == sheets.digest
    assert city.leftovers(tmp_path / "tiles") == []
    scheduler.add_worker()


def kill_at_work(scheduler, out: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and len(list(out.glob(".voorland/scratch/*/segments/*.npz"))) < 3:
        time.sleep(0.002)
    scheduler.workers[0].kill()


def test_no_scheduler_is_one_sentence(sheets, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_ANSWER_S", 0.5)
    with pytest.raises(Problem, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9; start one with"):
        build_points(sheets.paths, tmp_path / "tiles", replace(OPTIONS, scheduler="tcp://127.0.0.1:9"))
    with pytest.raises(Problem, match="No Dask scheduler answers at nowhere"):
        build_points(sheets.paths, tmp_path / "tiles", replace(OPTIONS, scheduler="nowhere"))
    assert not (tmp_path / "tiles").exists()


def test_no_worker_is_one_sentence_and_a_scheduler_that_ends_is_another(sheets, small_pieces, tmp_path):
    with dask(tmp_path / "workers", 0) as running:
        options = replace(OPTIONS, scheduler=running.address)
        with pytest.raises(Problem, match="has no workers; start some with `dask worker tcp"):
            build_points(sheets.paths, tmp_path / "tiles", options)
        running.add_worker()
        ended = threading.Thread(target=end_at_work, args=(running, tmp_path / "tiles"))
        ended.start()
        with pytest.raises(LimitExceeded, match="Dask's scheduler ended"):
            build_points(sheets.paths, tmp_path / "tiles", options)
        ended.join()
    # And the next run goes on from what was done.
    read = len(list((tmp_path / "tiles").glob(".voorland/scratch/*/segments/*.npz")))
    assert read >= 3
    build_points(sheets.paths, tmp_path / "tiles", replace(OPTIONS, jobs=1))
    assert city.digest(tmp_path / "tiles") == sheets.digest


def end_at_work(running, out: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and len(list(out.glob(".voorland/scratch/*/segments/*.npz"))) < 3:
        time.sleep(0.002)
    running.scheduler.kill()
