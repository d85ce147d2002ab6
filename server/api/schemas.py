"""What the API answers, as JSON with camelCase names (NL GOV API Design Rules)."""

from collections.abc import Mapping
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from pipeline.municipality import Municipality as Configuration
from server.catalogue import Served
from server.content import PREFIX
from tiles.frame import map_frame, points


class Answer(BaseModel):
    """What the API answers; one whose fields are all a value's own is made by `model_validate(value)`."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True, frozen=True)


class Asked(BaseModel):
    """What the API is asked; what it does not know is refused, for it may be a misspelling."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=False, extra="forbid", frozen=True)


class Problem(Answer):
    """Problem details (RFC 9457)."""

    type: str = "about:blank"
    status: int
    title: str
    detail: str


class Position(Answer):
    """A position in ETRS89: degrees, and metres above the ellipsoid."""

    lat: float
    lon: float
    height: float


class Tileset(Answer):
    """A tileset and where to find it."""

    id: str
    title: str
    kind: str
    variant_of: str | None
    """The id of the tileset that this one shows instead of: draw one of the two."""
    layer_of: str | None
    """The id of the tileset that this one is a layer of: draw it with that one, when asked for."""
    url: str
    attribution: str
    source_crs: str
    epoch: str
    bytes: int
    centre: Position
    radius: float

    @classmethod
    def of(cls, served: Served) -> "Tileset":
        """The description of a tileset that is served."""
        place, said = served.place, served.properties
        return cls(
            id=served.id,
            title=served.title,
            kind=str(said.get("kind", "model")),
            variant_of=None if served.layer_of else served.owner or None,
            layer_of=served.layer_of or None,
            url=PREFIX + quote(served.address),
            attribution=served.attribution,
            source_crs=str(said.get("sourceCrs", "")),
            epoch=str(said.get("epoch", "")),
            bytes=served.bytes,
            centre=Position(lat=place.latitude, lon=place.longitude, height=place.height_m),
            radius=place.radius_m,
        )


class Tilesets(Answer):
    """All tilesets that are served."""

    tilesets: list[Tileset]


class Municipality(Answer):
    """Whose viewer this is."""

    id: str
    name: str
    title: Mapping[str, str]
    languages: list[str]
    attribution: str
    centre: Position

    @classmethod
    def of(cls, configuration: Configuration) -> "Municipality":
        """The public part of a municipality's configuration."""
        latitude, longitude, height = map_frame(configuration.crs).to_geographic(points(configuration.centre))[0]
        return cls(
            id=configuration.id,
            name=configuration.name,
            title=dict(configuration.title),
            languages=list(configuration.languages),
            attribution=configuration.sources.attribution,
            centre=Position(lat=latitude, lon=longitude, height=height),
        )
