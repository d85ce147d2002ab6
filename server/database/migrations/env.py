"""How alembic runs a step: on the connection it is given, within that connection's transaction."""

from alembic import context

from server.database.schema import metadata

_given = context.config.attributes

context.configure(
    connection=_given["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by making it anew
    render_item=_given.get("render_item", lambda *_: False),
)
context.run_migrations()
