"""Projects: one plan for one place, under one name, through all its versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, select, update

from server.accounts.actor import Actor, Right
from server.database import ids
from server.database.columns import now
from server.database.schema import projects
from tiles.errors import NotFound


class Status(StrEnum):
    """How far a plan is; always shown with its picture."""

    SKETCH = "sketch"
    DESIGN = "design"
    PERMITTED = "permitted"


@dataclass(frozen=True)
class Described:
    """What a planner says of a project."""

    name: str
    description: str = ""
    status: Status = Status.SKETCH


@dataclass(frozen=True)
class Project:
    """A project as it is kept."""

    id: str
    municipality_id: str
    described: Described
    current_publication: str | None
    created_at: datetime
    changed_at: datetime
    archived_at: datetime | None


def create(connection: Connection, actor: Actor, municipality_id: str, described: Described) -> Project:
    """A new project; raises `NotSignedIn`, `Forbidden` or `NotFound`."""
    actor.require(Right.EDIT, municipality_id, f"municipality {municipality_id!r}")
    moment = now()
    project = Project(ids.new(), municipality_id, described, None, moment, moment, None)
    connection.execute(
        projects.insert().values(
            id=project.id,
            municipality_id=municipality_id,
            created_at=moment,
            changed_at=moment,
            **_columns(described),
        )
    )
    return project


def listed(connection: Connection, actor: Actor, municipality_id: str) -> Sequence[Project]:
    """All projects of a municipality that are not archived, newest first."""
    actor.require(Right.SEE, municipality_id, f"municipality {municipality_id!r}")
    wanted = select(projects).where(projects.c.municipality_id == municipality_id, projects.c.archived_at.is_(None))
    return [_project(row) for row in connection.execute(wanted.order_by(projects.c.created_at.desc(), projects.c.id))]


def get(connection: Connection, actor: Actor, project_id: str, right: Right = Right.SEE) -> Project:
    """One project, for someone with a right in its municipality; what hangs on it (models, variants) is asked for so.

    Raises `NotFound` for strangers of the municipality too, so that nobody learns what exists elsewhere.
    """
    row = connection.execute(select(projects).where(projects.c.id == project_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no project {project_id!r}.")
    actor.require(right, row.municipality_id, f"project {project_id!r}")
    return _project(row)


def describe(connection: Connection, actor: Actor, project_id: str, described: Described) -> Project:
    """Change what is said of a project."""
    get(connection, actor, project_id, Right.EDIT)
    changed = update(projects).where(projects.c.id == project_id)
    connection.execute(changed.values(changed_at=now(), **_columns(described)))
    return get(connection, actor, project_id)


def archive(connection: Connection, actor: Actor, project_id: str) -> None:
    """Take a project out of the lists; what was published of it stays."""
    get(connection, actor, project_id, Right.EDIT)
    moment = now()
    changed = update(projects).where(projects.c.id == project_id)
    connection.execute(changed.values(archived_at=moment, changed_at=moment))


def _columns(described: Described) -> dict[str, str]:
    return {"name": described.name, "description": described.description, "status": described.status.value}


def _project(row: Row[tuple[object, ...]]) -> Project:
    described = Described(row.name, row.description, Status(row.status))
    times = (row.created_at, row.changed_at, row.archived_at)
    return Project(row.id, row.municipality_id, described, row.current_publication, *times)
