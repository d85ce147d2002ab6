"""Which tilesets there are, and what each says of itself."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput, NotFound
from tiles.frame import ecef_to_geographic, points
from tiles.tree import EXTRAS, LAYERS, TILESET, VARIANTS

Json = Mapping[str, Any]
_IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]


@dataclass(frozen=True)
class Place:
    """Where a tileset is and how far it reaches: ETRS89 degrees and metres."""

    latitude: float
    longitude: float
    height_m: float
    radius_m: float


@dataclass(frozen=True)
class Served:
    """One tileset that is served, under its id."""

    id: str
    folder: Path
    document: Json
    owner: str = ""
    """The id of the tileset in whose folder this one stands, as a variant or a layer of it; empty for others."""
    layer_of: str = ""
    """The id of the tileset that this one is shown with; empty for others."""
    name: str = TILESET
    """Where it stands in its folder."""

    @property
    def address(self) -> str:
        """Where it is served, below the prefix of all tilesets."""
        return f"{self.owner or self.id}/{self.name}"

    @property
    def properties(self) -> Json:
        """What the tileset's metadata says, or what was noted beside that of another maker; empty without either."""
        for outer, inner in (("extras", EXTRAS), ("metadata", "properties")):
            said = self.document.get(outer)
            found = said.get(inner) if isinstance(said, dict) else None
            if isinstance(found, dict):
                return found
        return {}

    @property
    def title(self) -> str:
        """What people call it."""
        return str(self.properties.get("title") or self.id)

    @property
    def attribution(self) -> str:
        """Who must be named."""
        return str(self.properties.get("attribution") or self.document.get("asset", {}).get("copyright", ""))

    @cached_property
    def bytes(self) -> int:
        """How much is on disk."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    @cached_property
    def place(self) -> Place:
        """Where it lies; raises `BadInput` where that cannot be read."""
        try:
            return _place(self.document["root"])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise BadInput(f"{self.folder / self.name} has no bounding volume that can be read: {error!r}.") from error


def _place(root: Json) -> Place:
    volume = root["boundingVolume"]
    if "region" in volume:  # on the ellipsoid, and not moved by `transform`
        west, south, east, north, low, high = volume["region"]
        middle = ((south + north) / 2, (west + east) / 2)
        metres = 6_371_000.0 * np.hypot(north - south, (east - west) * np.cos(middle[0])) / 2
        lat, lon = (float(angle) for angle in np.degrees(middle))
        return Place(lat, lon, (low + high) / 2, float(np.hypot(metres, (high - low) / 2)))
    transform = np.array(root.get("transform", _IDENTITY), dtype=np.float64).reshape(4, 4).T
    centre, radius = _sphere(volume)
    scale = np.linalg.norm(transform[:3, :3], axis=0).max()
    ecef = transform[:3, :3] @ centre + transform[:3, 3]
    latitude, longitude, height = ecef_to_geographic(points(tuple(ecef)))[0]
    return Place(float(latitude), float(longitude), float(height), float(radius * scale))


def _sphere(volume: Json) -> tuple[NDArray[np.float64], float]:
    """The sphere around a `box` or `sphere`."""
    if "sphere" in volume:
        x, y, z, radius = volume["sphere"]
        return np.array([x, y, z], dtype=np.float64), float(radius)
    box = np.array(volume["box"], dtype=np.float64)
    return box[:3], float(np.linalg.norm(box[3:].reshape(3, 3).sum(axis=0)))


class Catalogue:
    """The tilesets that are served, by id."""

    def __init__(self, served: Iterable[Served]) -> None:
        self._served: dict[str, Served] = {}
        for tileset in served:
            if (other := self._served.get(tileset.id)) is not None:
                raise BadInput(
                    f"{other.folder} and {tileset.folder} would both be served as {tileset.id}; rename one of them."
                )
            self._served[tileset.id] = tileset

    def __iter__(self) -> Iterator[Served]:
        return iter(self._served.values())

    def __getitem__(self, tileset_id: str) -> Served:
        try:
            return self._served[tileset_id]
        except KeyError:
            raise NotFound(f"There is no tileset {tileset_id!r}.") from None

    def folder(self, tileset_id: str) -> Path | None:
        """The folder of a tileset, or None."""
        served = self._served.get(tileset_id)
        return None if served is None else served.folder


def read(folders: Iterable[Path]) -> Catalogue:
    """The tilesets in `folders`, each a tileset or a folder of tilesets.

    Raises `BadInput` for a folder that is neither, and for a tileset that cannot be read.
    """
    return Catalogue(served for given in folders for folder in _tilesets_in(given) for served in _with_variants(folder))


def _with_variants(folder: Path) -> Iterator[Served]:
    """The tileset in a folder, those that share its contents (`tiles.tree.VARIANTS`), and the layers of each."""
    main = _served(folder.resolve(), _slug(folder.resolve().name))
    yield main
    yield from _layers(main, folder)
    for path in sorted(folder.glob(f"{VARIANTS}/*/{TILESET}")):
        name = path.relative_to(folder).as_posix()
        variant = replace(_served(folder.resolve(), f"{main.id}-{_slug(path.parent.name)}", name), owner=main.id)
        yield variant
        yield from _layers(variant, folder)


def _layers(of: Served, folder: Path) -> Iterator[Served]:
    """The layers of a tileset (`tiles.tree.LAYERS`)."""
    for path in sorted((folder / of.name).parent.glob(f"{LAYERS}/*/{TILESET}")):
        name = path.relative_to(folder).as_posix()
        layer = _served(folder.resolve(), f"{of.id}-{_slug(path.parent.name)}", name)
        yield replace(layer, owner=of.owner or of.id, layer_of=of.id)


def _tilesets_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}; name a folder that `voorland tile` wrote.")
    if (folder / TILESET).is_file():
        return [folder]
    found = sorted(path.parent for path in folder.glob(f"*/{TILESET}") if not path.parent.name.startswith("."))
    if not found:
        raise BadInput(f"{folder} holds no {TILESET}, nor does a folder in it; make one with `voorland tile`.")
    return found


def _served(folder: Path, tileset_id: str, name: str = TILESET) -> Served:
    path = folder / name
    try:
        document = json.loads(path.read_bytes())
    except ValueError as error:
        raise BadInput(f"{path} is not JSON: {error}.") from error
    if not isinstance(document, dict) or not isinstance(document.get("root"), dict):
        raise BadInput(f"{path} is not a 3D Tiles tileset: it has no root tile.")
    served = Served(tileset_id, folder, document, name=name)
    _ = served.place  # so that a tileset that cannot be shown is refused at the start
    return served


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "tileset"
