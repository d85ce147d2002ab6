"""Installations for tests: the small one (SQLite, a folder) and the large one (PostgreSQL, S3), each empty."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from unittest import mock

from sqlalchemy import insert

from server.accounts import sessions
from server.accounts.actor import Actor, Role
from server.accounts.sessions import Session
from server.database import ids, migrate
from server.database.columns import now
from server.database.engine import Database
from server.database.schema import accounts, memberships
from server.platform import Platform, opened
from server.settings import Settings
from tests import s3
from tests.postgres import Cluster

SMALL, LARGE = "small", "large"
_NUMBERS = count()


@dataclass
class Parts:
    """What large installations stand on, for all tests of a process; each is started when it is first asked for."""

    stack: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def postgres(self) -> Cluster:
        """A PostgreSQL with one migrated database to copy."""
        cluster = Cluster()
        self.stack.callback(cluster.end)
        database = Database(cluster.create("migrated"))
        migrate.upgrade(database)
        database.close()
        return cluster

    @cached_property
    def s3(self) -> s3.Server:
        """An S3 server."""
        server = s3.Server()
        self.stack.callback(server.end)
        return server


@contextmanager
def settings(kind: str, folder: Path, parts: Parts, **more: object) -> Iterator[Settings]:
    """The settings of an empty installation, with what tells of them in the environment for processes of its own."""
    chosen: dict[str, object] = {"home": folder / "home"} | more
    environment = {}
    if kind == LARGE:
        name = f"test-{os.getpid()}-{next(_NUMBERS)}"
        parts.s3.create(name)
        environment = parts.s3.environment
        chosen |= {"database_url": parts.postgres.create(name, like="migrated"), "store_url": f"s3://{name}/kept"}
    names = {f"VOORLAND_{key.upper()}": str(value) for key, value in chosen.items() if isinstance(value, str | Path)}
    with mock.patch.dict(os.environ, environment | names):
        yield Settings(**chosen)  # type: ignore[arg-type]


@contextmanager
def installation(kind: str, folder: Path, parts: Parts, **more: object) -> Iterator[Platform]:
    """An empty installation, opened."""
    with settings(kind, folder, parts, **more) as chosen, opened(chosen) as platform:
        yield platform


def someone(platform: Platform, role: Role = Role.PLANNER, municipality_id: str = "dordrecht") -> tuple[Actor, Session]:
    """A new account with a role, signed in."""
    name = ids.new()
    with platform.database.writing() as connection:
        row = {"id": name, "email": f"{name}@example.org", "name": name, "created_at": now()}
        connection.execute(insert(accounts).values(row))
        belongs = {"account_id": name, "municipality_id": municipality_id, "role": role}
        connection.execute(insert(memberships).values(belongs))
        return sessions.actor(connection, name), sessions.begin(connection, name)
