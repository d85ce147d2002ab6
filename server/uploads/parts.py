"""Bytes of uploads in the store: parts as they come, and the whole file that they become."""

import hashlib
from collections.abc import Iterator, Sequence
from secrets import token_hex

from server.accounts.actor import Actor, Right
from server.errors import Away
from server.platform import Platform
from tiles.errors import NotFound
from tiles.store import Store

from . import uploads
from .uploads import Part, Upload

PART_BYTES = 4 << 20
_FOLDER = "incoming"
_WHOLE = "uploads"


def keep(store: Store, upload_id: str, offset: int, data: bytes) -> Part:
    """Keep some bytes, under a key that no other writer has; they count once `uploads.acknowledge` says so."""
    part = Part(offset, len(data), f"{_FOLDER}/{upload_id}/{offset:014d}-{token_hex(4)}")
    store.put(part.key, data)
    return part


def drop(store: Store, parts: Sequence[Part]) -> None:
    """Forget parts that were not acknowledged."""
    store.remove([part.key for part in parts])


def key(sha256: str) -> str:
    """Where a whole file is kept."""
    return f"{_WHOLE}/{sha256}"


def whole(platform: Platform, upload: Upload) -> str:
    """Make one file of all parts, once; its SHA-256.

    It may be begun by several at once, and again after a crash: each makes the same file, and parts go last.
    """
    if upload.sha256:
        return upload.sha256
    with platform.database.reading() as connection:
        parts = uploads.parts_of(connection, upload.id)
    if sum(part.length for part in parts) != upload.length:
        return _finished_by_another(platform, upload)
    try:
        sha256 = _assembled(platform.store, parts)
    except NotFound:
        return _finished_by_another(platform, upload)
    with platform.database.writing() as connection:
        platform.database.alone(connection, sha256)
        if not _has(platform.store, key(sha256), upload.length):
            raise Away(
                f"The file {upload.file_name} was removed by another one at this moment; send the last part again."
            )
        uploads.complete(connection, upload.id, sha256)
    clear(platform.store, upload.id)
    return sha256


def terminate(platform: Platform, actor: Actor, upload_id: str) -> None:
    """Forget an upload with all its bytes; raises `Conflict` where a model was made of it."""
    with platform.database.writing() as connection:
        sha256 = uploads.get(connection, actor, upload_id, Right.EDIT).sha256
        if sha256:
            platform.database.alone(connection, sha256)
        uploads.terminate(connection, actor, upload_id)
        if sha256 and not uploads.is_used(connection, sha256):
            platform.store.remove([key(sha256)])
    clear(platform.store, upload_id)


def clear(store: Store, upload_id: str) -> None:
    """Remove all parts of an upload, those that never counted too."""
    store.remove(list(store.keys(f"{_FOLDER}/{upload_id}")))


def sweep(platform: Platform) -> int:
    """Forget uploads that waited too long, and parts that a crash left behind; how many uploads."""
    with platform.database.writing() as connection:
        late = uploads.expired(connection)
    kept = {found.split("/")[1] for found in platform.store.keys(_FOLDER)}
    with platform.database.reading() as connection:
        needed = uploads.unfinished(connection)
    for upload_id in kept - needed:
        clear(platform.store, upload_id)
    return len(late)


def _assembled(store: Store, parts: Sequence[Part]) -> str:
    digest = hashlib.sha256()
    for piece in _read(store, parts):
        digest.update(piece)
    sha256 = digest.hexdigest()
    if not _has(store, key(sha256), sum(part.length for part in parts)):  # others may have uploaded the same
        store.put_pieces(key(sha256), _read(store, parts))
    return sha256


def _read(store: Store, parts: Sequence[Part]) -> Iterator[bytes]:
    return (store.get(part.key) for part in parts)


def _has(store: Store, wanted: str, length: int) -> bool:
    try:
        return store.size(wanted) == length
    except NotFound:
        return False


def _finished_by_another(platform: Platform, upload: Upload) -> str:
    with platform.database.reading() as connection:
        sha256 = uploads.sha256_of(connection, upload.id)
    if sha256 is None:
        raise NotFound(f"Parts of the upload of {upload.file_name} are gone; upload it again from the start.")
    return sha256
