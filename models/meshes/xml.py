"""XML from strangers: no document type, no entities, nothing fetched.

A document type is refused before the parser sees the file, since entities in attributes are expanded whatever is asked
of libxml2, and texts of a hundred megabytes need its limits lifted.
"""

import re
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from tiles.errors import BadInput

_ENCODINGS = ("utf-8", "utf8", "ascii", "us-ascii", "iso-8859-1", "iso-8859-15", "latin-1", "windows-1252", "cp1252")
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["'][^>]*?\?>""")
_TYPED = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def parse(data: bytes, name: str) -> Any:
    """The root element of a document; raises `BadInput`."""
    data = _readable(data, name)
    if _TYPED.search(data):
        raise BadInput(f"{name} declares a document type or entities, which are not read from strangers; remove them.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadInput(f"{name} is not XML that can be read: {' '.join(str(error).split()).rstrip('.')}.") from error
    if root is None:
        raise BadInput(f"{name} is an empty XML document.")
    return root


def _readable(data: bytes, name: str) -> bytes:
    """The document in an encoding whose letters are ASCII's, so that what is looked for in it can be found."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        try:
            data = data.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            raise BadInput(f"{name} is not UTF-16 text: {error}.") from error
        return _DECLARED.sub(b"", data, count=1)
    data = data.removeprefix(b"\xef\xbb\xbf")
    declared = _DECLARED.match(data[:400])
    if declared is not None and declared[1].decode("latin-1").lower() not in _ENCODINGS:
        raise BadInput(
            f"{name} is in encoding {' '.join(declared[1].decode('latin-1').split())[:40]}; save it as UTF-8."
        )
    if b"\0" in data[:100]:
        raise BadInput(f"{name} is not XML in UTF-8; save it as UTF-8.")
    return data


def tag(element: Any) -> str:
    """An element's name without its namespace."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def children(element: Any, name: str) -> list[Any]:
    """The children of that name, whatever their namespace; none of no element."""
    return [] if element is None else [each for each in element if tag(each) == name]


def child(element: Any, *names: str) -> Any:
    """The first child of that name, the first of that in it, and so on; None where there is none."""
    for name in names:
        if element is None:
            return None
        element = next((each for each in element if tag(each) == name), None)
    return element


def text(element: Any) -> str:
    """An element's text; empty where there is no element."""
    return (element.text or "").strip() if element is not None else ""
