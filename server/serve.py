"""Granian, the HTTP server, around the application."""

import errno
import json
import os
import socket
from collections.abc import Callable
from http.client import HTTPConnection
from threading import Thread
from time import monotonic, sleep

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from tiles.errors import BadInput

from .app import Application, create_app
from .settings import Settings

_NEXT_PORTS = 20
_START_S = 60.0


def application() -> Application:
    """The application for the environment's settings: what each worker process of the server starts."""
    return create_app(Settings())


def free_port(host: str, wanted: int, *, exactly: bool) -> int:
    """`wanted` when it is free, else the next free port; 0 is any. Raises `BadInput` when it must be exactly that."""
    if wanted == 0:
        with socket.create_server((host, 0)) as any_port:
            return int(any_port.getsockname()[1])
    for port in range(wanted, wanted + (1 if exactly else _NEXT_PORTS)):
        if _is_free(host, port):
            return port
    raise BadInput(f"Port {wanted} on {host} is in use or not allowed; choose another with --port.")


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise BadInput(f"There is no address {host} on this machine: {error.strerror}.") from error
    return True


def serve(settings: Settings, ready: Callable[[], None]) -> None:
    """Serve until interrupted; `ready` is called once requests are answered.

    No access log is kept: it would hold the addresses of residents.
    """
    os.environ["VOORLAND_TILESETS"] = json.dumps([str(path.resolve()) for path in settings.tilesets])
    server = Server(
        "server.serve:application",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,  # with its lifespan, in which the installation is open
        workers=1,
        workers_kill_timeout=5,  # a worker told to end while it starts would never hear it
        log_level=LogLevels.warning,
        log_access=False,
        websockets=False,
    )
    server.on_startup(Thread(target=_when_answering, args=(settings, ready), daemon=True).start)
    server.serve()


def _when_answering(settings: Settings, ready: Callable[[], None]) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - where we listen
    end = monotonic() + _START_S
    while monotonic() < end:
        connection = HTTPConnection(host, settings.port, timeout=_START_S)
        try:
            connection.request("GET", "/v1/municipality")
            connection.getresponse().read()
        except OSError:
            sleep(0.05)  # the worker is still on its way
        else:
            ready()
            return
        finally:
            connection.close()
