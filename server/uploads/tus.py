"""What tus 1.0 says in headers (tus.io/protocols/resumable-upload, 1.0.0): parsed, and answered."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from server.errors import Changed, WrongMediaType
from server.settings import Settings
from tiles.errors import BadInput, Problem

from .uploads import Upload

VERSION = "1.0.0"
MEDIA_TYPE = "application/offset+octet-stream"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
_ALGORITHMS: Mapping[str, Callable[[], Any]] = {
    # By the protocol every server knows SHA-1; against chance, not against malice, it is enough.
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
}
_MOST_METADATA = 8_192


class WrongChecksum(Problem):
    """Bytes were changed on their way (status 460 of the protocol)."""


@dataclass(frozen=True)
class Checksum:
    """What a body's bytes should come to."""

    algorithm: str
    digest: bytes

    def begin(self) -> Any:
        """A hash to feed."""
        return _ALGORITHMS[self.algorithm]()


def require_version(headers: Mapping[str, str]) -> None:
    """Raise `Changed` (412) where a client speaks another version, or none."""
    said = headers.get("tus-resumable", "")
    if said != VERSION:
        raise Changed(f"This server speaks tus {VERSION}; the request says Tus-Resumable: {said[:20]!r}.")


def require_media_type(headers: Mapping[str, str]) -> None:
    """Raise `WrongMediaType` for a body that is not of the protocol's own type."""
    said = headers.get("content-type", "")
    if said.split(";")[0].strip().lower() != MEDIA_TYPE:
        raise WrongMediaType(f"A part of a file is sent as {MEDIA_TYPE}, not as {said[:80]!r}.")


def whole_number(headers: Mapping[str, str], name: str) -> int:
    """A header that is a count of bytes; raises `BadInput`."""
    said = headers.get(name.lower(), "")
    if not said.isascii() or not said.isdigit() or len(said) > 15:  # noqa: PLR2004 - a petabyte is no file of ours
        raise BadInput(f"{name} is {said[:40]!r}; give a number of bytes.")
    return int(said)


def length(headers: Mapping[str, str]) -> int:
    """How long the file will be; raises `BadInput` for an empty one, and for one of unknown length."""
    if "upload-defer-length" in headers:
        raise BadInput("Uploads of unknown length are not taken; say Upload-Length.")
    asked = whole_number(headers, "Upload-Length")
    if asked == 0:
        raise BadInput("The file is empty (Upload-Length: 0); choose the right one.")
    return asked


def metadata(headers: Mapping[str, str]) -> dict[str, str]:
    """Upload-Metadata: pairs of a name and a text in base64; raises `BadInput`."""
    said = headers.get("upload-metadata", "")
    if len(said) > _MOST_METADATA:
        raise BadInput(f"Upload-Metadata has {len(said):,} characters; {_MOST_METADATA:,} is the most.")
    found = {}
    for pair in filter(None, (each.strip() for each in said.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError):
            raise BadInput(f"Upload-Metadata has no text in base64 under {name[:40]!r}.") from None
    return found


def checksum(headers: Mapping[str, str]) -> Checksum | None:
    """Upload-Checksum; raises `BadInput` for an algorithm that is not known and for what is no base64."""
    said = headers.get("upload-checksum")
    if said is None:
        return None
    algorithm, _, value = said.partition(" ")
    if algorithm not in _ALGORITHMS:
        raise BadInput(f"Upload-Checksum by {algorithm[:20]!r} is not known; use one of {', '.join(_ALGORITHMS)}.")
    try:
        return Checksum(algorithm, base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        raise BadInput("Upload-Checksum has no checksum in base64.") from None


def abilities(settings: Settings) -> dict[str, str]:
    """What the server can, for OPTIONS."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(settings.upload_bytes),
        "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
    }


def state(upload: Upload) -> dict[str, str]:
    """How far an upload is."""
    said = {"Tus-Resumable": VERSION, "Upload-Offset": str(upload.offset), "Upload-Length": str(upload.length)}
    return said if upload.is_whole else said | {"Upload-Expires": http_date(upload.expires_at)}


def described(upload: Upload) -> str:
    """Upload-Metadata as it was sent."""
    return ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in upload.metadata.items())


def http_date(moment: datetime) -> str:
    """A moment as HTTP writes it (RFC 9110, 5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
