"""Who sent a request: by the session's cookie."""

import hmac
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

from sqlalchemy import Connection

from server.errors import Forbidden

from . import sessions
from .actor import ANONYMOUS, Actor

COOKIES = ("__Host-voorland", "voorland")
"""The name over https, which no other host can set, and over plain http on this machine."""
CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def actor(connection: Connection, method: str, headers: Mapping[str, str]) -> Actor:
    """Who asks, `ANONYMOUS` when nobody is signed in.

    Raises `Forbidden` where a session's request that changes something does not carry the page's own proof: another
    site may have sent it.
    """
    for name in COOKIES:
        cookie = _cookie(headers.get("cookie", ""), name)
        found = sessions.find(connection, cookie) if cookie else None
        if found is None:
            continue
        who, session = found
        if method not in _SAFE and not hmac.compare_digest(
            headers.get(CSRF_HEADER, "").encode(), session.csrf.encode()
        ):
            raise Forbidden("This request does not come from a page of ours (X-CSRF-Token is wrong); reload the page.")
        return who
    return ANONYMOUS


def _cookie(header: str, name: str) -> str:
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
