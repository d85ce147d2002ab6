"""Which sources a municipality names."""

import tomllib

import pytest

import assets
from pipeline import municipality
from pipeline.sources import config
from tiles.errors import BadInput


def shipped():
    return tomllib.loads(assets.path("municipalities/dordrecht.toml").read_text())["sources"]


def test_every_source_that_ships_says_whom_to_name_and_on_what_terms():
    sources = config.read(shipped())
    for source in (sources.ahn, sources.photo, sources.bag, sources.buildings, sources.boundary):
        assert source.credit.title
        assert source.credit.attribution
        assert source.credit.licence
        assert source.credit.page.startswith("https://")


def test_a_city_may_leave_sources_out():
    values = shipped()
    sources = config.read({"bag": values["bag"]})
    assert sources.bag.limit == 1000
    assert sources.ahn is sources.photo is sources.buildings is sources.boundary is None
    assert sources.attribution == ""


def test_the_environment_may_name_another_source_of_ahn(monkeypatch):
    monkeypatch.setenv("VOORLAND_AHN_COPC", "http://localhost/{x}_{y}.laz")
    assert config.read(shipped()).ahn.copc == "http://localhost/{x}_{y}.laz"
    assert "geotiles" in config.read(shipped()).ahn.sheets


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("[sources.bag]", "[sources.bgt]", "has bgt, and knows 3dbag, ahn, bag"),
        ('wms = "https', 'wmts = "https', "wmts"),
        ('licence = "CC BY 4.0"', 'license = "CC BY 4.0"', "lacks 'licence'"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path, before, after, said):
    text = assets.path("municipalities/dordrecht.toml").read_text()
    path = tmp_path / "city.toml"
    path.write_text(text.replace(before, after, 1))
    with pytest.raises(BadInput, match=said):
        municipality.read(path)
