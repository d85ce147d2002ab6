"""Names of contents: what a thing holds decides what it is called, so equal things are stored once."""

import hashlib
import re

from .errors import BadInput


def content_name(data: bytes, suffix: str, folder: str = "tiles") -> str:
    """The key for some content: a hash of its bytes, in one of 256 folders, since a city has 10⁵ tiles."""
    digest = hashlib.sha256(data).hexdigest()[:32]
    return f"{folder}/{digest[:2]}/{digest[2:]}{suffix}"


def require_name(option: str, name: str) -> None:
    """Raise `BadInput` for a name, given by `option`, that is none for a folder; empty is allowed."""
    if not re.fullmatch(r"[\w-]*", name):
        raise BadInput(f"{option} {name} is no name for a folder; use letters, digits and dashes.")
