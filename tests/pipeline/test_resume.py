"""Killed at any moment and started again: the same bytes in the end, and never half a tileset on the way."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Self

import psutil
import pytest

from pipeline.points import PointOptions, build_points
from tests import city, makemap, readers
from tests import launcher as runs
from tests.city import CORNER
from tiles.check import check
from tiles.store import Directory

ASKED = ("--title", "city", "--jobs", 2)


@pytest.fixture(scope="module")
def undisturbed(sheets, launcher, tmp_path_factory):
    """The digest of what the command makes when nobody kills it."""
    out = tmp_path_factory.mktemp("undisturbed") / "tiles"
    assert launcher.run(*sheets.paths, "--out", out, *ASKED).returncode == 0
    return city.digest(out)


class Reader:
    """Someone who looks at a tileset all the time."""

    def __init__(self, folder: Path) -> None:
        self.looked, self.faults = 0, []
        self._store, self._folder = Directory(folder), folder
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._stopped.is_set():
            if (self._folder / "tileset.json").exists():
                self.faults += check(self._store).faults
                self.looked += 1
            self._stopped.wait(0.005)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()


def stage(out: Path) -> str:
    """What a run was at, by what it left."""
    scratch = out / ".voorland" / "scratch"
    if any(scratch.glob("*/made/*.json")):
        return "tiling"
    return "reading" if any(scratch.glob("*/segments/*.npz")) else "beginning"


def how_far(out: Path) -> int:
    """How many pieces of work are done."""
    scratch = out / ".voorland" / "scratch"
    return sum(1 for pattern in ("*/segments/*.npz", "*/made/*.json") for _ in scratch.glob(pattern))


def kill_after(run: runs.Run, out: Path, pieces: int, pause_s: float) -> bool:
    """Kill a run when so many pieces are done and a moment has passed; whether it was still running."""
    while run.running and how_far(out) < pieces:
        time.sleep(0.002)
    time.sleep(pause_s)
    if not run.running:
        return False
    run.kill()
    return True


def test_runs_whose_parents_are_killed_again_and_again_end_in_the_same_bytes(sheets, undisturbed, launcher, tmp_path):
    rng = random.Random(3)
    stages, workers, faults = [], [], []
    while len(stages) < 12:
        out = tmp_path / f"after {len(stages)}"
        with Reader(out) as reader:
            killed = True
            while killed:
                run = launcher.start(*sheets.paths, "--out", out, *ASKED)
                killed = kill_after(run, out, how_far(out) + rng.choice((0, 1, 2, 3)), rng.uniform(0, 0.05))
                workers += run.workers  # the next run begins while they may still be writing
                stages += [stage(out)] if killed else []
        faults += reader.faults
        assert run.wait() == 0, run.said
        assert city.digest(out) == undisturbed
        assert city.leftovers(out) == []
    assert set(stages) >= {"reading", "tiling"}
    assert faults == []
    assert runs.gone(workers)


def test_a_run_goes_on_by_itself_when_its_workers_are_killed(sheets, undisturbed, launcher, tmp_path):
    rng = random.Random(5)
    run = launcher.start(*sheets.paths, "--out", tmp_path / "tiles", *ASKED)
    killed = 0
    for pieces in (1, 9):
        while run.running and how_far(tmp_path / "tiles") < pieces:
            time.sleep(0.002)
        for worker in rng.sample(mine := worker_processes(run), k=min(1, len(mine))):
            worker.kill()
            killed += 1
    assert run.wait() == 0, run.said
    assert killed == 2
    assert city.digest(tmp_path / "tiles") == undisturbed
    assert city.leftovers(tmp_path / "tiles") == []


def worker_processes(run: runs.Run) -> list[psutil.Process]:
    """The workers of a run, whether forked by it or by the server that does so later."""
    try:
        below = run.process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    parents = {each.ppid() for each in below}
    return [each for each in below if each.pid not in parents and not is_a_tracker(each)]


def is_a_tracker(process: psutil.Process) -> bool:
    return "resource_tracker" in " ".join(process.cmdline())


def test_a_variant_killed_while_someone_looks_at_the_tileset_before_shows_whole_tilesets_only(
    sheets, launcher, tmp_path
):
    # Another mask, and so another tileset in the place of the first.
    west, south = CORNER
    hole = makemap.feature(makemap.rectangle(west - 200, south - 200, west + 200, south + 200))
    mask = makemap.write_geojson(tmp_path / "mask.geojson", makemap.collection(hole, crs=makemap.RD_CRS))
    asked = (*sheets.paths, *ASKED)
    assert launcher.run(*asked, "--out", tmp_path / "wanted").returncode == 0
    shutil.copytree(tmp_path / "wanted", tmp_path / "killed")
    assert launcher.run(*asked, "--out", tmp_path / "wanted", "--mask", mask).returncode == 0
    rng, kills = random.Random(7), 0
    with Reader(tmp_path / "killed") as reader:
        for pieces in (1, 4, 9):
            run = launcher.start(*asked, "--out", tmp_path / "killed", "--mask", mask)
            kills += kill_after(run, tmp_path / "killed", pieces, rng.uniform(0, 0.1))
        assert launcher.run(*asked, "--out", tmp_path / "killed", "--mask", mask).returncode == 0
        time.sleep(0.1)
    assert kills >= 2
    assert reader.looked > 2
    assert reader.faults == []
    assert city.digest(tmp_path / "killed") == city.digest(tmp_path / "wanted")
    assert city.leftovers(tmp_path / "killed") == []


DYING = """
import os, signal, sys
from pathlib import Path
from pipeline import ledger
from pipeline.points import PointOptions, build_points
from tiles.store import Directory

