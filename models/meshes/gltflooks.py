"""The materials of a glTF (glTF 2.0, "Materials"), as far as a tile shows them.

Base colour, its texture and how that lies, opacity, two-sidedness, metal and roughness. Of a metal-roughness texture
the mean is kept; normal, occlusion and emission maps are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from tiles.errors import BadInput
from tiles.geometry import Material

from . import beside
from .gltfbuffers import Buffers, Json, data_of, extension, looked_up, member
from .parts import Floats
from .pictures import Pictures, Texture, Wrap, mean_of

_WRAPS = {10497: "repeat", 33071: "clamp", 33648: "mirror"}
_UNREAD = {"KHR_texture_basisu": "KTX2", "MSFT_texture_dds": "DDS", "EXT_texture_avif": "AVIF"}
_GLASS = 0.75
_BOUNDLESS = 1e300
"""How much of what a fully transmitting material lets through is shown: the rest is its tint."""


@dataclass(frozen=True, eq=False)
class Look:
    """A material, and which texture coordinates it takes and how it moves them."""

    material: Material
    uv_set: int = 0
    uv_matrix: Floats | None = None  # (2, 3): u and v of u, v and 1

    def uv(self, given: Floats) -> Floats:
        """A primitive's texture coordinates, (v, 2), as they lie on the picture."""
        if self.uv_matrix is None:
            return given
        return given @ self.uv_matrix[:, :2].T + self.uv_matrix[:, 2]


PLAIN = Look(Material(base_colour=(1.0, 1.0, 1.0, 1.0)))
"""What has no material (glTF 2.0, "Default Material"), made less shiny than its metal, which would show as black."""


@dataclass
class Looks:
    """The materials of one document, each read once."""

    buffers: Buffers
    pictures: Pictures
    _read: dict[int, Look] = field(default_factory=dict)

    def __getitem__(self, index: Any) -> Look:
        if index is None:
            return PLAIN
        said = member(self.buffers.document, "materials", index)
        if index not in self._read:
            self._read[index] = self._look(said)
        return self._read[index]

    def _look(self, said: Json) -> Look:
        metallic_roughness = _object(said, "pbrMetallicRoughness")
        colour = numbers(metallic_roughness.get("baseColorFactor"), (1.0, 1.0, 1.0, 1.0))
        laid = metallic_roughness.get("baseColorTexture")
        metallic, roughness = self._metal(metallic_roughness)
        glossy = extension(said, "KHR_materials_pbrSpecularGlossiness")
        if glossy is not None:
            colour = numbers(glossy.get("diffuseFactor"), (1.0, 1.0, 1.0, 1.0))
            laid = glossy.get("diffuseTexture")
            metallic, roughness = 0.0, 1 - _share(glossy.get("glossinessFactor"), 1.0)
        material = Material(
            str(said.get("name") or ""),
            _opacity(colour, said),
            round(metallic, 4),
            round(roughness, 4),
            double_sided=said.get("doubleSided") is True,
            alpha=_alpha(said),
        )
        return self._textured(Look(material), laid, _share(said.get("alphaCutoff"), 0.5))

    def _metal(self, said: Json) -> tuple[float, float]:
        metallic, roughness = _share(said.get("metallicFactor"), 1.0), _share(said.get("roughnessFactor"), 1.0)
        laid = said.get("metallicRoughnessTexture")
        if isinstance(laid, dict):
            mean = mean_of(self._image(laid.get("index"))[0])
            if mean is not None:  # glTF 2.0, 3.9.2: green is rough, blue is metal
                return metallic * mean[2], roughness * mean[1]
            return 0.0, roughness
        return metallic, roughness

    def _textured(self, look: Look, laid: Any, cutoff: float) -> Look:
        if not isinstance(laid, dict):
            return look
        texture = self._texture(laid.get("index"), cutoff)
        if texture is None:
            return look
        moved = extension(laid, "KHR_texture_transform") or {}
        uv_set = moved.get("texCoord", laid.get("texCoord", 0))
        matrix = _moved(moved, texture.scale)
        material = replace(look.material, texture=texture.image)
        return Look(material, uv_set if isinstance(uv_set, int) else 0, matrix)

    def _texture(self, index: Any, cutoff: float) -> Texture | None:
        data, name = self._image(index)
        if name is None:
            return None
        sampler = member(self.buffers.document, "textures", index).get("sampler")
        said = {} if sampler is None else member(self.buffers.document, "samplers", sampler)
        wrap = Wrap(*(looked_up(_WRAPS, said.get(key)) or "repeat" for key in ("wrapS", "wrapT")))
        return self.pictures.held(data, name, wrap, cutoff)

    def _image(self, texture: Any) -> tuple[bytes | None, str | None]:
        """The bytes of a texture's picture, and what to call it; no name where the texture has no picture."""
        if texture is None:
            return None, None
        said = member(self.buffers.document, "textures", texture)
        webp = extension(said, "EXT_texture_webp")
        source = said.get("source") if webp is None else webp.get("source")
        if source is None:
            kinds = [kind for name, kind in _UNREAD.items() if extension(said, name) is not None]
            return None, f"{said.get('name') or f'texture {texture}'}{''.join(f' ({kind})' for kind in kinds)}"
        image = member(self.buffers.document, "images", source)
        uri = image.get("uri")
        name = str(image.get("name") or f"image {source}")
        if image.get("bufferView") is not None:
            return self.buffers.view(image["bufferView"]), name
        if not isinstance(uri, str):
            return None, name
        if uri.startswith("data:"):
            return data_of(uri), name
        return self.buffers.beside(uri), beside.name_of(uri)


