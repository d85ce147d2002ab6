"""The command `voorland`, run as a planner would, and what it costs."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# -P: our code is what PYTHONPATH says, wherever this is called from.
PROGRAM = (sys.executable, "-P", "-c", "from server.cli import main; main()")


@dataclass(frozen=True)
class Ran:
    """How a command ended, what it said and what it took, its child processes included."""

    code: int
    out: str
    said: str
    wall_s: float
    cpu_s: float

    @property
    def refusal(self) -> str:
        """The sentence with which it refused; empty where it did not."""
        return self.said.strip().splitlines()[-1] if self.code else ""


def voorland(*arguments: str | Path) -> Ran:
    """Run the command to its end."""
    return ran([*PROGRAM, *map(str, arguments)])


def ran(command: Sequence[str]) -> Ran:
    """Run a program to its end; nothing else may be run by this process meanwhile."""
    before, started = _cpu_s(), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    return Ran(done.returncode, done.stdout, done.stderr, time.monotonic() - started, _cpu_s() - before)


def environment() -> dict[str, str]:
    """The environment of a command: this project's own code."""
    return os.environ | {"PYTHONPATH": str(ROOT)}


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
