"""Who is measured, and how each is called."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_DECODE = Path(__file__).parent / "decode.py"
_FROM_RD_NAP, _TO_ECEF = "7415", "4978"

Command = Callable[[Sequence[Path], Path], list[str]]
"""From input files and a fresh folder to what is to be run; output goes to `out` in the folder."""


@dataclass(frozen=True)
class Contender:
    """A program that is given points."""

    name: str
    command: Command
    settings: Callable[[Path], Mapping[str, str]] = lambda _folder: {}
    """Environment variables, given the fresh folder."""


VOORLAND, ROUGH, COLD, PEER = "voorland", "voorland --step 0.01", "voorland, numba cold", "py3dtiles"
DECODERS = {"single": "decode, one thread", "parallel": "decode, parallel"}


def voorland(jobs: int, step_m: float = 0.001) -> Contender:
    """Our own, from the folder this file is in."""

    def command(files: Sequence[Path], folder: Path) -> list[str]:
        # -P: our code is what PYTHONPATH says, wherever this is called from.
        program = [sys.executable, "-P", "-c", "from server.cli import main; main()", "tile", "points"]
        places = ["--out", str(folder / "out"), "--scratch", str(folder / "scratch")]
        return [*program, *map(str, files), *places, "--jobs", str(jobs), "--step", str(step_m)]

    return Contender(VOORLAND, command)


def rough(jobs: int) -> Contender:
    """Ours with steps of a centimetre."""
    return replace(voorland(jobs, 0.01), name=ROUGH)


def cold(jobs: int) -> Contender:
    """Ours as it is after an installation, with nothing compiled."""
    return replace(voorland(jobs), name=COLD, settings=lambda folder: {"NUMBA_CACHE_DIR": str(folder / "numba")})


def peer(jobs: int) -> Contender:
    """py3dtiles by its own command, with all it needs to keep the class; of black colours it is relieved.

    It drops the class of point formats before 6, where that shares its byte with flags.
    """

    def command(files: Sequence[Path], folder: Path) -> list[str]:
        program = [str(Path(sys.executable).with_name("py3dtiles")), "convert", *map(str, files)]
        frames = ["--srs_in", _FROM_RD_NAP, "--srs_out", _TO_ECEF]
        return [*program, "--out", str(folder / "out"), "--jobs", str(jobs), *frames, "--no-rgb", *_extra_fields(files)]

    return Contender(PEER, command)


def _extra_fields(files: Sequence[Path]) -> list[str]:
    with files[0].open("rb") as file:
        point_format = file.read(105)[104] & 0x3F  # the two highest bits say that it is compressed
    return ["--extra-fields", "classification"] if point_format >= 6 else []  # noqa: PLR2004


def decoder(backend: str) -> Contender:
    """Decompression alone, by "single" or "parallel"; of one file."""

    def command(files: Sequence[Path], _folder: Path) -> list[str]:
        (file,) = files
        return [sys.executable, str(_DECODE), str(file), backend]

    return Contender(DECODERS[backend], command)


def environment(contender: Contender, folder: Path) -> Mapping[str, str]:
    """What a contender finds: our code, and what it asks for."""
    return os.environ | {"PYTHONPATH": str(ROOT)} | dict(contender.settings(folder))
