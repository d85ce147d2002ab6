"""Projects over HTTP."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as PathParameter
from pydantic import Field

from server.plans import projects
from server.plans.projects import Described, Status

from .asking import Asking, Reading, Writing
from .description import failures
from .schemas import Answer, Asked

_GUARDED = failures(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
MunicipalityId = Annotated[str, PathParameter(alias="municipalityId", description="The municipality's id.")]
ProjectId = Annotated[str, PathParameter(alias="projectId", description="The project's id.")]

router = APIRouter(tags=["projects"])


class ProjectDescription(Asked):
    """What a planner says of a project."""

    name: str = Field(min_length=1, max_length=200, examples=["Havenkwartier"])
    description: str = Field(default="", max_length=10_000)
    status: Status = Status.SKETCH

    def said(self) -> Described:
        """The same, as the domain knows it."""
        return Described(self.name, self.description, self.status)


class Project(Answer):
    """A project."""

    id: str
    municipality_id: str
    name: str
    description: str
    status: Status
    current_publication: str | None
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, project: projects.Project) -> "Project":
        """The answer about a project."""
        said = project.described
        return cls(
            id=project.id,
            municipality_id=project.municipality_id,
            name=said.name,
            description=said.description,
            status=said.status,
            current_publication=project.current_publication,
            created_at=project.created_at,
            changed_at=project.changed_at,
        )


class Projects(Answer):
    """The projects of a municipality."""

    projects: list[Project]


@router.get("/municipalities/{municipalityId}/projects", responses=_GUARDED, operation_id="listProjects")
def list_projects(municipality_id: MunicipalityId, asking: Asking, reading: Reading) -> Projects:
    """The projects of a municipality, newest first."""
    found = projects.listed(reading, asking, municipality_id)
    return Projects(projects=[Project.of(each) for each in found])


@router.post(
    "/municipalities/{municipalityId}/projects",
    responses=_GUARDED,
    operation_id="createProject",
    status_code=HTTPStatus.CREATED,
)
def create_project(
    municipality_id: MunicipalityId, body: ProjectDescription, asking: Asking, writing: Writing
) -> Project:
    """Begin a project."""
    return Project.of(projects.create(writing, asking, municipality_id, body.said()))


@router.get("/projects/{projectId}", responses=_GUARDED, operation_id="getProject")
def get_project(project_id: ProjectId, asking: Asking, reading: Reading) -> Project:
    """One project."""
    return Project.of(projects.get(reading, asking, project_id))


@router.put("/projects/{projectId}", responses=_GUARDED, operation_id="describeProject")
def describe_project(project_id: ProjectId, body: ProjectDescription, asking: Asking, writing: Writing) -> Project:
    """Change what is said of a project."""
    return Project.of(projects.describe(writing, asking, project_id, body.said()))


@router.delete(
    "/projects/{projectId}", responses=_GUARDED, operation_id="archiveProject", status_code=HTTPStatus.NO_CONTENT
)
def archive_project(project_id: ProjectId, asking: Asking, writing: Writing) -> None:
    """Take a project out of the lists; what was published of it stays."""
    projects.archive(writing, asking, project_id)
