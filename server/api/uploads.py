"""Uploads over HTTP: tus 1.0, and what people and programs want to know of them as JSON.

tus has its own media type, headers and a status of its own (460), which the API Design Rules do not foresee;
docs/api.md says why it is used all the same.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import JSONResponse

from pipeline.deliveries import ACCEPTED, Purpose
from server import problems
from server.accounts.actor import Right
from server.plans import projects
from server.platform import Platform
from server.uploads import parts, receive, rules, tus, uploads
from tiles.errors import BadInput

from . import PREFIX
from .asking import Asking, Installation, Reading
from .description import failures
from .projects import ProjectId
from .schemas import Answer

_GUARDED = failures(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_WRITING = failures(
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.CONFLICT,
    HTTPStatus.GONE,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.TOO_MANY_REQUESTS,
)
_CHECKSUM_MISMATCH = 460
UploadId = Annotated[str, PathParameter(alias="uploadId", description="The upload's id.")]

router = APIRouter(tags=["uploads"])


class Upload(Answer):
    """A file on its way in, or arrived."""

    id: str
    project_id: str
    file_name: str
    purpose: Purpose
    length: int
    offset: int
    """How many bytes are kept."""
    sha256: str | None
    """Of the whole file, once it has arrived."""
    created_at: datetime
    expires_at: datetime


class Uploads(Answer):
    """The uploads of a project."""

    uploads: list[Upload]


class Limits(Answer):
    """What may be uploaded to a project now."""

    most_bytes: int
    quota_bytes: int
    used_bytes: int
    accepted: list[str]
    """Suffixes of files."""


@router.get("/projects/{projectId}/uploads", responses=_GUARDED, operation_id="listUploads")
def list_uploads(project_id: ProjectId, asking: Asking, reading: Reading) -> Uploads:
    """The uploads of a project, newest first."""
    return Uploads(uploads=[Upload.model_validate(each) for each in uploads.listed(reading, asking, project_id)])


@router.get("/projects/{projectId}/upload-limits", responses=_GUARDED, operation_id="getUploadLimits")
def get_limits(project_id: ProjectId, asking: Asking, reading: Reading, platform: Installation) -> Limits:
    """What may be uploaded, to know before a file is sent."""
    project = projects.get(reading, asking, project_id)
    return Limits(
        most_bytes=platform.settings.upload_bytes,
        quota_bytes=platform.settings.quota_bytes,
        used_bytes=rules.used_bytes(reading, project.municipality_id),
        accepted=list(ACCEPTED),
    )


@router.options("/projects/{projectId}/uploads", operation_id="getUploadAbilities", status_code=HTTPStatus.NO_CONTENT)
def abilities(platform: Installation) -> Response:
    """What the server can of tus."""
    return Response(None, HTTPStatus.NO_CONTENT, tus.abilities(platform.settings))


@router.post(
    "/projects/{projectId}/uploads", responses=_WRITING, operation_id="createUpload", status_code=HTTPStatus.CREATED
)
async def create_upload(project_id: ProjectId, request: Request, asking: Asking, platform: Installation) -> Response:
    """Begin an upload (tus, creation); the first bytes may come along (creation-with-upload)."""
    tus.require_version(request.headers)
    asked = tus.length(request.headers), tus.metadata(request.headers)

    def create() -> uploads.Upload:
        with platform.database.writing() as connection:
            return uploads.create(connection, platform, asking, project_id, asked)

    upload = await run_sync(create)
    if request.headers.get("content-length", "0") != "0":
        tus.require_media_type(request.headers)
        upload = await _receive(request, platform, upload)
    headers = tus.state(upload) | {"Location": f"{PREFIX}/uploads/{upload.id}"}
    return Response(None, HTTPStatus.CREATED, headers)


@router.get("/uploads/{uploadId}", responses=_GUARDED, operation_id="getUpload")
def get_upload(upload_id: UploadId, asking: Asking, reading: Reading) -> Upload:
    """One upload."""
    return Upload.model_validate(uploads.get(reading, asking, upload_id))


@router.head("/uploads/{uploadId}", responses=_WRITING, operation_id="getUploadOffset")
def get_offset(upload_id: UploadId, request: Request, asking: Asking, platform: Installation) -> Response:
    """How far an upload is (tus, core protocol)."""
    tus.require_version(request.headers)
    with platform.database.reading() as connection:
        upload = uploads.get(connection, asking, upload_id, Right.EDIT)
    if upload.is_whole:
        parts.whole(platform, upload)  # a crash may have come between its last byte and this
    headers = tus.state(upload) | {"Cache-Control": "no-store"}
    metadata = tus.described(upload)
    return Response(headers=headers | ({"Upload-Metadata": metadata} if metadata else {}))


@router.patch(
    "/uploads/{uploadId}", responses=_WRITING, operation_id="appendToUpload", status_code=HTTPStatus.NO_CONTENT
)
async def append(upload_id: UploadId, request: Request, asking: Asking, platform: Installation) -> Response:
    """Send the next bytes (tus, core protocol): they are on disk when this is answered."""
    tus.require_version(request.headers)
    tus.require_media_type(request.headers)
    offset = tus.whole_number(request.headers, "Upload-Offset")

    def find() -> uploads.Upload:
        with platform.database.reading() as connection:
            return uploads.get(connection, asking, upload_id, Right.EDIT)

    upload = await run_sync(find)
    receive.require_offset(upload, offset)
    try:
        upload = await _receive(request, platform, upload)
    except tus.WrongChecksum as problem:
        said = problems.details(HTTPStatus.BAD_REQUEST, str(problem))
        said |= {"status": _CHECKSUM_MISMATCH, "title": "Checksum Mismatch"}
        return JSONResponse(said, _CHECKSUM_MISMATCH, media_type=problems.MEDIA_TYPE)
    return Response(None, HTTPStatus.NO_CONTENT, tus.state(upload))


@router.post(
    "/uploads/{uploadId}", responses=_WRITING, operation_id="tunnelToUpload", status_code=HTTPStatus.NO_CONTENT
)
async def tunnel(upload_id: UploadId, request: Request, asking: Asking, platform: Installation) -> Response:
    """PATCH or DELETE where a proxy on the way lets neither through (tus: X-HTTP-Method-Override)."""
    match request.headers.get("x-http-method-override", "").upper():
        case "PATCH":
            return await append(upload_id, request, asking, platform)
        case "DELETE":
            await run_sync(terminate, upload_id, request, asking, platform)
            return Response(None, HTTPStatus.NO_CONTENT)
        case said:
            raise BadInput(f"X-HTTP-Method-Override is {said[:20]!r}; say PATCH or DELETE.")


@router.delete(
    "/uploads/{uploadId}", responses=_WRITING, operation_id="deleteUpload", status_code=HTTPStatus.NO_CONTENT
)
def terminate(upload_id: UploadId, request: Request, asking: Asking, platform: Installation) -> None:
    """Forget an upload and all its bytes (tus, termination)."""
    if "tus-resumable" in request.headers:
        tus.require_version(request.headers)
    parts.terminate(platform, asking, upload_id)


async def _receive(request: Request, platform: Platform, upload: uploads.Upload) -> uploads.Upload:
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > upload.length - upload.offset:
        raise BadInput(
            f"{int(said):,} bytes are more than the {upload.length - upload.offset:,} that {upload.file_name} lacks; "
            "nothing of them is kept."
        )
    checksum = tus.checksum(request.headers)
    upload = await receive.Receiver(platform, upload, checksum).take(aiter(request.stream()))
    if upload.is_whole:
        await run_sync(parts.whole, platform, upload)
    return upload
