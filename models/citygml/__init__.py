"""CityGML 1.0, 2.0 (OGC 12-019) and 3.0 (OGC 20-010, 21-006r2): buildings and what stands among them."""

from .plan import read

__all__ = ["read"]
