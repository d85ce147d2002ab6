"""Boxes around points. Move points, then box them; never move a box."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .frame import Vec3s

Vec3 = NDArray[np.float64]  # (3,), metres


@dataclass(frozen=True, eq=False)
class Box:
    """The smallest box along a frame's axes around some points; metres."""

    low: Vec3
    high: Vec3

    @classmethod
    def around(cls, xyz: Vec3s) -> Self:
        """The box around points, (n, 3) with n at least 1."""
        return cls(xyz.min(axis=0), xyz.max(axis=0))

    @classmethod
    def union(cls, first: "Box", *others: "Box") -> Self:
        """The box around boxes of one frame."""
        boxes = (first, *others)
        return cls(np.min([box.low for box in boxes], axis=0), np.max([box.high for box in boxes], axis=0))

    @property
    def centre(self) -> Vec3:
        """The middle, (3,)."""
        return (self.low + self.high) / 2

    @property
    def corners(self) -> Vec3s:
        """The eight corners, (8, 3)."""
        return np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]) * (self.high - self.low) + self.low

    @property
    def diagonal(self) -> float:
        """From the lowest to the highest corner, metres."""
        return float(np.linalg.norm(self.high - self.low))

    def padded(self, by: float) -> "Box":
        """The box grown by `by` metres on every side."""
        return Box(self.low - by, self.high + by)

    def holds(self, other: "Box", tolerance: float = 0.0) -> bool:
        """Whether `other` lies inside, to within `tolerance` metres."""
        inside = (other.low >= self.low - tolerance).all() and (other.high <= self.high + tolerance).all()
        return bool(inside)

    def volume(self) -> list[float]:
        """The twelve numbers of a `boundingVolume.box`: centre and half-axes (3D Tiles 1.1, "Bounding volumes")."""
        x, y, z = ((self.high - self.low) / 2).tolist()
        return [*self.centre.tolist(), x, 0.0, 0.0, 0.0, y, 0.0, 0.0, 0.0, z]
