"""Every failure as problem details (RFC 9457): one table from kinds of `Problem` to status codes."""

import json
from http import HTTPStatus
from typing import Any

from tiles.errors import (
    BadInput,
    GridProblem,
    LimitExceeded,
    MissingGeoreference,
    NotFound,
    OutputProblem,
    OutsideArea,
    Problem,
)

from .caching import UnsatisfiableRange
from .errors import Away, Changed, Conflict, Forbidden, Gone, NotSignedIn, TooMany, WrongMediaType

MEDIA_TYPE = "application/problem+json"

_STATUS: dict[type[Problem], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    BadInput: HTTPStatus.BAD_REQUEST,
    MissingGeoreference: HTTPStatus.BAD_REQUEST,
    OutsideArea: HTTPStatus.BAD_REQUEST,
    UnsatisfiableRange: HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    LimitExceeded: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    OutputProblem: HTTPStatus.INSUFFICIENT_STORAGE,
    GridProblem: HTTPStatus.INTERNAL_SERVER_ERROR,
    NotSignedIn: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    Conflict: HTTPStatus.CONFLICT,
    Changed: HTTPStatus.PRECONDITION_FAILED,
    Gone: HTTPStatus.GONE,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    WrongMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Away: HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(problem: Problem) -> HTTPStatus:
    """The HTTP status of a problem."""
    return next((_STATUS[kind] for kind in type(problem).__mro__ if kind in _STATUS), HTTPStatus.BAD_REQUEST)


def details(status: HTTPStatus, detail: str, **extra: Any) -> dict[str, Any]:
    """The members of problem details."""
    return {"type": "about:blank", "status": int(status), "title": status.phrase, "detail": detail, **extra}


def body(status: HTTPStatus, detail: str) -> bytes:
    """Problem details as JSON."""
    return json.dumps(details(status, detail), ensure_ascii=False).encode()
