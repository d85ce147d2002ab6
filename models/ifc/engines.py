"""Shapes from two engines, each in a process of its own that may crash or hang.

The quick one makes everything that has one colour in one go, and what has several in one go a colour. The thorough one
makes what the quick one leaves empty or makes senseless. An element that ends an engine is found, named and left out;
every other one is there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from models.apart import Apart, Ended
from models.model import Progress

from . import layers
from .layers import Layers
from .order import Begun, Order
from .shape import Shape

Quick = Callable[[bytes, frozenset[int]], Iterator[Shape]]
Thorough = Callable[[Order], Iterator[Begun | Shape]]

_MOST_RUNS = 24  # of the quick engine, to find an element that ends it; what is not found by then the other one makes
_MOST_CULPRITS = 20


def _quick(data: bytes, numbers: frozenset[int]) -> Iterator[Shape]:
    from . import quick  # noqa: PLC0415 - loaded in the process that uses it

    return quick.made(data, numbers)


def _thorough(order: Order) -> Iterator[Begun | Shape]:
    from . import thorough  # noqa: PLC0415 - a quarter of a second, in the process that uses it

    return thorough.made(order)


@dataclass(frozen=True)
class Engines:
    """The engines, and how long each may take without giving anything."""

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
    culprits: dict[int, str] = field(default_factory=dict)
    """What became of the thorough engine at an element, by its number."""
    quick_culprits: dict[int, str] = field(default_factory=dict)
    """And of the quick one."""
    ends: list[str] = field(default_factory=list)
    """Why an engine was given up, in sentences."""


class LayersRun:
    """The quick engine over products of several colours, begun at once and taken when there is time."""

    def __init__(self, engines: Engines, data: bytes, given: Layers) -> None:
        """Start it."""
        self._layers = given
        patience_s = engines.patience(len(data))
        self._run = Apart(layers.made, engines.quick, data, given.editions, patience_s=patience_s)
        self.close = self._run.close

    def into(self, made: Made) -> None:
        """Take the products that were made in all their colours; the thorough engine makes the others."""
        found: dict[int, dict[int, Shape]] = {number: {} for number in self._layers.colours}
        with self._run as run:
            try:
                for layer, shape in run:
                    if shape.sound:
                        found[shape.number][layer] = shape
            except Ended as end:
                made.ends.append(f"ifclite-geom {end} at elements of several colours; IfcOpenShell made those.")
        for number, shapes in found.items():
            joined = self._layers.joined(number, shapes)
            if joined is not None:
                made.shapes[number] = joined


class QuickRun:
    """The quick engine over some products, begun at once; what it gives is taken when there is time."""

    def __init__(self, engines: Engines, data: bytes, numbers: Sequence[int]) -> None:
        """Start it."""
        self._engines, self._data, self._numbers = engines, data, numbers
        self._runs = 0
        self._first = self._start(numbers)
        self.close = self._first.close

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
            made.ends.append(f"ifclite-geom {ended}; IfcOpenShell made what it did not.")
        elif len(numbers) == 1:
            made.quick_culprits[numbers[0]] = str(ended)
        else:
            self._halves(numbers, made, ended)

    def _halves(self, numbers: Sequence[int], made: Made, ended: Ended) -> None:
        middle = len(numbers) // 2
        for half in (numbers[:middle], numbers[middle:]):
            todo = [number for number in half if number not in made.shapes]
            if todo and self._runs < _MOST_RUNS:
                self._take(self._start(todo), todo, made)
            elif todo:
                made.ends.append(f"ifclite-geom {ended} many times; IfcOpenShell made what it did not.")


def make_thoroughly(engines: Engines, order: Order, made: Made, progress: Progress) -> None:
    """Take shapes from the thorough engine: all together as long as that goes well, after an end one by one."""
    left: Order | None = order
    while left is not None:
        told = _Told(made, dict.fromkeys(left.numbers))
        with Apart(engines.thorough, left, patience_s=engines.patience(len(left.text))) as run:
            try:
                for said in run:
                    told.hear(said)
                    progress(len(order.numbers) - len(told.todo), len(order.numbers))
            except Ended as end:
                left = told.after(end, left)
            else:
                return


@dataclass
class _Told:
    """What one run of the thorough engine has said."""

    made: Made
    todo: dict[int, None]
    begun: int | None = None

    def hear(self, said: Begun | Shape) -> None:
        """Keep it."""
        match said:
            case Begun(number):
                self.todo.pop(self.begun or 0, None)
                self.begun = number
            case Shape():
                self.made.shapes[said.number] = said
                self.todo.pop(said.number, None)

    def after(self, ended: Ended, order: Order) -> Order | None:
        """What is to be asked of the next run; None where there is no use in it."""
        if self.begun is not None:
            self.todo.pop(self.begun, None)
            self.made.culprits[self.begun] = str(ended)
            one_by_one = order.one_by_one
        elif order.one_by_one:
            self.made.ends.append(f"IfcOpenShell {ended} before it made anything.")
            return None
        else:
            one_by_one = True
        if len(self.made.culprits) >= _MOST_CULPRITS:
            self.made.ends.append(f"IfcOpenShell {ended} at {_MOST_CULPRITS} elements and was given up.")
            return None
        return replace(order, numbers=tuple(self.todo), one_by_one=one_by_one) if self.todo else None
