"""The HTTP interface under /v1, by the NL GOV API Design Rules."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI
from fastapi import Path as PathParameter
from fastapi.openapi.utils import get_openapi

from pipeline.municipality import municipality

from . import problems, schemas
from .catalogue import Catalogue

VERSION = "1.0.0"
PREFIX = "/v1"

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    int(status): {"description": status.phrase, "model": schemas.Problem}
    for status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
}


def router(catalogue: Catalogue) -> APIRouter:
    """The routes that describe what is served."""
    routes = APIRouter(prefix=PREFIX)

    @routes.get("/tilesets", responses=_PROBLEMS, operation_id="listTilesets")
    def list_tilesets() -> schemas.Tilesets:
        """All tilesets that are served."""
        return schemas.Tilesets(tilesets=[schemas.Tileset.of(served) for served in catalogue])

    @routes.get("/tilesets/{tilesetId}", responses=_PROBLEMS, operation_id="getTileset")
    def get_tileset(
        tileset_id: Annotated[str, PathParameter(alias="tilesetId", description="The tileset's id.")],
    ) -> schemas.Tileset:
        """One tileset."""
        return schemas.Tileset.of(catalogue[tileset_id])

    @routes.get("/municipality", responses=_PROBLEMS, operation_id="getMunicipality")
    def get_municipality() -> schemas.Municipality:
        """The municipality this server works for."""
        return schemas.Municipality.of(municipality())

    return routes


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, as the API Design Rules want it: versioned answers, 400 for bad input, problem details."""
    document = get_openapi(
        title=app.title,
        version=VERSION,
        description=app.description,
        routes=app.routes,
        servers=app.servers,
        contact=app.contact,
        license_info=app.license_info,
    )
    document["paths"] = {path.removeprefix(PREFIX): item for path, item in document["paths"].items()}
    for item in document["paths"].values():
        for operation in item.values():
            _mend_responses(operation["responses"])
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    return document


def _mend_responses(responses: dict[str, Any]) -> None:
    responses.pop("422", None)  # FastAPI's own; bad input is answered with 400
    for status, response in responses.items():
        if status.startswith("2"):
            version = {"description": "The version of the API.", "schema": {"type": "string"}}
            response.setdefault("headers", {})["API-Version"] = version
        else:
            schema = {"$ref": "#/components/schemas/Problem"}
            response["content"] = {problems.MEDIA_TYPE: {"schema": schema}}
