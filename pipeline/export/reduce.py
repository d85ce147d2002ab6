"""A model brought down to what a phone can hold, what is least missed first, and what that took in sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.report import Report
from tiles.errors import BadInput
from tiles.geometry import Surface

from .deviation import deviation
from .joined import Joined, join, only, split
from .simplify import Kept, simplified
from .view import View
from .visible import visible_from_outside

_NOT_NOTICED = 0.05
"""Share of the largest error: what nobody sees, and is given up before anything is left out."""
_TRIES = 12
_LESS = 0.97
_TURNS = 3
_NEARLY = 0.8


@dataclass(frozen=True)
class Budget:
    """What a viewer can hold."""

    viewer: str
    kind: Literal["usdz", "glb"]
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
QUICK_LOOK = Budget("Quick Look", "usdz", triangles=100_000, materials=50)
SCENE_VIEWER = Budget("Scene Viewer", "glb", triangles=100_000, vertices=30_000, materials=10, bytes=10_000_000)


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


def reduced(surfaces: Sequence[Surface], budget: Budget, view: View, report: Report) -> Reduced:
    """Surfaces, z up, as few as `budget` allows; raises `BadInput` where they would move more than is well.

    What is within the budget stays whole. Else go first the triangles that the shape does not need, then those that
    nobody outside sees, and then detail.
    """
    whole = join(surfaces)
    if not len(whole.triangles):
        raise BadInput("This model has no triangle with an area; there is nothing to show.")
    if budget.holds(whole):
        return Reduced(split(whole))
    stage = f"Reducing for {budget.viewer}"
    largest_m = view.largest_error_m(float(np.ptp(whole.positions, axis=0).max()))
    report(stage, 0, 3)
    neat = _simplified(whole, budget, largest_m * _NOT_NOTICED, Kept())
    # Thin parts that fall away may lie farther from all else than anything was to move.
    if budget.holds(neat) and (error_m := deviation(whole, neat).error_m) <= largest_m:
        return _told(whole, neat, error_m, view)
    report(stage, 1, 3)
    seen = visible_from_outside(split(whole))
    shell = only(whole, seen)
    report(stage, 2, 3)
    done = _brought_down(shell, budget, largest_m, view)
    report(stage, 3, 3)
    hidden = f"{np.count_nonzero(~seen):,} of {len(seen):,} triangles, which nobody sees from outside, were left out."
    return Reduced(done.surfaces, done.error_m, (hidden, *done.taken))


def _brought_down(mesh: Joined, budget: Budget, largest_m: float, view: View) -> Reduced:
    """The mesh within `budget`, with as much care as that allows."""
    fewest, least_m = mesh, np.inf
    for few, error_m in _attempts(mesh, budget, largest_m):
        if error_m <= largest_m:
            return _told(mesh, few, error_m, view)
        fewest, least_m = min(fewest, few, key=lambda each: len(each.triangles)), min(least_m, error_m)
    if np.isfinite(least_m):
        raise BadInput(
            f"Within the {budget.size} that {budget.viewer} holds, the surface of this model would move by "
            f"{length(least_m)}, more than {length(largest_m)}; export a part of the model or a simpler one."
        )
    raise BadInput(
        f"{len(mesh.triangles):,} triangles of this model are seen from outside, and moving its surface by "
        f"{length(largest_m)} at most leaves {len(fewest.triangles):,} of them, with {len(fewest.positions):,} "
        f"vertices, more than {budget.viewer} holds ({budget.size}); export a part of the model or a simpler one."
    )


def _attempts(mesh: Joined, budget: Budget, largest_m: float) -> Iterator[tuple[Joined, float]]:
    """Ever less careful meshes, and how far each lies off; infinitely where it is not within `budget`."""
    for colours in (True, False):
        far = np.zeros(len(mesh.positions), bool)
        for _ in range(_TURNS):
            few = _simplified(mesh, budget, largest_m, Kept(colours, far))
            if not budget.holds(few):
                yield few, np.inf
                break
            off = deviation(mesh, few)
            yield few, off.error_m
            far = far | (off.vertices_m > largest_m * _NEARLY)  # what ended too far off stays the next time


def _simplified(mesh: Joined, budget: Budget, error_m: float, kept: Kept) -> Joined:
    """The mesh within `budget`, or as near to it as `error_m` allows."""
    vertices = budget.vertices or len(mesh.positions)
    most = min(budget.triangles, len(mesh.triangles) * vertices // len(mesh.positions))
    few = mesh
    for _ in range(_TRIES):
        few = simplified(mesh, most, error_m, kept)
        if budget.holds(few) or len(few.triangles) > most:
            break
        most = int(len(few.triangles) * vertices / len(few.positions) * _LESS)
    return few


def _told(before: Joined, after: Joined, error_m: float, view: View) -> Reduced:
    shown = f", {length(error_m * view.scale)} as shown" if view.scale < 1 else ""
    fewer = (
        f"Simplified from {len(before.triangles):,} triangles to {len(after.triangles):,}; "
        f"the surface moved by at most {length(error_m)}{shown}."
    )
    return Reduced(split(after), error_m, (fewer,))


def length(metres: float) -> str:
    """A length for people."""
    if metres < 0.1:  # noqa: PLR2004 - where people begin to count in metres
        return f"{metres * 1000:.2g} mm"
    return f"{metres:.2f} m" if metres < 10 else f"{metres:,.0f} m"  # noqa: PLR2004 - and where they leave centimetres out
