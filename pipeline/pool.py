"""The same function over many arguments, in this process or in several."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

from tiles.errors import LimitExceeded

T = TypeVar("T")
Arguments = Sequence[tuple[Any, ...]]


class Workers:
    """Calls functions in this process, one after the other."""

    def run(self, function: Callable[..., T], arguments: Arguments) -> Iterator[T]:
        """The results of `function` for each tuple of arguments, in their order."""
        return (function(*each) for each in arguments)


class Processes(Workers):
    """Calls functions in a pool of processes; they must be importable by name."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def run(self, function: Callable[..., T], arguments: Arguments) -> Iterator[T]:
        """The results of `function` for each tuple of arguments, in their order."""
        futures = [self._pool.submit(function, *each) for each in arguments]
        try:
            for future in futures:
                yield future.result()
        except BrokenProcessPool as error:
            raise LimitExceeded(
                "A worker process was ended from outside, most likely for want of memory; try again with --jobs 1."
            ) from error
        finally:
            for future in futures:
                future.cancel()


@contextmanager
def workers(jobs: int | None = None) -> Iterator[Workers]:
    """`jobs` processes, or as many as there are processors; with 1 all work is done here."""
    jobs = jobs or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else jobs or os.cpu_count() or 1
    if jobs == 1:
        yield Workers()
        return
    # A server that has imported everything once and forks from there: no threads are copied, as plain fork would,
    # and no process imports numba and PROJ again, as spawn would.
    context = get_context("forkserver")
    context.set_forkserver_preload(["pipeline.pointtiles"])
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        yield Processes(pool)
