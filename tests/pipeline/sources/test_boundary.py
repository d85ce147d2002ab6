"""The outline of a municipality."""

import pytest

from pipeline.sources import record
from pipeline.sources.boundary import fetch_boundary
from pipeline.sources.web import SourceAway, web
from tests.pipeline.sources.conftest import QUICK
from tiles.errors import BadInput


def square(x, y, side=1_000.0):
    return [[[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]]


@pytest.fixture
def country(land):
    names = ["Alblasserdam", "Zwijndrecht", "Papendrecht", "Dordrecht", "Breda"]
    land.municipalities = {name: square(100_000.0 + 2_000 * index, 425_000.0) for index, name in enumerate(names)}
    return land


@pytest.fixture
def outline(sources, folder):
    def of(name):
        folder.mkdir(exist_ok=True)
        kept = record.read(folder)
        with web(QUICK) as source:
            area, entry = fetch_boundary(sources.boundary, name, kept, source)
        if entry:
            kept.add(entry)
        return area

    return of


def test_a_municipality_is_found_by_its_name(country, outline):
    area = outline("Dordrecht")
    assert area.bounds == (106_000, 425_000, 107_000, 426_000)
    assert area.said.startswith("the municipality of Dordrecht, within RD 106000")
    assert [one.query["naam"] for one in country.asked] == ["Dordrecht"]


def test_a_source_that_does_not_filter_is_read_page_by_page(country, outline):
    country.filters = False
    assert outline("dordrecht").bounds == (106_000, 425_000, 107_000, 426_000)
    assert len(country.asked) == 2


def test_it_is_kept_and_not_asked_for_again(country, outline):
    first = outline("Dordrecht")
    asked = len(country.asked)
    assert outline("Dordrecht").identity == first.identity
    assert len(country.asked) == asked


def test_a_name_that_is_not_known_is_said(country, outline):
    country.filters = False
    with pytest.raises(BadInput, match="knows no municipality Dordt; it sent Alblasserdam, Zwijndrecht"):
        outline("Dordt")


def test_an_outline_in_degrees_is_refused_when_rd_was_asked_for(country, outline):
    country.content_crs = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    with pytest.raises(SourceAway, match="was asked for RD"):
        outline("Dordrecht")
