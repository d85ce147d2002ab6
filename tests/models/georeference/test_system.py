"""Reference systems by the names people give them."""

import pytest

from models.georeference.system import named
from tiles.errors import BadInput


@pytest.mark.parametrize(
    ("name", "vertical", "system"),
    [
        ("EPSG:7415", "", "EPSG:7415"),
        ("EPSG: 28992", "", "EPSG:28992"),
        ("28992", "NAP", "EPSG:7415"),
        ("EPSG:28992+5709", "", "EPSG:7415"),
        ("urn:ogc:def:crs:EPSG::28992", "EPSG:5709", "EPSG:7415"),
        ("Amersfoort / RD New", "Normaal Amsterdams Peil", "EPSG:7415"),
        ("RD-NAP", "", "EPSG:7415"),
        ("Rijksdriehoek", "", "EPSG:28992"),
        ("EPSG:32631", "", "EPSG:32631"),
    ],
)
def test_a_system_is_known_by_its_name(name, vertical, system):
    assert named(name, vertical) == (system, ())


def test_no_name_and_other_heights_are_doubtful():
    assert named("")[1]
    assert "TAW" in named("EPSG:28992", "TAW")[1][0].said


@pytest.mark.parametrize("name", ["EPSG:1234", "my own grid", "Nord"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(BadInput):
        named(name)
