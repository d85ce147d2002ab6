"""A model brought down to what a phone can hold, what is least missed first, and what that took in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.rays import Surfaces
from pipeline.report import Report
from tiles.errors import BadInput
from tiles.geometry import Surface

from .joined import Joined, join, only, split
from .simplify import simplified
from .visible import visible_from_outside

_NOT_NOTICED = 0.05
"""Share of the largest error: what nobody sees, and is given up before anything is left out."""
_TRIES = 12
_LESS = 0.97


@dataclass(frozen=True)
class Budget:
    """What a viewer can hold."""

    viewer: str
    triangles: int
    vertices: int | None = None
    materials: int | None = None
    bytes: int | None = None
    picture_px: int = 2048

    def holds(self, mesh: Joined) -> bool:
        """Whether a mesh is small enough."""
        return len(mesh.triangles) <= self.triangles and len(mesh.positions) <= (self.vertices or np.inf)

    @property
    def size(self) -> str:
        """How large a mesh may be, in words."""
        vertices = f" and {self.vertices:,} vertices" if self.vertices else ""
        return f"{self.triangles:,} triangles{vertices}"


# Apple, "Creating USD files for AR Quick Look"; Google, "Scene Viewer", "File format requirements".
QUICK_LOOK = Budget("Quick Look", triangles=100_000)
SCENE_VIEWER = Budget("Scene Viewer", triangles=100_000, vertices=30_000, materials=10, bytes=10_000_000)


@dataclass(frozen=True, eq=False)
class Reduced:
    """What is left of a model, how far its surface moved, and what was taken away, in sentences."""

    surfaces: Sequence[Surface]
    error_m: float = 0.0
    taken: tuple[str, ...] = ()

    @property
    def triangles(self) -> int:
        """How many triangles are left."""
        return sum(len(surface.triangles) for surface in self.surfaces)

    @property
    def vertices(self) -> int:
        """How many vertices are left."""
        return sum(len(surface.positions) for surface in self.surfaces)


def reduced(surfaces: Sequence[Surface], budget: Budget, largest_error_m: float, report: Report) -> Reduced:
    """Surfaces, z up, as few as `budget` allows; raises `BadInput` where they would move more than `largest_error_m`.

    What is within the budget stays whole. Else go first the triangles that the shape does not need, then those that
    nobody outside sees, and then detail.
    """
    whole = join(surfaces)
    if not len(whole.triangles):
        raise BadInput("This model has no triangle with an area; there is nothing to show.")
    if budget.holds(whole):
        return Reduced(_split(whole, surfaces))
    stage = f"Reducing for {budget.viewer}"
    report(stage, 0, 3)
    neat = _simplified(whole, budget, largest_error_m * _NOT_NOTICED)
    if budget.holds(neat):
        return _checked(whole, neat, surfaces, budget, largest_error_m)
    report(stage, 1, 3)
    seen = visible_from_outside(_split(whole, surfaces))
    shell = only(whole, seen)
    report(stage, 2, 3)
    few = _simplified(shell, budget, largest_error_m)
    done = _checked(shell, few, surfaces, budget, largest_error_m)
    report(stage, 3, 3)
    hidden = f"{np.count_nonzero(~seen):,} of {len(seen):,} triangles, which nobody sees from outside, were left out."
    return Reduced(done.surfaces, done.error_m, (hidden, *done.taken))


def _simplified(mesh: Joined, budget: Budget, error_m: float) -> Joined:
    """The mesh within `budget`, or as near to it as `error_m` allows."""
    most = budget.triangles
    few = mesh
    for _ in range(_TRIES):
        few = simplified(mesh, most, error_m)
        if budget.holds(few) or len(few.triangles) > most:
            break
        most = int(len(few.triangles) * (budget.vertices or 0) / len(few.positions) * _LESS)
    return few


def _checked(
    before: Joined, after: Joined, surfaces: Sequence[Surface], budget: Budget, largest_error_m: float
) -> Reduced:
    """The simplified mesh as surfaces, with how far it moved, unless that is too far or it is still too large."""
    if not budget.holds(after):
        raise BadInput(
            f"{len(before.triangles):,} triangles of this model are seen from outside, and moving its surface by no more "
            f"than {length(largest_error_m)} leaves {len(after.triangles):,} of them with {len(after.positions):,} "
            f"vertices, more than {budget.viewer} holds ({budget.size}); export a part of the model or a simpler one."
        )
    error_m = deviation_m(before, after)
    if error_m > largest_error_m:
        raise BadInput(
            f"Within the {budget.size} that {budget.viewer} holds, the surface of this model would move by "
            f"{length(error_m)}, more than {length(largest_error_m)}; export a part of the model or a simpler one."
        )
    fewer = (
        f"Simplified from {len(before.triangles):,} triangles to {len(after.triangles):,}, with {len(after.positions):,} "
        f"vertices; the surface moved by at most {length(error_m)}."
    )
    return Reduced(_split(after, surfaces), error_m, (fewer,))


def deviation_m(before: Joined, after: Joined) -> float:
    """How far the one surface lies from the other at most, measured at corners and middles of triangles, both ways."""
    one, other = Surfaces(before.corners), Surfaces(after.corners)
    there = other.distance_m(np.concatenate([before.positions, before.corners.mean(axis=1)])).max()
    back = one.distance_m(np.concatenate([after.positions, after.corners.mean(axis=1)])).max()
    return float(max(there, back))


def _split(mesh: Joined, surfaces: Sequence[Surface]) -> list[Surface]:
    textured = [surface.uv is not None for surface in surfaces]
    return split(mesh, [surface.material for surface in surfaces], textured)


def length(metres: float) -> str:
    """A length for people."""
    return f"{metres * 1000:.2g} mm" if metres < 0.01 else f"{metres:.2g} m"  # noqa: PLR2004 - where centimetres begin
