"""Where a file's coordinates lie: its reference system, the order of its axes, and what its heights are."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from models.georeference import Candidate, Georeference
from tiles.crs import recognise
from tiles.errors import BadInput, OutsideArea
from tiles.frame import RD_NAP, Vec3s

_ON_THE_MAP = {"EPSG:28992", "EPSG:7415"}
_ELLIPSOIDAL = {"EPSG:4937", "EPSG:4979"}
_DEGREES = {
    "EPSG:7423": "Its heights are EVRF2007, which differs from NAP by about a centimetre and was taken for it.",
    "EPSG:9286": "",  # ETRS89 + NAP
    "EPSG:4258": "EPSG:4258 says nothing of heights; NAP taken.",
    "EPSG:4326": "EPSG:4326 says nothing of heights; NAP taken, and WGS 84 taken for ETRS89.",
    "EPSG:4937": "",
    "EPSG:4979": "WGS 84 was taken for ETRS89, as maps of the Netherlands do.",
}
_LATITUDES, _LONGITUDES = (50.0, 56.0), (2.0, 8.0)
_OLD = re.compile(r"epsg\D+(\d{4,6})\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """How a file's positions become metres, and what that says of where it lies."""

    georeference: Georeference
    to_metres: Callable[[Vec3s], Vec3s]
    """Positions of the file, (n, 3), to metres of the model."""
    degrees: bool = False
    notes: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()


def place(srs_names: Iterable[str], ends: Vec3s, name: str) -> Place:
    """The place of a file with these `srsName`s whose positions lie between two `ends`, (2, 3); raises `BadInput`."""
    known, unknown = _codes(srs_names)
    if len(known) > 1:
        raise BadInput(f"{name} mixes reference systems: {', '.join(sorted(known))}; export it in EPSG:7415 alone.")
    if not known:
        hints = tuple(f"its srsName {each[:80]!r} is no reference system that is known" for each in sorted(unknown))
        return Place(Georeference((), hints), _as_it_is)
    crs = next(iter(known))
    if crs in _DEGREES:
        return _in_degrees(crs, ends, name)
    evidence = f"CityGML srsName {crs}"
    if crs in _ON_THE_MAP and not _fits(ends) and _fits(_swapped(ends)):
        repaired = ("Its positions stand as y, x; they were turned to x, y, since only so they lie where RD New does.",)
        return Place(_at(crs, f"{evidence}, axes turned"), _swapped, repaired=repaired)
    return Place(_at(crs, evidence), _as_it_is)


def _codes(srs_names: Iterable[str]) -> tuple[set[str], set[str]]:
    known: set[str] = set()
    unknown: set[str] = set()
    for said in filter(None, (each.strip() for each in srs_names)):
        old = _OLD.search(said) if "#" in said else None
        try:
            known.add(recognise(f"EPSG:{old[1]}" if old else said))
        except BadInput:
            unknown.add(said)
    # Envelopes are often said to be in RD New, and their contents in RD New + NAP.
    return (known - {"EPSG:28992"} if "EPSG:7415" in known else known), unknown


def _at(crs: str, evidence: str) -> Georeference:
    return Georeference([Candidate(crs, np.eye(4), evidence)])


def _in_degrees(crs: str, ends: Vec3s, name: str) -> Place:
    turned = _geographic(_swapped(ends))
    if not _geographic(ends) and not turned:
        low, high = ends
        raise BadInput(
            f"{name} states {crs}, but its positions run from {low[0]:.4f}, {low[1]:.4f} to {high[0]:.4f}, "
            f"{high[1]:.4f}, which is not in the Netherlands; export it in RD New + NAP (EPSG:7415)."
        )

    def to_metres(positions: Vec3s) -> Vec3s:
        ordered = _swapped(positions) if turned else positions
        if crs in _ELLIPSOIDAL:
            return RD_NAP.from_geographic(ordered)
        flat = np.column_stack([ordered[:, :2], np.zeros(len(ordered))])
        return np.column_stack([RD_NAP.from_geographic(flat)[:, :2], ordered[:, 2]])

    repaired = ("Its positions stand as longitude, latitude; they were turned to latitude, longitude.",)
    notes = (_DEGREES[crs],) if _DEGREES[crs] else ()
    evidence = f"CityGML srsName {crs}, taken to RD New"
    return Place(_at("EPSG:7415", evidence), to_metres, degrees=True, notes=notes, repaired=repaired if turned else ())


def _as_it_is(positions: Vec3s) -> Vec3s:
    return positions


def _swapped(positions: Vec3s) -> Vec3s:
    return positions[:, [1, 0, 2]]


def _fits(ends: Vec3s) -> bool:
    try:
        RD_NAP.require(ends)
    except (OutsideArea, BadInput):
        return False
    return True


def _geographic(ends: Vec3s) -> bool:
    latitudes, longitudes = ends[:, 0], ends[:, 1]
    inside = (latitudes >= _LATITUDES[0]) & (latitudes <= _LATITUDES[1])
    return bool((inside & (longitudes >= _LONGITUDES[0]) & (longitudes <= _LONGITUDES[1])).all())
