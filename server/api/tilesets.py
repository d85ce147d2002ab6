"""What is served without projects: folders of tilesets."""

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as PathParameter

from pipeline.municipality import municipality
from server.catalogue import Catalogue

from . import schemas
from .description import failures


def router(catalogue: Catalogue) -> APIRouter:
    """The routes that describe what is served."""
    routes = APIRouter()

    @routes.get("/tilesets", responses=failures(), operation_id="listTilesets")
    def list_tilesets() -> schemas.Tilesets:
        """All tilesets that are served."""
        return schemas.Tilesets(tilesets=[schemas.Tileset.of(served) for served in catalogue])

    @routes.get("/tilesets/{tilesetId}", responses=failures(), operation_id="getTileset")
    def get_tileset(
        tileset_id: Annotated[str, PathParameter(alias="tilesetId", description="The tileset's id.")],
    ) -> schemas.Tileset:
        """One tileset."""
        return schemas.Tileset.of(catalogue[tileset_id])

    @routes.get("/municipality", responses=failures(), operation_id="getMunicipality")
    def get_municipality() -> schemas.Municipality:
        """The municipality this server works for."""
        return schemas.Municipality.of(municipality())

    return routes
