"""How the things of a city look, and whose work they are, by their names in CityGML and CityJSON."""

from tiles.geometry import Material

Colour = tuple[float, float, float, float]

_COLOURS: dict[str, Colour] = {
    "RoofSurface": (0.40, 0.16, 0.09, 1.0),
    "WallSurface": (0.80, 0.72, 0.60, 1.0),
    "GroundSurface": (0.35, 0.33, 0.30, 1.0),
    "Window": (0.25, 0.35, 0.42, 1.0),
    "WindowSurface": (0.25, 0.35, 0.42, 1.0),
    "Door": (0.22, 0.14, 0.09, 1.0),
    "DoorSurface": (0.22, 0.14, 0.09, 1.0),
    "Road": (0.30, 0.30, 0.31, 1.0),
    "WaterBody": (0.11, 0.25, 0.33, 1.0),
    "WaterSurface": (0.11, 0.25, 0.33, 1.0),
    "PlantCover": (0.14, 0.27, 0.08, 1.0),
    "SolitaryVegetationObject": (0.14, 0.27, 0.08, 1.0),
    "LandUse": (0.35, 0.40, 0.22, 1.0),
    "Bridge": (0.45, 0.43, 0.40, 1.0),
}
_GREY: Colour = (0.6, 0.58, 0.55, 1.0)

_DISCIPLINES = {
    "architecture": ("Building", "OtherConstruction"),
    "infrastructure": ("Bridge", "Tunnel", "Road", "Railway", "Track", "Square", "Transport", "Waterway", "Traffic"),
    "landscape": ("Water", "PlantCover", "SolitaryVegetation", "LandUse", "TINRelief", "Relief"),
}


def plain(part: str, kind: str) -> Material:
    """The look of a thing that says none of its own: by what its surface is, then by what it is itself."""
    return Material(base_colour=_COLOURS.get(part, _COLOURS.get(kind, _GREY)), double_sided=True)


def discipline(kind: str) -> str:
    """Whose work a thing of this class is; empty where its name does not tell."""
    for name, starts in _DISCIPLINES.items():
        if kind.startswith(starts):
            return name
    return ""
