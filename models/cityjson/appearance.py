"""Materials and textures of a city (CityJSON 2.0, "Appearance object")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.pictures import Pictures
from tiles.colour import linear
from tiles.errors import BadInput
from tiles.geometry import Image, Material

from .document import Json, rows

_GREY = (0.8, 0.8, 0.8)


@dataclass(frozen=True, eq=False)
class Look:
    """What one document's geometries may refer to by number."""

    materials: Sequence[Material] = ()
    textures: Sequence[Image | None] = ()
    """None where the picture is not there."""
    uv: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))  # (n, 2), origin at the upper left
    themes: Mapping[str, str] = field(default_factory=dict)
    """The default theme of ``material`` and of ``texture``."""

    def theme(self, geometry: Json, kind: str) -> Any:
        """What a geometry says of its material or texture in the theme to be shown: the default one, else its first."""
        themes = geometry.get(kind)
        if not isinstance(themes, dict) or not themes:
            return None
        said = themes.get(self.themes.get(kind, ""), next(iter(themes.values())))
        if not isinstance(said, dict):
            return None
        return said["values"] if "values" in said else said.get("value")


def look(document: Json, pictures: Pictures, name: str) -> Look:
    """What the document (or the first line of a sequence) says of looks; raises `BadInput` where that is broken."""
    said = document.get("appearance")
    if not isinstance(said, dict):
        return Look()
    try:
        uv = rows(said.get("vertices-texture") or [], 2)
        themes = {kind: str(said.get(f"default-theme-{kind}", "")) for kind in ("material", "texture")}
        materials = [_material(each) for each in said.get("materials") or ()]
        textures = [_texture(each, pictures) for each in said.get("textures") or ()]
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise BadInput(f"{name} is broken: its appearance cannot be read ({error}); export it again.") from error
    # CityJSON counts from the lower left corner of a picture, glTF from the upper left.
    return Look(materials, textures, np.column_stack([uv[:, 0], 1 - uv[:, 1]]), themes)


def _material(said: Json) -> Material:
    red, green, blue = linear(np.clip(rows([said.get("diffuseColor") or _GREY])[0], 0, 1)).tolist()
    opacity = 1 - min(max(float(said.get("transparency") or 0), 0.0), 1.0)
    return Material(str(said.get("name") or ""), (red, green, blue, opacity), double_sided=True)


def _texture(said: Json, pictures: Pictures) -> Image | None:
    return pictures.get(str(said.get("image") or ""), repeats=said.get("wrapMode") not in {"none", "clamp", "border"})


def beside(path: Path) -> Pictures:
    """The pictures that a city's file may refer to."""
    return Pictures(path.absolute().parent)
