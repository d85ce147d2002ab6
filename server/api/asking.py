"""What routes ask for: the installation, who is asking, and transactions."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Connection

from server.accounts import identify
from server.accounts.actor import Actor
from server.platform import Platform


def _platform(request: Request) -> Platform:
    platform: Platform = request.app.state.platform
    return platform


Installation = Annotated[Platform, Depends(_platform)]


def _actor(request: Request, platform: Installation) -> Actor:
    with platform.database.reading() as connection:
        return identify.actor(connection, request.method, request.headers)


Asking = Annotated[Actor, Depends(_actor)]


def _reading(platform: Installation) -> Iterator[Connection]:
    with platform.database.reading() as connection:
        yield connection


def _writing(platform: Installation) -> Iterator[Connection]:
    with platform.database.writing() as connection:
        yield connection


# Ended before the answer is sent: who is told that something is kept may rely on it.
Reading = Annotated[Connection, Depends(_reading, scope="function")]
Writing = Annotated[Connection, Depends(_writing, scope="function")]
