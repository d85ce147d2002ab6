"""Progress bars on a terminal; plain lines where there is none."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .report import Report

if TYPE_CHECKING:
    from rich.progress import TaskID


@contextmanager
def bars() -> Iterator[Report]:
    """A `Report` that draws one bar per stage on stderr, or writes one line per stage when stderr is no terminal."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    # Here, so that what writes to no terminal does without: 40 ms.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=console)
    tasks: dict[str, TaskID] = {}

    def draw(stage: str, done: int, total: int) -> None:
        if not tasks:
            # Not before there is something to draw: it starts a thread, and processes are forked best without one.
            progress.start()
        if stage not in tasks:
            tasks[stage] = progress.add_task(stage, total=total)
        progress.update(tasks[stage], completed=done, total=total)

    try:
        yield draw
    finally:
        progress.stop()


def _lines() -> Report:
    begun: set[str] = set()

    def write(stage: str, _done: int, _total: int) -> None:
        if stage not in begun:
            begun.add(stage)
            sys.stderr.write(f"{stage} …\n")

    return write
