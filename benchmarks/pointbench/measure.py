"""A command and every process that it starts, measured from outside: time, memory, disk (Linux only: /proc)."""

import ctypes
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_EVERY_S = 0.05
_DISK_EVERY_S = 0.1
_PATIENCE_S = 10.0
_PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SAID = 2_000


@dataclass(frozen=True)
class Usage:
    """What a command took."""

    wall_s: float
    cpu_s: float
    """User and system time of all its processes together."""
    pss_bytes: int
    """Peak memory, summed over processes at one moment; what they share counts once (proportional set size)."""
    rss_bytes: int
    """The same where what they share counts for each of them (resident set size)."""
    held: tuple[int, ...]
    """The proportional set size of each process at its peak, the command's own first."""
    scratch_bytes: int
    """Peak on disk in the scratch folder."""
    disk_bytes: int
    """Peak on disk in all of the run's folder: scratch, output and whatever else is put there."""


class CommandError(Exception):
    """A command that ended with another status than 0, and the end of what it said."""


@dataclass
class _Peaks:
    pss: int = 0
    rss: int = 0
    held: tuple[int, ...] = ()
    scratch: int = 0
    disk: int = 0
    next_pss_s: float = 0.0
    next_disk_s: float = 0.0

    def look_at_memory(self, pid: int) -> None:
        processes = list(_tree(pid))
        rss = sum(_resident(each) for each in processes)
        start = time.monotonic()
        # What is shared out never exceeds what is counted for each; a new peak of one is likely one of both.
        if rss > self.rss or (rss > self.pss and start >= self.next_pss_s):
            held = tuple(_proportional(each) for each in processes)
            # One that ended meanwhile left its share to the others, where it would count once more.
            if sum(held) > self.pss and list(_tree(pid)) == processes and all(map(_resident, processes)):
                self.pss, self.held = sum(held), (held[0], *sorted(held[1:], reverse=True))
            self.next_pss_s = _next(start)
        self.rss = max(self.rss, rss)

    def look_at_disk(self, folder: Path) -> None:
        start = time.monotonic()
        if start < self.next_disk_s:
            return
        scratch, rest = _size(folder / "scratch"), _size(folder, but="scratch")
        self.scratch, self.disk = max(self.scratch, scratch), max(self.disk, scratch + rest)
        self.next_disk_s = max(_next(start), start + _DISK_EVERY_S)


def _next(start_s: float) -> float:
    """When to look again so that looking, begun at `start_s`, takes a twentieth of a processor at most."""
    now_s = time.monotonic()
    return now_s + 19 * (now_s - start_s)


def run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None) -> Usage:
    """Run a command to its end; raises `CommandError`.

    `folder` is where it writes, its folder `scratch` what it will not leave behind. Processes that outlive the one that
    started them come to this one, so that their time is counted too.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    peaks, family = _Peaks(), _Family(frozenset(_children(os.getpid())))
    with tempfile.TemporaryFile() as said:
        start_s = time.perf_counter()
        pid = _start(command, said, environment)
        while pid not in family.ended:
            peaks.look_at_memory(pid)
            peaks.look_at_disk(folder)
            time.sleep(_EVERY_S)
            family.gather()
        family.gather_rest()
        end_s, status = family.ended[pid]
        if status != 0:
            raise CommandError(f"{' '.join(map(str, command))}\nended with status {status}:\n{_end_of(said)}")
    return Usage(end_s - start_s, family.cpu_s, peaks.pss, peaks.rss, peaks.held, peaks.scratch, peaks.disk)


def _start(command: Sequence[str | Path], said: IO[bytes], environment: Mapping[str, str] | None) -> int:
    process = subprocess.Popen(
        [*map(str, command)], stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment
    )
    process.returncode = 0  # it is waited for here, not by the object
    return process.pid


def _end_of(said: IO[bytes]) -> str:
    size = said.seek(0, os.SEEK_END)
    said.seek(max(size - _SAID, 0))
    return said.read().decode(errors="replace")


@dataclass
class _Family:
    """The command that was started, and those of its descendants that it leaves behind."""

    strangers: frozenset[int]
    """Children that were there before."""
    ended: dict[int, tuple[float, int]] = field(default_factory=dict)
    """When, and with what status."""
    cpu_s: float = 0.0
    """Of those that have ended, and of all that they waited for."""

    def members(self) -> set[int]:
        return set(_children(os.getpid())) - self.strangers

    def gather(self) -> None:
        """Take note of what has ended."""
        for member in self.members():
            pid, status, used = os.wait4(member, os.WNOHANG)
            if pid:
                self.ended[pid] = time.perf_counter(), os.waitstatus_to_exitcode(status)
                self.cpu_s += used.ru_utime + used.ru_stime

    def gather_rest(self) -> None:
        """Wait for what was left behind; what will not end is ended."""
        until = time.monotonic() + _PATIENCE_S
        while members := self.members():
            if time.monotonic() > until:
                for member in members:
                    os.kill(member, signal.SIGKILL)
            time.sleep(_EVERY_S)
            self.gather()


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []  # it has just ended


def _tree(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for child in _children(pid):
        yield from _tree(child)


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
    except OSError:
        return 0


def _size(folder: Path, but: str = "") -> int:
    """The bytes of all files in a folder while others write in it."""
    total = 0
    try:
        with os.scandir(folder) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    total += _size(Path(entry.path)) if entry.name != but else 0
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    except OSError:
        pass  # gone again
    return total


def size(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return _size(folder)
