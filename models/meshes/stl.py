"""STL, binary and ASCII: triangles, and the colours that two programs hide in the binary kind.

Read directly: a record is fifty bytes, and trimesh drops colours and the names of solids. STL states neither unit nor
which way is up; metres and z are taken, and said.
"""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.model import Model, Progress, Reading
from tiles.colour import linear
from tiles.errors import BadInput
from tiles.geometry import Material

from . import beside
from .assemble import assembled
from .parts import GREY, Content, Floats, Part, Said

_HEADER, _RECORD = 84, 50
_LAYOUT = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_VERTEX = re.compile(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)", re.IGNORECASE)
_SOLID = re.compile(rb"^[ \t]*solid[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_OWN_COLOUR = 0x8000


def read(path: Path, reading: Reading, progress: Progress) -> Model:
    """The model in an STL file; raises `BadInput` when it is broken or empty."""
    data = beside.own(path)
    content = Content()
    kind = "binary" if _is_binary(data, path.name) else "text"
    if kind == "binary":
        _binary(data, path, content)
    else:
        _text(data, path, content)
    progress(1, 1)
    if reading.unit_m is None:
        content.notes.append("STL says nothing of its unit; metres were taken.")
    program = data[:80].partition(b"\0")[0].decode("latin-1").strip() if kind == "binary" else ""
    return assembled(path, content, Said(f"STL ({kind})", program, up_said=False), reading)


def _is_binary(data: bytes, name: str) -> bool:
    """By its length, since binary files begin with ``solid`` as well."""
    if len(data) >= _HEADER:
        count = int.from_bytes(data[80:84], "little")
        if len(data) == _HEADER + _RECORD * count:
            return True
        if b"\0" in data[:_HEADER] or data.lstrip()[:5].lower() != b"solid":
            if count and len(data) > _HEADER + _RECORD * count:
                return True
            raise BadInput(
                f"{name} is cut off: it says {count:,} triangles and has {(len(data) - _HEADER) // _RECORD:,}."
            )
    if data.lstrip()[:5].lower() != b"solid":
        raise BadInput(f"{name} is no STL: it is too short to be binary and does not begin with 'solid'.")
    return False


def _binary(data: bytes, path: Path, content: Content) -> None:
    count = int.from_bytes(data[80:84], "little")
    records = np.frombuffer(data, _LAYOUT, count, _HEADER)
    positions = records["corners"].reshape(-1, 3).astype(np.float64)
    base, colours = _colours(data[:80], records["attribute"])
    element = content.element(path.stem)
    triangles = np.arange(len(positions)).reshape(-1, 3)
    material = Material(base_colour=(1.0,) * 4 if colours is not None else base, double_sided=True)
    content.add(Part(element, material, positions, triangles, colours=colours))


def _colours(header: bytes, attributes: NDArray[np.uint16]) -> tuple[tuple[float, float, float, float], Floats | None]:
    """The colour of all, and of each corner where triangles have their own (as Magics or as VisCAM writes them)."""
    at = header.find(b"COLOR=")
    magics = at >= 0 and len(header) >= at + 10
    base = GREY
    if magics:
        red, green, blue = linear(np.frombuffer(header, np.uint8, 3, at + 6) / 255).round(5).tolist()
        base = (red, green, blue, 1.0)
    own = (attributes & _OWN_COLOUR == 0) if magics else (attributes & _OWN_COLOUR != 0)
    if not own.any() or (magics and not attributes.any()):
        return base, None
    five = np.stack([attributes >> shift & 31 for shift in ((0, 5, 10) if magics else (10, 5, 0))], axis=-1)
    colours = np.tile(np.array(base), (len(attributes), 1))
    colours[own, :3] = linear(five[own] / 31)
    return base, np.repeat(colours, 3, axis=0)


def _text(data: bytes, path: Path, content: Content) -> None:
    starts = [*_SOLID.finditer(data)]
    ends = [*(match.start() for match in starts[1:]), len(data)]
    material = Material(base_colour=GREY, double_sided=True)
    for match, end in zip(starts, ends, strict=True):
        numbers = _VERTEX.findall(data, match.end(), end)
        try:
            positions = np.array(numbers, np.float64).reshape(-1, 3)
        except ValueError as error:
            raise BadInput(f"{path.name} cannot be read as STL: a vertex is no three numbers ({error}).") from error
        if len(positions) % 3:
            raise BadInput(f"{path.name} cannot be read as STL: it is cut off within a triangle.")
        if len(positions):
            element = content.element(match[1].decode("utf-8", "replace").strip()[:120] or path.stem)
            triangles = np.arange(len(positions)).reshape(-1, 3)
            content.add(Part(element, material, positions, triangles))
