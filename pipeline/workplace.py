"""Where a run works: the folder or bucket its tiles go to, and the disk on which points wait.

One run at a time. A run that ends in a `Problem` leaves things as they were; one that is stopped from outside leaves
what the next one goes on from.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import platformdirs

from tiles.errors import LimitExceeded, OutputProblem, Problem
from tiles.objects import SCHEMES, Bucket
from tiles.store import Directory, Store, said_as_output_problem

from . import ledger, records
from .ledger import HIDDEN
from .report import size

Place = tuple[Store, Path]
"""The store, and the folder on scratch disk."""


@contextmanager
def workplace(out: Path | str, scratch: Path | None, points: int) -> Iterator[Place]:
    """Where tiles go, and where so many points wait; raises `OutputProblem` where either cannot be."""
    if isinstance(out, str) and out.startswith(SCHEMES):
        with _in_bucket(out, scratch, points) as place:
            yield place
    else:
        with _in_folder(Path(out), scratch, points) as place:
            yield place


@contextmanager
def _in_bucket(url: str, scratch: Path | None, points: int) -> Iterator[Place]:
    parent = scratch or Path(platformdirs.user_cache_dir("voorland")) / "scratch"
    folder, store = parent.absolute() / _name(url), Bucket(url)
    with _alone(folder.with_suffix(".lock"), url):
        _claim(store, url)
        # A store that was away for a moment costs nothing: the same command goes on.
        with _waiting(folder, points), _undone(store, folder, (LimitExceeded, OutputProblem)):
            yield store, folder


def _claim(store: Bucket, url: str) -> None:
    if ledger.exists(store):
        return
    if next(store.keys(), None) is not None:
        raise OutputProblem(f"{url} holds other things; choose another place in the bucket with --out.")
    ledger.write(ledger.Ledger(), store)  # from now on what is there is ours


@contextmanager
def _in_folder(path: Path, scratch: Path | None, points: int) -> Iterator[Place]:
    mine = path / HIDDEN
    if (path.exists() or path.is_symlink()) and not mine.is_dir():
        raise OutputProblem(f"{path} exists already; remove it or choose another folder with --out.")
    folder = (scratch or mine / "scratch").absolute() / _name(str(path.resolve()))
    store = Directory(path.absolute())  # workers may stand elsewhere
    with _alone(mine / "lock", str(path)):
        new = list(path.iterdir()) == [mine] and list(mine.iterdir()) == [mine / "lock"]
        try:
            with _waiting(folder, points), _undone(store, folder, (LimitExceeded,)):
                yield store, folder
        except LimitExceeded:
            raise  # it says that the same command goes on from here
        except Problem:
            if new:
                shutil.rmtree(path, ignore_errors=True)
            raise


def _name(out: str) -> str:
    return hashlib.sha256(out.encode()).hexdigest()[:16]


@contextmanager
def _alone(path: Path, out: str) -> Iterator[None]:
    """Keep a second run away as long as this one lasts; raises `OutputProblem` in the second."""
    lock = None
    while lock is None:
        with said_as_output_problem(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = _locked(path, out)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        lock.close()


def _locked(path: Path, out: str) -> IO[str] | None:
    """The file, locked; None where its owner removed it meanwhile."""
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lock.fileno()), path.stat()):
            return lock
    except BlockingIOError:
        lock.close()
        raise OutputProblem(f"Another run is writing to {out}; wait until it is done.") from None
    except FileNotFoundError:
        pass
    lock.close()
    return None


@contextmanager
def _waiting(folder: Path, points: int) -> Iterator[None]:
    """A folder in which points wait; gone once all is done."""
    with said_as_output_problem(folder.parent):
        for name in ("segments", "made"):
            (folder / name).mkdir(parents=True, exist_ok=True)
    there = sum(path.stat().st_size for path in folder.glob("segments/*.points"))
    needed, free = points * records.BYTES - there, shutil.disk_usage(folder).free
    if needed > free:
        if not there:
            shutil.rmtree(folder, ignore_errors=True)
        raise OutputProblem(
            f"Sorting {points:,} points takes up to {size(needed)} in {folder.parent}, and only {size(free)} is free "
            "there; choose another disk with --scratch."
        )
    yield
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _undone(store: Store, folder: Path, resumable: tuple[type[Problem], ...]) -> Iterator[None]:
    """Take away what a run began that cannot be; but leave what an earlier one was stopped at."""
    stopped = any(folder.glob("*/*"))
    try:
        yield
    except resumable:
        raise
    except Problem:
        if not stopped:
            shutil.rmtree(folder, ignore_errors=True)
            ledger.sweep(store, ledger.read(store))
        raise
