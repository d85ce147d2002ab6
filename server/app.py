"""The server: tile bytes by plain ASGI, everything else by FastAPI."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from tiles.errors import Problem

from . import api, catalogue, platform, problems, security, viewer
from .api import description, projects, tilesets, uploads
from .content import PREFIX, Message, Receive, Scope, Send, TileBytes
from .settings import Settings
from .uploads import tus

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def create_app(settings: Settings) -> Application:
    """The ASGI application for `settings`; raises a `Problem` when a tileset cannot be served."""
    served = catalogue.read(settings.tilesets)
    tiles, control = TileBytes(served), _control_plane(settings, served)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await tiles(scope, receive, send)
        else:
            await control(scope, receive, send)

    return app


def _control_plane(settings: Settings, served: catalogue.Catalogue) -> FastAPI:
    app = FastAPI(
        title="Voorland",
        version=api.VERSION,
        description="Plans and the existing city as 3D Tiles, exactly placed in ETRS89.",
        servers=[{"url": f"{settings.public_url.rstrip('/')}{api.PREFIX}"}],
        contact={"name": "Voorland", "url": settings.contact_url, "email": settings.contact_email},
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        redirect_slashes=False,  # a path with a slash at its end is another path, and there is nothing
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=None if settings.tilesets else _with_platform(settings),
    )
    if settings.tilesets:
        app.include_router(tilesets.router(served), prefix=api.PREFIX)
    else:
        for routes in (projects.router, uploads.router):
            app.include_router(routes, prefix=api.PREFIX)
    app.include_router(viewer.router(settings))
    _add_description(app)
    _add_problems(app)
    _add_headers(app, settings)
    return app


def _with_platform(settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with platform.opened(settings) as app.state.platform:
            yield

    return lifespan


def _add_description(app: FastAPI) -> None:
    @app.get(f"{api.PREFIX}/openapi.json", include_in_schema=False)
    def openapi() -> Response:
        return JSONResponse(description.describe(app), headers={"Access-Control-Allow-Origin": "*"})


def _add_problems(app: FastAPI) -> None:
    def answer(status: HTTPStatus, detail: str) -> Response:
        return JSONResponse(problems.details(status, detail), int(status), media_type=problems.MEDIA_TYPE)

    @app.exception_handler(Problem)
    def user_can_fix(_: Request, problem: Problem) -> Response:
        return answer(problems.status_of(problem), str(problem))

    @app.exception_handler(RequestValidationError)
    def does_not_fit(_: Request, error: RequestValidationError) -> Response:
        said = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        return answer(HTTPStatus.BAD_REQUEST, f"The request does not fit the API: {said}.")

    @app.exception_handler(HTTPException)
    def of_the_framework(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        if status is HTTPStatus.NOT_FOUND:
            return answer(status, f"There is no {request.url.path}.")
        return answer(status, f"{request.method} {request.url.path}: {status.phrase}.")


def _add_headers(app: FastAPI, settings: Settings) -> None:
    page, answer = security.headers(settings, page=True), security.headers(settings, page=False)

    @app.middleware("http")
    async def add_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        is_page = response.headers.get("content-type", "").startswith("text/html")
        response.headers.update(page if is_page else answer)
        if request.url.path.startswith(api.PREFIX):
            response.headers["API-Version"] = api.VERSION
            response.headers.setdefault("Cache-Control", "no-cache")
        if "tus-resumable" in request.headers:
            response.headers.setdefault("Tus-Resumable", tus.VERSION)
            if response.status_code == HTTPStatus.PRECONDITION_FAILED:
                response.headers["Tus-Version"] = tus.VERSION
        return response


__all__ = ["Application", "Message", "create_app"]
