"""Parts of a file on a web server, by HTTP range (RFC 9110, section 14)."""

import io
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tiles.errors import Problem

_BLOCK = 1 << 18
_KEPT_BLOCKS = 64
_TRIES = 3


class SourceAway(Problem):
    """A source of data does not answer, or not as it should."""


class NotAtSource(Problem):
    """The source answers that it has no such file."""


class RangeFile(io.RawIOBase):
    """A remote file as a seekable one: reads what is asked for, in blocks that are kept a while."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        """Ask for the first block; raises `NotAtSource` or `SourceAway`."""
        self._client = client
        self._url = url
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self.fetched = 0
        """How many bytes have come over the line."""
        self.size = 0
        self._block(0)

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

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        data = self._fetched(number * _BLOCK)
        self._blocks[number] = data
        if len(self._blocks) > _KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return data

    def _fetched(self, start: int) -> bytes:
        for tries_left in reversed(range(_TRIES)):
            try:
                return self._asked(start)
            except httpx.TransportError as error:
                # A source that does not answer at all is not asked again: the user is waiting.
                if tries_left == 0 or start == 0:
                    raise SourceAway(f"{self._host} does not answer ({type(error).__name__}).") from error
        raise AssertionError

    def _asked(self, start: int) -> bytes:
        end = start + _BLOCK - 1
        response = self._client.get(self._url, headers={"Range": f"bytes={start}-{end}", "Accept-Encoding": "identity"})
        if response.status_code in {403, 404}:
            raise NotAtSource(f"{self._host} has no {self._url.rsplit('/', 1)[-1]}.")
        content_range = response.headers.get("content-range", "")
        if response.status_code != httpx.codes.PARTIAL_CONTENT or "/" not in content_range:
            raise SourceAway(f"{self._host} answers {response.status_code} to a request for a part of a file.")
        self.size = int(content_range.rpartition("/")[2])
        wanted = min(end + 1, self.size) - start
        if len(response.content) != wanted:
            raise SourceAway(f"{self._host} sent {len(response.content)} bytes where {wanted} were asked for.")
        self.fetched += wanted
        return response.content

    @property
    def _host(self) -> str:
        return httpx.URL(self._url).host


@contextmanager
def remote(url: str, seconds: float) -> Iterator[RangeFile]:
    """The file at `url`; each request may take `seconds`. Raises `NotAtSource` or `SourceAway`."""
    with httpx.Client(timeout=seconds, follow_redirects=True) as client:
        yield RangeFile(client, url)
