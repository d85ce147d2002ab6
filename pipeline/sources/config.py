"""Which sources a municipality names: addresses, layers, and what must be said of them ([sources.*] in its file)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

AHN_COPC_VARIABLE = "VOORLAND_AHN_COPC"
RECORD = "sources.json"
"""The file in a folder of fetched data that says from whom it came."""
KINDS = ("bag", "3dbag", "photo", "ahn")
"""What can be fetched, in the order it is."""


@dataclass(frozen=True)
class Credit:
    """Who must be named for data, and on what terms it may be used."""

    title: str
    attribution: str
    licence: str
    page: str = ""
    """Where people read about the data."""


@dataclass(frozen=True)
class AhnSource:
    """Point clouds: as COPC per kilometre tile, as whole sheets, or both."""

    credit: Credit
    copc: str = ""
    """Address of a kilometre tile; ``{x}`` and ``{y}`` are its south-west corner in metres."""
    sheets: str = ""
    """Address of a sheet: ``{sheet}`` its name, ``{nn}`` 01 to 25 for its parts, or any property of the index."""
    sheet_index: str = ""
    """Address or file of a GeoJSON of the sheets' outlines, in RD."""
    sheet_name: str = "sheet"
    """The property of the index that names a sheet."""
    sheet_pattern: str = ".+"
    """What of that property is the name, as a regular expression."""


@dataclass(frozen=True)
class PhotoSource:
    """An orthophoto as a layer of a Web Map Service (WMS 1.3.0)."""

    credit: Credit
    wms: str
    layer: str
    format: str = "image/jpeg"
    resolution_m: float = 0.25
    most_pixels: int = 2000
    """Per side of one request."""
    connections: int = 3


@dataclass(frozen=True)
class FeatureSource:
    """A collection of features that is asked for by box, page by page (OGC API Features, or like it)."""

    credit: Credit
    items: str
    limit: int
    """How many features a page may hold."""
    tile_m: float = 2000.0
    """Side of the boxes that an area is asked for in."""
    id_property: str = ""
    """What makes a feature itself; its GeoJSON ``id`` when empty."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What properties are called in the file, by what the source calls them."""


@dataclass(frozen=True)
class BoundarySource:
    """Outlines of municipalities."""

    credit: Credit
    items: str
    name_property: str


@dataclass(frozen=True)
class Sources:
    """Where open data comes from, and who must be named for it; a city that has no such source leaves it out."""

    ahn: AhnSource | None = None
    photo: PhotoSource | None = None
    bag: FeatureSource | None = None
    buildings: FeatureSource | None = None
    boundary: BoundarySource | None = None

    @property
    def attribution(self) -> str:
        """Who must be named for point clouds."""
        return self.ahn.credit.attribution if self.ahn else ""


def read(values: Mapping[str, Any]) -> Sources:
    """The table [sources]; raises `KeyError`, `TypeError` or `ValueError` for what it lacks or has too much."""
    known = {"ahn", "photo", "bag", "3dbag", "boundary"}
    if unknown := sorted(set(values) - known):
        raise ValueError(f"[sources] has {', '.join(unknown)}, and knows {', '.join(sorted(known))}")
    return Sources(
        ahn=_ahn(values["ahn"]) if "ahn" in values else None,
        photo=PhotoSource(**_checked(values["photo"])) if "photo" in values else None,
        bag=FeatureSource(**_checked(values["bag"])) if "bag" in values else None,
        buildings=FeatureSource(**_checked(values["3dbag"])) if "3dbag" in values else None,
        boundary=BoundarySource(**_checked(values["boundary"])) if "boundary" in values else None,
    )


def _ahn(table: Mapping[str, Any]) -> AhnSource:
    values = _checked(table)
    return AhnSource(**values | {"copc": os.environ.get(AHN_COPC_VARIABLE, values.get("copc", ""))})


def _checked(table: Mapping[str, Any]) -> dict[str, Any]:
    """A source's table with what is said of it as a `Credit`."""
    values = dict(table)
    page = str(values.pop("page", ""))
    title, attribution, licence = (str(values.pop(name)) for name in ("title", "attribution", "licence"))
    said = Credit(title, attribution, licence, page)
    return values | {"credit": said}
