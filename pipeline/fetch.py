"""Parts of a file on a web server, by HTTP range (RFC 9110, section 14)."""

import io
import time
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

from tiles.errors import Problem

CONNECTIONS = 6
"""How many parts may be on their way at once; browsers ask as many of one host."""

_BLOCK = 1 << 17
_KEPT_BLOCKS = 64
_PART_S = 30.0
_PAUSES_S = (0.5, 2.0)
"""Before the second and the third try."""
_GONE = frozenset({403, 404, 410})
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})


class SourceAway(Problem):
    """A source of data does not answer, or not as it should."""


class NotAtSource(Problem):
    """The source answers that it has no such file."""


class _Passing(Problem):
    """Went wrong in a way that may not happen again."""


class RangeFile(io.RawIOBase):
    """A remote file as a seekable one: reads what is asked for, in blocks that are kept a while."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        """Ask for the first block; raises `NotAtSource` or `SourceAway`."""
        self._client = client
        self._url = url
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self.size = 0
        try:
            # A source that does not answer at all is not asked again: the user is waiting.
            self._blocks[0] = self._asked(0, _BLOCK)
        except _Passing as error:
            raise SourceAway(str(error)) from error

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
        for pause_s in _PAUSES_S:
            try:
                return self._asked(start, size)
            except _Passing:
                time.sleep(pause_s)
        try:
            return self._asked(start, size)
        except _Passing as error:
            raise SourceAway(str(error)) from error

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
        try:
            with self._client.stream("GET", self._url, headers=headers) as response:
                wanted = self._promised(response, start, size)
                data = self._body(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _Passing(f"{self._host} does not answer ({type(error).__name__}).") from error
        if len(data) != wanted:
            raise _Passing(f"{self._host} sent {len(data)} bytes where {wanted} were asked for.")
        return data

    def _promised(self, response: httpx.Response, start: int, size: int) -> int:
        """How many bytes the answer is to hold, from its head; a source that sends the whole file is stopped here."""
        if response.status_code in _GONE:
            raise NotAtSource(f"{self._host} has no {self._url.rsplit('/', 1)[-1]}.")
        if response.status_code in _TRY_AGAIN:
            raise _Passing(f"{self._host} answers {response.status_code}.")
        if response.status_code != httpx.codes.PARTIAL_CONTENT:
            raise SourceAway(f"{self._host} answers {response.status_code} to a request for a part of a file.")
        where, _, whole = response.headers.get("content-range", "").removeprefix("bytes ").partition("/")
        if not whole.isdigit() or self.size not in {0, int(whole)}:
            raise SourceAway(f"{self._host} says {where}/{whole} of a file that had {self.size} bytes before.")
        self.size = int(whole)
        end = min(start + size, self.size)
        if where != f"{start}-{end - 1}":
            raise SourceAway(f"{self._host} sent bytes {where} where {start}-{end - 1} were asked for.")
        return end - start

    def _body(self, response: httpx.Response) -> bytes:
        """All of it, unless it comes drop by drop: httpx limits only the wait between two drops."""
        begun, drops = time.monotonic(), []
        for drop in response.iter_raw():
            drops.append(drop)
            if time.monotonic() - begun > _PART_S:
                raise _Passing(f"{self._host} took more than {_PART_S:.0f} seconds over a part of a file.")
        return b"".join(drops)

    @property
    def _host(self) -> str:
        return _host(self._url)


@contextmanager
def remote(url: str, first_answer_s: float) -> Iterator[RangeFile]:
    """The file at `url`, once its first block is here; raises `NotAtSource` or `SourceAway`."""
    timeout = httpx.Timeout(_PART_S, connect=first_answer_s)
    limits = httpx.Limits(max_connections=CONNECTIONS)
    with httpx.Client(timeout=timeout, limits=limits, follow_redirects=True) as client:
        # In a thread, since nothing else limits how long the system may look for a host's address.
        pool = ThreadPoolExecutor(1)
        try:
            file = pool.submit(RangeFile, client, url).result(timeout=first_answer_s)
        except TimeoutError as error:
            raise SourceAway(f"{_host(url)} does not answer within {first_answer_s:.0f} seconds.") from error
        finally:
            pool.shutdown(wait=False)
        yield file


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]
