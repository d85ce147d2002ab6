"""Who is measured, and how each is called."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_ITERATE = Path(__file__).parent / "iterate.py"
_IN_DORDRECHT = "104900,425250,2.8"

VOORLAND, ITERATOR, PEER = "voorland", "ifcopenshell's iterator", "py3dtiles"

Command = Callable[[Path, Path], list[str]]
"""From an input and a fresh folder to what is to be run; output goes to `out` in the folder."""


@dataclass(frozen=True)
class Contender:
    """A program that is given a plan model."""

    name: str
    command: Command


def voorland() -> Contender:
    """Our own, from the folder this file is in; the model goes where it is told to, whatever it says of its place."""

    def command(file: Path, folder: Path) -> list[str]:
        # -P: our code is what PYTHONPATH says, wherever this is called from.
        program = [sys.executable, "-P", "-c", "from server.cli import main; main()", "tile", "model"]
        # Not remembered: the files are someone else's, and nothing is to be written beside them.
        return [*program, str(file), "--out", str(folder / "out"), "--at", _IN_DORDRECHT, "--no-remember"]

    return Contender(VOORLAND, command)


def iterator() -> Contender:
    """IfcOpenShell's own iterator on one thread: shapes, and no tiles."""

    def command(file: Path, folder: Path) -> list[str]:
        (folder / "out").mkdir()
        return [sys.executable, str(_ITERATE), str(file), str(folder / "out" / "count.json")]

    return Contender(ITERATOR, command)


def peer() -> Contender:
    """py3dtiles by its own command, as 3D Tiles 1.1."""

    def command(file: Path, folder: Path) -> list[str]:
        program = [str(Path(sys.executable).with_name("py3dtiles")), "convert", str(file)]
        return [*program, "--out", str(folder / "out"), "--spec-version", "1.1"]

    return Contender(PEER, command)


def environment() -> Mapping[str, str]:
    """What a contender finds: our code."""
    return os.environ | {"PYTHONPATH": str(ROOT)}
