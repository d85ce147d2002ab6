"""The command `voorland tile points`, many times: one process imports everything once and forks for each run.

A run is a process in a session of its own, as from a terminal, and can be killed like one.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil


@dataclass
class Run:
    """One run of the command."""

    launcher: "Launcher"
    process: psutil.Process
    log: Path
    returncode: int | None = None
    workers: list[psutil.Process] = field(default_factory=list)

    def wait(self) -> int:
        """Its exit status, once it has ended; negative for a signal."""
        if self.returncode is None:
            self.returncode = self.launcher.ask("wait", self.process.pid)
        return self.returncode

    @property
    def running(self) -> bool:
        return self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE

    @property
    def said(self) -> str:
        """What it wrote, on whichever stream."""
        return self.log.read_text()

    def children(self) -> list[psutil.Process]:
        """Its worker processes."""
        try:
            return [each for each in self.process.children() if each.status() != psutil.STATUS_ZOMBIE]
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """Kill it and nothing else, at once; its workers stay."""
        self.workers = self.children()
        self.process.kill()
        self.wait()


class Launcher:
    """Starts runs."""

    def __init__(self, folder: Path) -> None:
        """Import everything; logs go to `folder`."""
        self._folder = folder
        self._count = 0
        command = [sys.executable, "-c", f"from {__name__} import serve; serve()"]
        root = Path(__file__).parent.parent
        environment = os.environ | {"PYTHONPATH": str(root)}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root, env=environment
        )

    def ask(self, what: str, value: Any) -> Any:
        """What the process that forks answers."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([what, value]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def start(self, *arguments: object, environment: Mapping[str, str] | None = None) -> Run:
        """Begin `voorland tile points …`."""
        self._count += 1
        log = self._folder / f"run-{self._count}.log"
        asked = {"arguments": list(map(str, arguments)), "log": str(log), "environment": dict(environment or {})}
        return Run(self, psutil.Process(self.ask("start", asked)), log)

    def run(self, *arguments: object, environment: Mapping[str, str] | None = None) -> Run:
        """Run `voorland tile points …` to its end."""
        run = self.start(*arguments, environment=environment)
        run.wait()
        return run

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def gone(processes: list[psutil.Process], seconds: float = 10.0) -> bool:
    """Whether all of some processes end within a time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes):
            return True
        time.sleep(0.01)
    return False


def serve() -> None:
    """Fork for each line of standard input, with pieces of work so small that there are many to be stopped at."""
    import pipeline.points  # noqa: PLC0415 - only in the process that forks
    import pipeline.segment  # noqa: PLC0415
    import pipeline.summary  # noqa: PLC0415
    from pipeline.warm import warm  # noqa: PLC0415
    from server.cli import main  # noqa: PLC0415
    from tiles import objects  # noqa: PLC0415

    pipeline.points._WORTH_PROCESSES = 0
    pipeline.segment.SEGMENT_POINTS = 5_000
    objects._RETRY = {"max_retries": 2}
    warm()
    for line in sys.stdin:
        what, value = json.loads(line)
        if what == "wait":
            _answer(os.waitstatus_to_exitcode(os.waitpid(value, 0)[1]))
            continue
        pid = os.fork()
        if pid == 0:
            os.setsid()
            # A shell that starts the tests in the background has them ignore Ctrl-C, which children inherit.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            log = os.open(value["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            for stream in (1, 2):
                os.dup2(log, stream)
            os.close(0)
            os.environ.update(value["environment"])
            sys.argv = ["voorland", "tile", "points", *value["arguments"]]
            main()
        _answer(pid)


def _answer(value: int) -> None:
    sys.stdout.write(f"{value}\n")
    sys.stdout.flush()
