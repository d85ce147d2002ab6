"""The same function over many arguments, in this process, in several or on a cluster; results come as they are done."""

import gc
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection
from typing import Any, Protocol, TypeVar

from tiles.errors import LimitExceeded, Problem

T = TypeVar("T")
Arguments = Sequence[tuple[Any, ...]]

_WAITING = 4  # calls handed out per process: enough that none waits, few enough that a city's do not fill memory
_LOST_POOLS = 3


class Workers(Protocol):
    """Calls functions somewhere; they must be importable by name, and the same call may be made twice."""

    def run(self, function: Callable[..., T], arguments: Arguments) -> Iterator[T]:
        """The results of `function` for each tuple of arguments, in any order."""


class Here:
    """Calls functions in this process, one after the other."""

    def run(self, function: Callable[..., T], arguments: Arguments) -> Iterator[T]:
        """The results of `function` for each tuple of arguments, in their order."""
        return (function(*each) for each in arguments)


class Processes:
    """Calls functions in a pool of processes, which is made again when one of them is killed."""

    def __init__(self, jobs: int) -> None:
        """Start nothing yet."""
        self._jobs = jobs
        self._pool: ProcessPoolExecutor | None = None
        self._lost = 0

    def start(self) -> ProcessPoolExecutor:
        """The pool, with its processes running."""
        if self._pool is None:
            # By now the object store's library may have threads here, which a fork would miss.
            context = _context() if self._lost == 0 else _forkserver()
            gc.freeze()  # a collection in one of them would write to all memory that it shares with this one
            self._pool = ProcessPoolExecutor(self._jobs, mp_context=context, initializer=_follow)
            with warnings.catch_warnings():
                # Python 3.12 warns of threads at a fork. Those there are belong to the linear algebra library, which
                # looks after itself at a fork.
                warnings.simplefilter("ignore", DeprecationWarning)
                self._pool.submit(os.getpid).result()
        return self._pool

    def run(self, function: Callable[..., T], arguments: Arguments) -> Iterator[T]:
        """The results of `function` for each tuple of arguments, as they are done.

        What a killed process was at is done again; raises `LimitExceeded` when that keeps happening.
        """
        todo = list(reversed(arguments))
        running: dict[Future[T], tuple[Any, ...]] = {}
        try:
            while todo or running:
                try:
                    yield from self._done(function, todo, running)
                except BrokenProcessPool as error:
                    todo += running.values()
                    running.clear()
                    self._again(error)
        finally:
            for future in running:
                future.cancel()

    def _done(
        self, function: Callable[..., T], todo: list[tuple[Any, ...]], running: dict[Future[T], tuple[Any, ...]]
    ) -> Iterator[T]:
        """Hand out calls, and give the results of those that are done first; a call is in one of both until it is."""
        while todo and len(running) < _WAITING * self._jobs:
            future = self.start().submit(function, *todo[-1])
            running[future] = todo.pop()
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            result = future.result()
            del running[future]
            yield result

    def _again(self, error: BrokenProcessPool) -> None:
        self.stop()
        self._lost += 1
        if self._lost > _LOST_POOLS:
            raise LimitExceeded(
                f"A worker process was ended from outside {self._lost} times, most likely for want of memory or by a "
                "damaged file; run the same command again with --jobs 1 to go on from here."
            ) from error

    def stop(self) -> None:
        """End the processes once they have done what they are at."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def in_order(pool: Workers, function: Callable[..., T], arguments: Arguments) -> Iterator[T]:
    """The results of `function` for each tuple of arguments, in the order of the arguments."""
    waiting: dict[int, T] = {}
    due = 0
    for number, result in pool.run(_numbered, [(number, function, each) for number, each in enumerate(arguments)]):
        waiting[number] = result
        while due in waiting:
            yield waiting.pop(due)
            due += 1


def _numbered(number: int, function: Callable[..., T], arguments: tuple[Any, ...]) -> tuple[int, T]:
    return number, function(*arguments)


def _context() -> multiprocessing.context.BaseContext:
    """How processes are started.

    A fork inherits all that is imported and compiled, at no cost; it is safe while this process has one thread. Else a
    server that has imported everything once forks for us.
    """
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    return _forkserver()


def _forkserver() -> multiprocessing.context.BaseContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipeline.pointtiles"])
    return context


def _follow() -> None:
    """End this process once its parent has ended, however that came: else it would wait for work forever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends its processes
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def workers(jobs: int | None = None, scheduler: str | None = None) -> Iterator[Workers]:
    """A Dask cluster by its scheduler's address, else `jobs` processes, or as many as there are processors.

    With one job all work is done here.
    """
    if scheduler is not None:
        try:
            from .cluster import cluster  # noqa: PLC0415 - an extra that few install
        except ImportError as error:
            raise Problem(
                "Dask is not installed here; run pip install 'voorland[cluster]', or leave --scheduler out."
            ) from error
        with cluster(scheduler) as far:
            yield far
    elif (jobs or processors()) == 1:
        yield Here()
    else:
        pool = Processes(jobs or processors())
        try:
            pool.start()
            yield pool
        finally:
            pool.stop()
