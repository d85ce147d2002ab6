"""What a contender took, whatever it was given and whatever it left."""

import statistics
from dataclasses import dataclass
from typing import Generic, TypeVar

from .measure import Usage

Given = TypeVar("Given")
Left = TypeVar("Left")


@dataclass(frozen=True)
class Result(Generic[Given, Left]):
    """What a contender took for an input, in all rounds."""

    contender: str
    input: Given
    usages: tuple[Usage, ...]
    """One a round; none where it failed."""
    out_bytes: int
    described: Left
    """What it left, in the last round."""

    @property
    def wall_s(self) -> float:
        """Median of the rounds."""
        return statistics.median(usage.wall_s for usage in self.usages)

    @property
    def cpu_s(self) -> float:
        """Median of the rounds."""
        return statistics.median(usage.cpu_s for usage in self.usages)

    @property
    def worst(self) -> Usage:
        """The round with the highest peak of memory."""
        return max(self.usages, key=lambda usage: usage.pss_bytes)

    @property
    def scratch_bytes(self) -> int:
        """The highest peak of the rounds."""
        return max(usage.scratch_bytes for usage in self.usages)
