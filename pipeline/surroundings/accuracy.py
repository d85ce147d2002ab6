"""How far the ground lies from the points it was made of, counted so that figures of squares can be added up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiles.frame import Vec3s

from .lattice import Window
from .pyramid import Values
from .terrain import surface

_BIN_MM = 1
_BINS = 5_000
"""Distances up to 5 m are counted by millimetre, larger ones together."""


@dataclass(frozen=True, eq=False)
class Residuals:
    """Upright distances between points and the mesh: how many of each size, and the sums that give mean and RMS."""

    count: int = 0
    sum_mm: int = 0
    squares_mm2: int = 0
    largest_mm: int = 0
    sizes: NDArray[np.int64] | None = None  # (5001,), by whole millimetre

    def __add__(self, other: "Residuals") -> "Residuals":
        sizes = [each.sizes for each in (self, other) if each.sizes is not None]
        return Residuals(
            self.count + other.count,
            self.sum_mm + other.sum_mm,
            self.squares_mm2 + other.squares_mm2,
            max(self.largest_mm, other.largest_mm),
            sum(sizes[1:], sizes[0]) if sizes else None,
        )

    @property
    def rms_m(self) -> float:
        """Root mean square, metres; 0 without points."""
        return float(np.sqrt(self.squares_mm2 / self.count)) / 1000 if self.count else 0.0

    @property
    def bias_m(self) -> float:
        """How much the mesh lies above the points on average, metres."""
        return self.sum_mm / self.count / 1000 if self.count else 0.0

    def within_m(self, part: float) -> float:
        """The distance within which a part of the points lies, metres, to the millimetre above."""
        if self.sizes is None or not self.count:
            return 0.0
        return float(np.searchsorted(np.cumsum(self.sizes), part * self.count) * _BIN_MM) / 1000

    def figures(self) -> dict[str, int | float]:
        """The figures for people and programs, metres."""
        return {
            "points": self.count,
            "rmsM": round(self.rms_m, 4),
            "biasM": round(self.bias_m, 4),
            "within95M": self.within_m(0.95),
            "largestM": self.largest_mm / 1000,
        }


def residuals(window: Window, mesh_mm: Values, xyz: Vec3s) -> Residuals:
    """Compare the mesh, given by its height at every node of a window, with points in it, (n, 3), RD and NAP metres."""
    if len(xyz) == 0:
        return Residuals()
    apart = np.rint(surface(window, mesh_mm, xyz[:, :2]) - xyz[:, 2] * 1000).astype(np.int64)
    sizes = np.bincount(np.minimum(np.abs(apart), _BINS), minlength=_BINS + 1)
    return Residuals(
        len(apart), int(apart.sum()), int((apart * apart).sum()), int(np.abs(apart).max()), sizes.astype(np.int64)
    )
