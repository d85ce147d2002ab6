"""Where a model stands: its own metres to the map, and from there to the tileset."""

from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.georeference import Candidate, choose
from models.model import Model
from tiles.box import Box
from tiles.errors import BadInput, MissingGeoreference, OutsideArea
from tiles.frame import RD_NAP, MapFrame, Matrix4, Placement, Vec3s, east_north_up_at, map_frame, points, tangent
from tiles.geometry import Surface

_ONE_PIECE_M = 300.0
_NEAR_M = 2_000.0


@dataclass(frozen=True)
class ByHand:
    """A place that someone chose for a model."""

    at: tuple[float, float, float]
    """Where the model's origin goes, map x, y and height."""
    crs: str
    """What `at` is in."""
    heading_deg: float = 0.0
    """Where the model's y axis points, clockwise from grid north."""
    scale: float = 1.0
    """Metres per unit of the model."""

    @property
    def local_to_map(self) -> Matrix4:
        """Model metres to map metres, (4, 4)."""
        angle = np.radians(self.heading_deg)
        cos, sin = np.cos(angle) * self.scale, np.sin(angle) * self.scale
        matrix = np.array([[cos, sin, 0, 0], [-sin, cos, 0, 0], [0, 0, self.scale, 0], [0, 0, 0, 1]], dtype=np.float64)
        matrix[:3, 3] = self.at
        return matrix


@dataclass(frozen=True, eq=False)
class Position:
    """How a model's own metres become map metres, and then metres of the tileset."""

    candidate: Candidate
    frame: MapFrame
    local: Placement
    """The tileset's own frame."""
    bridge: Placement
    """The straight step from the map, about `anchor`, to Earth."""
    anchor: Vec3s
    one_piece: bool
    """Whether the straight step is used, or the exact frame for each vertex."""
    notes: tuple[str, ...]

    @property
    def evidence(self) -> str:
        """Why the model stands here."""
        return self.candidate.evidence

    def to_map(self, xyz: Vec3s) -> Vec3s:
        """Model metres to map metres, (n, 3)."""
        return self.candidate.to_map(xyz)

    def place(self, xyz: Vec3s) -> Vec3s:
        """Model metres to metres of the tileset, (n, 3)."""
        on_map = self.to_map(xyz)
        ecef = self.bridge.to_ecef(on_map - self.anchor) if self.one_piece else self.frame.to_ecef(on_map)
        return self.local.from_ecef(ecef)

    def placed(self, surface: Surface) -> Surface:
        """A surface in model metres as one in metres of the tileset."""
        turn = self.local.axes.T @ self.bridge.axes @ self.candidate.local_to_map[:3, :3]
        normals = surface.normals @ turn.T
        lengths = np.linalg.norm(normals, axis=1, keepdims=True)
        unit = np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0)
        return replace(surface, positions=self.place(surface.positions), normals=unit)


def find(model: Model, file: Path, by_hand: ByHand | None) -> Position:
    """Where a model goes: by hand, or by what its file says.

    Raises `MissingGeoreference` where neither says, and `OutsideArea` where it cannot be.
    """
    box = model.box
    if by_hand is not None:
        return _by_hand(model, file, by_hand)
    if not model.georeference.candidates and _looks_like_rd(box):
        raise MissingGeoreference(
            f"{file.name} says nothing of its place, but its coordinates look like RD New "
            f"(x {box.low[0]:.0f} to {box.high[0]:.0f}, y {box.low[1]:.0f} to {box.high[1]:.0f}); "
            "pass --at 0,0,0 if they are."
        )
    candidate, frame = choose(model.georeference, corners(box), file.name)
    return _positioned(candidate, frame, box, rigid=False)


def _by_hand(model: Model, file: Path, by_hand: ByHand) -> Position:
    frame = map_frame(by_hand.crs)
    evidence = (
        "placed by hand at {:.3f}, {:.3f}, NAP {:.3f}".format(*by_hand.at) + f", heading {by_hand.heading_deg:g}°"
    )
    candidate = Candidate(by_hand.crs, by_hand.local_to_map, evidence)
    try:
        frame.require(candidate.to_map(corners(model.box)))
    except OutsideArea as problem:
        raise OutsideArea(f"{file.name} would stand where it cannot be: {problem}") from problem
    return _positioned(candidate, frame, model.box, rigid=True)


def _positioned(candidate: Candidate, frame: MapFrame, box: Box, *, rigid: bool) -> Position:
    """A building moves as one piece, so that its walls stay straight; a neighbourhood follows the map exactly."""
    centre = candidate.to_map(box.centre.reshape(1, 3))[0]
    origin = candidate.to_map(np.zeros((1, 3)))[0]
    anchor = points(three(origin if rigid and np.linalg.norm(origin - centre) < _NEAR_M else centre))
    straight = tangent(frame, three(anchor[0]))
    # By hand a model is drawn in true metres; a map conversion means map metres, which differ by 7 mm in 100 m.
    bridge = straight.rigid() if rigid else straight
    one_piece = rigid or box.diagonal <= _ONE_PIECE_M
    notes = (f"{candidate.crs} says nothing of heights; NAP taken.",) if frame.heights_assumed else ()
    return Position(candidate, frame, east_north_up_at(bridge.origin), bridge, anchor, one_piece, notes)


def _looks_like_rd(box: Box) -> bool:
    try:
        RD_NAP.require(corners(box))
    except (OutsideArea, BadInput):
        return False
    return True


def corners(box: Box) -> Vec3s:
    """The eight corners of a box, (8, 3)."""
    return np.array(list(product(*zip(box.low, box.high, strict=True))))


def three(xyz: NDArray[np.float64]) -> tuple[float, float, float]:
    """A position as three numbers."""
    x, y, z = (float(number) for number in xyz)
    return x, y, z
