"""What the routes, the workers and the commands of one installation share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from pipeline.municipality import Municipality, chosen, municipality
from tiles.errors import BadInput, NotFound
from tiles.objects import Bucket
from tiles.store import Directory, Store, said_as_output_problem

from .database import migrate
from .database.columns import now
from .database.engine import Database
from .database.schema import municipalities as table
from .settings import Settings


@dataclass(frozen=True)
class Platform:
    """One installation, opened."""

    settings: Settings
    database: Database
    store: Store
    """Uploads, tiles and publications: objects that are written once."""
    work: Path
    """A folder on this machine for work in hand."""
    municipalities: Mapping[str, Municipality]

    def municipality(self, municipality_id: str) -> Municipality:
        """The configuration of one municipality, or `NotFound`."""
        try:
            return self.municipalities[municipality_id]
        except KeyError:
            raise NotFound(f"There is no municipality {municipality_id!r} here.") from None


@contextmanager
def opened(settings: Settings) -> Iterator[Platform]:
    """The installation that the settings describe, made where there is none, and closed after the block.

    Raises a `Problem` that says what is wrong with a setting or with what it points to.
    """
    home = settings.home
    with said_as_output_problem(home):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        work = home / "work"
        work.mkdir(exist_ok=True)
    database = Database(settings.database_url or f"sqlite:///{home / 'voorland.db'}")
    try:
        migrate.upgrade(database)
        known = _municipalities(settings)
        with database.writing() as connection:
            _note(connection, known)
        store: Store = Bucket(settings.store_url) if settings.store_url else Directory(home / "store", is_durable=True)
        yield Platform(settings, database, store, work, known)
    finally:
        database.close()


def _municipalities(settings: Settings) -> Mapping[str, Municipality]:
    listed = [chosen(name) for name in settings.municipalities] or [municipality()]
    known = {each.id: each for each in listed}
    if len(known) < len(listed):
        raise BadInput(f"Two municipalities have the same id among {[each.id for each in listed]}; change one file.")
    return known


def _note(connection: Connection, known: Mapping[str, Municipality]) -> None:
    """Rows for municipalities that are new in the configuration."""
    there = set(connection.scalars(select(table.c.id)))
    for name in sorted(known.keys() - there):
        connection.execute(table.insert().values(id=name, created_at=now()))
