"""Material libraries of OBJ files (Wavefront MTL, and the PBR words that exporters added to it)."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from tiles.colour import linear
from tiles.geometry import Material

from . import beside
from .parts import GREY
from .pictures import REPEAT, Pictures, Wrap

_OPTIONS = {
    "-blendu": 1,
    "-blendv": 1,
    "-boost": 1,
    "-cc": 1,
    "-clamp": 1,
    "-imfchan": 1,
    "-mm": 2,
    "-texres": 1,
    "-bm": 1,
    "-type": 1,
}
_MOVES = ("-o", "-s", "-t")


@dataclass(frozen=True)
class Look:
    """A material, and how its picture lies: texture coordinates times `scale`, plus `offset`."""

    material: Material
    scale: tuple[float, float] = (1.0, 1.0)
    offset: tuple[float, float] = (0.0, 0.0)


@dataclass
class _Said:
    """One material while it is read."""

    name: str
    numbers: dict[str, list[float]] = field(default_factory=dict)
    maps: dict[str, str] = field(default_factory=dict)


PLAIN = Look(Material(base_colour=GREY, double_sided=True))


def read(model: Path, name: str, pictures: Pictures) -> dict[str, Look]:
    """The materials of a library beside a model, by name; none where it is not there, which is noted."""
    data = beside.read(model, name)
    if data is None:
        pictures.content.missing.append(beside.name_of(name))
        return {}
    found: list[_Said] = []
    for line in data.decode("utf-8", "replace").replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        word, rest = word.lower(), rest.strip()
        if word == "newmtl":
            found.append(_Said(rest))
        elif not found or not rest or word.startswith("#"):
            continue
        elif word.startswith("map_"):
            found[-1].maps[word] = rest
        elif numbers := _numbers(rest):
            found[-1].numbers[word] = numbers
    return {said.name: _look(said, pictures) for said in found}


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(each) for each in text.split()]
    except ValueError:
        return []
    return numbers if np.isfinite(numbers).all() else []


def _look(said: _Said, pictures: Pictures) -> Look:
    colour = said.numbers.get("kd", [0.8])
    colour = (colour * 3)[:3] if len(colour) < 3 else colour[:3]  # noqa: PLR2004 - one number is a grey
    alpha = said.numbers["d"][-1] if "d" in said.numbers else 1 - said.numbers.get("tr", [0.0])[0]
    red, green, blue = linear(np.clip(colour, 0, 1)).round(5).tolist()
    material = Material(
        said.name,
        (red, green, blue, round(min(max(alpha, 0.0), 1.0), 4)),
        metallic=min(max(said.numbers.get("pm", [0.0])[0], 0.0), 1.0),
        roughness=min(max(said.numbers.get("pr", [0.9])[0], 0.0), 1.0),
        double_sided=True,
    )
    laid = said.maps.get("map_kd")
    return Look(material) if laid is None else _textured(material, laid, pictures)


def _textured(material: Material, laid: str, pictures: Pictures) -> Look:
    name, options = _options(laid)
    wrap = Wrap("clamp", "clamp") if options.get("-clamp", [""])[0].lower() == "on" else REPEAT
    texture = pictures.beside(name, wrap)
    if texture is None:
        return Look(material)
    red, green, blue, alpha = material.base_colour
    if max(red, green, blue) == 0:  # exporters write black where the picture is meant to be all there is
        red = green = blue = 1.0
    material = replace(
        material,
        base_colour=(red, green, blue, alpha),
        texture=texture.image,
        alpha=texture.alpha,
    )
    scale, offset = (_two(options.get(key), otherwise) for key, otherwise in (("-s", 1.0), ("-o", 0.0)))
    return Look(material, scale, offset)


def _options(laid: str) -> tuple[str, dict[str, list[str]]]:
    """A map's file and the options before it; names may hold spaces."""
    words = laid.split()
    options: dict[str, list[str]] = {}
    while words and (words[0].lower() in _OPTIONS or words[0].lower() in _MOVES):
        option = words.pop(0).lower()
        count = _OPTIONS.get(option, 0)
        if option in _MOVES:
            while count < min(len(words), 3) and _numbers(words[count]):
                count += 1
            count = max(min(count, len(words) - 1), 0)
        options[option], words = words[:count], words[count:]
    return " ".join(words), options


def _two(words: list[str] | None, otherwise: float) -> tuple[float, float]:
    numbers = _numbers(" ".join(words or []))
    return (numbers[0], numbers[1] if len(numbers) > 1 else otherwise) if numbers else (otherwise, otherwise)
