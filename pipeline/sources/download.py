"""Whole files from a web server, resumed where they were broken off (RFC 9110, sections 13.1.5 and 14)."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tiles.store import said_as_output_problem

from .ranges import PARTIAL_CONTENT
from .record import settle, write_whole
from .web import Passing, SourceAway, Web, host

_LAS = b"LASF"


@dataclass(frozen=True)
class _Known:
    """What the source said of the file when its first bytes came."""

    address: str
    validator: str
    """A strong ETag, or the date of the last change; empty when it gave none, and then nothing can be resumed."""
    size: int | None


def download(source: Web, address: str, path: Path, told: Callable[[int, int], None]) -> None:
    """Bring the file at `address` to `path`, going on where an earlier call was broken off.

    `told` hears how many bytes are here, of how many. A break is tried again as long as each try brings something.
    Raises `NotAtSource`, `SourceAway` or `OutputProblem`; what is here stays, as ``.part``. A note of what the file is
    stays beside it until `recorded`, so that a file that came whole but was not recorded is not asked for again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part, failures = path.with_name(f"{path.name}.part"), 0
    known = _known(part, address)
    if known and path.is_file() and path.stat().st_size == known.size:
        return
    while True:
        before = _size(part)
        try:
            _attempt(source, address, part, told)
            break
        except Passing as error:
            failures = 0 if _size(part) > before else failures + 1
            if failures > len(source.patience.pauses_s):
                raise SourceAway(str(error)) from error
            source.pause(error, source.patience.pauses_s[max(0, failures - 1)] if source.patience.pauses_s else 0.0)
    with part.open("rb") as file:
        begins = file.read(len(_LAS))
    if begins != _LAS:
        _forget(part)
        raise SourceAway(f"{host(address)} sent no LAS or LAZ file for {address} (it begins with {begins!r}).")
    settle(part, path)


def recorded(path: Path) -> None:
    """What `download` brought to `path` is recorded elsewhere: forget its note."""
    _note(path.with_name(f"{path.name}.part")).unlink(missing_ok=True)


def _attempt(source: Web, address: str, part: Path, told: Callable[[int, int], None]) -> None:
    known, have = _known(part, address), _size(part)
    if known is None or not part.is_file() or (known.size is not None and have > known.size):
        _forget(part)
        known, have = None, 0
    if known and have == known.size:
        return
    headers = {"Accept-Encoding": "identity"}
    if known and have:
        # Without If-Range a file that has changed would be glued to its predecessor.
        headers |= {"Range": f"bytes={have}-", "If-Range": known.validator}
    with source.asked(address, headers) as response:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise SourceAway(f"{host(address)} sends {address} packed, though it was asked not to.")
        if response.status_code == PARTIAL_CONTENT and known:
            _require_continuation(response, known, have)
        else:
            have, known = 0, _Known(address, _validator(response), _length(response))
            _forget(part)
            write_whole(_note(part), json.dumps(asdict(known)).encode())
        with said_as_output_problem(part), part.open("ab") as file:
            have = _pour(source, response, file, lambda size: told(size, known.size or 0))
    if known.size is not None and have != known.size:
        raise Passing(f"{host(address)} sent {have:,} of {known.size:,} bytes.")


def _pour(source: Web, response: Any, file: BinaryIO, told: Callable[[int], None]) -> int:
    have = file.tell()
    try:
        for drop in source.drops(response, raw=True):
            file.write(drop)
            have += len(drop)
            told(have)
    finally:
        file.flush()
        os.fsync(file.fileno())
    return have


def _require_continuation(response: Any, known: _Known, have: int) -> None:
    where, _, whole = response.headers.get("content-range", "").removeprefix("bytes ").partition("/")
    if not where.startswith(f"{have}-") or whole not in {str(known.size), "*"}:
        at, stands = host(known.address), f"{where}/{whole}"
        raise SourceAway(f"{at} sent bytes {stands} where {have}- of {known.size} were asked for.")


def _validator(response: Any) -> str:
    etag = str(response.headers.get("etag", ""))
    if etag and not etag.startswith("W/"):
        return etag
    return str(response.headers.get("last-modified", ""))


def _length(response: Any) -> int | None:
    length = response.headers.get("content-length", "")
    return int(length) if length.isdigit() else None


def _known(part: Path, address: str) -> _Known | None:
    """What is noted of the file, when that is enough to go on with it."""
    if not _note(part).is_file():
        return None
    try:
        known = _Known(**json.loads(_note(part).read_text()))
    except (ValueError, TypeError):
        return None
    return known if known.address == address and known.validator and known.size else None


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)