file, out, moment = sys.argv[1:]
writes = 0

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def write(entry, store, written=ledger.write):
    global writes
    written(entry, store)
    writes += 1
    if (moment, writes) in {("announced", 1), ("written", 2)}:
        die()

def put(self, key, data, kept=Directory.put):
    kept(self, key, data)
    if moment == "seen" and key == "tileset.json":
        die()

ledger.write, Directory.put = write, put
build_points([Path(file)], out, PointOptions("EPSG:7415", step_m=0.002, jobs=1))
"""


@pytest.mark.parametrize("moment", ["announced", "seen", "written"])
def test_a_run_killed_while_it_publishes_loses_neither_what_readers_see_nor_what_they_saw(sheets, tmp_path, moment):
    # Steps of another size make other contents of all; the second of three tilesets is killed.
    file, out = sheets.paths[0], tmp_path / "tiles"
    build_points([file], out, PointOptions("EPSG:7415", jobs=1))
    first = referred(out)
    command = [sys.executable, "-c", DYING, str(file), str(out), moment]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
    assert first <= existing(out)
    second = referred(out)
    build_points([file], out, PointOptions("EPSG:7415", step_m=0.005, jobs=1))
    assert second | referred(out) <= existing(out)
    assert (moment == "announced") == (second == first)


def referred(out: Path) -> set[str]:
    """What someone needs who has read a tileset a moment ago."""
    return {path.relative_to(out.resolve()).as_posix() for path in readers.read(out).paths.values()}


def existing(out: Path) -> set[str]:
    """What is there."""
    return {path.relative_to(out).as_posix() for path in out.glob("tiles/*/*")}


def test_a_second_run_at_the_same_time_is_refused_and_disturbs_nothing(sheets, undisturbed, launcher, tmp_path):
    first = launcher.start(*sheets.paths, "--out", tmp_path / "tiles", *ASKED)
    while how_far(tmp_path / "tiles") < 1:
        time.sleep(0.002)
    second = launcher.run(*sheets.paths, "--out", tmp_path / "tiles", *ASKED)
    assert second.returncode == 2
    assert "Another run is writing to" in second.said
    assert first.wait() == 0, first.said
    assert city.digest(tmp_path / "tiles") == undisturbed


def test_a_mistake_after_a_run_that_was_killed_leaves_what_it_had_done(sheets, undisturbed, launcher, tmp_path):
    run = launcher.start(*sheets.paths, "--out", tmp_path / "tiles", *ASKED)
    assert kill_after(run, tmp_path / "tiles", 6, 0)
    runs.gone(run.workers)
    done = how_far(tmp_path / "tiles")
    (tmp_path / "notes.laz").write_text("no points here" * 100)
    wrong = launcher.run(*sheets.paths, tmp_path / "notes.laz", "--out", tmp_path / "tiles", *ASKED)
    assert wrong.returncode == 2
    assert how_far(tmp_path / "tiles") == done
    assert launcher.run(*sheets.paths, "--out", tmp_path / "tiles", *ASKED).returncode == 0
    assert city.digest(tmp_path / "tiles") == undisturbed


def test_ctrl_c_ends_all_processes_without_a_word_and_the_next_run_goes_on(sheets, undisturbed, launcher, tmp_path):
    run = launcher.start(*sheets.paths, "--out", tmp_path / "tiles", *ASKED)
    while how_far(tmp_path / "tiles") < 2:
        time.sleep(0.002)
    workers = run.children()
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.wait() == 130
    assert "Traceback" not in run.said
    assert runs.gone(workers)
    assert launcher.run(*sheets.paths, "--out", tmp_path / "tiles", *ASKED).returncode == 0
    assert city.digest(tmp_path / "tiles") == undisturbed
