"""Validators, ranges and content coding (RFC 9110): pure functions of header values."""

import os
from dataclasses import dataclass

from tiles.errors import Problem


class UnsatisfiableRange(Problem):
    """A range that begins after the end (RFC 9110, 15.5.17)."""


@dataclass(frozen=True)
class ByteRange:
    """A part of a file: first byte and one past the last."""

    start: int
    end: int


def etag(status: os.stat_result, coding: str = "") -> str:
    """A strong entity tag (RFC 9110, 8.8.3) for a file served under a content coding.

    Tiles are written once, under a new inode, and renamed into place: other bytes mean another inode and time.
    """
    suffix = f"-{coding}" if coding else ""
    return f'"{status.st_mtime_ns:x}-{status.st_ino:x}-{status.st_size:x}{suffix}"'


def is_current(if_none_match: str, tag: str) -> bool:
    """Whether the client has this representation already (RFC 9110, 13.1.2: the weak comparison)."""
    if if_none_match.strip() == "*":
        return True
    return tag in (candidate.strip().removeprefix("W/") for candidate in if_none_match.split(","))


def requested_range(header: str, size: int) -> ByteRange | None:
    """The one range asked for, or None when the whole is to be sent (RFC 9110, 14.2).

    A header that is not understood, or that asks for several ranges, is ignored, as the standard allows. Raises
    `UnsatisfiableRange` for a range past the end.
    """
    unit, _, ranges = header.partition("=")
    first, dash, last = ranges.strip().partition("-")
    if unit.strip().lower() != "bytes" or not dash or not (first or last):
        return None
    if not (_digits(first) and _digits(last)):
        return None
    if not first:
        suffix = int(last)
        start, end = max(size - suffix, 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise UnsatisfiableRange(f"Range {header} lies past the end: there are {size} bytes.")
    return ByteRange(start, end)


def _digits(text: str) -> bool:
    return text == "" or (text.isascii() and text.isdecimal())


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether gzip is acceptable (RFC 9110, 12.5.3)."""
    weights: dict[str, float] = {}
    for item in accept_encoding.lower().split(","):
        coding, *parameters = (part.strip() for part in item.split(";"))
        weights[coding] = _weight(parameters)
    return weights.get("gzip", weights.get("*", 0.0)) > 0.0


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
