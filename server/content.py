"""Tile bytes over HTTP, as plain ASGI.

A tile costs a few system calls; a framework's routing costs several times that, and a viewer asks for hundreds
(docs/decisions/server.md has the figures). So these requests never reach FastAPI.
"""

import gzip
import os
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from stat import S_ISREG
from typing import Any

from . import problems
from .caching import ByteRange, UnsatisfiableRange, accepts_gzip, etag, is_current, requested_range
from .catalogue import Catalogue

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

PREFIX = "/t/"

_MEDIA_TYPES = {
    ".json": "application/json",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".usdz": "model/vnd.usdz+zip",
    ".subtree": "application/octet-stream",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".ktx2": "image/ktx2",
}
_COMMON: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Content-Range, Content-Length"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
]
_PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"Range, If-None-Match, If-Range"),
    (b"access-control-max-age", b"86400"),
]
# A tileset under this address may be made anew, so a client asks whether it has changed; the answer is short.
_CACHE_CONTROL = b"no-cache"


@dataclass(frozen=True)
class _File:
    """A file that is there, and the request's view of it."""

    path: str
    status: os.stat_result
    media_type: str


class TileBytes:
    """The ASGI application for everything below `PREFIX`."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        method = scope["method"]
        if method == "OPTIONS":
            await _reply(send, HTTPStatus.NO_CONTENT, _PREFLIGHT)
        elif method not in {"GET", "HEAD"}:
            await _problem(send, HTTPStatus.METHOD_NOT_ALLOWED, f"{method} is not possible here.", _ALLOW)
        elif (file := self._find(scope["path"])) is None:
            await _problem(send, HTTPStatus.NOT_FOUND, f"There is no {scope['path']}.")
        else:
            await _send_file(scope, file, send)

    def _find(self, path: str) -> _File | None:
        tileset_id, _, name = path.removeprefix(PREFIX).partition("/")
        folder = self._catalogue.folder(tileset_id)
        if folder is None or not _is_plain(name):
            return None
        found = os.path.realpath(folder / name)
        if not found.startswith(f"{folder}{os.sep}"):  # a link that leads outside
            return None
        try:
            status = os.stat(found)  # noqa: PTH116 - one system call, on the path of every tile
        except OSError:
            return None
        return _File(found, status, _media_type(name)) if S_ISREG(status.st_mode) else None


_ALLOW: Headers = [(b"allow", b"GET, HEAD, OPTIONS")]


def _is_plain(name: str) -> bool:
    """Whether a name stays in its folder and hides nothing: no empty, hidden or parent part, no odd byte."""
    return "\0" not in name and "\\" not in name and all(part and part[0] != "." for part in name.split("/"))


def _media_type(name: str) -> str:
    return _MEDIA_TYPES.get(os.path.splitext(name)[1].lower(), "application/octet-stream")  # noqa: PTH122 - hot path


async def _send_file(scope: Scope, file: _File, send: Send) -> None:
    asked = _asked(scope["headers"])
    coding = "gzip" if file.media_type == "application/json" and accepts_gzip(asked["accept-encoding"]) else ""
    tag = etag(file.status, coding)
    headers: Headers = [
        (b"etag", tag.encode()),
        (b"cache-control", _CACHE_CONTROL),
        (b"vary", b"Accept-Encoding"),
    ]
    if asked["if-none-match"] and is_current(asked["if-none-match"], tag):
        await _reply(send, HTTPStatus.NOT_MODIFIED, headers)
        return
    headers.append((b"content-type", file.media_type.encode()))
    if coding:
        await _send_gzip(scope, file, tag, headers, send)
        return
    headers.append((b"accept-ranges", b"bytes"))
    await _send_bytes(scope, file, _Wanted(asked["range"], asked["if-range"], tag), headers, send)


@dataclass(frozen=True)
class _Wanted:
    range: str
    if_range: str
    tag: str

    def part(self, size: int) -> ByteRange | None:
        """The part to send; `If-Range` must match strongly (RFC 9110, 13.1.5), else the whole is sent."""
        if not self.range or (self.if_range and self.if_range != self.tag):
            return None
        return requested_range(self.range, size)


async def _send_bytes(scope: Scope, file: _File, wanted: _Wanted, headers: Headers, send: Send) -> None:
    size = file.status.st_size
    try:
        part = wanted.part(size)
    except UnsatisfiableRange as problem:
        unsatisfied = (b"content-range", f"bytes */{size}".encode())
        await _problem(send, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, str(problem), [unsatisfied])
        return
    if part is None:
        await _start(send, HTTPStatus.OK, headers, size)
        await _send_whole(scope, file, send)
        return
    content_range = (b"content-range", f"bytes {part.start}-{part.end - 1}/{size}".encode())
    await _start(send, HTTPStatus.PARTIAL_CONTENT, [*headers, content_range], part.end - part.start)
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else _read(file.path, part)})


async def _send_whole(scope: Scope, file: _File, send: Send) -> None:
    if scope["method"] == "HEAD":
        await send({"type": "http.response.body", "body": b""})
    elif "http.response.pathsend" in scope.get("extensions", {}):
        await send({"type": "http.response.pathsend", "path": file.path})  # the server copies it, outside Python
    else:
        await send({"type": "http.response.body", "body": _read(file.path, ByteRange(0, file.status.st_size))})


def _read(path: str, part: ByteRange) -> bytes:
    # Blocking on purpose: a tile is small and nearly always in the page cache; a thread would cost more than the read.
    with Path(path).open("rb") as file:
        file.seek(part.start)
        return file.read(part.end - part.start)


async def _send_gzip(scope: Scope, file: _File, tag: str, headers: Headers, send: Send) -> None:
    body = _gzipped(file.path, tag)
    await _start(send, HTTPStatus.OK, [*headers, (b"content-encoding", b"gzip")], len(body))
    await send({"type": "http.response.body", "body": body if scope["method"] == "GET" else b""})


@lru_cache(maxsize=256)
def _gzipped(path: str, _tag: str) -> bytes:
    """A file's bytes compressed; remembered until its tag changes."""
    return gzip.compress(Path(path).read_bytes(), compresslevel=6, mtime=0)


_ASKED = (b"accept-encoding", b"if-none-match", b"range", b"if-range")


def _asked(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The request headers that matter here; empty where the client sent none."""
    found = dict.fromkeys((name.decode() for name in _ASKED), "")
    for name, value in headers:
        if name in _ASKED:
            found[name.decode()] = value.decode("latin-1")
    return found


async def _start(send: Send, status: HTTPStatus, headers: Headers, length: int) -> None:
    length_header = (b"content-length", str(length).encode())
    start = {"type": "http.response.start", "status": int(status), "headers": [*_COMMON, *headers, length_header]}
    await send(start)


async def _reply(send: Send, status: HTTPStatus, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": int(status), "headers": [*_COMMON, *headers]})
    await send({"type": "http.response.body", "body": b""})


async def _problem(send: Send, status: HTTPStatus, detail: str, headers: Headers | None = None) -> None:
    body = problems.body(status, detail)
    media_type = (b"content-type", problems.MEDIA_TYPE.encode())
    await _start(send, status, [*(headers or []), media_type, (b"cache-control", b"no-store")], len(body))
    await send({"type": "http.response.body", "body": body})
