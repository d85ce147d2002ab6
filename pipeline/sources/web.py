"""Asking web servers for data: what may pass is tried again, what is wrong is said in one sentence (RFC 9110)."""

import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from threading import Lock
from typing import Any, TypeVar

import httpx

from tiles.errors import Problem

CONNECTIONS = 6
"""How many answers may be on their way at once; browsers ask as many of one host."""

_GONE = frozenset({403, 404, 410})
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_MOST_BYTES = 256_000_000
_SHOWN_CHARS = 200

Value = TypeVar("Value")
Wanted = TypeVar("Wanted")


class SourceAway(Problem):
    """A source of data does not answer, or not as it should."""


class NotAtSource(Problem):
    """The source answers that it has no such thing."""


class Passing(Problem):
    """Went wrong in a way that may not happen again; `after_s` when the source says how long to wait."""

    def __init__(self, sentence: str, after_s: float | None = None) -> None:
        super().__init__(sentence)
        self.after_s = after_s


@dataclass(frozen=True)
class Patience:
    """How long to wait for a source, in seconds."""

    connect_s: float = 15.0
    silence_s: float = 120.0
    """Between two drops of an answer, and before the first. 3DBAG was seen to think for 39 seconds."""
    whole_s: float = 600.0
    """For the whole of an answer that is kept in memory: httpx limits only the wait between two drops."""
    pauses_s: tuple[float, ...] = (1.0, 5.0, 20.0)
    """Before the second try, the third, and so on."""
    longest_wait_s: float = 120.0
    """What a source may ask for with Retry-After."""
    insists: bool = True
    """Whether a source that does not even begin to answer is asked again."""


class Web:
    """Where all requests go out from: connections that are kept, patience, and a count of what came."""

    def __init__(self, client: httpx.Client, patience: Patience) -> None:
        self._client = client
        self.patience = patience
        self._lock = Lock()
        self.received = 0
        """Bytes of bodies that came so far."""

    @contextmanager
    def asked(self, address: str, headers: Mapping[str, str] | None = None) -> Iterator[httpx.Response]:
        """One request, once its head is here and is a success; raises `Passing`, `NotAtSource` or `SourceAway`."""
        try:
            with self._client.stream("GET", address, headers=dict(headers or {})) as response:
                _require_success(response, address)
                yield response
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise SourceAway(f"{address} is no address that can be asked ({error}).") from error
        except httpx.HTTPError as error:
            raise Passing(f"{host(address)} does not answer ({type(error).__name__}).") from error

    def drops(self, response: httpx.Response, *, raw: bool = False) -> Iterator[bytes]:
        """The body as it comes, counted."""
        for drop in response.iter_raw() if raw else response.iter_bytes():
            with self._lock:
                self.received += len(drop)
            yield drop

    def body(self, response: httpx.Response, *, raw: bool = False) -> bytes:
        """All of a body, unless it is far too large or comes drop by drop."""
        begun, drops, size = time.monotonic(), [], 0
        for drop in self.drops(response, raw=raw):
            drops.append(drop)
            size += len(drop)
            if time.monotonic() - begun > self.patience.whole_s:
                at = host(str(response.url))
                raise Passing(f"{at} took more than {self.patience.whole_s:.0f} seconds over one answer.")
            if size > _MOST_BYTES:
                raise SourceAway(f"{host(str(response.url))} sends more than {_MOST_BYTES:,} bytes in one answer.")
        return b"".join(drops)

    def again(self, attempt: Callable[[], Value]) -> Value:
        """What `attempt` gives, tried a few times while it raises `Passing`; then raises `SourceAway`."""
        for pause_s in self.patience.pauses_s:
            try:
                return attempt()
            except Passing as error:
                self.pause(error, pause_s)
        try:
            return attempt()
        except Passing as error:
            raise SourceAway(str(error)) from error

    def pause(self, error: Passing, pause_s: float) -> None:
        """Wait as long as is usual, or as the source asks with Retry-After (RFC 9110, section 10.2.3)."""
        if error.after_s is not None and error.after_s > self.patience.longest_wait_s:
            raise SourceAway(f"{str(error).rstrip('.')} and asks to come back in {error.after_s:,.0f} seconds.")
        time.sleep(pause_s if error.after_s is None else error.after_s)

    def get(
        self, address: str, understood: Callable[[httpx.Response, bytes], Value], accept: str = "application/json"
    ) -> Value:
        """What `understood` makes of the answer; it may raise `Passing` for one that is broken."""

        def attempt() -> Value:
            with self.asked(address, {"Accept": accept}) as response:
                return understood(response, self.body(response))

        return self.again(attempt)


