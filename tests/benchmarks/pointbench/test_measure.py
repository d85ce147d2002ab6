"""Measuring from outside: what is shared counts once, and nobody gets away."""

import sys

import pytest

from benchmarks.pointbench import measure

MB = 1_000_000
BARE_MB = 30  # an interpreter

ALLOCATE = "held = bytearray(b'x') * 100_000_000; import time; time.sleep(0.5)"
SHARE = f"import os; held = bytearray(b'x') * 100_000_000; os.fork(); {ALLOCATE.partition('; ')[2]}"
BURN = "import time\nwhile time.process_time() < 0.4: pass"
LEAVE = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {BURN!r}])"
SCRATCH = """
import sys, pathlib, time
scratch = pathlib.Path(sys.argv[1]) / "scratch" / "deep"
scratch.mkdir(parents=True)
(scratch / "a").write_bytes(bytes(3_000_000)); (scratch.parent.parent / "out").write_bytes(bytes(1_000_000))
time.sleep(0.5); (scratch / "a").unlink()
"""


def run(program, folder):
    return measure.run([sys.executable, "-c", program, folder], folder)


def test_memory_is_the_peak(tmp_path):
    usage = run(ALLOCATE, tmp_path)
    assert 100 * MB < usage.pss_bytes <= usage.rss_bytes < (100 + BARE_MB) * MB
    assert usage.held == (usage.pss_bytes,)


def test_memory_that_processes_share_counts_once_as_pss_and_twice_as_rss(tmp_path):
    usage = run(SHARE, tmp_path)
    assert 100 * MB < usage.pss_bytes < (100 + BARE_MB) * MB
    assert 200 * MB < usage.rss_bytes < (200 + 2 * BARE_MB) * MB
    assert len(usage.held) == 2


def test_cpu_of_a_process_that_outlives_its_parent_is_counted(tmp_path):
    usage = run(LEAVE, tmp_path)
    assert usage.cpu_s > 0.4


def test_time_asleep_is_wall_and_not_cpu(tmp_path):
    usage = run("import time; time.sleep(0.6)", tmp_path)
    assert usage.wall_s > 0.6
    assert usage.cpu_s < 0.5


def test_what_is_gone_at_the_end_was_on_disk_all_the_same(tmp_path):
    usage = run(SCRATCH, tmp_path)
    assert (usage.scratch_bytes, usage.disk_bytes) == (3 * MB, 4 * MB)
    assert measure.size(tmp_path) == 1 * MB


def test_a_command_that_fails_says_why(tmp_path):
    with pytest.raises(measure.CommandError, match=r"(?s)status 3.*it is broken"):
        run("import sys; print('it is broken'); sys.exit(3)", tmp_path)
