"""The viewer's page and files, as the wheel's build made them."""

from http import HTTPStatus

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

import assets
from tiles.errors import NotFound

from .settings import Settings

_FOLDER = assets.path("viewer/dist")
_NOT_BUILT = "The viewer is not built; install Voorland with pip, which builds it."
# esbuild puts a hash of the content in each name, so a name never means other bytes.
_IMMUTABLE = "public, max-age=31536000, immutable"


def router(settings: Settings) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    def page() -> Response:
        if not (_FOLDER / "index.html").is_file():
            return Response(_NOT_BUILT, HTTPStatus.SERVICE_UNAVAILABLE, media_type="text/plain")
        return FileResponse(_FOLDER / "index.html", headers={"Cache-Control": "no-cache"})

    @routes.get("/viewer/{name}")
    def file(name: str) -> Response:
        path = _FOLDER / name
        if path.parent != _FOLDER or not path.is_file():
            raise NotFound(f"The viewer has no {name}.")
        return FileResponse(path, headers={"Cache-Control": _IMMUTABLE})

    @routes.get("/.well-known/security.txt")
    def security() -> Response:
        lines = [
            f"Contact: mailto:{settings.contact_email}",
            "Expires: 2027-12-31T23:00:00Z",
            "Preferred-Languages: nl, en",
        ]
        return Response("\n".join([*lines, ""]), media_type="text/plain")

    return routes
