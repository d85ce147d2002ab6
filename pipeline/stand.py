"""A model put in its place, with a look at the ground and the buildings there."""

from dataclasses import replace
from pathlib import Path

from models.model import Model
from tiles.errors import BadInput

from .around import NOTHING, Around, Stood
from .byhand import ByHand, ByPairs, fitted
from .position import find
from .report import Report, silent

__all__ = ["NOTHING", "Around", "Stood", "stand"]


def stand(
    model: Model, file: Path, by_hand: ByHand | ByPairs | None, around: Around = NOTHING, report: Report = silent
) -> Stood:
    """Put a model in its place and look around there.

    Raises `MissingGeoreference` where nothing says where it goes, `OutsideArea` where it cannot be, and `BadInput` for
    pairs that contradict each other and files that cannot be read.
    """
    notes: tuple[str, ...] = ()
    if isinstance(by_hand, ByPairs):
        found = fitted(by_hand, model.facts, file.name)
        by_hand, notes = found.by_hand, found.notes
    if around.on_ground and not around.terrain:
        raise BadInput("There is no terrain to stand the model on; pass the point files with --on-ground.")
    stood = Stood(find(model, file, by_hand, around.ground(report)), by_hand, notes)
    if not around.known:
        return replace(stood, notes=(*notes, *stood.position.notes))
    from .settle import settled  # noqa: PLC0415 - half a second of point clouds, where there is something to look at

    return settled(stood, model, around, report)
