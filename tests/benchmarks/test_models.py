"""The benchmark of plan models, run small: its figures mean nothing here, but all of them must be there."""

import json
import subprocess
import sys
from pathlib import Path

from tests import makestep
from tests.makestep import GREEN, RED, Box

BENCHMARK = Path(__file__).parent.parent.parent / "benchmarks" / "models.py"


def test_every_contender_is_measured_and_each_goal_is_said_to_be_met_or_not(tmp_path):
    box = makestep.write(tmp_path / "box.ifc", [Box(colours=(RED, GREEN))])
    what = [box, "--rounds", "1", "--no-peer", "--large", box, "--large-bytes", "20000"]
    places = ["--cache", tmp_path / "cache", "--work", tmp_path, "--json", tmp_path / "models.json"]
    command = [sys.executable, BENCHMARK, *what, *places]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.glob("*.voorland.json")), "a place is remembered beside someone else's file"
    found = json.loads((tmp_path / "models.json").read_text())
    names = [(each["contender"], each["file"]) for each in found["results"]]
    assert names == [("voorland", "box.ifc"), ("ifcopenshell's iterator", "box.ifc"), ("voorland", "box-0.02MB.ifc")]
    ours, theirs, large = found["results"]
    assert (ours["shapes"], ours["failure"]) == (1, "")
    assert ours["out_bytes"] > 0
    assert ours["tiles"] >= 1
    assert ours["times"] > 0
    assert large["usages"][0]["cpu_s"] > 0
    (goal,) = [goal for goal in found["goals"] if goal["what"].startswith("box.ifc")]
    assert goal["met"] == (goal["value"] >= 3)
    assert theirs["times"] == 1.0
    assert "| goal | measured | |" in done.stdout
