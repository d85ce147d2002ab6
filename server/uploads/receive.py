"""A body on its way into an upload: kept in parts as it comes, so that a broken link costs little."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect

from server.database.columns import now
from server.errors import Conflict
from server.platform import Platform
from tiles.errors import BadInput

from . import parts, rules, uploads
from .tus import Checksum, WrongChecksum
from .uploads import Part, Upload

SILENCE_S = 60.0
"""How long a client may send nothing in the middle of a body."""


@dataclass
class Receiver:
    """Takes in the bytes of one request."""

    platform: Platform
    upload: Upload
    checksum: Checksum | None
    _kept: list[Part] = field(default_factory=list)

    async def take(self, body: AsyncIterator[bytes]) -> Upload:
        """Keep a body's bytes; the upload as it is then.

        Without a checksum every part counts as soon as it is kept; with one, all or none of the request's bytes.
        Raises `BadInput` for more bytes than the file has, `WrongChecksum`, and `Conflict` when another one writes.
        """
        try:
            await self._take(body)
        except (BadInput, Conflict, WrongChecksum):
            # After any other failure, of the database say, nobody knows whether they count: they stay.
            await run_sync(parts.drop, self.platform.store, self._kept)
            raise
        return self.upload

    async def _take(self, body: AsyncIterator[bytes]) -> None:
        digest = self.checksum.begin() if self.checksum else None
        waiting, end = bytearray(), self.upload.offset
        async for piece in _while_it_comes(body):
            end += len(piece)
            if end > self.upload.length:
                await self._keep(waiting, is_last=not digest)
                raise BadInput(
                    f"More bytes come than the {self.upload.length:,} of Upload-Length; nothing beyond them is kept."
                )
            if digest:
                digest.update(piece)
            waiting += piece
            if len(waiting) >= parts.PART_BYTES:
                await self._keep(waiting)
        if digest and self.checksum and not hmac.compare_digest(digest.digest(), self.checksum.digest):
            raise WrongChecksum("The bytes that came are not those that were sent (Upload-Checksum); send them again.")
        await self._keep(waiting, is_last=True)

    async def _keep(self, waiting: bytearray, *, is_last: bool = False) -> None:
        if waiting:
            start = self._kept[-1].offset + self._kept[-1].length if self._kept else self.upload.offset
            self._kept.append(await run_sync(parts.keep, self.platform.store, self.upload.id, start, bytes(waiting)))
            waiting.clear()
        if self._kept and (is_last or not self.checksum):
            await run_sync(self._acknowledge)

    def _acknowledge(self) -> None:
        expires_at = rules.expiry(self.platform.settings, now())
        with self.platform.database.writing() as connection:
            uploads.acknowledge(connection, self.upload, self._kept, expires_at)
        end = self._kept[-1].offset + self._kept[-1].length
        self._kept = []
        self.upload = replace(self.upload, offset=end, expires_at=expires_at)


def require_offset(upload: Upload, offset: int) -> None:
    """Raise `Conflict` where a client goes on elsewhere than the upload is."""
    if upload.offset != offset:
        raise Conflict(
            f"The upload of {upload.file_name} is at {upload.offset:,} bytes, not at {offset:,}; go on from there."
        )


async def _while_it_comes(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces of a body until it ends, the link breaks, or it is silent for too long."""
    while True:
        try:
            async with asyncio.timeout(SILENCE_S):
                piece = await anext(body)
        except (StopAsyncIteration, ClientDisconnect, TimeoutError):
            return
        yield piece
