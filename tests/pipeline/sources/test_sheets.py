"""Which sheets an area needs."""

import dataclasses
import json

import pytest

from pipeline.area import of_bounds
from pipeline.sources.sheets import sheets_of
from tiles.errors import BadInput

WHERE_FOUR_MEET = (104_900.0, 424_900.0, 105_100.0, 425_100.0)


@pytest.fixture
def index(tmp_path):
    """Four sheets that meet at RD (105000, 425000), as PDOK's index words them."""
    names = {
        "38CZ1": (100_000, 425_000),
        "38CZ2": (105_000, 425_000),
        "44AN1": (100_000, 418_750),
        "44AN2": (105_000, 418_750),
    }
    features = []
    for name, (x, y) in names.items():
        ring = [[x, y], [x + 5_000, y], [x + 5_000, y + 6_250], [x, y + 6_250], [x, y]]
        properties = {"kaartbladNr": f"M_{name}", "href": f"https://ahn.example/2024_C_{name}.LAZ"}
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    path = tmp_path / "sheets.json"
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    return path


@pytest.fixture
def ahn(sources, index):
    return dataclasses.replace(sources.ahn, sheet_index=str(index), sheets="https://ahn.example/{sheet}_{nn}.LAZ")


def test_where_four_sheets_meet_a_part_of_each_is_needed(ahn, job):
    found = [sheet.file for sheet in sheets_of(ahn, job(WHERE_FOUR_MEET))]
    assert found == ["38CZ1_25.laz", "38CZ2_21.laz", "44AN1_05.laz", "44AN2_01.laz"]


def test_parts_lie_where_a_real_one_lies(shared_data, sources, job):
    """GeoTiles' 07CZ2_14, of which the points are here, with 20 m of its neighbours."""
    ahn = dataclasses.replace(sources.ahn, sheet_index=str(shared_data("index/pahegi_ahn4_index.json")))
    (sheet,) = sheets_of(ahn, job((228_850.0, 578_200.0, 228_990.0, 578_740.0)))
    assert sheet.file == "07CZ2_14.laz"
    assert sheet.bounds == (228_000, 577_500, 229_000, 578_750)


def test_whole_sheets_and_addresses_in_the_index_are_possible_too(ahn, job):
    whole = dataclasses.replace(ahn, sheets="https://ahn.example/C_{sheet}.LAZ")
    assert sheets_of(whole, job(WHERE_FOUR_MEET))[0].file == "C_38CZ1.laz"
    named = dataclasses.replace(ahn, sheets="{href}")
    assert sheets_of(named, job(WHERE_FOUR_MEET))[3].address == "https://ahn.example/2024_C_44AN2.LAZ"


def test_the_real_index_of_dordrecht_names_the_sheets_of_the_inner_city(shared_data, sources, job):
    path = shared_data("dordrecht/ahn_kaartbladen_binnenstad.geojson")
    ahn = dataclasses.replace(sources.ahn, sheet_index=str(path), sheet_name="AHN", sheets="{AHN5 puntenwolk}")
    addresses = [sheet.address for sheet in sheets_of(ahn, job(WHERE_FOUR_MEET))]
    assert addresses[0] == "https://basisdata.nl/hwh-ahn/AHN5/01_LAZ/2024_C_38CZ1.LAZ"
    assert len(addresses) == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sheet_name": "bladnaam"}, "has a sheet whose bladnaam is ''"),
        ({"sheets": "https://ahn.example/{year}.LAZ"}, "is no address of sheets"),
        ({"sheet_index": "/nowhere/sheets.json"}, "There is no index of sheets"),
    ],
)
def test_an_index_that_does_not_fit_is_said(ahn, job, change, said):
    with pytest.raises(BadInput, match=said):
        sheets_of(dataclasses.replace(ahn, **change), job(WHERE_FOUR_MEET))


def test_an_area_outside_all_sheets_is_said(ahn, job):
    with pytest.raises(BadInput, match="has none that touches RD 200000"):
        sheets_of(ahn, job(of_bounds((200_000.0, 500_000.0, 200_100.0, 500_100.0))))
