"""Whose city this is: everything that differs between municipalities, read from one file."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import assets
from tiles.errors import BadInput

from .sources import config

VARIABLE = "VOORLAND_MUNICIPALITY"
_DEFAULT = "dordrecht"


@dataclass(frozen=True)
class Demo:
    """The area of `voorland demo` and the facts its sample town is made from."""

    bounds: tuple[float, float, float, float]
    """West, south, east, north in metres of the municipality's reference system."""
    sample: str


@dataclass(frozen=True)
class Municipality:
    """One municipality's configuration."""

    id: str
    name: str
    title: Mapping[str, str]
    """The title of the viewer by language."""
    languages: tuple[str, ...]
    crs: str
    """The reference system of files that state none."""
    centre: tuple[float, float, float]
    """Where to look when there is nothing else: x, y and height in `crs`, metres."""
    demo: Demo
    sources: config.Sources


def read(path: Path) -> Municipality:
    """The configuration in a TOML file; raises `BadInput` that names what is wrong with it."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"There is no municipality file {path}; {VARIABLE} names a file or one of {known()}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"The municipality file {path} cannot be read: {error}.") from error
    try:
        return _municipality(values)
    except KeyError as error:
        raise BadInput(f"The municipality file {path} lacks {error}; compare assets/municipalities.") from error
    except (TypeError, ValueError) as error:
        raise BadInput(f"The municipality file {path} has a wrong value: {error}.") from error


def _municipality(values: Mapping[str, Any]) -> Municipality:
    west, south, east, north = (float(metres) for metres in values["demo"]["bounds"])
    x, y, height = (float(metres) for metres in values["centre"])
    return Municipality(
        id=str(values["id"]),
        name=str(values["name"]),
        title={str(language): str(text) for language, text in values["title"].items()},
        languages=tuple(map(str, values["languages"])),
        crs=str(values["crs"]),
        centre=(x, y, height),
        demo=Demo((west, south, east, north), str(values["demo"]["sample"])),
        sources=config.read(values["sources"]),
    )


def known() -> str:
    """The municipalities that ship with the software, for a message."""
    return ", ".join(sorted(path.stem for path in assets.path("municipalities").glob("*.toml")))


def chosen(name: str) -> Municipality:
    """A municipality by the name of one that ships with the software, or by its file."""
    shipped = assets.path(f"municipalities/{name}.toml")
    return read(shipped if shipped.is_file() else Path(name))


@cache
def municipality() -> Municipality:
    """The municipality this installation works for: a name or a file in `VOORLAND_MUNICIPALITY`, or Dordrecht."""
    return chosen(os.environ.get(VARIABLE, _DEFAULT))
