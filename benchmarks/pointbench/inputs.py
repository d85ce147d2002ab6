"""The files that are tiled: made once, kept in a cache folder, used again."""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import laspy

from . import ahnlike
from .ahnlike import Survey

COPIES = 10


@dataclass(frozen=True)
class Input:
    """One or several files that become one tileset."""

    files: tuple[Path, ...]
    points: int
    point_format: int

    @property
    def bytes(self) -> int:
        """Of all files together."""
        return sum(path.stat().st_size for path in self.files)

    @property
    def name(self) -> str:
        """For people: how many points in what format."""
        return f"{self.points / 1e6:.3g} M, format {self.point_format}"


def single(survey: Survey, cache: Path) -> Input:
    """A survey as a file, written unless it was there."""
    path = cache / f"ahnlike-{_edition()}-{survey.points:g}M-format{survey.point_format}-seed{survey.seed}.laz"
    if not path.exists():
        print(f"Making {path} ...", file=sys.stderr)
        cache.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.laz")
        ahnlike.write(survey, part)
        part.replace(path)
    with laspy.open(path) as file:
        return Input((path,), int(file.header.point_count), survey.point_format)


def copies(survey: Survey, cache: Path, count: int = COPIES) -> Input:
    """Copies of a survey side by side, from west to east."""
    one = single(survey, cache)
    (original,) = one.files
    targets = [cache / f"{original.stem}-{number}.laz" for number in range(count)]
    for number, target in enumerate(targets):
        if not target.exists():
            part = target.with_suffix(".part.laz")
            ahnlike.shift(original, part, number * round(survey.side_m, 3))
            part.replace(target)
    return Input(tuple(targets), one.points * count, survey.point_format)


@cache
def _edition() -> str:
    """A mark that changes with the code that writes the files; found once, as code is loaded once."""
    digest = hashlib.sha256()
    for source in _sources():
        digest.update(source.read_bytes())
    return digest.hexdigest()[:8]


def _sources() -> Iterator[Path]:
    yield from sorted(Path(ahnlike.__file__).parent.glob("*.py"))
