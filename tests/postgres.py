"""A real PostgreSQL on loopback, Debian's, in a cluster of its own that lasts as long as the tests."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

_DEBIAN = Path("/usr/lib/postgresql")
_START_S = 30


def binaries() -> Path | None:
    """Where PostgreSQL's programs are, the newest; they do not run as root, so Debian keeps them off the path."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


class Cluster:
    """One PostgreSQL server; made fast at the price of what a power cut would cost, which tests do not need."""

    def __init__(self) -> None:
        """Start it on a port that is free."""
        programs = binaries()
        assert programs, "there is no PostgreSQL; install it (Debian: apt-get install postgresql)"
        self._folder = Path(tempfile.mkdtemp(prefix="voorland-postgres-"))
        # It refuses to run as root.
        user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self._as = {"user": user.pw_uid, "group": user.pw_gid} if user else {}
        if user:
            os.chown(self._folder, user.pw_uid, user.pw_gid)
        data = self._folder / "data"
        make = [programs / "initdb", "--pgdata", data, "--username", "voorland", "--auth", "trust", "--no-sync"]
        subprocess.run([*make, "--encoding", "UTF8"], check=True, capture_output=True, cwd=self._folder, **self._as)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        options = {"fsync": "off", "listen_addresses": "127.0.0.1", "port": self.port, "max_connections": 200}
        given = [f"--{name}={value}" for name, value in options.items()]
        run = [programs / "postgres", "-D", data, "-k", self._folder, *given]
        self._run = run
        self.come_back()

    def url(self, name: str) -> str:
        """The address of one database in it."""
        return f"postgresql://voorland@127.0.0.1:{self.port}/{name}"

    def execute(self, statement: str, name: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement, outside of transactions."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            done = connection.execute(statement)  # type: ignore[call-overload]
            return done.fetchall() if done.description else []

    def create(self, name: str, like: str = "template1") -> str:
        """Make a database, a copy of another, and say its address."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        return self.url(name)

    def go_away(self) -> None:
        """Stop at once, as when the machine dies; what was committed stays."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=_START_S)

    def come_back(self) -> None:
        """Start where it was."""
        self._process = subprocess.Popen(
            self._run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self._folder, **self._as
        )
        end = time.monotonic() + _START_S
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                assert time.monotonic() < end, "PostgreSQL does not start"
                time.sleep(0.05)
            else:
                return

    def end(self) -> None:
        """End it and remove all that it held."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(timeout=_START_S)
        shutil.rmtree(self._folder, ignore_errors=True)
