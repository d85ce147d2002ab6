"""Through all of a tileset: its tiles, listed or implicit, those of the tilesets it refers to, and their contents."""

import json
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from tiles.errors import BadInput, NotFound
from tiles.frame import Matrix4

from . import contents, implicit, volumes
from .contents import Content
from .source import Source, key_of

Json = Mapping[str, Any]

_MOST_TILES = 5_000_000
_LARGEST_ERROR_M = 1e300
_MOST_MISSING = 1_000
"""After so many files that are not there no more are looked for: the folder is not the tileset's."""


@dataclass(frozen=True, eq=False)
class Shown:
    """A content in its place."""

    key: str
    content: Content
    to_earth: Matrix4
    """From the tile's metres to earth-centred ones."""
    volume: Json
    """Of its tile, or of the tile that its subtree hangs on."""
    listed: bool
    """Whether the volume is the tile's own."""


@dataclass(frozen=True)
class _Tile:
    said: Json
    name: str
    folder: str
    outer: Matrix4
    trail: tuple[str, ...]
    """The tilesets that led here."""
    up: str
    error: float
    """The parent's geometric error."""


@dataclass(eq=False)
class Walk:
    """One way through a tileset; what it met is counted and kept."""

    source: Source
    tiles: int = 0
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Every tileset.json by its name, the main one first."""
    files: dict[str, None] = field(default_factory=dict)
    """Every other file that it refers to."""
    missing: dict[str, None] = field(default_factory=dict)
    remarks: dict[str, int] = field(default_factory=dict)
    """What is not as it should be and does no harm, and how often."""

    def shown(self) -> Iterator[Shown]:
        """Every content with its place; raises `BadInput` for a tileset that cannot be drawn."""
        head = self._document(self.source.root, self.source.files.get)
        waiting = [self._root(head, self.source.root, np.eye(4), (self.source.root,))]
        if head["root"].get("refine") not in ("ADD", "REPLACE"):
            self._remark("the root says neither ADD nor REPLACE")
        while waiting:
            tile = waiting.pop()
            self._count(tile.name)
            matrix = tile.outer @ volumes.transform(tile.said, tile.name)
            volumes.require(tile.said.get("boundingVolume"), tile.name)
            error = self._error(tile)
            if tile.said.get("contents"):
                self._remark("a tile has several contents, which many viewers do not draw")
            tiling = implicit.tiling(tile.said, tile.name)
            found = self._implicit(tile, tiling) if tiling else ((key, True) for key in self._contents(tile))
            for key, listed in found:
                data = self._bytes(key)
                if data is not None and contents.is_tileset(data):
                    waiting.append(self._external(key, tile, matrix))
                elif data is not None:
                    yield Shown(key, self._content(key, data, tile.up), matrix, tile.said["boundingVolume"], listed)
            children = _listed(tile.said.get("children"), f"{tile.name}'s children")
            for number, child in reversed([*enumerate(children)]):
                name = f"{tile.name}/{number}"
                waiting.append(_Tile(child, name, tile.folder, matrix, tile.trail, tile.up, error))

    def _document(self, key: str, get: Any) -> dict[str, Any]:
        try:
            found = json.loads(get(key))
        except NotFound as problem:
            raise BadInput(f"There is no tileset: {problem}") from problem
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{key} is no JSON that can be read: {str(error)[:120]}.") from error
        if not isinstance(found, dict) or not isinstance(found.get("root"), dict):
            raise BadInput(f"{key} is no tileset: it has no root tile.")
        asset = found.get("asset")
        version = str(asset.get("version"))[:20] if isinstance(asset, dict) else None
        if version not in {"0.0", "1.0", "1.1"}:
            raise BadInput(f"{key} is no tileset of 3D Tiles 1.0 or 1.1: its asset.version is {version!r}.")
        self.documents[key] = found
        if isinstance(schema := found.get("schemaUri"), str):
            self._bytes(key_of(schema, posixpath.dirname(key)))
        return found

    def _root(self, document: Json, key: str, outer: Matrix4, trail: tuple[str, ...]) -> _Tile:
        up = str(document["asset"].get("gltfUpAxis", "Y")).upper()
        if up not in {"X", "Y", "Z"}:
            raise BadInput(f"{key} has a gltfUpAxis of {up[:20]!r}; it is X, Y or Z.")
        name = "root" if len(trail) == 1 else f"{key}: root"
        return _Tile(document["root"], name, posixpath.dirname(key), outer, trail, up, np.inf)

    def _external(self, key: str, tile: _Tile, matrix: Matrix4) -> _Tile:
        if key in tile.trail:
            raise BadInput(f"{tile.trail[-1]} refers to {key}, which leads back to it; no viewer can draw that.")
        self.files.pop(key, None)
        document = self.documents.get(key) or self._document(key, self.source.files.get)
        return self._root(document, key, matrix, (*tile.trail, key))

    def _contents(self, tile: _Tile) -> list[str]:
        """The files of a tile that lists its children."""
        return [key_of(uri, tile.folder) for uri in _uris(tile.said, tile.name)]

    def _implicit(self, tile: _Tile, tiling: implicit.Tiling) -> Iterator[tuple[str, bool]]:
        """The files of the tiles below one, as its subtrees say."""
        templates = _uris(tile.said, tile.name)
        waiting = [implicit.Cell(0, (0,) * tiling.dimensions)]
        while waiting:
            root = waiting.pop()
            key = key_of(root.filled(tiling.template), tile.folder)
            data = self._bytes(key)
            if data is None:
                continue
            folder = posixpath.dirname(key)
            try:
                found = implicit.subtree(data, tiling, partial(self._beside, folder))
            except BadInput as problem:
                raise BadInput(f"{key} is broken: {problem}; export it again.") from problem
            for cell, has in implicit.cells(found, root, tiling):
                self._count(tile.name)
                yield from (
                    (key_of(cell.filled(templates[row]), tile.folder), False) for row in has if row < len(templates)
                )
            waiting += [*implicit.below(found, root, tiling)][::-1]

    def _content(self, key: str, data: bytes, up: str) -> Content:
        folder = posixpath.dirname(key)
        try:
            found = contents.read(data, partial(self._beside, folder), up)
        except BadInput as problem:
            raise BadInput(f"{key} is broken: {str(problem).rstrip('.')}; export it again.") from problem
        for uri in found.uris:
            self._bytes(key_of(uri, folder))
        return found

    def _beside(self, folder: str, uri: str) -> bytes:
        """A file that another refers to; raises `BadInput` where it is not there."""
        data = self._bytes(key := key_of(uri, folder))
        if data is None:
            raise BadInput(f"{key} is not there")
        return data

    def _bytes(self, key: str) -> bytes | None:
        """A file's bytes, and a note that it belongs to the tileset; None, and a note, where it is not there."""
        try:
            data = self.source.files.get(key)
        except NotFound:
            self.missing[key] = None
            if len(self.missing) >= _MOST_MISSING:
                raise BadInput(missing(self.missing, self.source.name)) from None
            return None
        self.files[key] = None
        return data

    def _count(self, name: str) -> None:
        self.tiles += 1
        if self.tiles > _MOST_TILES:
            raise BadInput(f"{self.source.name} has more than {_MOST_TILES:,} tiles below {name}; split it.")

    def _error(self, tile: _Tile) -> float:
        said = tile.said.get("geometricError")
        if not isinstance(said, (int, float)) or isinstance(said, bool) or not 0 <= said <= _LARGEST_ERROR_M:
            raise BadInput(f"{tile.name} has no geometricError, so no viewer knows when to draw it; export it again.")
        if said > tile.error:
            self._remark("a tile has a larger geometricError than its parent")
        return float(said)

    def _remark(self, said: str) -> None:
        self.remarks[said] = self.remarks.get(said, 0) + 1


def missing(keys: Mapping[str, None], name: str) -> str:
    """What is not there, in a sentence."""
    first = ", ".join([*keys][:5]) + (" and others" if len(keys) > 5 else "")  # noqa: PLR2004 - enough to look for
    count = f"{len(keys):,} files" if len(keys) > 1 else "A file"
    return f"{count} of {name} {'are' if len(keys) > 1 else 'is'} not there: {first}."


def _uris(tile: Json, name: str) -> list[str]:
    """What a tile's content or contents are called (``url`` before 1.0 was final)."""
    several = _listed(tile.get("contents"), f"{name}'s contents")
    found = []
    for each in [*([tile["content"]] if tile.get("content") is not None else []), *several]:
        uri = each.get("uri", each.get("url")) if isinstance(each, dict) else None
        if not isinstance(uri, str):
            raise BadInput(f"{name} has a content without a uri; export it again.")
        found.append(uri)
    return found


def _listed(value: Any, what: str) -> list[Json]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise BadInput(f"{what} are no list of objects; export it again.")
    return value
