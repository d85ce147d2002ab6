"""Shapes from two engines, each in a process of its own that may crash or hang.

The quick one makes everything at once. The thorough one makes what has several colours, and what the quick one left
empty or made senseless. An element that ends an engine is found, named and left out; every other one is there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from models.apart import Apart, Ended
from models.georeference import Georeference
from models.model import Progress

from .order import Begun, Order
from .shape import Shape

Quick = Callable[[bytes, frozenset[int]], Iterator[Shape]]
Thorough = Callable[[Order], Iterator[Georeference | Begun | Shape]]

_MOST_RUNS = 24  # of the quick engine, to find an element that ends it; what is not found by then the other one makes
_MOST_CULPRITS = 20


def _quick(data: bytes, numbers: frozenset[int]) -> Iterator[Shape]:
    from . import quick  # noqa: PLC0415 - loaded in the process that uses it

    return quick.made(data, numbers)


def _thorough(order: Order) -> Iterator[Georeference | Begun | Shape]:
    from . import thorough  # noqa: PLC0415 - a quarter of a second, in the process that uses it

    return thorough.made(order)


@dataclass(frozen=True)
class Engines:
    """The two, and how long each may take without giving anything."""

    quick: Quick = _quick
    thorough: Thorough = _thorough
    patience_s: float = 120.0
    """For an element, or for reading 10 MB."""

    def patience(self, size: int) -> float:
        """Seconds until the first results for a file of some bytes."""
        return self.patience_s * max(1.0, size / 10e6)


@dataclass
class Made:
    """What the engines gave."""

    shapes: dict[int, Shape] = field(default_factory=dict)
    """By the number of their element."""
    georeference: Georeference | None = None
    culprits: dict[int, str] = field(default_factory=dict)
    """What became of the engine at an element, by its number."""
    quick_culprits: dict[int, str] = field(default_factory=dict)
    quick_end: str = ""
    """Why the quick engine was given up before its end."""
    thorough_end: str = ""
    """And the thorough one."""


class QuickRun:
    """The quick engine over some products, begun at once; what it gives is taken when there is time."""

    def __init__(self, engines: Engines, data: bytes, numbers: Sequence[int]) -> None:
        """Start it."""
        self._engines, self._data, self._numbers = engines, data, numbers
        self._runs = 0
        self._first = self._start(numbers)

    def _start(self, numbers: Sequence[int]) -> Apart[Shape]:
        self._runs += 1
        patience_s = self._engines.patience(len(self._data))
        return Apart(self._engines.quick, self._data, frozenset(numbers), patience_s=patience_s)

    def into(self, made: Made) -> None:
        """Take all sound shapes; where the engine crashed, in halves, down to the element that crashes it."""
        self._take(self._first, self._numbers, made)

    def _take(self, run: Apart[Shape], numbers: Sequence[int], made: Made) -> None:
        with run:
            try:
                for shape in run:
                    if shape.sound:
                        made.shapes[shape.number] = shape
            except Ended as end:
                ended = end
            else:
                return
        if ended.hung:  # to look for the culprit would take as long, many times over
            made.quick_end = str(ended)
        elif len(numbers) == 1:
            made.quick_culprits[numbers[0]] = str(ended)
        else:
            self._halves(numbers, made, str(ended))

    def _halves(self, numbers: Sequence[int], made: Made, ended: str) -> None:
        middle = len(numbers) // 2
        for half in (numbers[:middle], numbers[middle:]):
            todo = [number for number in half if number not in made.shapes]
            if self._runs >= _MOST_RUNS:
                made.quick_end = ended
            elif todo:
                self._take(self._start(todo), todo, made)


class ThoroughRun:
    """The thorough engine over some products, begun at once; what it gives is taken when there is time."""

    def __init__(self, engines: Engines, order: Order) -> None:
        """Start it."""
        self._engines, self._order = engines, order
        self._first = self._start(order)

    def _start(self, order: Order) -> Apart[Georeference | Begun | Shape]:
        return Apart(self._engines.thorough, order, patience_s=self._engines.patience(len(order.text)))

    def into(self, made: Made, progress: Progress) -> None:
        """Take shapes and place: all together as long as that goes well, after an end one by one."""
        run, order = self._first, self._order
        while True:
            begun = _Told(made, dict.fromkeys(order.numbers), progress, len(self._order.numbers))
            with run:
                try:
                    for said in run:
                        begun.hear(said)
                except Ended as end:
                    ended = str(end)
                else:
                    return
            next_order = begun.after(ended, order)
            if next_order is None:
                return
            order, run = next_order, self._start(next_order)


@dataclass
class _Told:
    """What one run of the thorough engine has said."""

    made: Made
    todo: dict[int, None]
    progress: Progress
    total: int
    begun: int | None = None

    def hear(self, said: Georeference | Begun | Shape) -> None:
        """Keep it."""
        match said:
            case Georeference():
                self.made.georeference = said
            case Begun(number):
                self.todo.pop(self.begun or 0, None)
                self.begun = number
            case Shape():
                self.made.shapes[said.number] = said
                self.todo.pop(said.number, None)
                self.progress(self.total - len(self.todo), self.total)

    def after(self, ended: str, order: Order) -> Order | None:
        """What is to be asked of the next run; None where there is no use in it."""
        place = order.place and self.made.georeference is None
        if self.begun is not None:
            self.todo.pop(self.begun, None)
            self.made.culprits[self.begun] = ended
            if len(self.made.culprits) < _MOST_CULPRITS and (self.todo or place):
                return replace(order, numbers=tuple(self.todo), place=place)
        elif not order.one_by_one and self.todo:
            return replace(order, numbers=tuple(self.todo), one_by_one=True, place=place)
        elif place and self.todo:
            return replace(order, numbers=tuple(self.todo), one_by_one=True, place=False)
        self.made.thorough_end = ended
        return None
