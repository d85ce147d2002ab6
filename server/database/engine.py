"""The database, opened: transactions that read, and transactions that write."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from server.errors import Away
from tiles.errors import BadInput, OutputProblem

_BUSY_S = 20
_WRITES = "voorland_writes"


class DatabaseAway(Away):
    """The database does not answer now; it may a moment later."""


class Database:
    """One database; opened once in a process and shared by its threads, closed by `close`."""

    def __init__(self, url: str) -> None:
        """Open the database at an SQLAlchemy URL; raises `BadInput` where it is none."""
        self.url = _url(url)
        self._engine = _engine(self.url)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file beside this process, which one writer at a time may write."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def shown(self) -> str:
        """Where it is, without its password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads; raises `DatabaseAway`."""
        with self._said(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes, kept whole when the block ends well and not at all otherwise.

        Raises `DatabaseAway`, and `OutputProblem` where the disk is full. In SQLite it holds the only right to write
        from its first moment, so that no two can wait for each other.
        """
        with (
            self._said(),
            self._engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    def alone(self, connection: Connection, what: str) -> None:
        """Wait until nobody else is `alone` with the same thing; holds to the end of a transaction that writes.

        In SQLite who writes is alone with everything.
        """
        if not self.is_sqlite:
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            said = str(error.orig).strip().splitlines()[0]
            if "disk is full" in said or "No space left" in said:
                raise OutputProblem(f"The disk of the database is full ({said}); free some space.") from error
            if _is_fault_of_ours(error):
                raise
            raise DatabaseAway(f"The database {self.shown} does not answer ({said}); try again in a moment.") from error


def _is_fault_of_ours(error: OperationalError) -> bool:
    """Whether the statement is wrong, which SQLite reports in the same way as a disk that is away."""
    return isinstance(error.orig, sqlite3.OperationalError) and any(
        words in str(error.orig) for words in ("no such", "syntax error", "has no column")
    )


def _url(given: str) -> URL:
    try:
        url = make_url(given)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise BadInput(
            f"{given!r} is no database: {error}; write for example postgresql://user@host/voorland."
        ) from error
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise BadInput(f"A {url.get_backend_name()} database is not supported; use SQLite or PostgreSQL.")
    return url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20, pool_timeout=_BUSY_S)
    engine = create_engine(url, connect_args={"timeout": _BUSY_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not guessed by the driver
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
