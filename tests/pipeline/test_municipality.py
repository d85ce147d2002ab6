"""Another city is another file."""

import pytest

import assets
from pipeline import municipality
from tiles.errors import BadInput
from tiles.frame import map_frame, points


@pytest.mark.parametrize("path", sorted(assets.path("municipalities").glob("*.toml")), ids=lambda path: path.stem)
def test_every_municipality_that_ships_can_be_used(path):
    here = municipality.read(path)
    map_frame(here.crs).require(points(here.centre))
    assert set(here.languages) == set(here.title)
    assert here.sources.ahn.copc.format(x=104_000, y=425_000)


def test_a_city_of_ones_own_is_named_by_its_file(tmp_path, monkeypatch):
    text = assets.path("municipalities/dordrecht.toml").read_text().replace('"Dordrecht"', '"Zwolle"')
    (tmp_path / "zwolle.toml").write_text(text)
    monkeypatch.setenv("VOORLAND_MUNICIPALITY", str(tmp_path / "zwolle.toml"))
    municipality.municipality.cache_clear()
    assert municipality.municipality().name == "Zwolle"
    municipality.municipality.cache_clear()


@pytest.mark.parametrize(
    ("text", "said"),
    [("id = ", "cannot be read"), ('id = "x"', "lacks 'centre'|lacks 'demo'"), (None, "There is no municipality file")],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, text, said):
    path = tmp_path / "city.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadInput, match=said):
        municipality.read(path)
