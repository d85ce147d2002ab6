"""Work that crashes or runs away costs one process and gives one sentence."""

import ctypes
import os
import time

import numpy as np
import pytest

from pipeline.confine import Limits, confined
from pipeline.report import silent
from tiles.errors import BadInput, LimitExceeded, MissingGeoreference

LIMITS = Limits(wall_s=30)


def add(a, b, report):
    report("Adding", 1, 2)
    return a + b


def complain(report):
    raise MissingGeoreference("no place; pass --at")


def crash(report):
    ctypes.string_at(0)


def eat(report):
    return float(np.ones(1 << 30).sum())


def spin(report):
    while True:
        pass


def sleep(report):
    time.sleep(60)


def leave(report):
    os._exit(3)


def stumble(report):
    return {}["bug"]


def test_the_result_and_the_progress_come_through():
    told = []
    assert confined(add, (2, 3), LIMITS, lambda *said: told.append(said)) == 5
    assert told == [("Adding", 1, 2)]


def test_a_problem_stays_the_problem_it_is():
    with pytest.raises(MissingGeoreference, match="no place; pass --at"):
        confined(complain, (), LIMITS, silent)


@pytest.mark.parametrize(
    ("work", "limits", "kind", "said"),
    [
        (crash, LIMITS, BadInput, r"ended its reader \(exit code -11\)"),
        (leave, LIMITS, BadInput, r"ended its reader \(exit code 3\)"),
        (eat, Limits(memory_bytes=3 << 30), LimitExceeded, "more than 3 GiB of memory"),
        (spin, Limits(cpu_s=1), LimitExceeded, "more than 1 s of computing"),
        (sleep, Limits(wall_s=1), LimitExceeded, "more than 1 s to convert"),
    ],
)
def test_what_goes_wrong_in_the_process_becomes_one_sentence(work, limits, kind, said):
    with pytest.raises(kind, match=said):
        confined(work, (), limits, silent)


def test_a_bug_keeps_its_traceback(capfd):
    with pytest.raises(BadInput):
        confined(stumble, (), LIMITS, silent)
    assert "KeyError: 'bug'" in capfd.readouterr().err
