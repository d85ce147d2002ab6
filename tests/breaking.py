"""A link that breaks: a proxy on loopback that cuts each connection after so many bytes, until it has no cuts left."""

import contextlib
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_PIECE = 64 << 10


@dataclass
class Link:
    """What the link does, and has done."""

    cuts: int
    """How many connections are cut."""
    between_bytes: tuple[int, int]
    """The least and most that pass before a cut."""
    seed: int = 1
    made: int = 0
    """Cuts so far."""
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Begin at the seed."""
        self._random = random.Random(self.seed)
        self._lock = threading.Lock()

    def next_cut(self) -> int | None:
        """After how many bytes the next connection is cut; none when no cuts are left."""
        with self._lock:
            return self._random.randint(*self.between_bytes) if self.made < self.cuts else None

    def cut(self) -> None:
        """Count one."""
        with self._lock:
            self.made += 1


@contextmanager
def broken(link: Link, port: int) -> Iterator[int]:
    """The port of a link to a port of this machine."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listening.accept()
                threading.Thread(target=_carry, args=(link, near, port), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()


def _carry(link: Link, near: socket.socket, port: int) -> None:
    far = socket.create_connection(("127.0.0.1", port))
    threading.Thread(target=_copy, args=(far, near), daemon=True).start()
    left = link.next_cut()
    with contextlib.suppress(OSError):
        while piece := near.recv(_PIECE if left is None else min(_PIECE, left)):
            far.sendall(piece)
            if left is not None:
                left -= len(piece)
                if left <= 0:
                    link.cut()
                    break
    for each in (near, far):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
