"""A model as it stands on a phone: in true metres about the middle of its footprint, on the ground, north ahead."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.model import SPACES, Model
from pipeline.byhand import ByHand
from pipeline.position import find
from tiles.box import Box
from tiles.errors import BadInput, MissingGeoreference, OutsideArea
from tiles.geometry import Surface

from .ground import above
from .joined import part

_LARGEST_M = 20_000.0
_SMALLEST_M = 0.01
_DEEP_M = 0.1


@dataclass(frozen=True, eq=False)
class Standing:
    """Surfaces in metres east, north and up of the middle of the footprint."""

    surfaces: Sequence[Surface]
    origin: tuple[float, float, float]
    """Where the origin lies in the model's own metres."""
    notes: tuple[str, ...]

    @property
    def box(self) -> Box:
        """The box around all there is."""
        return Box.around(np.concatenate([surface.positions for surface in self.surfaces]))


@dataclass(frozen=True)
class Wanted:
    """How someone wants a model to stand."""

    heading_deg: float | None = None
    """Where its y axis points, clockwise from north; None to go by its place."""
    ground_m: float | None = None
    """Its height that lies on the ground, without what is below; None for its lowest point."""
    by_hand: ByHand | None = None
    """The place that was chosen for it; None to go by what its file says."""


def stand(model: Model, file: Path, wanted: Wanted) -> Standing:
    """A model without its spaces, turned so that north is ahead and moved to the middle of its footprint.

    Where neither its place nor its file says where north is, its y axis is taken for it; a scale that was chosen with
    its place is kept. Raises `BadInput` where there is nothing to show or no sensible size.
    """
    surfaces, left_out = _without_spaces(model)
    if not surfaces:
        raise BadInput(f"{file.name} shows nothing but spaces; export it with what is built.")
    surfaces, grounded = _on_ground(surfaces, file, wanted.ground_m, on_map=_on_map(model))
    heading_deg, north = _heading(model, file, wanted)
    scale = 1.0 if wanted.by_hand is None else wanted.by_hand.scale
    turn = _turn(heading_deg)
    turned = [replace(s, positions=scale * s.positions @ turn.T, normals=s.normals @ turn.T) for s in surfaces]
    box = Box.around(np.concatenate([surface.positions for surface in turned]))
    _require_size(box, file)
    foot = np.array([*box.centre[:2], box.low[2]])
    moved = [replace(surface, positions=surface.positions - foot) for surface in turned]
    x, y, z = (float(number) for number in foot @ turn / scale)
    spaces = (f"Left out: {left_out:,} {'space' if left_out == 1 else 'spaces'}.",) if left_out else ()
    return Standing(moved, (x, y, z), (*spaces, *grounded, f"North: {north}."))


def _without_spaces(model: Model) -> tuple[list[Surface], int]:
    space = np.array([element.layer == SPACES for element in model.elements], bool)
    kept = []
    for surface in model.surfaces:
        triangles = surface.triangles[~space[surface.features[surface.triangles[:, 0]]]]
        if len(triangles):
            kept.append(part(surface, triangles))
    return kept, int(space.sum())


def _on_map(model: Model) -> bool:
    """Whether the model's coordinates are the map's, so that its height 0 is no floor but the datum."""
    return any(np.allclose(each.local_to_map, np.eye(4)) for each in model.georeference.candidates)


def _on_ground(
    surfaces: list[Surface], file: Path, ground_m: float | None, *, on_map: bool
) -> tuple[list[Surface], tuple[str, ...]]:
    """What is above the ground, and what to know of what was below."""
    lowest_m, highest_m = (
        float(end([end(surface.positions[:, 2]) for surface in surfaces])) for end in (np.min, np.max)
    )
    if ground_m is None:
        deep = not on_map and lowest_m < -_DEEP_M < _DEEP_M < highest_m
        said = (
            f"It reaches {-lowest_m:.2f} m below its own height 0 and stands on its lowest point; "
            "--ground 0 puts height 0 on the ground and leaves out what is below."
        )
        return surfaces, (said,) if deep else ()
    if ground_m >= highest_m:
        raise BadInput(f"All of {file.name} lies below --ground {ground_m:g}: it ends at {highest_m:.2f} m.")
    return above(surfaces, ground_m), ()


def _heading(model: Model, file: Path, wanted: Wanted) -> tuple[float, str]:
    """Where the model's y axis points, degrees clockwise from grid north, and how that is known."""
    if wanted.heading_deg is not None:
        return wanted.heading_deg, "as given by --heading"
    if wanted.by_hand is not None:
        return wanted.by_hand.heading_deg, f"grid north, as the model was {wanted.by_hand.candidate.evidence}"
    try:
        position = find(model, file, None)
    except (MissingGeoreference, OutsideArea):
        return 0.0, "not known, the model's own y axis was taken; --heading turns it"
    east, north = position.candidate.local_to_map[:2, 1]
    return float(np.degrees(np.arctan2(east, north))), f"grid north, by the file's georeference ({position.evidence})"


def _turn(heading_deg: float) -> NDArray[np.float64]:
    """From the model's axes to east, north and up, (3, 3)."""
    cos, sin = np.cos(np.radians(heading_deg)), np.sin(np.radians(heading_deg))
    return np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]], np.float64)


def _require_size(box: Box, file: Path) -> None:
    longest_m = float((box.high - box.low).max())
    if not np.isfinite(longest_m) or longest_m > _LARGEST_M:
        raise BadInput(
            f"{file.name} is {longest_m / 1000:,.0f} km across, which is no plan; check its unit and stray elements."
        )
    if longest_m < _SMALLEST_M:
        raise BadInput(f"{file.name} is {longest_m * 1000:.3g} mm across, which is no plan; check its unit.")