@contextmanager
def web(patience: Patience) -> Iterator[Web]:
    """A `Web` for as long as the block lasts."""
    timeout = httpx.Timeout(patience.silence_s, connect=patience.connect_s)
    limits = httpx.Limits(max_connections=CONNECTIONS)
    headers = {"User-Agent": f"voorland/{version('voorland')}"}
    with httpx.Client(timeout=timeout, limits=limits, headers=headers, follow_redirects=True) as client:
        yield Web(client, patience)


def ahead(
    wanted: Iterable[Wanted], get: Callable[[Wanted], Value], count: int = CONNECTIONS
) -> Iterator[tuple[Wanted, Value]]:
    """Each thing and what `get` gives for it, in order, while the next `count` are on their way."""
    pool = ThreadPoolExecutor(count)
    coming: deque[tuple[Wanted, Future[Value]]] = deque()
    try:
        for one in wanted:
            coming.append((one, pool.submit(get, one)))
            if len(coming) == count:
                first, value = coming.popleft()
                yield first, value.result()
        while coming:
            first, value = coming.popleft()
            yield first, value.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def with_parameters(address: str, parameters: Mapping[str, str | int]) -> str:
    """`address` with more query parameters; those it has stay."""
    try:
        return str(httpx.URL(address).copy_merge_params(dict(parameters)))
    except httpx.InvalidURL as error:
        raise SourceAway(f"{address} is no address that can be asked ({error}).") from error


def parameter(address: str, name: str) -> str | None:
    """What `address` says of a query parameter."""
    value = httpx.URL(address).params.get(name)
    return None if value is None else str(value)


def joined(address: str, link: str) -> str:
    """`link` as it stands on the page at `address`; raises `SourceAway` when it leads to another host."""
    try:
        target = httpx.URL(address).join(link)
    except httpx.InvalidURL as error:
        raise SourceAway(f"{host(address)} links to {link}, which is no address.") from error
    if target.host != httpx.URL(address).host:
        raise SourceAway(f"{host(address)} links to another host, {target.host}, which is not followed.")
    return str(target)


def parsed(body: bytes, address: str) -> dict[str, Any]:
    """The JSON object in an answer; raises `Passing` when it is none, as a cut or disturbed answer is."""
    try:
        document = json.loads(body)
    except ValueError as error:
        raise Passing(f"{host(address)} sent no JSON ({_shown(body)!r}).") from error
    if not isinstance(document, dict):
        raise SourceAway(f"{host(address)} sent JSON that is no object.")
    return document


def host(address: str) -> str:
    """Whom an address asks, for a message."""
    return address.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2] or address


def now() -> str:
    """This moment as RFC 3339 has it, in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _require_success(response: httpx.Response, address: str) -> None:
    status, at = response.status_code, host(address)
    if response.is_success:
        return
    if status in _GONE:
        raise NotAtSource(f"{at} has no {address.partition('?')[0].rsplit('/', 1)[-1]} (it answers {status}).")
    if status in _TRY_AGAIN:
        raise Passing(f"{at} answers {status}.", _retry_after_s(response.headers.get("retry-after", "")))
    response.read()
    raise SourceAway(f"{at} answers {status} to {address}: {_shown(response.content)}")


def _retry_after_s(text: str) -> float | None:
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _shown(body: bytes) -> str:
    return " ".join(body[:_SHOWN_CHARS].decode("utf-8", "replace").split())
