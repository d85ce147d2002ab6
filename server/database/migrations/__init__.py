"""How each released schema became the next (alembic)."""
