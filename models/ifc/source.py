"""The bytes of an IFC file, also from an .ifczip, and what its header says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.archive import looked_through
from tiles.errors import BadInput

from .step import text

SCHEMAS = ("IFC2X3", "IFC4")
"""How the names of schemas begin that can be read."""

_START, _END = b"ISO-10303-21", b"END-ISO-10303-21"
_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
_QUOTED = re.compile(rb"'((?:[^']|'')*)'")


@dataclass(frozen=True, eq=False)
class Source:
    """An IFC file in memory."""

    name: str
    """As the user knows it."""
    data: bytes
    schema: str
    """As it is written: ``IFC4``, ``IFC4X3_ADD2``."""
    program: str
    """The originating system of its header; empty where it says none."""


def read(path: Path) -> Source:
    """An IFC file; raises `BadInput` for one that is missing, cut off or no IFC, and for a zip that is no .ifczip."""
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    data = _unpacked(path) if path.suffix.lower() == ".ifczip" else path.read_bytes()
    head = data[: data.find(b"DATA;") + 1 or 65_536]
    if _START not in head[:1024]:
        raise BadInput(f"{path.name} is not an IFC file that can be read: it does not begin with ISO-10303-21.")
    head = _COMMENT.sub(b"", head)
    schema = _strings(head, b"FILE_SCHEMA")
    if not schema or not schema[0].upper().startswith(SCHEMAS):
        said = " ".join(schema[0].split())[:40] if schema else "none"
        raise BadInput(f"{path.name} is in schema {said}; export it as one of IFC2X3, IFC4 or IFC4X3.")
    if data.rfind(_END) < 0:
        raise BadInput(f"{path.name} is cut off: its last line, END-ISO-10303-21, is missing; send or export it again.")
    names = _strings(head, b"FILE_NAME")
    return Source(path.name, data, schema[0].upper(), names[-2] if len(names) > 2 else "")  # noqa: PLR2004


def _strings(head: bytes, statement: bytes) -> Sequence[str]:
    start = head.find(statement)
    end = head.find(b";", start)
    return [text(found).strip() for found in _QUOTED.findall(head[start:end])] if 0 <= start < end else []


def _unpacked(path: Path) -> bytes:
    """The one IFC file in a zip."""
    archive = looked_through(path)
    with archive.zip:
        found = [each for each in archive.entries if each.filename.lower().endswith(".ifc")]
        if len(found) != 1:
            raise BadInput(f"{path.name} holds {len(found)} .ifc files where one is expected; give them one by one.")
        return archive.read(found[0])