def _moved(said: Json, scale: tuple[float, float]) -> Floats | None:
    """KHR_texture_transform, and after it what a mirrored picture needs; None where coordinates stay as they are."""
    if not said and scale == (1.0, 1.0):
        return None
    offset = numbers(said.get("offset"), (0.0, 0.0))
    stretch = numbers(said.get("scale"), (1.0, 1.0))
    angle = numbers([said.get("rotation", 0.0)], (0.0,))[0]
    cos, sin = np.cos(angle), np.sin(angle)
    # Counter-clockwise as seen, with v downward.
    matrix = np.array(
        [
            [cos * stretch[0], sin * stretch[1], offset[0]],
            [-sin * stretch[0], cos * stretch[1], offset[1]],
        ]
    )
    return np.asarray(matrix * np.array(scale)[:, None])


def _alpha(said: Json) -> Literal["opaque", "mask", "blend"]:
    match said.get("alphaMode"):
        case "MASK":
            return "mask"
        case "BLEND":
            return "blend"
        case _:
            return "opaque"


def _opacity(colour: Sequence[float], said: Json) -> tuple[float, float, float, float]:
    """A colour with the opacity that counts: none unless the material blends or lets light through."""
    red, green, blue, alpha = (min(max(float(value), 0.0), 1.0) for value in colour)
    if _alpha(said) == "opaque":
        alpha = 1.0
    through = extension(said, "KHR_materials_transmission")
    if through is not None:
        alpha *= 1 - _GLASS * _share(through.get("transmissionFactor"), 0.0)
    return round(red, 5), round(green, 5), round(blue, 5), round(alpha, 4)


def _object(said: Json, key: str) -> Json:
    found = said.get(key, {})
    return found if isinstance(found, dict) else {}


def _share(value: Any, otherwise: float) -> float:
    """A number from 0 to 1."""
    return min(max(numbers([otherwise if value is None else value], (otherwise,))[0], 0.0), 1.0)


def numbers(value: Any, otherwise: tuple[float, ...]) -> tuple[float, ...]:
    """A list of so many finite numbers; raises `BadInput` where it is something else."""
    if value is None:
        return otherwise
    if (
        not isinstance(value, list)
        or len(value) != len(otherwise)
        or not all(isinstance(each, (int, float)) and abs(each) < _BOUNDLESS for each in value)
    ):
        raise BadInput(f"it has {str(value)[:80]} where {len(otherwise)} numbers belong")
    return tuple(float(each) for each in value)
