"""Work that may crash or run away, in a process of its own with limits.

Readers of plan models are large C++ libraries fed with files from strangers: one can end the interpreter, eat all
memory or never finish. Here that costs one process and gives one sentence.
"""

import faulthandler
import resource
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any, TypeVar

from tiles.errors import BadInput, LimitExceeded, Problem

from .report import Report

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """What a conversion may take."""

    memory_bytes: int = 8 << 30
    cpu_s: int = 1_800
    wall_s: int = 1_800
    file_bytes: int = 8 << 30


def confined(work: Callable[..., T], arguments: tuple[Any, ...], limits: Limits, report: Report) -> T:
    """`work(*arguments, report)` in a new process; both must be importable by name.

    A `Problem` in it is raised here. Raises `LimitExceeded` when it took more than `limits`, and `BadInput` when it
    ended the process.
    """
    context: Any = get_context(_method())
    here, there = context.Pipe(duplex=False)
    # No daemon: those may have no processes of their own, and readers have (`models/apart.py`). It is killed below.
    process = context.Process(target=_run, args=(there, limits, work, arguments))
    with warnings.catch_warnings():
        # Python 3.12 warns of threads at a fork. Those there are belong to the linear algebra library, which looks
        # after itself at a fork.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    there.close()
    try:
        result: T = _listen(here, process, limits, report)
        return result
    finally:
        process.kill()
        process.join()
        here.close()


def _method() -> str:
    """How the process is started.

    A fork has all that is imported already, which is half the time of a small model; it is safe while this process has
    one thread.
    """
    return "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"


def _listen(here: Connection, process: Any, limits: Limits, report: Report) -> Any:
    end = monotonic() + limits.wall_s
    while here.poll(max(end - monotonic(), 0)):
        try:
            kind, content = here.recv()
        except EOFError:
            process.join()
            raise _ended(process.exitcode, limits) from None
        match kind:
            case "progress":
                report(*content)
            case "done":
                return content
            case _:
                raise content
    raise LimitExceeded(f"The model took more than {limits.wall_s} s to convert and was stopped; simplify it.")


def _ended(exit_code: int | None, limits: Limits) -> Problem:
    if exit_code == -signal.SIGXCPU:
        return LimitExceeded(f"The model took more than {limits.cpu_s} s of computing and was stopped; simplify it.")
    if exit_code in {-signal.SIGKILL, _OUT_OF_MEMORY}:
        return LimitExceeded(
            f"The model took more than {limits.memory_bytes / 2**30:.3g} GiB of memory and was stopped; simplify it."
        )
    return BadInput(f"The model ended its reader (exit code {exit_code}): the file is damaged; export it again.")


_OUT_OF_MEMORY = 99


def _run(there: Connection, limits: Limits, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    # At the soft limit comes SIGXCPU, which tells why; at the hard one SIGKILL, which could be anything.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 5))
    faulthandler.disable()  # a crash is told in a sentence
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this process

    def report(stage: str, done: int, total: int) -> None:
        there.send(("progress", (stage, done, total)))

    try:
        there.send(("done", work(*arguments, report)))
    except MemoryError:
        raise SystemExit(_OUT_OF_MEMORY) from None
    except Problem as problem:
        there.send(("problem", problem))
