"""Sessions in the browser: a random cookie of which only the hash is kept."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, select

from server.database.columns import now
from server.database.schema import accounts, memberships, sessions

from .actor import Actor, Role

LIFETIME = timedelta(hours=12)
_BYTES = 32


@dataclass(frozen=True)
class Session:
    """A session that was begun: the cookie's value, and what pages send along to prove that they are ours."""

    cookie: str
    csrf: str


def begin(connection: Connection, account_id: str) -> Session:
    """A new session of an account; never one that the browser brought (session fixation)."""
    session = Session(secrets.token_urlsafe(_BYTES), secrets.token_urlsafe(_BYTES))
    moment = now()
    row = {"hash": hashed(session.cookie), "account_id": account_id, "csrf": session.csrf}
    times = {"created_at": moment, "seen_at": moment, "expires_at": moment + LIFETIME}
    connection.execute(sessions.insert().values(row | times))
    return session


def find(connection: Connection, cookie: str) -> tuple[Actor, Session] | None:
    """Whose session a cookie is of; none where it has expired, was ended, or the account was disabled."""
    found = connection.execute(
        select(sessions.c.account_id, sessions.c.csrf)
        .join(accounts)
        .where(sessions.c.hash == hashed(cookie), sessions.c.expires_at > now(), accounts.c.disabled_at.is_(None))
    ).one_or_none()
    return None if found is None else (actor(connection, found.account_id), Session(cookie, found.csrf))


def end(connection: Connection, cookie: str) -> None:
    """End a session."""
    connection.execute(delete(sessions).where(sessions.c.hash == hashed(cookie)))


def actor(connection: Connection, account_id: str) -> Actor:
    """An account with all that its roles allow."""
    rows = connection.execute(
        select(memberships.c.municipality_id, memberships.c.role).where(memberships.c.account_id == account_id)
    )
    return Actor(account_id, {row.municipality_id: Role(row.role).rights for row in rows})


def hashed(secret: str) -> str:
    """How a secret of 256 random bits is kept; it needs no salt, for it cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()
