"""Work in a process of its own: what it gave before its end is kept, and its end is told."""

import os
import signal
import time

import pytest

from models.apart import Apart, Ended
from tiles.errors import BadInput


def three():
    yield from (1, 2, 3)


def then(end):
    yield 1
    end()


def run(work, *arguments, patience_s=20.0):
    found = []
    with Apart(work, *arguments, patience_s=patience_s) as items:
        try:
            found.extend(iter(items))
        except Ended as end:
            return found, str(end), end.hung
    return found, "", False


def test_all_items_come_in_order():
    assert run(three) == ([1, 2, 3], "", False)


@pytest.mark.parametrize(
    ("end", "said", "hung"),
    [
        (os.abort, "crashed (SIGABRT)", False),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "crashed (SIGKILL)", False),
        (lambda: os._exit(7), "ended with exit code 7", False),
        (lambda: time.sleep(60), "gave nothing for 1 s", True),
    ],
)
def test_what_came_before_the_end_is_kept_and_the_end_is_told(end, said, hung):
    assert run(then, end, patience_s=1.0 if hung else 20.0) == ([1], said, hung)


def test_a_problem_stays_the_problem_it_is():
    def complain():
        raise BadInput("it is empty; fill it")

    with pytest.raises(BadInput, match="it is empty; fill it"):
        run(then, complain)


def test_what_still_runs_is_ended_when_it_is_no_longer_wanted():
    with Apart(then, lambda: time.sleep(60), patience_s=20.0) as items:
        process = items._process
        assert next(iter(items)) == 1
        assert process.is_alive()
    assert not process.is_alive()
