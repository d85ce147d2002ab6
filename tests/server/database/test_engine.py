"""Transactions: whole or not at all, on both databases."""

import threading

import pytest
from sqlalchemy import select

from server.database.columns import now
from server.database.engine import Database
from server.database.schema import municipalities, secrets
from server.errors import Away
from tiles.errors import BadInput


def note(connection, name):
    connection.execute(secrets.insert().values(name=name, value="x"))


def names(platform):
    with platform.database.reading() as connection:
        return set(connection.scalars(select(secrets.c.name)))


class BrokenError(Exception):
    pass


def test_what_was_written_stays(platform):
    with platform.database.writing() as connection:
        note(connection, "a")
    assert names(platform) == {"a"}


def test_a_transaction_that_breaks_leaves_nothing(platform):
    def half() -> None:
        with platform.database.writing() as connection:
            note(connection, "a")
            raise BrokenError

    with pytest.raises(BrokenError):
        half()
    assert names(platform) == set()


def test_many_writers_at_once_wait_for_each_other(platform):
    def write(first):
        for number in range(10):
            with platform.database.writing() as connection:
                connection.execute(select(secrets)).all()  # reads before it writes: the deadlock of SQLite
                note(connection, f"{first}-{number}")

    threads = [threading.Thread(target=write, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(platform)) == 80


def test_moments_are_utc_and_exact_to_the_microsecond(platform):
    with platform.database.writing() as connection:
        moment = now()
        connection.execute(municipalities.insert().values(id="here", created_at=moment))
    with platform.database.reading() as connection:
        kept = connection.scalar(select(municipalities.c.created_at).where(municipalities.c.id == "here"))
    assert kept == moment
    assert kept.utcoffset().total_seconds() == 0


def test_sqlite_keeps_what_it_says_through_a_power_cut(small):
    with small.database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_database_that_does_not_answer_is_said_without_its_password():
    database = Database("postgresql://voorland:hidden@127.0.0.1:9/voorland")
    with pytest.raises(Away, match="does not answer") as said, database.reading():
        pass
    assert "hidden" not in str(said.value)


@pytest.mark.parametrize("url", ["voorland", "mysql://host/voorland", "nothing://host/x"])
def test_what_is_no_database_of_ours_is_refused(url):
    with pytest.raises(BadInput, match=r"database"):
        Database(url)
