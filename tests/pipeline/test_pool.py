"""Work in this process and in several."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import psutil
import pytest

from pipeline import pool
from pipeline.pool import Here, Processes, in_order, workers
from tests.launcher import gone
from tiles.errors import BadInput, LimitExceeded, Problem


def double(number):
    return 2 * number


def refuse(number):
    if number == 3:
        raise BadInput("Three is not possible; take another.")
    return number


def die_once(number, marks):
    """Be killed at the first try of every third number."""
    mark = marks / str(number)
    if number % 3 == 0 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die(_number):
    os.kill(os.getpid(), signal.SIGKILL)


def sleepy(number, marks):
    (marks / f"{number}-{os.getpid()}").touch()
    time.sleep(0.05)
    return number


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_result_comes_once(jobs):
    with workers(jobs) as pool_:
        assert sorted(pool_.run(double, [(n,) for n in range(50)])) == list(range(0, 100, 2))
        assert list(pool_.run(double, [])) == []


def slow_first(number):
    time.sleep(0.2 if number == 0 else 0)
    return number


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_can_be_had_in_the_order_of_their_arguments(jobs):
    with workers(jobs) as pool_:
        assert list(in_order(pool_, slow_first, [(n,) for n in range(30)])) == list(range(30))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_problem_in_a_worker_is_raised_here(jobs):
    with workers(jobs) as pool_, pytest.raises(BadInput, match="Three is not possible"):
        list(pool_.run(refuse, [(n,) for n in range(20)]))


def test_what_a_killed_process_was_at_is_done_again(tmp_path):
    with workers(2) as pool_:
        assert sorted(pool_.run(die_once, [(n, tmp_path) for n in range(1, 9)])) == list(range(1, 9))


def test_no_call_is_lost_when_it_is_noticed_at_handing_it_out_that_a_process_died():
    pool_ = Processes(2)
    with pytest.raises(BrokenProcessPool):
        pool_.start().submit(die, 1).result()
    found = list(pool_.run(double, [(n,) for n in range(40)]))
    pool_.stop()
    assert sorted(found) == list(range(0, 80, 2))


def test_processes_end_when_their_parent_is_killed():
    program = """
    import os, signal, sys
    from pipeline.pool import Processes
    pool = Processes(3)
    sys.stdout.write(str(sorted(pool.start()._processes)))
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == -signal.SIGKILL
    assert gone([psutil.Process(pid) for pid in json.loads(result.stdout) if psutil.pid_exists(pid)])


def test_work_that_kills_every_process_is_given_up():
    with workers(2) as pool_, pytest.raises(LimitExceeded, match="ended from outside 4 times"):
        list(pool_.run(die, [(1,)]))


def test_with_one_job_nothing_is_started():
    with workers(1) as pool_:
        assert isinstance(pool_, Here)


def test_all_processes_work(tmp_path):
    with workers(2) as pool_:
        assert isinstance(pool_, Processes)
        list(pool_.run(sleepy, [(n, tmp_path) for n in range(20)]))
    assert len({path.name.split("-")[1] for path in tmp_path.iterdir()}) == 2


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch):
    monkeypatch.setattr("pipeline.cluster._ANSWER_S", 1)
    with (
        pytest.raises(Problem, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9"),
        workers(2, "tcp://127.0.0.1:9"),
    ):
        pass


def test_as_many_processors_as_this_process_may_use():
    assert 1 <= pool.processors() <= (os.cpu_count() or 1)
