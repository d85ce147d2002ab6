"""Where a model stands: its own metres to the map, and from there to the tileset."""

from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.georeference import Candidate, Ground, Weighing, required, weigh
from models.model import Model
from tiles.box import Box
from tiles.errors import OutsideArea
from tiles.frame import MapFrame, Placement, Vec3s, east_north_up_at, map_frame, points, tangent
from tiles.geometry import Surface

from .byhand import ByHand

__all__ = ["ByHand", "Position", "corners", "find", "off_map_m", "off_true_size_m", "positioned", "three"]

_ONE_PIECE_M = 300.0
_NEAR_M = 2_000.0
_COARSE_M = 0.005


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
    rigid: bool = False
    """Whether it is drawn in true metres; else in the map's."""
    weighing: Weighing | None = None
    """How the file's own statements were weighed; None where they were not asked for."""

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

    def raised(self, by_m: float) -> Candidate:
        """The reading it goes by, with the model higher by so much."""
        matrix = self.candidate.local_to_map.copy()
        matrix[2, 3] += by_m
        return replace(self.candidate, local_to_map=matrix)


def find(model: Model, file: Path, by_hand: ByHand | None, ground: Ground | None = None) -> Position:
    """Where a model goes: by hand, or by what its file says, weighed with what is known of the ground.

    Raises `MissingGeoreference` where neither says, and `OutsideArea` where it cannot be.
    """
    if by_hand is not None:
        return _by_hand(model, file, by_hand)
    weighing = weigh(model.georeference, corners(model.box), file.name, ground)
    return replace(positioned(required(weighing), model), weighing=weighing)


def _by_hand(model: Model, file: Path, by_hand: ByHand) -> Position:
    candidate = by_hand.candidate
    try:
        map_frame(candidate.crs).require(candidate.to_map(corners(model.box)))
    except OutsideArea as problem:
        raise OutsideArea(f"{file.name} would stand where it cannot be: {problem}") from problem
    return positioned(candidate, model, points(by_hand.at))


def positioned(candidate: Candidate, model: Model, at: Vec3s | None = None) -> Position:
    """A model placed by one reading: rigid, in true size, where someone chose the spot `at` of the map, (1, 3).

    A building moves as one piece, so that its walls stay straight; a neighbourhood follows the map exactly. By hand a
    model is drawn in true metres; a map conversion means map metres, which differ by 7 mm in 100 m.
    """
    frame, box = map_frame(candidate.crs), model.box
    centre = candidate.to_map(box.centre.reshape(1, 3))
    anchor = centre if at is None or np.linalg.norm(at - centre) >= _NEAR_M else at
    straight = tangent(frame, three(anchor[0]))
    bridge = straight if at is None else straight.rigid()
    one_piece = at is not None or float(np.linalg.norm(np.ptp(candidate.to_map(corners(box)), axis=0))) <= _ONE_PIECE_M
    local = east_north_up_at(bridge.origin)
    found = Position(candidate, frame, local, bridge, anchor, one_piece, (), rigid=at is not None)
    return replace(found, notes=tuple(_remarks(found, model)))


def off_map_m(position: Position, model: Model) -> float:
    """How far the corners of a model's box lie at most from where the exact map has them, metres."""
    xyz = corners(model.box)
    exact = position.local.from_ecef(position.frame.to_ecef(position.to_map(xyz)))
    return float(np.linalg.norm(position.place(xyz) - exact, axis=1).max())


def off_true_size_m(position: Position, model: Model) -> float:
    """How far the corners of a model's box lie at most from where a rigid model of true metres would have them."""
    xyz = corners(model.box)
    true = position.bridge.rigid().to_ecef(position.to_map(xyz) - position.anchor)
    return float(np.linalg.norm(position.place(xyz) - position.local.from_ecef(true), axis=1).max())


def _remarks(position: Position, model: Model) -> list[str]:
    found = []
    if position.frame.heights_assumed:
        found.append(f"{position.candidate.crs} says nothing of heights; NAP taken.")
    axes = tangent(position.frame, three(position.anchor[0])).axes
    drawn_at = 1 / float(np.linalg.norm(axes[:, :2], axis=0).mean())
    if position.rigid:
        found.append(
            f"It stands in true size, its right angles kept; RD is drawn at {drawn_at:.6f} here and would have its "
            f"corners at most {off_map_m(position, model) * 1000:.1f} mm from where they are."
        )
    else:
        found.append(
            f"Its metres are taken for RD's, which is drawn at {drawn_at:.6f} here; in true metres its corners would "
            f"be at most {off_true_size_m(position, model) * 1000:.1f} mm from where they are."
        )
    if position.candidate.source == "coordinates" and (step_m := _step_m(model)) > _COARSE_M:
        steps = f"in steps of {step_m * 1000:.0f} mm"
        found.append(f"Its coordinates are in single precision, which so far from RD's origin is {steps}.")
    return found


def _step_m(model: Model) -> float:
    """The steps in which single precision writes a model's coordinates; 0 where they are finer than that."""
    positions = np.concatenate([surface.positions[:1000] for surface in model.surfaces[:20]])
    if not np.array_equal(positions.astype(np.float32).astype(np.float64), positions):
        return 0.0
    return float(np.spacing(np.float32(np.abs(positions).max())))


def corners(box: Box) -> Vec3s:
    """The eight corners of a box, (8, 3)."""
    return np.array(list(product(*zip(box.low, box.high, strict=True))))


def three(xyz: NDArray[np.float64]) -> tuple[float, float, float]:
    """A position as three numbers."""
    x, y, z = (float(number) for number in xyz)
    return x, y, z
