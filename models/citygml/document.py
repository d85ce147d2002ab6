"""CityGML as a stream of its members, read so that no file can harm: no DTD, no entities, no network, bounded texts."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from models.model import Progress
from tiles.errors import BadInput

Node = Any
"""An lxml element, which has no types."""

_CHUNK = 1 << 20
_MEMBERS = ("cityObjectMember", "featureMember", "appearanceMember")
_ROOT, _ENVELOPE = "CityModel", "Envelope"
_VERSION = re.compile(r"http://www\.opengis\.net/citygml/(?:\w+/)?(\d\.\d)$")
_UNSEEN = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_FIRST_TAG = re.compile(r"<([A-Za-z_][^\s/>]*)")


@dataclass(frozen=True)
class Head:
    """What a file says of itself before its members."""

    version: str
    """Such as ``2.0``; empty where no namespace tells."""
    description: str
    srs_name: str
    """Of the envelope around everything; empty where there is none."""


def local(node: Node) -> str:
    """An element's name without its namespace; empty for what is none."""
    tag = node.tag
    return _without_space(tag) if isinstance(tag, str) else ""


@lru_cache(4096)
def _without_space(tag: str) -> str:
    return tag.rpartition("}")[2]


def attribute(node: Node, name: str) -> str:
    """An attribute by its name without namespace, such as ``href`` or ``id``; empty where it is not there."""
    for key, value in node.items():
        if _without_space(key) == name:
            return str(value)
    return ""


def text_of(node: Node) -> str:
    """An element's own text without the space around it."""
    return (node.text or "").strip()


def members(path: Path, heard: Callable[[Head], None], progress: Progress) -> Iterator[Node]:
    """Each member's element, one after another; it is forgotten when the next is asked for.

    `heard` is told what the file says of itself, before the first member and again once all is read. Raises `BadInput`.
    """
    try:
        with path.open("rb") as file:
            yield from _members(_chunks(file, path, progress), path.name, heard)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except etree.XMLSyntaxError as error:
        said = " ".join((error.msg or "it is empty").replace(", try XML_PARSE_HUGE", "").split())
        raise BadInput(f"{path.name} is not XML that can be read: {said[:200]}.") from error


def _chunks(file: Any, path: Path, progress: Progress) -> Iterator[bytes]:
    size = path.stat().st_size
    while chunk := file.read(_CHUNK):
        if file.tell() == len(chunk):
            _require_safe_start(chunk, path.name)
        yield chunk
        progress(file.tell(), size)


def _require_safe_start(start: bytes, name: str) -> None:
    """Raise `BadInput` where a document type stands before the first tag, or that is another's; in any encoding.

    The parser would notice both too late: once it has read a document type, or all of a large file.
    """
    prolog = _UNSEEN.sub("", start.replace(b"\0", b"").decode("latin-1"))
    tag = _FIRST_TAG.search(prolog)
    if "<!DOCTYPE" in (prolog[: tag.start()] if tag else prolog):
        raise BadInput(_has_dtd(name))
    if tag and tag[1].rpartition(":")[2] != _ROOT:
        raise BadInput(_is_other(name, tag[1]))


def _is_other(name: str, root: str) -> str:
    return f"{name} is XML but no CityGML: it holds a {root.rpartition(':')[2][:60]!r}, not a {_ROOT}."


def _has_dtd(name: str) -> str:
    return f"{name} declares a document type (DTD), which may hold entities that grow without end; export it without."


def _members(chunks: Iterator[bytes], name: str, heard: Callable[[Head], None]) -> Iterator[Node]:
    parser = etree.XMLPullParser(
        events=("end",),
        tag=[f"{{*}}{tag}" for tag in (*_MEMBERS, _ENVELOPE, _ROOT)],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    first = True
    for chunk in chunks:
        parser.feed(chunk)
        for _, node in parser.read_events():
            if first:
                _require_city(node, name)
            first = False
            if local(node) in _MEMBERS:
                heard(_head(node))
                yield node
                _forget(node)
    root = parser.close()
    if first:
        _require_city(root, name)


def _require_city(node: Node, name: str) -> None:
    tree = node.getroottree()
    if tree.docinfo.internalDTD is not None:
        raise BadInput(_has_dtd(name))
    root = tree.getroot()
    if local(root) != _ROOT:
        raise BadInput(_is_other(name, local(root)))


def _head(node: Node) -> Head:
    root = node.getroottree().getroot()
    versions = [found[1] for url in root.nsmap.values() if (found := _VERSION.match(str(url)))]
    description = next((text_of(child) for child in root if local(child) == "description"), "")
    around = (child for parent in root if local(parent) == "boundedBy" for child in parent if local(child) == _ENVELOPE)
    return Head(max(versions, default=""), description, next((attribute(each, "srsName") for each in around), ""))


def _forget(node: Node) -> None:
    """Free a member and what stood before it; its parent keeps what the head is read from."""
    node.clear(keep_tail=False)
    parent = node.getparent()
    while (before := node.getprevious()) is not None and local(before) in _MEMBERS:
        parent.remove(before)
