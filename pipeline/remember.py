"""The place someone chose for a model, kept beside its file, so that a new version of it lands there again.

`plan.ifc` has `plan.ifc.voorland.json`:

    {"voorland": "placement 1",
     "placement": {"crs": "EPSG:7415", "at": [x, y, NAP], "headingDeg": 33.0, "scale": 1.0, "about": [0, 0, 0]},
     "pairs": [{"model": [x, y, z], "map": [x, y, NAP]}],
     "reading": {"unitM": 0.001, "up": "y"}}

`about` is the point of the model, metres, that goes to `at`; `pairs` tells what the placement was fitted to. All but
`voorland` may be left out. Who chose it and when is not written, so that the same choice gives the same bytes.
"""

import json
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

from models.georeference import Pair
from models.model import Reading
from tiles.errors import BadInput
from tiles.store import part_of, said_as_output_problem

from .byhand import ByHand

_KIND = "placement 1"
_SUFFIX = ".voorland.json"


@dataclass(frozen=True)
class Remembered:
    """What someone said of a model."""

    by_hand: ByHand | None = None
    pairs: tuple[Pair, ...] = ()
    """What the place was fitted to; none where it was given itself."""
    reading: Reading = field(default_factory=Reading)

    def __bool__(self) -> bool:
        return self.by_hand is not None or self.reading != Reading()


def beside(file: Path) -> Path:
    """Where what is remembered of a model file is kept."""
    return file.with_name(file.name + _SUFFIX)


def recall(file: Path) -> Remembered:
    """What is remembered of a model file; nothing where nothing is. Raises `BadInput` where it cannot be read."""
    path = beside(file)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return _remembered(document)
    except FileNotFoundError:
        return Remembered()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadInput(
            f"{path} is no placement that can be read ({error}); mend it, or delete it to begin anew."
        ) from error


def remember(file: Path, remembered: Remembered) -> Path:
    """Keep beside a model file what was said of it; raises `OutputProblem` where that cannot be written."""
    path = beside(file)
    with said_as_output_problem(path):
        part = Path(part_of(path))
        part.write_text(json.dumps(_document(remembered), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(path)
    return path


def _document(remembered: Remembered) -> dict[str, Any]:
    document: dict[str, Any] = {"voorland": _KIND}
    if (by_hand := remembered.by_hand) is not None:
        document["placement"] = {
            "crs": by_hand.crs,
            "at": list(by_hand.at),
            "headingDeg": by_hand.heading_deg,
            "scale": by_hand.scale,
            "about": list(by_hand.about),
        }
    if remembered.pairs:
        document["pairs"] = [{"model": list(pair.model), "map": list(pair.on_map)} for pair in remembered.pairs]
    reading = {"unitM": remembered.reading.unit_m, "up": remembered.reading.up}
    if said := {key: value for key, value in reading.items() if value is not None}:
        document["reading"] = said
    return document


def _remembered(document: dict[str, Any]) -> Remembered:
    if document["voorland"] != _KIND:
        raise ValueError(f"it is of kind {document['voorland']!r}")
    pairs = tuple(Pair(_three(each["model"]), _three(each["map"])) for each in document.get("pairs", ()))
    said = document.get("reading", {})
    up, unit_m = said.get("up"), said.get("unitM")
    if up not in {None, "x", "y", "z"}:
        raise ValueError(f"up is {up!r}")
    reading = Reading(up, None if unit_m is None else _positive(unit_m))
    placement = document.get("placement")
    by_hand = None if placement is None else _by_hand(placement, len(pairs))
    return Remembered(by_hand, pairs, reading)


def _by_hand(placement: dict[str, Any], pairs: int) -> ByHand:
    return ByHand(
        _three(placement["at"]),
        str(placement["crs"]),
        _finite(placement.get("headingDeg", 0.0)),
        _positive(placement.get("scale", 1.0)),
        _three(placement.get("about", (0.0, 0.0, 0.0))),
        f"fitted to {pairs} pairs of points" if pairs else "",
    )


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _positive(value: Any) -> float:
    if _finite(value) <= 0:
        raise ValueError(f"{value!r} is no size")
    return float(value)


def _three(values: Any) -> tuple[float, float, float]:
    x, y, z = (_finite(value) for value in values)
    return x, y, z
