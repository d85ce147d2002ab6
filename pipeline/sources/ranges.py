"""Parts of a file on a web server, by HTTP range (RFC 9110, section 14)."""

import hashlib
import io
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from tiles.errors import Problem

from .web import Passing, Patience, SourceAway, Web, host, web

PARTIAL_CONTENT = 206

_BLOCK = 1 << 17
_KEPT_BLOCKS = 64


class RangeFile(io.RawIOBase):
    """A remote file as a seekable one: reads what is asked for, in blocks that are kept a while."""

    def __init__(self, source: Web, address: str) -> None:
        """Ask for the first block; raises `NotAtSource` or `SourceAway`."""
        self.address = address
        self._web = source
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self.size = 0
        self._validator = ""
        first = partial(self._asked, 0, _BLOCK)
        try:
            self._blocks[0] = source.again(first) if source.patience.insists else first()
        except Passing as error:
            raise SourceAway(str(error)) from error
        said = self._validator or hashlib.sha256(self._blocks[0]).hexdigest()
        self.edition = f"{said} {self.size}"
        """What tells this edition of the file from another: what the source says of it, or else how it begins."""

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to `offset` from the start, from here or from the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes from here; raises `SourceAway`."""
        end = self.size if size < 0 else min(self._at + size, self.size)
        parts = []
        while self._at < end:
            number, skip = divmod(self._at, _BLOCK)
            part = self._block(number)[skip : skip + end - self._at]
            parts.append(part)
            self._at += len(part)
        return b"".join(parts)

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` from here as far as there is anything."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def part(self, start: int, size: int) -> bytes:
        """Exactly `size` bytes from `start`, which are not kept; several threads may ask. Raises `SourceAway`."""
        if not 0 <= start <= start + size <= self.size:
            raise SourceAway(f"{self._host}: bytes {start} to {start + size} lie outside a file of {self.size}.")
        return self._web.again(lambda: self._asked(start, size))

    def damaged(self, why: str) -> Problem:
        """A `SourceAway` that says what is wrong."""
        name = self.address.partition("?")[0].rsplit("/", 1)[-1]
        return SourceAway(f"{name}: the source sent no COPC file that can be read ({why}).")

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        start = number * _BLOCK
        data = self.part(start, min(_BLOCK, self.size - start))
        self._blocks[number] = data
        if len(self._blocks) > _KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return data

    def _asked(self, start: int, size: int) -> bytes:
        """One request; fewer bytes than `size` only where the file ends before."""
        headers = {"Range": f"bytes={start}-{start + size - 1}", "Accept-Encoding": "identity"}
        with self._web.asked(self.address, headers) as response:
            wanted = self._promised(response, start, size)
            data = self._web.body(response, raw=True)
        if len(data) != wanted:
            raise Passing(f"{self._host} sent {len(data)} bytes where {wanted} were asked for.")
        return data

    def _promised(self, response: Any, start: int, size: int) -> int:
        """How many bytes the answer is to hold, from its head; a source that sends the whole file is stopped here."""
        if response.status_code != PARTIAL_CONTENT:
            raise SourceAway(f"{self._host} answers {response.status_code} to a request for a part of a file.")
        where, _, whole = response.headers.get("content-range", "").removeprefix("bytes ").partition("/")
        if not whole.isdigit() or self.size not in {0, int(whole)}:
            raise SourceAway(f"{self._host} says {where}/{whole} of a file that had {self.size} bytes before.")
        validator = response.headers.get("etag") or response.headers.get("last-modified") or ""
        if self._validator and validator and self._validator != validator:
            raise SourceAway(f"{self._host} changed {self.address.rsplit('/', 1)[-1]} while it was read.")
        self.size, self._validator = int(whole), self._validator or validator
        end = min(start + size, self.size)
        if where != f"{start}-{end - 1}":
            raise SourceAway(f"{self._host} sent bytes {where} where {start}-{end - 1} were asked for.")
        return end - start

    @property
    def _host(self) -> str:
        return host(self.address)


@contextmanager
def remote(address: str, patience: Patience) -> Iterator[RangeFile]:
    """The file at `address`, once its first block is here; raises `NotAtSource` or `SourceAway`."""
    with web(patience) as source:
        yield first_block(source, address, patience.connect_s)


def first_block(source: Web, address: str, within_s: float | None = None) -> RangeFile:
    """The file at `address`; raises `NotAtSource`, or `SourceAway` when its first block is not here in time."""
    # In a thread, since nothing else limits how long the system may look for a host's address.
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(RangeFile, source, address).result(timeout=within_s)
    except TimeoutError as error:
        raise SourceAway(f"{host(address)} does not answer within {within_s:.0f} seconds.") from error
    finally:
        pool.shutdown(wait=False)
