"""Placements as matrices (ISO 16739-1: IfcLocalPlacement, IfcAxis2Placement), read from a file's own lines."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tiles.frame import Matrix4, Vec3s

from .step import Entity, Step

_DEEPEST = 64  # one placement in another; a file that says more goes in a circle


class Placements:
    """The placements of a file by number, in metres; what is not as the schema has it raises `ValueError`."""

    def __init__(self, step: Step, unit_m: float) -> None:
        """Read nothing yet; `unit_m` is metres per unit of the file."""
        self._step, self._unit_m = step, unit_m
        self._known: dict[int, Matrix4] = {}

    def of(self, product: Entity) -> Matrix4 | None:
        """A product's own axes in the model; None where it is not placed."""
        number = product.reference(_OBJECT_PLACEMENT)
        return None if number is None else self.placement(number)

    def placement(self, number: int, deepest: int = _DEEPEST) -> Matrix4:
        """An IfcLocalPlacement with all that it is placed in."""
        if number not in self._known:
            said = self._step.whole(number)
            if said.kind != "IFCLOCALPLACEMENT" or not deepest:
                raise ValueError(f"a placement {said.kind or number}")
            above = said.reference(0)
            parent = np.eye(4) if above is None else self.placement(above, deepest - 1)
            self._known[number] = parent @ self.axes(said.reference(1))
        return self._known[number]

    def axes(self, number: int | None) -> Matrix4:
        """An IfcAxis2Placement3D or 2D by itself."""
        said = self._step.whole(number)
        match said.kind:
            case "IFCAXIS2PLACEMENT3D":
                up, along = self._direction(said, 1, (0.0, 0.0, 1.0)), self._direction(said, 2, (1.0, 0.0, 0.0))
            case "IFCAXIS2PLACEMENT2D":
                up, along = np.array([0.0, 0.0, 1.0]), self._direction(said, 1, (1.0, 0.0, 0.0))
            case _:
                raise ValueError(f"an axis placement {said.kind or number}")
        matrix = np.eye(4)
        matrix[:3, 2] = _unit(up)
        matrix[:3, 1] = _unit(np.cross(up, along).astype(np.float64))
        matrix[:3, 0] = np.cross(matrix[:3, 1], matrix[:3, 2])
        matrix[:3, 3] = numbers(self._step.whole(said.reference(0)).at(0)) * self._unit_m
        return matrix

    def _direction(self, axes: Entity, position: int, usual: Sequence[float]) -> Vec3s:
        number = axes.reference(position)
        return np.array(usual) if number is None else numbers(self._step.whole(number).at(0))


def numbers(said: Any) -> Vec3s:
    """Coordinates or ratios, the third 0 where there are two, (3,); raises `ValueError` for anything else."""
    if not isinstance(said, list) or len(said) not in {2, 3} or any(type(each) not in {int, float} for each in said):
        raise ValueError(f"coordinates {said}")
    return np.array([*map(float, said), *[0.0] * (3 - len(said))])


def _unit(vector: Vec3s) -> Vec3s:
    length = float(np.linalg.norm(vector))
    if not 0 < length < np.inf:
        raise ValueError("an axis without direction")
    return vector / length


_OBJECT_PLACEMENT = 5  # of IfcProduct
