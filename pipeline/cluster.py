"""Work spread over machines by Dask: the same calls, somewhere else (docs/decisions/points.md, "Clusters").

Dask is an extra: only `pool.workers` imports this module, and only when it is asked for.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, TypeVar

import distributed
from distributed.comm.core import CommClosedError

from tiles.errors import LimitExceeded, Problem

T = TypeVar("T")
Arguments = Sequence[tuple[Any, ...]]
_WAITING = 4
_ANSWER_S = 10


class Cluster:
    """Calls functions on the workers of a Dask scheduler, which share this machine's folders and this software."""

    def __init__(self, client: Any) -> None:
        """Use a connected client."""
        self._client = client

    def run(self, function: Callable[..., T], arguments: Arguments) -> Iterator[T]:
        """The results of `function` for each tuple of arguments, as they are done; a lost worker's are done again."""
        todo = iter(arguments)
        running: Any = distributed.as_completed(loop=self._client.loop)  # type: ignore[no-untyped-call]
        try:
            for each in islice(todo, _WAITING * max(len(self._client.nthreads()), 1)):
                running.add(self._client.submit(function, *each, pure=False))
            for future in running:
                yield future.result()
                future.release()
                for each in todo:
                    running.add(self._client.submit(function, *each, pure=False))
                    break
        except distributed.KilledWorker as error:
            raise LimitExceeded(
                "Dask's workers were ended again and again at the same work, most likely for want of memory; give them "
                "more and run the same command again to go on from here."
            ) from error
        except (distributed.client.FutureCancelledError, CommClosedError, asyncio.CancelledError) as error:
            raise LimitExceeded(
                "Dask's scheduler ended or cannot be reached any more; start one and run the same command again, to go "
                "on from here."
            ) from error
        finally:
            running.clear()


@contextmanager
def cluster(address: str) -> Iterator[Cluster]:
    """The cluster behind a scheduler's address, such as ``tcp://10.0.0.5:8786``; raises `Problem`."""
    try:
        client: Any = distributed.Client(address, timeout=_ANSWER_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise Problem(f"No Dask scheduler answers at {address}; start one with `dask scheduler`.") from error
    # What it logs of a lost connection is said in one sentence here.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        if not client.nthreads():
            raise Problem(f"The scheduler at {address} has no workers; start some with `dask worker {address}`.")
        yield Cluster(client)
    finally:
        with suppress(asyncio.CancelledError, OSError):  # how it takes leave of a scheduler that is gone already
            client.close()
