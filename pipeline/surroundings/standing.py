"""Where the surroundings stand: their map, and the one straight frame that all their tiles are in."""

from dataclasses import dataclass

import numpy as np

from tiles.frame import MapFrame, Placement, Vec3s


@dataclass(frozen=True)
class Standing:
    """A map, and a rigid frame east, north, up."""

    frame: MapFrame
    placement: Placement

    def place(self, xyz: Vec3s) -> Vec3s:
        """Map metres to local metres, (n, 3), through PROJ, each point by itself: the same whatever it comes with."""
        offsets = self.frame.to_ecef(xyz) - self.placement.origin
        # The axes' transpose leads back, for they are rigid; written out, for a library's product of matrices may add
        # in another order for another number of points.
        axes = self.placement.axes
        return np.asarray(offsets[:, :1] * axes[0] + offsets[:, 1:2] * axes[1] + offsets[:, 2:] * axes[2])
