"""Answers kept until they are one file: in SQLite, so that after a kill each is there whole or not at all."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tiles.errors import OutputProblem

from .web import now

_TABLES = """
pragma journal_mode = wal;
pragma synchronous = normal;
create table if not exists asked (request text not null);
create table if not exists piece (key text primary key, received text, sha256 text, body blob);
create table if not exists feature (id text primary key, text text not null) without rowid;
"""


@dataclass(frozen=True)
class Piece:
    """One answer as it came."""

    body: bytes
    received: str


class Pieces:
    """Answers by key, and features by identity."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self.differing = 0
        """How many features came twice and were not the same."""

    def get(self, key: str) -> Piece | None:
        """The answer kept under `key`, unless its bytes have changed on disk."""
        row = self._db.execute("select body, received, sha256 from piece where key = ?", (key,)).fetchone()
        if row is None or hashlib.sha256(row[0]).hexdigest() != row[2]:
            return None
        return Piece(row[0], row[1])

    def put(self, key: str, body: bytes) -> Piece:
        """Keep an answer; it is on disk when this returns."""
        piece = Piece(body, now())
        with self._db:
            self._db.execute(
                "insert or replace into piece values (?, ?, ?, ?)",
                (key, piece.received, hashlib.sha256(body).hexdigest(), body),
            )
        return piece

    def last_received(self) -> str:
        """When the last answer came."""
        return str(self._db.execute("select max(received) from piece").fetchone()[0] or now())

    def begin_features(self) -> None:
        """Forget all features: they are gathered anew from the answers."""
        self.differing = 0
        self._db.execute("delete from feature")

    def add_features(self, features: list[tuple[str, str]]) -> None:
        """Keep features by identity; of two that differ the greater text is kept, whatever came first."""
        with self._db:
            for identity, text in features:
                row = self._db.execute("select text from feature where id = ?", (identity,)).fetchone()
                self.differing += row is not None and row[0] != text
                if row is None or text > row[0]:
                    self._db.execute("insert or replace into feature values (?, ?)", (identity, text))

    def features(self) -> Iterator[str]:
        """Every feature once, in the order of their identities."""
        for (text,) in self._db.execute("select text from feature order by id"):
            yield str(text)


@contextmanager
def pieces(path: Path, request: str) -> Iterator[Pieces]:
    """The pieces kept at `path` for `request`; those of another request are forgotten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(_TABLES)
            asked = connection.execute("select request from asked").fetchone()
            if asked != (request,):
                with connection:
                    for table in ("asked", "piece", "feature"):
                        connection.execute(f"delete from {table}")  # noqa: S608 - our own names
                    connection.execute("insert into asked values (?)", (request,))
            yield Pieces(connection)
    except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
        raise OutputProblem(f"{path} cannot be used ({error}); free some space, or begin anew with --fresh.") from error
