"""What was made of what: so that nothing is made twice, and what nobody refers to any more can go.

Everything that is made has a key that follows from all it is made of. A run that was stopped finds what it had made on
scratch disk; a later run, with a new edition of one sheet or another mask, finds it in the ledger that is kept with the
tiles.
"""

import gzip
import io
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.box import Box
from tiles.errors import NotFound
from tiles.store import PART, Get, Put, Store, part_of, said_as_output_problem

from .segment import CELLS

HIDDEN = ".voorland"
UPWARD = f"{HIDDEN}/upward"
"""Where the points wait that are drawn in the squares above the cells."""
_LEDGER, _SEGMENTS = f"{HIDDEN}/ledger.json.gz", f"{HIDDEN}/segments.npz"
_OURS = ("tiles/", "cells/", f"{UPWARD}/")
_VERSION = 1


@dataclass(frozen=True)
class Made:
    """What was made of one square of the map."""

    key: str
    content: str | None
    """The square's own content, a GLB or an external tileset; None where nothing is drawn at its level."""
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    """The corners of its box, metres in the square's frame."""
    error_m: float
    points: int = 0
    """Drawn in it and below."""
    tiles: int = 0
    bytes: int = 0
    doubled: int = 0
    """Points that several files held, and that are drawn once."""
    upward: str | None = None
    """The points that are drawn in the squares above."""
    contents: tuple[str, ...] = ()
    """Every key in the store that readers of it need."""

    @property
    def needed(self) -> tuple[str, ...]:
        """Every key in the store that it needs, those no reader sees included."""
        return self.contents if self.upward is None else (*self.contents, self.upward)

    @property
    def box(self) -> Box:
        """The box around it, in the square's frame."""
        return Box(np.array(self.low), np.array(self.high))


def _made(values: Mapping[str, Any]) -> Made:
    fields: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    return Made(**fields)


@dataclass(frozen=True)
class Ledger:
    """All that is known to be in a store."""

    made: Mapping[str, Made] = field(default_factory=dict)
    tilesets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The keys that each tileset is made of, by the tileset's own key in the store."""
    before: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The same for the version before, which someone may still be looking at."""
    segments: Mapping[str, tuple[NDArray[np.void], int, int]] = field(default_factory=dict)
    """The cells of each segment of the files read last, and how many points of noise and of class 0 it held."""

    def kept(self) -> set[str]:
        """Every content that a tileset of now or before refers to."""
        return {name for key in self._used if key in self.made for name in self.made[key].needed}

    @property
    def _used(self) -> set[str]:
        return {key for generation in (self.tilesets, self.before) for keys in generation.values() for key in keys}

    def published(self, tileset: str, parts: Sequence[Made]) -> "Ledger":
        """The ledger after a tileset was made of these parts; what is no longer used is forgotten."""
        keys = sorted({part.key for part in parts})
        older = self.tilesets.get(tileset, keys)
        # Made once more and the same: who looks at the version before still does.
        before = self.before if older == keys else dict(self.before) | {tileset: older}
        return self._with(parts, dict(self.tilesets) | {tileset: keys}, before)

    def announced(self, tileset: str, parts: Sequence[Made]) -> "Ledger":
        """The ledger while a tileset of these parts takes the place of the one that is there: both may be seen."""
        keys = {part.key for part in parts} | set(self.tilesets.get(tileset, ()))
        return self._with(parts, dict(self.tilesets) | {tileset: sorted(keys)}, self.before)

    def _with(
        self, parts: Sequence[Made], tilesets: Mapping[str, Sequence[str]], before: Mapping[str, Sequence[str]]
    ) -> "Ledger":
        grown = Ledger(dict(self.made) | {part.key: part for part in parts}, tilesets, before, self.segments)
        return replace(grown, made={key: grown.made[key] for key in sorted(grown._used & grown.made.keys())})


def exists(store: Get) -> bool:
    """Whether a store holds a ledger, readable or not."""
    try:
        store.get(_LEDGER)
    except NotFound:
        return False
    return True


def there(store: Store) -> frozenset[str]:
    """Every content that a store really has."""
    return frozenset((*store.keys(), *store.keys(UPWARD)))


def read(store: Get) -> Ledger:
    """The ledger in a store; empty where there is none, or one of another version of this software."""
    try:
        values = json.loads(gzip.decompress(store.get(_LEDGER)))
        with np.load(io.BytesIO(store.get(_SEGMENTS))) as arrays:
            segments = _unpacked(arrays)
    except (NotFound, OSError, EOFError, ValueError, KeyError, zlib.error):
        return Ledger()  # everything is made anew then, and found to be the same
    if values.get("version") != _VERSION:
        return Ledger()
    return Ledger(
        {key: _made(made) for key, made in values["made"].items()}, values["tilesets"], values["before"], segments
    )


def write(ledger: Ledger, store: Put) -> None:
    """Keep the ledger with the tiles."""
    values = {
        "version": _VERSION,
        "made": {key: asdict(made) for key, made in ledger.made.items()},
        "tilesets": {key: list(parts) for key, parts in ledger.tilesets.items()},
        "before": {key: list(parts) for key, parts in ledger.before.items()},
    }
    packed = io.BytesIO()
    np.savez_compressed(packed, **_packed(ledger.segments))
    store.put(_SEGMENTS, packed.getvalue())
    store.put(_LEDGER, gzip.compress(json.dumps(values, separators=(",", ":")).encode(), 6, mtime=0))


def sweep(store: Store, ledger: Ledger) -> None:
    """Remove what nobody refers to, and what killed processes were writing."""
    kept = ledger.kept()
    found = [*store.keys(), *store.keys(HIDDEN)]
    store.remove(key for key in found if key not in kept and (key.startswith(_OURS) or _is_part(key)))


def _is_part(key: str) -> bool:
    return key.endswith(PART) and not key.startswith(f"{HIDDEN}/scratch/")


def _packed(segments: Mapping[str, tuple[NDArray[np.void], int, int]]) -> dict[str, Any]:
    cells = [segments[key][0] for key in segments]
    return {
        "keys": np.array(list(segments), "U32"),
        "noise": np.array([segments[key][1] for key in segments], np.int64),
        "unclassified": np.array([segments[key][2] for key in segments], np.int64),
        "ends": np.cumsum([len(each) for each in cells], dtype=np.int64),
        "cells": np.concatenate([np.empty(0, CELLS), *cells]),
    }


def _unpacked(arrays: Mapping[str, NDArray[Any]]) -> dict[str, tuple[NDArray[np.void], int, int]]:
    ends, cells = arrays["ends"], arrays["cells"]
    parts = np.split(cells, ends[:-1]) if len(ends) else []
    counts = zip(arrays["noise"].tolist(), arrays["unclassified"].tolist(), strict=True)
    return {str(key): (part, *two) for key, part, two in zip(arrays["keys"], parts, counts, strict=True)}


def remember(made: Made, folder: Path) -> None:
    """Note on scratch disk that something is made, once all of it is in the store."""
    with said_as_output_problem(folder):
        part = Path(part_of(folder / made.key))
        part.write_text(json.dumps(asdict(made)), encoding="utf-8")
        part.replace(folder / f"{made.key}.json")


def remembered(folder: Path) -> dict[str, Made]:
    """What a run that was stopped had made."""
    found = (json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json"))
    return {made["key"]: _made(made) for made in found}
