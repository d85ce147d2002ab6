"""Bringing a database to the schema of this version."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import server.database.migrations
from tiles.errors import BadInput

from .engine import Database


def upgrade(database: Database) -> None:
    """Make the schema, or move an older one forward, whole or not at all; raises `BadInput` for one of the future.

    Several processes may do so at once: one does, the others find it done.
    """
    with database.writing() as connection:
        database.alone(connection, "migrations")
        scripts = ScriptDirectory.from_config(configuration(connection))
        current = MigrationContext.configure(connection).get_current_revision()
        if current not in {None, *(each.revision for each in scripts.walk_revisions())}:
            raise BadInput(
                f"The database {database.shown} has schema {current}, which is newer than this version of Voorland; "
                "install the newer version again."
            )
        if current != scripts.get_current_head():
            command.upgrade(configuration(connection), "head")


def configuration(connection: Connection) -> Config:
    """What alembic wants to know."""
    config = Config()
    config.set_main_option("script_location", server.database.migrations.__path__[0])
    config.attributes["connection"] = connection
    return config
