"""The OpenAPI document, as the API Design Rules want it."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from server import problems

from . import PREFIX, VERSION, schemas


def failures(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """What a route may answer beside what it is for: bad input, nothing there, and these."""
    always = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
    return {int(status): {"description": status.phrase, "model": schemas.Problem} for status in (*always, *statuses)}


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
