"""What may be uploaded, said before the first byte."""

import shutil
import unicodedata
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from pipeline.deliveries import Purpose, purpose
from pipeline.report import size
from server.database.schema import projects, uploads
from server.errors import TooMany
from server.plans.projects import Project
from server.platform import Platform
from server.settings import Settings
from tiles.errors import BadInput, LimitExceeded, OutputProblem

_NAME_LENGTH = 255
_SPARE_BYTES = 1 << 30


def expiry(settings: Settings, moment: datetime) -> datetime:
    """Until when an unfinished upload waits for its next byte, if the last one came at a moment."""
    return moment + timedelta(days=settings.upload_days)


def require_room(connection: Connection, platform: Platform, project: Project, length: int) -> None:
    """Raise `LimitExceeded`, `TooMany` or `OutputProblem` where a file of this length cannot come in now."""
    settings = platform.settings
    if length > settings.upload_bytes:
        raise LimitExceeded(
            f"The file has {size(length)}, and {size(settings.upload_bytes)} is the most; make it smaller."
        )
    used = used_bytes(connection, project.municipality_id)
    if used + length > settings.quota_bytes:
        raise LimitExceeded(
            f"The file has {size(length)}, and of the {size(settings.quota_bytes)} for uploads of this municipality "
            f"{size(max(settings.quota_bytes - used, 0))} are left; remove old uploads or ask the administrator for "
            "more."
        )
    unfinished = select(func.count()).where(uploads.c.project_id == project.id, uploads.c.completed_at.is_(None))
    if (count := connection.scalar(unfinished) or 0) >= settings.open_uploads:
        raise TooMany(f"{count} uploads of this project are unfinished; finish or remove some of them first.")
    free = shutil.disk_usage(settings.home).free
    # Its parts, and the whole that they become.
    if not settings.store_url and free < 2 * length + _SPARE_BYTES:
        raise OutputProblem(
            f"The server has {size(free)} left on its disk, too little for {size(length)}; free some space."
        )


def used_bytes(connection: Connection, municipality_id: str) -> int:
    """What the uploads of a municipality take, with what unfinished ones will."""
    total = select(func.sum(uploads.c.length)).join(projects).where(projects.c.municipality_id == municipality_id)
    return int(connection.scalar(total) or 0)


def file_name(given: str) -> tuple[str, Purpose]:
    """The plain name of a file, and what it is for; raises `BadInput` for one that is no name of a file of use.

    Browsers may send a path; what leads to a folder is left out, for the name becomes that of a file later.
    """
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rsplit("/", 1)[-1].strip()
    if not name or name.startswith(".") or not name.isprintable() or len(name.encode()) > _NAME_LENGTH:
        raise BadInput(
            f"{given[:100]!r} is no name of a file; give one such as plan.ifc in Upload-Metadata (filename)."
        )
    return name, purpose(name)
