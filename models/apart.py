"""Work of libraries that may crash or hang, in a forked process that gives results one by one.

Readers of IFC are large C++ and Rust libraries, and one element in ten thousand can end or stop them. A fork has all
that is imported and read already and costs milliseconds, so each engine has its own, and what it gave before its end
is kept. Limits on memory and on the whole are not set here: they are inherited (`pipeline/confine.py`).
"""

import ctypes
import faulthandler
import multiprocessing
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from tiles.errors import Problem

T = TypeVar("T")
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


class Ended(Exception):  # noqa: N818 - it is no fault of ours, and always caught
    """The process ended before its work did, or gave nothing for too long; says so."""

    def __init__(self, said: str, *, hung: bool = False) -> None:
        """`hung` where it was still there."""
        super().__init__(said)
        self.hung = hung


class Apart(Generic[T]):
    """What a generator function yields, made in a process of its own that begins at once.

    The items are pickled. A context manager: what still runs at its end is killed.
    """

    def __init__(self, work: Callable[..., Iterator[T]], *arguments: Any, patience_s: float) -> None:
        """Start the process; `patience_s` is how long it may take to each next item."""
        context = multiprocessing.get_context("fork")
        self._patience_s = patience_s
        self._here, there = context.Pipe(duplex=False)
        self._process = context.Process(target=_run, args=(self._here, there, work, arguments))
        with warnings.catch_warnings():
            # Python 3.12 warns of threads at a fork. Those there are belong to the linear algebra library, which looks
            # after itself at a fork.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process.start()
        there.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, whatever it is at."""
        self._process.kill()
        self._process.join()
        self._here.close()

    def __iter__(self) -> Iterator[T]:
        """The items as they come; raises `Ended`, and a `Problem` of the work itself."""
        while self._here.poll(self._patience_s):
            try:
                kind, item = self._here.recv()
            except (EOFError, OSError):  # the second where it ends within an item
                self._process.join()
                raise Ended(_said(self._process.exitcode)) from None
            match kind:
                case "item":
                    yield item
                case "done":
                    return
                case _:
                    raise item
        raise Ended(f"gave nothing for {self._patience_s:g} s", hung=True)


def _said(exit_code: int | None) -> str:
    if exit_code == -signal.SIGXCPU:  # the limit of this process too, which it must not outlive by having children
        signal.raise_signal(signal.SIGXCPU)
    if exit_code is not None and exit_code < 0:
        return f"crashed ({signal.Signals(-exit_code).name})"
    return f"ended with exit code {exit_code}"


def _run(parent: Connection, there: Connection, work: Callable[..., Iterator[Any]], arguments: tuple[Any, ...]) -> None:
    parent.close()
    faulthandler.disable()  # a crash is told in a sentence
    if sys.platform == "linux":  # a parent that is killed takes this process with it
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    with suppress(BrokenPipeError):  # nobody listens any longer
        try:
            for item in work(*arguments):
                there.send(("item", item))
            there.send(("done", None))
        except Problem as problem:
            there.send(("problem", problem))
