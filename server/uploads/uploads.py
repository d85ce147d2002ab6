"""Uploads as rows: how far each has come, and who may go on with it.

An upload's `offset` grows by a comparison and exchange, in one transaction with the rows of the parts it counts. So
of two that write at once one is refused, what was acknowledged is kept, and what was not acknowledged is not used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from pipeline.deliveries import Purpose
from server.accounts.actor import Actor, Right
from server.database import ids
from server.database.columns import now
from server.database.schema import model_versions, upload_parts, uploads
from server.errors import Conflict, Gone
from server.plans import projects
from server.platform import Platform
from tiles.errors import NotFound

from . import rules


@dataclass(frozen=True)
class Upload:
    """A file on its way in, or arrived."""

    id: str
    project_id: str
    file_name: str
    purpose: Purpose
    length: int
    offset: int
    metadata: Mapping[str, str]
    sha256: str | None
    """Of its content, once it is whole."""
    created_at: datetime
    expires_at: datetime

    @property
    def is_whole(self) -> bool:
        """Whether every byte has come."""
        return self.offset == self.length


@dataclass(frozen=True)
class Part:
    """Some bytes of an upload that are kept already."""

    offset: int
    length: int
    key: str


def create(
    connection: Connection, platform: Platform, actor: Actor, project_id: str, asked: tuple[int, Mapping[str, str]]
) -> Upload:
    """A new upload of so many bytes, described so; raises what `rules` raises."""
    project = projects.get(connection, actor, project_id, Right.EDIT)
    length, metadata = asked
    name, purpose = rules.file_name(metadata.get("filename", ""))
    rules.require_room(connection, platform, project, length)
    moment = now()
    expires_at = rules.expiry(platform.settings, moment)
    upload = Upload(ids.new(), project_id, name, purpose, length, 0, metadata, None, moment, expires_at)
    row: dict[str, object] = {
        "id": upload.id,
        "project_id": project_id,
        "account_id": actor.account_id,
        "file_name": name,
    }
    row |= {"purpose": purpose.value, "length": length, "offset": 0, "metadata": dict(metadata)}
    connection.execute(insert(uploads).values(**row, created_at=moment, expires_at=expires_at))
    return upload


def get(connection: Connection, actor: Actor, upload_id: str, right: Right = Right.SEE) -> Upload:
    """One upload; raises `NotFound`, and `Gone` where it waited too long for its next byte."""
    row = connection.execute(select(uploads).where(uploads.c.id == upload_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no upload {upload_id!r}.")
    projects.get(connection, actor, row.project_id, right)
    upload = _upload(row)
    if not upload.is_whole and upload.expires_at < now():
        raise Gone(f"The upload of {upload.file_name} waited too long and expired; upload it again from the start.")
    return upload


def listed(connection: Connection, actor: Actor, project_id: str) -> Sequence[Upload]:
    """The uploads of a project, newest first."""
    projects.get(connection, actor, project_id)
    wanted = select(uploads).where(uploads.c.project_id == project_id)
    return [_upload(row) for row in connection.execute(wanted.order_by(uploads.c.created_at.desc(), uploads.c.id))]


def acknowledge(connection: Connection, upload: Upload, parts: Sequence[Part], expires_at: datetime) -> None:
    """Count parts that are kept; raises `Conflict` where another writer was first."""
    start, end = parts[0].offset, parts[-1].offset + parts[-1].length
    moved = (
        update(uploads)
        .where(uploads.c.id == upload.id, uploads.c.offset == start, uploads.c.sha256.is_(None))
        .values(offset=end, expires_at=expires_at)
    )
    if connection.execute(moved).rowcount != 1:
        raise Conflict(
            f"Another one writes to the upload of {upload.file_name}; ask for its offset and go on from there."
        )
    rows = [{"upload_id": upload.id, "offset": part.offset, "length": part.length, "key": part.key} for part in parts]
    connection.execute(insert(upload_parts), rows)


def parts_of(connection: Connection, upload_id: str) -> Sequence[Part]:
    """The parts of an upload in their order."""
    wanted = select(upload_parts).where(upload_parts.c.upload_id == upload_id).order_by(upload_parts.c.offset)
    return [Part(row.offset, row.length, row.key) for row in connection.execute(wanted)]


def sha256_of(connection: Connection, upload_id: str) -> str | None:
    """The hash of an upload that has become one file."""
    found: str | None = connection.scalar(select(uploads.c.sha256).where(uploads.c.id == upload_id))
    return found


def complete(connection: Connection, upload_id: str, sha256: str) -> None:
    """The upload is one file now; its parts are not needed any more."""
    done = update(uploads).where(uploads.c.id == upload_id, uploads.c.sha256.is_(None))
    connection.execute(done.values(sha256=sha256, completed_at=now()))
    connection.execute(delete(upload_parts).where(upload_parts.c.upload_id == upload_id))


def terminate(connection: Connection, actor: Actor, upload_id: str) -> None:
    """Forget an upload; raises `Conflict` where a model was made of it."""
    upload = get(connection, actor, upload_id, Right.EDIT)
    if connection.scalar(select(func.count()).where(model_versions.c.upload_id == upload_id)):
        raise Conflict(f"{upload.file_name} is a version of a model; it is kept as long as that model is.")
    connection.execute(delete(uploads).where(uploads.c.id == upload_id))  # and the rows of its parts with it


def is_used(connection: Connection, sha256: str) -> bool:
    """Whether any upload is of this content."""
    return bool(connection.scalar(select(func.count()).where(uploads.c.sha256 == sha256)))


def expired(connection: Connection) -> Sequence[str]:
    """Forget unfinished uploads that waited too long; their ids."""
    late = select(uploads.c.id).where(uploads.c.offset < uploads.c.length, uploads.c.expires_at < now())
    found = list(connection.scalars(late))
    connection.execute(delete(uploads).where(uploads.c.id.in_(found)))
    return found


def unfinished(connection: Connection) -> set[str]:
    """The ids of uploads whose parts are still needed."""
    return set(connection.scalars(select(uploads.c.id).where(uploads.c.sha256.is_(None))))


def _upload(row: Row[tuple[object, ...]]) -> Upload:
    about = (row.id, row.project_id, row.file_name, Purpose(row.purpose))
    return Upload(*about, row.length, row.offset, row.metadata, row.sha256, row.created_at, row.expires_at)
