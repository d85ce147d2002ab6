"""Which tilesets are served."""

import json

import pytest

from server import catalogue
from server.api.schemas import Tileset
from tiles.errors import BadInput


def test_other_peoples_tilesets_are_found_and_placed(shared_data):
    folder = shared_data("3dtiles/baarle/demo/ellipsoid/baarle_be_panden")
    (served,) = catalogue.read([folder])
    assert (served.id, served.title) == ("baarle-be-panden", "baarle-be-panden")
    assert (served.place.latitude, served.place.longitude) == pytest.approx((51.44, 4.93), abs=0.02)


def test_what_was_noted_of_other_peoples_tilesets_is_told(tmp_path):
    box = [0, 0, 6_400_000, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    document = {
        "asset": {"version": "1.0"},
        "root": {"boundingVolume": {"box": box}, "geometricError": 1},
        "metadata": {"class": "theirs", "properties": {"name": "x"}},
        "extras": {"voorland": {"title": "Het Hof", "attribution": "Iemand"}},
    }
    (tmp_path / "tileset.json").write_text(json.dumps(document))
    (served,) = catalogue.read([tmp_path])
    assert (served.title, served.attribution) == ("Het Hof", "Iemand")


def test_a_folder_without_tilesets_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"holds no tileset\.json"):
        catalogue.read([tmp_path])
    with pytest.raises(BadInput, match="There is no folder"):
        catalogue.read([tmp_path / "none"])


def test_two_tilesets_of_one_name_are_refused(tmp_path):
    box = [0, 0, 6_400_000, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    for name in ("a/City", "b/city"):
        (tmp_path / name).mkdir(parents=True)
        document = {"asset": {"version": "1.1"}, "root": {"boundingVolume": {"box": box}, "geometricError": 1}}
        (tmp_path / name / "tileset.json").write_text(json.dumps(document))
    with pytest.raises(BadInput, match="would both be served as city; rename one of them"):
        catalogue.read([tmp_path / "a", tmp_path / "b"])


@pytest.mark.parametrize("text", ["{", "[]", '{"root": {}}', '{"root": {"boundingVolume": {"box": [1]}}}'])
def test_a_broken_tileset_is_refused_and_named(tmp_path, text):
    (tmp_path / "tileset.json").write_text(text)
    with pytest.raises(BadInput, match=r"tileset\.json"):
        catalogue.read([tmp_path])


def test_variants_are_served_beside_what_they_are_variants_of(tmp_path):
    box = [0, 0, 6_400_000, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    document = {"asset": {"version": "1.1"}, "root": {"boundingVolume": {"box": box}, "geometricError": 1}}
    for name in ("City", "City/variants/No Tower"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "tileset.json").write_text(json.dumps(document))
    main, variant = catalogue.read([tmp_path])
    assert (main.id, main.owner, main.address) == ("city", "", "city/tileset.json")
    assert (variant.id, variant.owner) == ("city-no-tower", "city")
    assert variant.address == "city/variants/No Tower/tileset.json"


def test_layers_are_served_beside_what_they_are_layers_of_and_are_no_variants(tmp_path):
    box = [0, 0, 6_400_000, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    document = {"asset": {"version": "1.1"}, "root": {"boundingVolume": {"box": box}, "geometricError": 1}}
    for name in ("plan", "plan/layers/spaces", "plan/variants/low", "plan/variants/low/layers/spaces"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "tileset.json").write_text(json.dumps(document))
    served = {each.id: Tileset.of(each) for each in catalogue.read([tmp_path])}
    assert {each.id: (each.variant_of, each.layer_of) for each in served.values()} == {
        "plan": (None, None),
        "plan-spaces": (None, "plan"),
        "plan-low": ("plan", None),
        "plan-low-spaces": (None, "plan-low"),
    }
    assert served["plan-low-spaces"].url == "/t/plan/variants/low/layers/spaces/tileset.json"
