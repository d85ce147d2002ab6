"""Materials of COLLADA: the common profile's colours, opacity and diffuse texture."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tiles.colour import linear
from tiles.errors import BadInput
from tiles.geometry import Material

from .colladanumbers import floats
from .parts import GREY
from .pictures import Pictures, Texture, Wrap
from .xml import child, children, tag, text

_WRAPS = {"WRAP": "repeat", "MIRROR": "mirror", "CLAMP": "clamp", "BORDER": "clamp"}
_SHADERS = ("phong", "lambert", "blinn", "constant")


@dataclass(frozen=True)
class Look:
    """A material, the set of texture coordinates it takes, and what they are multiplied by."""

    material: Material
    uv_set: int = 0
    scale: tuple[float, float] = (1.0, 1.0)
    texcoord: str = ""
    """What the effect calls the set; where it is used, the name is bound to a number."""


PLAIN = Look(Material(base_colour=GREY, double_sided=True))


@dataclass
class Looks:
    """The materials of a file, each read once."""

    ids: dict[str, Any]
    pictures: Pictures
    _read: dict[str, Look] = field(default_factory=dict)

    def bound(self, instance: Any, symbol: str) -> Look:
        """The look that an `<instance_material>` binds to a symbol; without one, the material of that name."""
        key = (instance.get("target") or "").lstrip("#") if instance is not None else symbol
        material = self.ids.get(key)
        if material is None or tag(material) != "material":
            return PLAIN
        if key not in self._read:
            self._read[key] = self._look(material)
        look = self._read[key]
        for each in children(instance, "bind_vertex_input") if instance is not None else ():
            if each.get("semantic") == look.texcoord and (each.get("input_set") or "").isdecimal():
                return replace(look, uv_set=int(each.get("input_set")))
        return look

    def _look(self, material: Any) -> Look:
        name = material.get("name") or material.get("id") or ""
        instance = child(material, "instance_effect")
        effect = self.ids.get((instance.get("url") or "").lstrip("#")) if instance is not None else None
        profile = child(effect, "profile_COMMON")
        technique = child(profile, "technique")
        shader = next((found for kind in _SHADERS if (found := child(technique, kind)) is not None), None)
        if shader is None:
            return replace(PLAIN, material=replace(PLAIN.material, name=name))
        params = {
            each.get("sid"): each for scope in (effect, profile, technique) for each in children(scope, "newparam")
        }
        laid = child(shader, "diffuse")
        if laid is None or tag(shader) == "constant":
            laid = child(shader, "emission") if child(shader, "emission") is not None else laid
        return self._shaded(Material(name, double_sided=True), shader, laid, params)

    def _shaded(self, plain: Material, shader: Any, laid: Any, params: dict[str, Any]) -> Look:
        alpha = _opacity(shader)
        used = child(laid, "texture")
        texture = self._texture(used, params) if used is not None else None
        if texture is not None:
            material = replace(
                plain,
                base_colour=(1.0, 1.0, 1.0, alpha),
                texture=texture.image,
                alpha=texture.alpha,
            )
            return Look(material, scale=texture.scale, texcoord=str(used.get("texcoord") or ""))
        colour = _colour(child(laid, "color"), params, laid)
        red, green, blue = (GREY[:3]) if colour is None else linear(np.clip(colour[:3], 0, 1)).round(5).tolist()
        return Look(replace(plain, base_colour=(red, green, blue, alpha)))

    def _texture(self, used: Any, params: dict[str, Any]) -> Texture | None:
        """Texture, sampler, surface, image, file: each names the next (COLLADA 1.4.1, "texture")."""
        key = str(used.get("texture") or "")
        wrap = Wrap()
        sampler = child(params.get(key), "sampler2D")
        if sampler is not None:
            said = (text(child(sampler, kind)).upper() for kind in ("wrap_s", "wrap_t"))
            wrap = Wrap(*(_WRAPS.get(each, "repeat") for each in said))
            instance = child(sampler, "instance_image")  # 1.5
            surface = child(params.get(text(child(sampler, "source"))), "surface")
            key = (instance.get("url") or "").lstrip("#") if instance is not None else text(child(surface, "init_from"))
        image = self.ids.get(key)
        start = child(image, "init_from")
        uri = text(child(start, "ref")) or text(start)
        if not uri:
            name = f"picture {key}"
            if name not in self.pictures.content.missing:
                self.pictures.content.missing.append(name)
            return None
        return self.pictures.beside(uri, wrap)


def _opacity(shader: Any) -> float:
    """COLLADA 1.4.1, "Determining Transparency"; all or nothing is taken as an exporter's error, and opaque."""
    transparent = child(shader, "transparent")
    value = child(shader, "transparency", "float")
    try:
        factor = float(floats(value, 1)[0]) if value is not None else 1.0
        colour = child(transparent, "color")
        rgba = np.ones(4) if colour is None else np.concatenate([floats(colour), np.ones(4)])[:4]
    except BadInput:
        return 1.0
    if transparent is None and value is None:
        return 1.0
    light = float(rgba[:3] @ [0.212671, 0.715160, 0.072169])
    match transparent.get("opaque") if transparent is not None else None:
        case "RGB_ZERO":
            alpha = 1 - light * factor if colour is not None else factor
        case "RGB_ONE":
            alpha = light * factor
        case "A_ZERO":
            alpha = 1 - float(rgba[3]) * factor
        case _:
            alpha = float(rgba[3]) * factor
    return round(alpha, 4) if 0 < alpha < 1 else 1.0


def _colour(said: Any, params: dict[str, Any], laid: Any) -> Any:
    if said is None:
        named = child(laid, "param")
        param = params.get(named.get("ref")) if named is not None else None
        said = next((each for each in param if tag(each).startswith("float")), None) if param is not None else None
    if said is None:
        return None
    found = floats(said)
    return found if len(found) > 2 and np.isfinite(found).all() else None  # noqa: PLR2004 - red, green, blue
