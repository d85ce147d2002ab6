"""What is known of a city besides its points, from files."""

from math import inf
from pathlib import Path

import shapely  # type: ignore[import-untyped]

from pipeline.mask import Masks
from pipeline.report import Report

from . import footprints, modelled
from .townscape import Plan


def known(outlines: Path | None, models: Path | None, masks: Masks | None, report: Report) -> Plan:
    """The plan of a city: outlines (GeoJSON), buildings that someone modelled (CityJSON), and what is taken away.

    Masks with heights take points away and nothing else: what stands below and above them is made from what is left.
    """
    whole = [mask.outline for mask in masks.masks if (mask.low_nap_m, mask.high_nap_m) == (-inf, inf)] if masks else []
    return Plan(
        None if outlines is None else footprints.read(outlines),
        {} if models is None else modelled.read(models, lambda done, total: report("Reading buildings", done, total)),
        shapely.union_all(whole) if whole else None,
    )
