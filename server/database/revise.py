"""Writing the next migration from what changed in the schema: ``python -m server.database.revise "what changed"``."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate.api import AutogenContext
from alembic.script import ScriptDirectory

from . import migrate
from .columns import Instant
from .engine import Database


def _render(kind: str, item: Any, context: AutogenContext) -> str | bool:
    """Types of ours are written by their names."""
    if kind == "type" and isinstance(item, Instant):
        context.imports.add("from server.database.columns import Instant")
        return "Instant()"
    if kind == "type" and type(item).__name__ == "JSON":
        context.imports.add("from server.database.columns import Document")
        return "Document"
    return False


def main(message: str) -> None:
    """Write the step from the last migration to the schema as it is."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'scratch.db'}")
        migrate.upgrade(database)
        with database.writing() as connection:
            config = migrate.configuration(connection)
            config.attributes["render_item"] = _render
            steps = len(list(ScriptDirectory.from_config(config).walk_revisions()))
            command.revision(config, message=message, autogenerate=True, rev_id=f"{steps + 1:04d}")
        database.close()


if __name__ == "__main__":
    main(sys.argv[1])
