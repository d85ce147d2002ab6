"""What is known of a town, as its sample file says it; coordinates in metres of the map, heights in NAP."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.errors import BadInput

Line = NDArray[np.float64]  # (2, 2), from and to, x and y


@dataclass(frozen=True, eq=False)
class Row:
    """Houses side by side along a line; a negative depth lies to its right."""

    line: Line
    depth_m: float
    eaves_m: tuple[float, float]
    rise_m: tuple[float, float]
    """How far the ridge is above the eaves; 0 is a flat roof."""
    widths_m: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Along:
    """Things at even distances along a line, of one size."""

    line: Line
    every_m: float
    size_m: float


@dataclass(frozen=True, eq=False)
class Bridge:
    """A straight deck over water."""

    line: Line
    width_m: float
    deck_nap: float


@dataclass(frozen=True, eq=False)
class Wire:
    """A wire that hangs between two points."""

    line: Line
    nap: float
    sag_m: float


@dataclass(frozen=True)
class Church:
    """A cruciform church with a tower at its west end."""

    at: tuple[float, float]
    heading_deg: float
    ground_nap: float
    length_m: float
    nave_width_m: float
    eaves_nap: float
    ridge_nap: float
    aisle_width_m: float
    aisle_nap: float
    transept_from_west_m: float
    transept_length_m: float
    tower_side_m: float
    tower_nap: float


@dataclass(frozen=True)
class Proposal:
    """The building that is proposed, and its plot."""

    name: str
    at: tuple[float, float]
    ground_nap: float
    heading_deg: float
    width_m: float
    depth_m: float
    storeys: int


@dataclass(frozen=True, eq=False)
class Facts:
    """A town."""

    seed: int
    ground_nap: float
    water_nap: float
    waters: tuple[NDArray[np.float64], ...]  # each (n, 2), an outline
    church: Church
    rows: tuple[Row, ...]
    bridges: tuple[Bridge, ...]
    trees: tuple[Along, ...]
    boats: tuple[Along, ...]
    wires: tuple[Wire, ...]
    proposal: Proposal


def read(path: Path) -> Facts:
    """The facts in a sample file; raises `BadInput` that says what is wrong with it."""
    try:
        return _facts(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise BadInput(f"There is no sample {path}; the municipality's [demo] names one in assets/samples.") from None
    except (KeyError, TypeError, ValueError) as error:  # TOMLDecodeError is a ValueError
        raise BadInput(f"The sample {path} cannot be used: {error!r}.") from error


def _facts(said: Mapping[str, Any]) -> Facts:
    return Facts(
        seed=int(said["seed"]),
        ground_nap=float(said["ground_nap"]),
        water_nap=float(said["water_nap"]),
        waters=tuple(np.array(water["outline"], np.float64) for water in said.get("water", [])),
        church=Church(**said["church"]),
        rows=tuple(_row(row) for row in said.get("row", [])),
        bridges=tuple(Bridge(_line(b), float(b["width"]), float(b["deck_nap"])) for b in said.get("bridge", [])),
        trees=tuple(Along(_line(t), float(t["every"]), float(t["height"])) for t in said.get("trees", [])),
        boats=tuple(Along(_line(b), float(b["every"]), float(b["length"])) for b in said.get("boats", [])),
        wires=tuple(Wire(_line(w), float(w["nap"]), float(w["sag"])) for w in said.get("wire", [])),
        proposal=Proposal(**said["proposal"]),
    )


def _row(said: Mapping[str, Any]) -> Row:
    return Row(
        _line(said),
        float(said["depth"]),
        _pair(said.get("eaves", [6.5, 9.5])),
        _pair(said.get("ridge", [2.5, 4.5])),
        _pair(said.get("widths", [5.2, 8.0])),
    )


def _line(said: Mapping[str, Any]) -> Line:
    return np.array(said["line"], np.float64).reshape(2, 2)


def _pair(values: Any) -> tuple[float, float]:
    low, high = (float(value) for value in values)
    return low, high
