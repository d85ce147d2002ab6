"""What is known of the place a model goes to, and what came of putting it there."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.georeference import Ground

from .byhand import ByHand
from .position import Position
from .report import Report

if TYPE_CHECKING:
    from .mask import Masks
    from .plausible import Plausibility


@dataclass(frozen=True)
class Around:
    """What is known of the place a model goes to."""

    crs: str = "EPSG:7415"
    """The reference system of point files that state none."""
    terrain: tuple[Path | str, ...] = ()
    """Classified point files, such as AHN's; COPC may be at an address."""
    on_ground: bool = False
    """Whether the model's height is set by them."""
    footprints: Path | None = None
    """GeoJSON of the outlines of buildings, such as BAG's."""
    masks: "Masks | None" = None
    """What of them is taken away."""

    @property
    def known(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.terrain or self.footprints)

    def ground(self, report: Report) -> Ground | None:
        """The height of the ground at a place; None where no point files are given."""
        if not self.terrain:
            return None
        from .terrain import read_terrain  # noqa: PLC0415 - point clouds, a third of a second, where there are some

        asked: dict[tuple[int, int], float | None] = {}  # readings of one file often come to one place

        def ground(x: float, y: float) -> float | None:
            place = round(x), round(y)
            if place not in asked:
                asked[place] = read_terrain(self.terrain, (x, y, x, y), self.crs, report).near(x, y)
            return asked[place]

        return ground


NOTHING = Around()
"""What is known of a place where nothing is."""


@dataclass(frozen=True, eq=False)
class Stood:
    """Where a model stands, and what came of looking around there."""

    position: Position
    by_hand: ByHand | None
    """The place as it was chosen, points fitted and height set; None where it goes by the file."""
    notes: tuple[str, ...]
    """All that is to be said of it, in sentences."""
    plausibility: "Plausibility | None" = None
