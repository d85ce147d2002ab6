"""Wavefront OBJ with its material libraries: objects and groups as elements.

Read directly, many lines at a time: trimesh joins objects by material, drops smooth normals' indices and colours
beside textures, and takes four times as long. Numbers are read as float64, since coordinates may be RD. OBJ states
neither unit nor which way is up; planners' files are in metres with z up, and both are said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np

from models.model import Model, Progress, Reading
from tiles.colour import linear
from tiles.errors import BadInput

from . import beside, mtl
from .assemble import assembled
from .join import Corners, Stream
from .mtl import Look
from .parts import Content, Floats, Rows, Said, counted
from .pictures import Pictures
from .polygons import triangulated

_BLOCK = 8 << 20
_NONE = np.iinfo(np.int64).min
"""Where a corner has no texture coordinate or normal."""
_XYZ, _XYZRGB, _XYZWRGB = 3, 6, 7


def read(path: Path, reading: Reading, progress: Progress) -> Model:
    """The model in an OBJ file; raises `BadInput` when it is broken or empty."""
    content = Content()
    try:
        file = _File(path, Pictures(path, content), content)
        file.read(progress)
        file.finish()
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except BadInput as problem:
        raise BadInput(f"{path.name} cannot be read as OBJ: {str(problem).rstrip('.')}.") from problem
    if reading.unit_m is None:
        content.notes.append("OBJ says nothing of its unit; metres were taken.")
    return assembled(path, content, Said("OBJ", file.program, up_said=False), reading)


@dataclass
class _Faces:
    """Polygons of one element and material: how many corners each has, and what each corner names, counted from 0."""

    counts: list[Rows] = field(default_factory=list)
    corners: list[Rows] = field(default_factory=list)  # (n, 3): position, texture coordinate, normal


@dataclass
class _File:
    """An OBJ while it is read."""

    path: Path
    pictures: Pictures
    content: Content
    program: str = ""
    positions: list[Floats] = field(default_factory=list)  # (n, 3) or (n, 6) with colour
    uv: list[Floats] = field(default_factory=list)
    normals: list[Floats] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=lambda: {"v": 0, "vt": 0, "vn": 0})
    looks: dict[str, Look] = field(default_factory=dict)
    faces: dict[tuple[str, str], _Faces] = field(default_factory=dict)
    object: str = ""
    group: str = ""
    material: str = ""
    curves: int = 0

    def read(self, progress: Progress) -> None:
        """Gather the lines of the file."""
        total = self.path.stat().st_size
        done = 0
        for block in _blocks(self.path):
            done += len(block)
            lines = block.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").split(b"\n")
            for word, run in groupby(lines, _word):
                self._run(word, list(run))
            progress(min(done, total), total)

    def _run(self, word: bytes, lines: Sequence[bytes]) -> None:
        """Lines that begin with the same word."""
        match word:
            case b"v":
                self.positions += self._counted("v", _vertices(lines))
            case b"vt":
                self.uv += self._counted("vt", _table(lines, 2))
            case b"vn":
                self.normals += self._counted("vn", _table(lines, 3))
            case b"f":
                self._faces(lines)
            case b"curv" | b"surf" | b"curv2":
                self.curves += len(lines)
            case _:
                self._state(word, lines)

    def _state(self, word: bytes, lines: Sequence[bytes]) -> None:
        """What goes for the faces that follow."""
        match word:
            case b"o":
                self.object, self.group = _rest(lines[-1]), ""
            case b"g":
                self.group = _rest(lines[-1])
            case b"usemtl":
                self.material = _rest(lines[-1])
            case b"mtllib":
                for line in lines:
                    self._library(_rest(line))
            case b"#":
                self._comment(lines[0])

    def _counted(self, kind: str, tables: list[Floats]) -> list[Floats]:
        self.totals[kind] += sum(len(table) for table in tables)
        return tables

    def _comment(self, line: bytes) -> None:
        said = line.strip(b"# \t\r").decode("utf-8", "replace")
        if not self.program and not self.totals["v"] and any(c.isalpha() for c in said):
            self.program = said[:120]

    def _library(self, names: str) -> None:
        """One library whose name may hold spaces, or several."""
        whole = beside.find(self.path, names) is not None
        for name in [names] if whole else names.split():
            self.looks |= mtl.read(self.path, name, self.pictures)

    def _faces(self, lines: Sequence[bytes]) -> None:
        faces = self.faces.setdefault((self._element(), self.material), _Faces())
        counts, corners = _corners(lines)
        totals = np.array([self.totals["v"], self.totals["vt"], self.totals["vn"]])
        # Negative numbers count back from the last one so far.
        rows = np.where(corners == _NONE, _NONE, np.where(corners < 0, totals + corners, corners - 1))
        faces.counts.append(counts)
        faces.corners.append(rows)

    def _element(self) -> str:
        if self.object and self.group and self.group not in {self.object, "default"}:
            return f"{self.object} / {self.group}"
        return self.object or self.group

    def finish(self) -> None:
        """Make parts of the faces."""
        if self.curves:
            self.content.notes.append(
                f"{counted(self.curves, 'curve or curved surface', 'curves and curved surfaces')} left out."
            )
        xyz, colours = _joined(self.positions)
        uv = np.concatenate(self.uv) if self.uv else np.empty((0, 2))
        normals = np.concatenate(self.normals) if self.normals else np.empty((0, 3))
        rows: dict[str, int] = {}
        for (name, material), faces in self.faces.items():
            if name not in rows:
                rows[name] = self.content.element(name or self.path.stem)
            look = self.looks.get(material, mtl.PLAIN)
            counts, corners = np.concatenate(faces.counts), np.concatenate(faces.corners)
            tables = (xyz, _laid(uv, look), normals, colours)
            for chosen, has_uv, has_normals in _kinds(counts, corners):
                own_counts, own = chosen
                used = _streams(own, tables, textured=has_uv and look.material.texture is not None, smooth=has_normals)
                triangles, _ = triangulated(own_counts, _safe(xyz, own[:, 0]))
                if len(triangles):
                    self.content.add(used.taken(triangles.ravel()).part(rows[name], look.material))


_Tables = tuple[Floats, Floats, Floats, Floats | None]


def _streams(own: Rows, tables: _Tables, *, textured: bool, smooth: bool) -> Corners:
    xyz, uv, normals, colours = tables
    return Corners(
        Stream(xyz, own[:, 0]),
        Stream(normals, own[:, 2]) if smooth else None,
        Stream(uv, own[:, 1]) if textured else None,
        None if colours is None else Stream(colours, own[:, 0]),
    )


def _safe(xyz: Floats, rows: Rows) -> Floats:
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(xyz):
        low, high = int(rows.min()), int(rows.max())
        wrong = high + 1 if low >= 0 else low - len(xyz)
        raise BadInput(f"a face refers to vertex {wrong:,} of {len(xyz):,}")
    return xyz[rows]


def _kinds(counts: Rows, corners: Rows) -> Iterator[tuple[tuple[Rows, Rows], bool, bool]]:
    """The polygons by whether all their corners have texture coordinates, and normals."""
    starts = np.cumsum(counts) - counts
    full = counts > 0
    if not full.all():
        counts, starts = counts[full], starts[full]
    if not len(counts):
        return
    with_uv, with_normals = (np.minimum.reduceat(corners[:, column], starts) != _NONE for column in (1, 2))
    for has_uv in (False, True):
        for has_normals in (False, True):
            chosen = (with_uv == has_uv) & (with_normals == has_normals)
            if chosen.any():
                own = corners if chosen.all() else corners[np.repeat(chosen, counts)]
                yield (counts[chosen], own), has_uv, has_normals


def _laid(uv: Floats, look: Look) -> Floats:
    """Texture coordinates as glTF has them, v downward."""
    moved = uv * look.scale + look.offset
    return np.column_stack([moved[:, 0], 1 - moved[:, 1]])


def _joined(tables: Sequence[Floats]) -> tuple[Floats, Floats | None]:
    """Positions, and linear colours where any vertex has one."""
    if not tables:
        return np.empty((0, 3)), None
    xyz = np.concatenate([table[:, :3] for table in tables])
    if all(table.shape[1] == _XYZ for table in tables):
        return xyz, None
    colours = np.ones((len(xyz), 4))
    end = 0
    for table in tables:
        if table.shape[1] == _XYZRGB:
            colours[end : end + len(table), :3] = table[:, 3:]
        end += len(table)
    largest = colours[:, :3].max(initial=0)
    if largest > 1:  # some write bytes
        coloured = (colours[:, :3] != 1).any(axis=1)
        colours[coloured, :3] /= 255
    colours[:, :3] = linear(np.nan_to_num(np.clip(colours[:, :3], 0, 1), nan=1.0))
    return xyz, None if (colours == 1).all() else colours


def _blocks(path: Path) -> Iterator[bytes]:
    """The file in pieces that end with a line."""
    rest = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            block = rest + block
            cut = block.rfind(b"\n") + 1
            while cut > 1 and block[:cut].rstrip(b"\r\n").endswith(b"\\"):
                cut = block.rfind(b"\n", 0, cut - 1) + 1
            rest = block[cut:]
            yield block[:cut]
    yield rest


def _word(line: bytes) -> bytes:
    start = line.lstrip()[:8]
    return b"#" if start[:1] == b"#" else start.split(maxsplit=1)[0] if start.strip() else b""


def _rest(line: bytes) -> str:
    words = line.split(maxsplit=1)
    return words[1].strip().decode("utf-8", "replace") if len(words) > 1 else ""


def _vertices(lines: Sequence[bytes]) -> list[Floats]:
    """Tables of positions, with colours where a line has six numbers; a weight, a fourth number, is left out."""
    tables = []
    for width, run in groupby([line.split() for line in lines], len):
        table = _floats(list(run), width)
        if width - 1 < _XYZ:
            raise BadInput(f"a vertex of it has {counted(width - 1, 'number')}")
        if width - 1 < _XYZRGB:
            tables.append(table[:, :3])
        else:
            tables.append(table[:, :6] if width - 1 != _XYZWRGB else table[:, [0, 1, 2, 4, 5, 6]])
    return tables


def _table(lines: Sequence[bytes], width: int) -> list[Floats]:
    words = [line.split() for line in lines]
    tables = []
    for count, run in groupby(words, len):
        table = _floats(list(run), count)
        if count <= width:
            table = np.column_stack([table, np.zeros((len(table), width - count + 1))])
        tables.append(table[:, :width])
    return tables


def _floats(words: Sequence[Sequence[bytes]], width: int) -> Floats:
    try:
        return np.array([row[1:] for row in words], np.float64).reshape(-1, width - 1)
    except ValueError as error:
        raise BadInput(f"it has {_first_wrong(words)} where a number belongs") from error


def _first_wrong(words: Sequence[Sequence[bytes]]) -> str:
    for row in words:
        for word in row[1:]:
            try:
                float(word)
            except ValueError:
                return repr(word[:40].decode("latin-1"))
    return "text"


def _corners(lines: Sequence[bytes]) -> tuple[Rows, Rows]:
    """How many corners each face has, and what each corner names: position, texture coordinate, normal."""
    words = [line.split(b"#", 1)[0].split()[1:] for line in lines]
    counts = np.array([len(row) for row in words], np.int64)
    flat = [word for row in words for word in row]
    slashes = {word.count(b"/") for word in flat}
    text = b" ".join(flat)
    corners = np.full((len(flat), 3), _NONE, np.int64)
    if not flat:
        return counts, corners
    try:
        if slashes == {0}:
            corners[:, 0] = np.array(flat, np.int64)
        elif slashes == {1} and b"/ " not in text and not text.endswith(b"/"):
            corners[:, :2] = np.array(text.replace(b"/", b" ").split(), np.int64).reshape(-1, 2)
        elif slashes == {2} and text.count(b"//") == len(flat):
            corners[:, [0, 2]] = np.array(text.replace(b"//", b" ").split(), np.int64).reshape(-1, 2)
        elif slashes == {2} and b"//" not in text and b"/ " not in text and not text.endswith(b"/"):
            corners[:] = np.array(text.replace(b"/", b" ").split(), np.int64).reshape(-1, 3)
        else:
            for row, word in enumerate(flat):
                named = word.split(b"/")[:3]
                corners[row, : len(named)] = [int(each) if each else _NONE for each in named]
    except (ValueError, OverflowError) as error:
        raise BadInput("a face has something else than whole numbers") from error
    return counts, corners
