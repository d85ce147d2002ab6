"""Deterministic point files that look, and compress, like the Dutch height survey AHN.

AHN4 as delivered is LAS 1.4 with point format 1, RIEGL's Amplitude, Reflectance and Deviation as extra bytes, steps of
1 mm, chunks of 50,000, classes 1, 2, 6, 9 and 26, points in the order in which they were scanned, strip after strip,
and no reference system. AHN5 is format 6 with the WKT flag unset.
"""

from .laz import POINTS_PER_M2, Survey, shift, write

__all__ = ["POINTS_PER_M2", "Survey", "shift", "write"]
