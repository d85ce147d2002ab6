"""Other people's tilesets, read by py3dtiles: a second opinion on what a tileset holds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from py3dtiles.exceptions import Py3dtilesException
from py3dtiles.tileset.tileset import TileSet

from tiles.errors import BadInput
from tiles.tree import TILESET


def second_opinion(folder: Path) -> str:
    """What py3dtiles makes of a tileset, in words; raises `BadInput` when it finds it broken."""
    try:
        count = sum(1 for _ in _walk(TileSet.from_file(folder / TILESET).root_tile))
    except NotImplementedError as limit:
        return f"py3dtiles cannot read it ({str(limit).rstrip('.')})"
    except (Py3dtilesException, OSError, KeyError, ValueError, TypeError) as error:
        raise BadInput(f"{folder / TILESET} cannot be read by py3dtiles: {error}.") from error
    return f"py3dtiles reads {count:,} tiles"


def _walk(tile: Any) -> Iterator[Any]:
    yield tile
    for child in tile.children:
        yield from _walk(child)
