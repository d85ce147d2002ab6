"""What was promised, beside what was measured."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .contenders import COLD, DECODERS, PEER, ROUGH, VOORLAND
from .rounds import Result
from .tileset import Described

_M, _MB, _GB = 1e6, 1e6, 1e9
_COLOURED = 7
_SMALL_POINTS = 3_000_000


@dataclass(frozen=True)
class Limit:
    """What a figure may be at most, or must be at least."""

    value: float
    unit: str = ""
    at_least: bool = False
    digits: int = 2
    """How exactly the figure is written, and compared."""

    def keeps(self, figure: float) -> bool:
        """Whether a figure, as it is written, keeps to it."""
        written = round(figure, self.digits)
        return written >= self.value if self.at_least else written <= self.value


@dataclass(frozen=True)
class Goal:
    """A figure and its limit."""

    what: str
    limit: Limit
    on: str
    """The input it was measured on."""
    value: float | None
    """None where it was not measured."""

    @property
    def met(self) -> bool | None:
        """Whether it was reached; None where it was not measured."""
        return None if self.value is None else self.limit.keeps(self.value)


def _goal(what: str, limit: Limit, result: Result | None, of: Callable[[Result], float | None]) -> Goal:
    return Goal(what, limit, result.input.name if result else "", of(result) if result else None)


@dataclass(frozen=True)
class Found:
    """All results, to be asked."""

    results: Sequence[Result]

    def sizes(self, contender: str, *formats: int) -> list[Result]:
        """A contender's results from few points to many."""
        mine = [each for each in self.results if each.contender == contender]
        mine = [each for each in mine if not formats or each.input.point_format in formats]
        return sorted(mine, key=lambda each: each.input.points)

    def one_file(self, contender: str, *formats: int) -> Result | None:
        """A contender's result on the largest input of one file."""
        return _last(iter(self.files(contender, *formats)))

    def files(self, contender: str, *formats: int) -> list[Result]:
        """A contender's results on inputs of one file, from few points to many."""
        return [each for each in self.sizes(contender, *formats) if len(each.input.files) == 1]

    def many_files(self, contender: str) -> Result | None:
        """A contender's result on the largest input of several files."""
        return _last(each for each in self.sizes(contender) if len(each.input.files) > 1)

    def beside(self, result: Result, contender: str) -> Result | None:
        """Another contender's result on the same input."""
        return next((each for each in self.results if (each.contender, each.input) == (contender, result.input)), None)

    def over_decode(self, result: Result) -> float | None:
        """CPU as a multiple of that of only decompressing, by whichever way takes less."""
        found = [self.beside(result, name) for name in DECODERS.values()]
        return max((result.cpu_s / each.cpu_s for each in found if each), default=None)

    def over_peer(self, result: Result) -> float | None:
        """Points per CPU second as a multiple of the peer's."""
        peer = self.beside(result, PEER)
        return peer.cpu_s / result.cpu_s if peer else None


def _last(results: Iterator[Result]) -> Result | None:
    return next(reversed([*results]), None)


def goals(results: Sequence[Result]) -> list[Goal]:
    """Every goal of issue 3 that is about speed, memory or size."""
    found = Found(results)
    return [*_speed(found), *_memory(found), *_size(found), *_tiles(found), *_scaling(found)]


def _speed(found: Found) -> Iterator[Goal]:
    for point_format, least in ((1, 1.6), (6, 1.9)):
        ours = found.one_file(VOORLAND, point_format)
        yield _goal(f"CPU over decoding, format {point_format}", Limit(2.0, "×"), ours, found.over_decode)
        limit = Limit(least, "M/s", at_least=True)
        yield _goal(
            f"points per second, format {point_format}", limit, ours, lambda of: of.input.points / of.wall_s / _M
        )
        compared = _last(each for each in found.files(VOORLAND, point_format) if found.beside(each, PEER))
        limit = Limit(8.0, "×", at_least=True, digits=1)
        yield _goal(f"points per CPU second over py3dtiles, format {point_format}", limit, compared, found.over_peer)


def _memory(found: Found) -> Iterator[Goal]:
    one = max(found.files(VOORLAND, 1, 6), key=lambda of: of.worst.pss_bytes, default=None)
    many = found.many_files(VOORLAND)
    yield _goal("peak memory (PSS), one file", Limit(0.6, "GB"), one, lambda of: of.worst.pss_bytes / _GB)
    yield _goal("peak memory (PSS), ten files", Limit(1.0, "GB"), many, lambda of: of.worst.pss_bytes / _GB)
    limit = Limit(16.0, "bytes a point", digits=1)
    yield _goal("scratch disk", limit, many or one, lambda of: of.scratch_bytes / of.input.points)


def _size(found: Found) -> Iterator[Goal]:
    unit = "bytes a point"
    fine, coarse = found.one_file(VOORLAND, 1, 6), found.one_file(ROUGH)
    yield _goal("size without colour, 1 mm", Limit(6.0, unit), fine, _told(_plain))
    yield _goal("size without colour, 1 cm", Limit(5.0, unit), coarse, _told(_plain))
    colour = _told(lambda tileset: tileset.colour_bytes / tileset.points)
    yield _goal("colour of a photo", Limit(2.5, unit), found.one_file(VOORLAND, _COLOURED), colour)


def _told(of: Callable[[Described], float]) -> Callable[[Result], float | None]:
    return lambda result: of(result.described) if result.described else None


def _plain(tileset: Described) -> float:
    return (tileset.bytes - tileset.colour_bytes) / tileset.points


def _tiles(found: Found) -> Iterator[Goal]:
    ours = found.one_file(VOORLAND, 1, 6)
    least, most = Limit(10_000, at_least=True, digits=0), Limit(50_000, digits=0)
    yield _goal("points a tile, 10th percentile", least, ours, _told(lambda tileset: tileset.points_a_tile["p10"]))
    yield _goal("points a tile, largest", most, ours, _told(lambda tileset: tileset.points_a_tile["max"]))
    yield _goal("first view", Limit(2.0, "MB"), ours, _told(lambda tileset: tileset.first_view_bytes / _MB))


def _scaling(found: Found) -> Iterator[Goal]:
    for name, what, limit_s in ((VOORLAND, "2 M file, warm", 3.0), (COLD, "2 M file, numba cache cold", 7.0)):
        small = _last(each for each in found.files(name, 1, 6) if each.input.points < _SMALL_POINTS)
        yield _goal(what, Limit(limit_s, "s", digits=1), small, lambda of: of.wall_s)

    def growth(many: Result) -> float | None:
        one = found.one_file(VOORLAND, many.input.point_format)
        return many.cpu_s / many.input.points / (one.cpu_s / one.input.points) if one else None

    yield _goal("CPU a point, ten files over one", Limit(1.1, "×"), found.many_files(VOORLAND), growth)
