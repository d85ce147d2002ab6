"""The benchmark of point tiling, run small: its figures mean nothing here, but all of them must be there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parent.parent.parent / "benchmarks" / "points.py"
MILLIONS = 0.1


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmark")
    what = ["--points", str(MILLIONS), "--formats", "1", "--rounds", "1", "--no-peer", "--no-extras", "--large"]
    places = ["--cache", folder / "cache", "--work", folder, "--json", folder / "points.json"]
    command = [sys.executable, BENCHMARK, *what, *places]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in sorted(folder.iterdir())] == ["cache", "points.json"]
    return done.stdout, json.loads((folder / "points.json").read_text())


@pytest.fixture(scope="module")
def results(ran):
    return {(each["contender"], each["input"]["files"]): each for each in ran[1]["results"]}


def test_every_contender_is_given_the_file_and_ours_ten_copies_too(results):
    assert [*results] == [("decode, parallel", 1), ("voorland", 1), ("decode, one thread", 1), ("voorland", 10)]
    points = {files: result["input"]["points"] for (_, files), result in results.items()}
    assert points[10] == 10 * points[1] == pytest.approx(10 * MILLIONS * 1e6, rel=0.25)
    assert all(result["input"]["format"] == 1 for result in results.values())


def test_time_and_memory_are_measured_in_every_round(results):
    for result in results.values():
        (usage,) = result["rounds"]
        assert result["wallS"] == usage["wall_s"] > 0
        assert result["cpuS"] == usage["cpu_s"] > 0.05  # Python alone takes as much
        assert usage["rss_bytes"] >= usage["pss_bytes"] == sum(usage["held"]) > 10e6


def test_no_point_is_missing_in_the_tiles(results):
    for (name, _), result in results.items():
        if name == "voorland":
            tileset = result["tileset"]
            assert tileset["points"] == result["input"]["points"]
            assert tileset["bytes"] <= result["outBytes"]
            assert tileset["points_a_tile"]["max"] <= 50_000
            assert 0 < tileset["first_view_bytes"] <= tileset["bytes"]


def test_ours_is_compared_with_decompression_by_whichever_way_takes_less(results):
    ours = results["voorland", 1]
    floor = min(results[name, 1]["cpuS"] for name in ("decode, parallel", "decode, one thread"))
    assert ours["cpuOverDecode"] == pytest.approx(ours["cpuS"] / floor)
    assert ours["pointsPerCpuSOverPeer"] is None


def test_each_goal_is_said_to_be_met_or_not_or_not_measured(ran):
    printed, found = ran
    goals = {goal["what"]: goal for goal in found["goals"]}
    assert goals["points per CPU second over py3dtiles, format 1"]["met"] is None
    assert goals["scratch disk"]["met"] is True
    assert goals["scratch disk"]["on"] == found["results"][-1]["input"]["name"]
    for what, goal in goals.items():
        (row,) = [line for line in printed.splitlines() if line.startswith(f"| {what} |")]
        assert row.endswith({True: "| met |", False: "| **not met** |", None: "| not measured |"}[goal["met"]])
