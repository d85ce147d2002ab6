"""Tiles in an object store: S3 and what speaks like it, Google's or Azure's, by URL (obstore).

Credentials and the address of an own server come from the environment, by the names their makers chose:
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL (with AWS_ALLOW_HTTP=true for one without TLS).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import from_url

from .errors import BadInput, NotFound, OutputProblem
from .store import seen

if TYPE_CHECKING:
    from obstore.store import RetryConfig

SCHEMES = ("s3://", "s3a://", "gs://", "az://", "abfs://", "abfss://")
_MEDIA_TYPES = {".json": "application/json", ".glb": "model/gltf-binary", ".subtree": "application/octet-stream"}


_RETRY: "RetryConfig" = {"max_retries": 10, "retry_timeout": timedelta(minutes=3)}
"""A store that is away for a moment does not end a run of hours."""


@dataclass(frozen=True)
class Bucket:
    """A store whose keys are objects below a URL, such as ``s3://bucket/city``."""

    url: str

    def get(self, key: str) -> bytes:
        """The bytes under `key`, or `NotFound`."""
        try:
            return bytes(obstore.get(_opened(self.url), key).bytes())
        except (NotFoundError, FileNotFoundError):
            raise NotFound(f"There is no {key} in {self.url}.") from None
        except BaseError as error:
            raise _away(self.url, error) from error

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`; raises `OutputProblem` where the store does not take it."""
        media_type = next((kind for suffix, kind in _MEDIA_TYPES.items() if key.endswith(suffix)), None)
        attributes = {"Content-Type": media_type} if media_type else None
        try:
            obstore.put(_opened(self.url), key, data, attributes=attributes)
        except (BaseError, OSError) as error:
            raise _away(self.url, error) from error

    def put_pieces(self, key: str, pieces: Iterable[bytes]) -> None:
        """Keep pieces one after another under `key`, sent in parts; raises what `put` raises."""
        # A writer of its own, not `put` of an iterator: that would run the pieces' own reading within its runtime.
        try:
            writer = obstore.open_writer(_opened(self.url), key)
            for piece in pieces:
                writer.write(piece)
            writer.close()
        except (BaseError, OSError) as error:
            raise _away(self.url, error) from error

    def size(self, key: str) -> int:
        """How many bytes are under `key`, or `NotFound`."""
        try:
            return int(obstore.head(_opened(self.url), key)["size"])
        except (NotFoundError, FileNotFoundError):
            raise NotFound(f"There is no {key} in {self.url}.") from None
        except BaseError as error:
            raise _away(self.url, error) from error

    def keys(self, under: str = "") -> Iterator[str]:
        """Every key in a folder but the hidden ones."""
        try:
            for page in obstore.list(_opened(self.url), prefix=under or None):
                yield from (found["path"] for found in page if seen(found["path"][len(under) :].lstrip("/")))
        except BaseError as error:
            raise _away(self.url, error) from error

    def remove(self, keys: Iterable[str]) -> None:
        """Remove objects."""
        for key in keys:
            try:
                obstore.delete(_opened(self.url), key)
            except (NotFoundError, FileNotFoundError):
                continue
            except BaseError as error:
                raise _away(self.url, error) from error


@cache
def _opened(url: str) -> Any:
    try:
        return from_url(url, retry_config=_RETRY)
    except (BaseError, ValueError) as error:
        raise BadInput(f"{url} cannot be opened: {_first_line(error)}; write for example s3://bucket/city.") from error


def _away(url: str, error: Exception) -> OutputProblem:
    return OutputProblem(
        f"{url} cannot be reached or written: {_first_line(error)}; check its address, credentials and network, then "
        "run the same command again."
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
