"""Other people's tilesets, read by py3dtiles: a second opinion on what a tileset holds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from py3dtiles.exceptions import Py3dtilesException
from py3dtiles.tileset.tileset import TileSet

from tiles.errors import BadInput
from tiles.tree import TILESET


def second_opinion(folder: Path) -> str:
    """What py3dtiles makes of a tileset and those it refers to, in words; raises `BadInput` when it finds it broken.

    A tile that refers to another tileset and the root of that are two tiles.
    """
    return opinion_of(folder / TILESET)


def opinion_of(file: Path) -> str:
    """The same, of a tileset whose file has a name of its own."""
    try:
        count = sum(1 for _ in _tileset(file.resolve(), ()))
    except NotImplementedError as limit:
        return f"py3dtiles cannot read it ({str(limit).rstrip('.')})"
    except (Py3dtilesException, OSError, KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        said = str(error).rstrip(".") or type(error).__name__
        raise BadInput(f"{file} cannot be read by py3dtiles: {said}.") from error
    return f"py3dtiles reads {count:,} tiles"


def _tileset(file: Path, trail: tuple[Path, ...]) -> Iterator[Any]:
    if file in trail:
        raise BadInput(f"{file} refers to itself through {trail[-1].name}; no viewer can draw that.")
    if trail and not file.is_relative_to(trail[0].parent):
        raise BadInput(f"{trail[-1]} refers to {file}, which lies outside its folder.")
    waiting = [TileSet.from_file(file).root_tile]
    while waiting:
        tile = waiting.pop()
        yield tile
        if tile.content_uri is not None and tile.content_uri.suffix == ".json":
            yield from _tileset((file.parent / tile.content_uri).resolve(), (*trail, file))
        waiting += tile.children
