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
from .objlines import NONE, XYZ, XYZRGB, blocks, corners_of, numbers, rest_of, vertices, word_of
from .parts import Content, Floats, Rows, Said, counted
from .pictures import Pictures
from .polygons import triangulated


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
        for block in blocks(self.path):
            done += len(block)
            lines = block.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ").split(b"\n")
            for word, run in groupby(lines, word_of):
                self._run(word, list(run))
            progress(min(done, total), total)

    def _run(self, word: bytes, lines: Sequence[bytes]) -> None:
        """Lines that begin with the same word."""
        match word:
            case b"v":
                self.positions += self._counted("v", vertices(lines))
            case b"vt":
                self.uv += self._counted("vt", numbers(lines, 2))
            case b"vn":
                self.normals += self._counted("vn", numbers(lines, 3))
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
                self.object, self.group = rest_of(lines[-1]), ""
            case b"g":
                self.group = rest_of(lines[-1])
            case b"usemtl":
                self.material = rest_of(lines[-1])
            case b"mtllib":
                for line in lines:
                    self._library(rest_of(line))
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
        counts, corners = corners_of(lines)
        totals = np.array([self.totals["v"], self.totals["vt"], self.totals["vn"]])
        # Negative numbers count back from the last one so far.
        rows = np.where(corners == NONE, NONE, np.where(corners < 0, totals + corners, corners - 1))
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
    with_uv, with_normals = (np.minimum.reduceat(corners[:, column], starts) != NONE for column in (1, 2))
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
    if all(table.shape[1] == XYZ for table in tables):
        return xyz, None
    colours = np.ones((len(xyz), 4))
    end = 0
    for table in tables:
        if table.shape[1] == XYZRGB:
            colours[end : end + len(table), :3] = table[:, 3:]
        end += len(table)
    largest = colours[:, :3].max(initial=0)
    if largest > 1:  # some write bytes
        coloured = (colours[:, :3] != 1).any(axis=1)
        colours[coloured, :3] /= 255
    colours[:, :3] = linear(np.nan_to_num(np.clip(colours[:, :3], 0, 1), nan=1.0))
    return xyz, None if (colours == 1).all() else colours
