"""What a file says of its place on Earth, as candidates that are weighed, never guessed.

A candidate takes model metres to map metres. Each gets a score with its reasons; the best is taken where it is good
enough and nothing as good contradicts it. Otherwise the user is asked to place the model.
"""

from .candidate import ADVICE, Candidate, Doubt, Georeference, Source
from .conversion import Helmert, Units, conversions, helmert_of
from .fit import Fit, Pair, fit
from .site import Site, known_points, site_candidates, site_hint
from .weighing import Ground, refused, required, weigh
from .words import Scored, Weighing

__all__ = [
    "ADVICE",
    "Candidate",
    "Doubt",
    "Fit",
    "Georeference",
    "Ground",
    "Helmert",
    "Pair",
    "Scored",
    "Site",
    "Source",
    "Units",
    "Weighing",
    "conversions",
    "fit",
    "helmert_of",
    "known_points",
    "refused",
    "required",
    "site_candidates",
    "site_hint",
    "weigh",
]
