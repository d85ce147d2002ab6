"""Reference systems by their many names."""

import pytest
from pyproj import CRS

from tiles.crs import recognise
from tiles.errors import BadInput


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("EPSG:7415", "EPSG:7415"),
        ("7415", "EPSG:7415"),
        (" epsg:28992 ", "EPSG:28992"),
        ("EPSG:28992+5709", "EPSG:7415"),
        ("urn:ogc:def:crs:EPSG::28992", "EPSG:28992"),
        ("Amersfoort / RD New", "EPSG:28992"),
        (CRS("EPSG:7415").to_wkt("WKT1_GDAL"), "EPSG:7415"),
        (CRS("EPSG:28992").to_wkt(), "EPSG:28992"),
    ],
)
def test_a_reference_system_is_recognised_under_its_many_names(text, code):
    assert recognise(text) == code


def test_a_text_that_names_none_is_refused():
    with pytest.raises(BadInput, match="'Dordrecht' is no coordinate reference system"):
        recognise("Dordrecht")
