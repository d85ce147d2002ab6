"""The schema that migrations lead to is the one the program expects, and older and newer ones are known."""

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from server.database import migrate
from server.database.engine import Database
from server.database.schema import metadata
from tiles.errors import BadInput


def test_the_migrations_lead_to_the_schema(platform):
    with platform.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_several_processes_may_start_on_an_empty_database_at_once(tmp_path):
    databases = [Database(f"sqlite:///{tmp_path / 'new.db'}") for _ in range(6)]
    done = []

    def upgrade(database):
        migrate.upgrade(database)
        done.append(database)

    threads = [threading.Thread(target=upgrade, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == len(databases)
    for database in databases:
        database.close()


def test_a_database_of_a_newer_version_is_left_alone(platform):
    with platform.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadInput, match="schema 9999, which is newer"):
        migrate.upgrade(platform.database)
