"""CityJSON 0.9 to 2.0 and CityJSONSeq (OGC 20-072r5).

One reading serves two uses: a plan model (`read`), and the buildings of the city that stands (`read_city`).
"""

from .city import City, CityObject, Faces, read_city
from .geometry import Polygon
from .plan import read

__all__ = ["City", "CityObject", "Faces", "Polygon", "read", "read_city"]
