"""Collections of features, asked for by box and page by page (OGC API Features 1.0, sections 7.14 and 7.15)."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .job import Job
from .pieces import Pieces
from .web import Passing, SourceAway, host, joined, parsed

Check = Callable[[Mapping[str, str], dict[str, Any], str], None]
"""Takes the head of an answer, its document and its address; raises `SourceAway` for one that is of no use."""


@dataclass(frozen=True)
class Page:
    """One answer with features."""

    address: str
    document: dict[str, Any]

    @property
    def features(self) -> list[dict[str, Any]]:
        """Its features, as they came."""
        return list(self.document["features"])

    @property
    def matched(self) -> int | None:
        """How many there are on all pages, as far as the source says."""
        return _number(self.document.get("numberMatched"))

    @property
    def next(self) -> str | None:
        """The address of the next page."""
        for link in self.document.get("links") or ():
            if isinstance(link, dict) and link.get("rel") == "next" and link.get("href"):
                return joined(self.address, str(link["href"]))
        return None


def pages(job: Job, kept: Pieces, first: str, check: Check) -> Iterator[Page]:
    """All pages from `first` on; those that were kept are not asked for again. Raises `SourceAway`."""
    address: str | None = first
    seen: set[str] = set()
    while address is not None:
        if address in seen:
            raise SourceAway(f"{host(address)} links from its last page back to {address}.")
        seen.add(address)
        page = _page(job, kept, address, check)
        yield page
        address = page.next


def _page(job: Job, kept: Pieces, address: str, check: Check) -> Page:
    piece = kept.get(address)
    if piece is not None:
        return Page(address, json.loads(piece.body))

    def understood(response: Any, body: bytes) -> tuple[dict[str, Any], bytes]:
        document = parsed(body, address)
        check(response.headers, document, address)
        features = document.get("features")
        if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
            raise Passing(f"{host(address)} sent no collection of features.")
        return document, body

    document, body = job.web.get(address, understood, accept="application/geo+json, application/json")
    kept.put(address, body)
    return Page(address, document)


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
