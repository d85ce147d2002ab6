"""A real Dask scheduler and workers on loopback, as processes of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import distributed

ROOT = Path(__file__).parent.parent


class Dask:
    """A scheduler, and the workers that were started for it; they stand in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        """Start a scheduler."""
        self.folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self._file = folder / "scheduler.json"
        self.scheduler = self._begin("scheduler", "--port", "0", "--host", "127.0.0.1", "--no-show")

    @property
    def address(self) -> str:
        """Where the scheduler listens, once it does."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                return str(json.loads(self._file.read_text())["address"])
            except (FileNotFoundError, ValueError):
                time.sleep(0.05)
        raise TimeoutError((self.folder / "scheduler.log").read_text())

    def add_worker(self) -> None:
        """A worker more, of one process with two threads, once the scheduler knows it."""
        worker = self._begin(
            "worker", "--no-nanny", "--nthreads", "2", "--memory-limit", "0", "--local-directory", str(self.folder)
        )
        self.workers.append(worker)
        with distributed.Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(sum(each.poll() is None for each in self.workers), timeout=60)

    def _begin(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--scheduler-file", str(self._file)]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        with (self.folder / f"{kind}.log").open("ab") as log:
            return subprocess.Popen(
                [*command, "--no-dashboard", *options], stdout=log, stderr=log, cwd=self.folder, env=environment
            )

    def stop(self) -> None:
        """End all of them."""
        for process in (*self.workers, self.scheduler):
            process.kill()
        for process in (*self.workers, self.scheduler):
            process.wait()


@contextmanager
def dask(folder: Path, workers: int) -> Iterator[Dask]:
    """A scheduler with so many workers."""
    folder.mkdir(exist_ok=True)
    running = Dask(folder)
    try:
        assert running.address
        for _ in range(workers):
            running.add_worker()
        yield running
    finally:
        running.stop()
