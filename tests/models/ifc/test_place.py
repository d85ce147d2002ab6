"""What IFC files say of their place, in every way they say it, and on real files."""

import ifcopenshell
import ifcopenshell.util.geolocation
import ifcopenshell.util.placement
import numpy as np
import pytest

from models.georeference import weigh
from models.ifc import place
from models.ifc.elements import Elements
from models.ifc.place import degrees
from models.ifc.step import Step
from tests.makeifc import Ifc, corners, make_ifc

centimetre, millimetre = 1e-2, 1e-3

E, N, NAP = 104_900.123, 425_250.456, 2.8
CRS = {"Name": "EPSG:7415", "MapUnit": 1.0}
NO_UNIT = {"Name": "EPSG:7415"}
PLACE = {"Eastings": E, "Northings": N, "OrthogonalHeight": NAP}
IN_MM = {name: value * 1000 for name, value in PLACE.items()}
RIGID = {"FirstCoordinate": E, "SecondCoordinate": N, "Height": NAP}
MM, FOOT = 0.001, 0.3048

WAYS = {
    "metres, no scale": Ifc(crs=CRS, conversion=PLACE),
    "metres, no map unit": Ifc(crs=NO_UNIT, conversion=PLACE),
    "millimetres, the scale a factor": Ifc(project_m=MM, crs=CRS, conversion=PLACE | {"Scale": 0.001}),
    "millimetres, the scale missing": Ifc(project_m=MM, crs=CRS, conversion=PLACE),
    "millimetres, the scale left at one": Ifc(project_m=MM, crs=CRS, conversion=PLACE | {"Scale": 1.0}),
    "eastings in millimetres under a map unit of metres": Ifc(project_m=MM, crs=CRS, conversion=IN_MM),
    "all in millimetres": Ifc(project_m=MM, crs=CRS | {"MapUnit": MM}, conversion=IN_MM | {"Scale": 1.0}),
    "eastings in millimetres, no map unit": Ifc(project_m=MM, crs=NO_UNIT, conversion=IN_MM),
    "eastings in metres, no map unit": Ifc(project_m=MM, crs=NO_UNIT, conversion=PLACE | {"Scale": 0.001}),
    "feet": Ifc(project_m=FOOT, crs=CRS, conversion=PLACE | {"Scale": FOOT}),
    "feet, the scale missing": Ifc(project_m=FOOT, crs=CRS, conversion=PLACE),
    "RD without heights": Ifc(crs={"Name": "EPSG:28992", "MapUnit": 1.0}, conversion=PLACE),
    "RD by its name": Ifc(crs={"Name": "Amersfoort / RD New"}, conversion=PLACE),
    "RD by a name people give it": Ifc(crs={"Name": "Rijksdriehoeksstelsel (RD)"}, conversion=PLACE),
    "RD by a bare code": Ifc(crs={"Name": "28992"}, conversion=PLACE),
    "a map conversion with factors": Ifc(
        "IFC4X3",
        MM,
        CRS,
        PLACE | {"Scale": 0.001, "FactorX": 1.0, "FactorY": 1.0, "FactorZ": 1.0},
        "IfcMapConversionScaled",
    ),
    "a rigid operation": Ifc("IFC4X3", 1.0, CRS, RIGID, "IfcRigidOperation"),
    "a rigid operation in millimetres": Ifc("IFC4X3", MM, CRS, RIGID, "IfcRigidOperation"),
    "property sets of IFC2X3": Ifc(
        "IFC2X3", sets={"ePSet_MapConversion": PLACE, "ePSet_ProjectedCRS": {"Name": "EPSG:7415"}}
    ),
    "property sets in other capitals": Ifc(
        "IFC2X3", MM, sets={"EPset_MapConversion": PLACE | {"TargetCRS": "EPSG:7415"}}
    ),
    "property sets of the project": Ifc(
        "IFC2X3", project_sets={"ePset_MapConversion": PLACE | {"TargetCRS": "EPSG:7415"}}
    ),
    "property sets in IFC4": Ifc(sets={"ePSet_MapConversion": PLACE, "ePSet_ProjectedCRS": {"Name": "EPSG:7415"}}),
    "property sets with numbers as text": Ifc(
        sets={
            "ePSet_MapConversion": {name: f"{value}".replace(".", ",") for name, value in PLACE.items()}
            | {"TargetCRS": "EPSG:7415"}
        }
    ),
    "a site on the map": Ifc(site_at=(E, N, NAP)),
    "a site on the map in millimetres": Ifc(project_m=MM, site_at=(E * 1000, N * 1000, NAP * 1000)),
    "a site on the map that nothing follows": Ifc(site_at=(E, N, NAP), follows=False),
    "a site on the map, and a conversion there too": Ifc(site_at=(E, N, NAP), crs=CRS, conversion=PLACE),
    "the same in millimetres": Ifc(
        project_m=MM, site_at=(E * 1000, N * 1000, NAP * 1000), crs=CRS, conversion=PLACE | {"Scale": 0.001}
    ),
    "a world coordinate system that is undone": Ifc(
        world_at=(500.0, 300.0, 0.0), site_at=(500.0, 300.0, 0.0), crs=CRS, conversion=PLACE
    ),
    "a world coordinate system on the map": Ifc(world_at=(E, N, NAP)),
    "a world coordinate system and a site on the map, and a conversion": Ifc(
        world_at=(E, N, NAP), site_at=(E, N, NAP), crs=CRS, conversion=PLACE
    ),
    "points that are known": Ifc(
        points=[
            ((0.0, 0.0, 0.0), {"RD-X": E, "RD-Y": N, "NAP": NAP}),
            ((10.0, 20.0, 0.0), {"RD-X": E + 10, "RD-Y": N + 20, "NAP": NAP}),
        ]
    ),
    "one point that is known": Ifc(
        north=(0.0, 1.0), points=[((1.0, 2.0, 0.0), {"RD_X": E + 1, "RD_Y": N + 2, "NAP": NAP})]
    ),
}


def georeference(file):
    """What our own reader finds in a file that IfcOpenShell has opened."""
    return of_text(file.to_string())


def of_text(text):
    step = Step(text.encode())
    return place.georeference(step, Elements(step))


def weighed(said: Ifc):
    return weigh(georeference(make_ifc(said)), corners(said), "plan.ifc")


@pytest.mark.parametrize("way", WAYS)
def test_a_building_lands_on_one_spot_however_its_file_says_so(way):
    said = WAYS[way]
    weighing = weighed(said)
    assert weighing.chosen is not None, weighing.why
    expected = corners(Ifc()) + np.array([E, N, NAP])
    assert np.abs(weighing.chosen.to_map(corners(said)) - expected).max() < 1 * centimetre


@pytest.mark.parametrize("name", ["CPset_GEO-Nulpunt", "Andere gegevens", ""])
def test_points_count_whatever_their_property_set_is_called(name):
    text = make_ifc(WAYS["points that are known"]).to_string()
    weighing = weigh(of_text(text.replace("'CPset_GEO-Nulpunt'", f"'{name}'")), corners(Ifc()), "plan.ifc")
    assert weighing.chosen is not None
    assert weighing.chosen.to_map(np.zeros((1, 3)))[0] == pytest.approx((E, N, NAP), abs=1 * millimetre)


def test_a_file_that_shifts_its_site_and_converts_it_too_is_said_to():
    weighing = weighed(WAYS["a site on the map, and a conversion there too"])
    assert weighing.chosen.source == "coordinates"
    assert "leads there too and would shift it a second time" in weighing.why


def test_factors_are_of_the_models_own_axes():
    factors = {"FactorX": 1.01, "FactorY": 0.99, "FactorZ": 1.0, "XAxisAbscissa": 0.0, "XAxisOrdinate": 1.0}
    said = Ifc("IFC4X3", 1.0, CRS, PLACE | {"Scale": 1.0} | factors, "IfcMapConversionScaled")
    file = make_ifc(said)
    theirs = np.array([ifcopenshell.util.geolocation.auto_xyz2enh(file, *xyz) for xyz in corners(said)])
    chosen = weigh(georeference(file), corners(said), "plan.ifc").chosen
    assert np.abs(chosen.to_map(corners(said)) - theirs).max() < 1e-6


def test_the_building_turns_as_its_map_conversion_says():
    axis = {"XAxisAbscissa": float(np.cos(0.5)), "XAxisOrdinate": float(np.sin(0.5))}
    said = Ifc(crs=CRS, conversion=PLACE | axis)
    file = make_ifc(said)
    theirs = np.array([ifcopenshell.util.geolocation.auto_xyz2enh(file, *xyz) for xyz in corners(said)])
    assert np.abs(weighed(said).chosen.to_map(corners(said)) - theirs).max() < 1e-6


@pytest.mark.parametrize(
    "said",
    [
        Ifc(world_at=(E, N, NAP), north=(1.0, 0.0)),
        Ifc(north=(1.0, 0.0), points=[((0.0, 0.0, 0.0), {"RD-X": E, "RD-Y": N, "NAP": NAP})]),
    ],
)
def test_without_a_map_conversion_true_north_says_how_the_building_is_turned(said):
    # North lies along its x axis, so its y axis points west.
    assert weighed(said).chosen.heading_deg == pytest.approx(270.0)


def test_true_north_does_not_turn_what_a_map_conversion_turns():
    assert weighed(Ifc(crs=CRS, conversion=PLACE, north=(1.0, 0.0))).chosen.heading_deg == 0.0


class TestNotKnown:
    """What is not enough to place a building, and what is said then."""

    def test_a_site_in_the_netherlands_is_offered_and_not_taken(self):
        weighing = weighed(Ifc(latitude=(52, 0, 18, 759155), longitude=(4, 22, 9, 292488), elevation=0.0))
        assert weighing.chosen is None
        assert "pass --at 85104.70" in weighing.why
        assert weighing.level.startswith("LoGeoRef 20")

    @pytest.mark.parametrize(
        ("latitude", "longitude", "whose"),
        [
            ((42, 21, 31, 181945), (-71, -3, -24, -263305), "Revit's Boston"),
            ((52, 9, 0, 0), (5, 23, 0, 0), "ArchiCAD's Amersfoort"),
        ],
    )
    def test_an_exporters_default_is_named_and_ignored(self, latitude, longitude, whose):
        weighing = weighed(Ifc(latitude=latitude, longitude=longitude))
        assert (weighing.chosen, weighing.scored) == (None, ())
        assert f"{whose}, an exporter's default" in weighing.why
        assert weighing.level == "LoGeoRef 0: nothing says where it is."

    def test_an_exporters_default_does_not_spoil_a_map_conversion(self):
        weighing = weighed(Ifc(crs=CRS, conversion=PLACE, latitude=(42, 21, 31, 0), longitude=(-71, -3, -24, 0)))
        assert weighing.chosen is not None
        assert "Revit's Boston, an exporter's default, and is not used" in weighing.why

    def test_two_conversions_that_differ_are_left_to_the_planner(self):
        sets = {"ePSet_MapConversion": PLACE | {"Eastings": E + 50, "TargetCRS": "EPSG:7415"}}
        weighing = weighed(Ifc(crs=CRS, conversion=PLACE, sets=sets))
        assert weighing.chosen is None
        assert "can be read in 2 ways" in weighing.why
        assert "50.00 m apart" in weighing.why

    def test_points_without_height_are_not_enough(self):
        weighing = weighed(Ifc(points=[((0.0, 0.0, 0.0), {"RD-X": E, "RD-Y": N})]))
        assert weighing.chosen is None
        assert f"pass --at {E:.3f},{N:.3f},NAP" in weighing.why

    @pytest.mark.parametrize("name", ["EPSG:1234", "my own grid"])
    def test_a_reference_system_that_does_not_exist_is_named(self, name):
        weighing = weighed(Ifc(crs={"Name": name}, conversion=PLACE))
        assert weighing.chosen is None
        assert f"names '{name}' as its reference system, which is none that is known" in weighing.why

    def test_an_address_is_no_place(self):
        weighing = weighed(Ifc(town="Dordrecht"))
        assert weighing.chosen is None
        assert weighing.level == "LoGeoRef 10: an address (Dordrecht)."


@pytest.mark.parametrize(
    ("broken", "by", "said"),
    [
        ("IFCMAPCONVERSION(#", "IFCMAPCONVERSION($,$,", "holds no eastings and northings that can be read"),
        ("IFCUNITASSIGNMENT((", "IFCUNITASSIGNMENT($);#9999=IFCUNITASSIGNMENT((", "unit of length cannot be read"),
        ("(52,0,18,759155)", "'north'", "latitude and longitude cannot be read"),
        ("IFCDIRECTION((0.,1.))", "IFCDIRECTION('up')", "cannot be read"),
    ],
)
def test_what_breaks_the_schema_is_a_hint_and_the_rest_is_read(broken, by, said):
    text = make_ifc(
        Ifc(crs=CRS, conversion=PLACE, north=(0.0, 1.0), latitude=(52, 0, 18, 759155), longitude=(4, 22, 9, 0))
    ).to_string()
    assert broken in text
    found = of_text(text.replace(broken, by))
    assert said in "; ".join(found.hints)


def test_a_system_of_other_heights_is_doubted():
    said = Ifc(crs=CRS | {"Name": "EPSG:28992", "VerticalDatum": "TAW"}, conversion=PLACE)
    assert "above TAW, which is not NAP" in weighed(said).why


@pytest.mark.parametrize(
    ("angle", "expected"),
    [
        ((52, 0, 18, 759155), 52.0052108764),
        ((-71, -3, -24, -263305), -71.0567398069),
        ((-71, 3, 24), -71.0566666667),  # exporters give the sign once
    ],
)
def test_degrees_minutes_and_seconds(angle, expected):
    assert degrees(angle) == pytest.approx(expected, abs=1e-9)


REAL = {
    "ifc/ifcgref/example_project_location__1e62cb.ifc": (149_626.316, 413_717.684, 0.0),
    "ifc/ifcgref/verplaatst_Perceel-Charlois-D5078_merged__00a770.ifc": (94_213.434, 435_120.158, 0.0),
    "ifc/ifcgref/bouwkunde_georeferenced__748563.ifc": (85_104.702, 446_805.116, 0.0),
    "ifc/ifcgref/citymap2_georeferenced__24328c.ifc": (81_341.521, 454_512.100, 0.0),
    "ifc/ifcgref/citymap4_georeferenced__34bd41.ifc": (81_582.520, 455_495.230, 0.0),
    "ifc/ifcgref/bouwkundeNoRefl__48c7df.ifc": None,
    "ifc/ifcgref/Duplex_A_20110907_georeferenced__489689.ifc": None,  # EPSG:3857 at E 10000, off the coast of Africa
    "ifc/gherkin/fail-grf004-invalid_epsg_code_ifc4.ifc": None,
    "ifc/gherkin/na-grf000-ifc4_no_georeferencing.ifc": None,
    "ifc/gherkin/pass-grf000-ifc4_georeferencing.ifc": None,  # a system, and no conversion to it
    "ifc/pcert/Building-Structural__00091d.ifc": None,  # Samoa
    "ifc/pcert/building-architecture__8ce86f.ifc": None,
    "ifc/pcert/IfcOpenHouse_IFC4__9fb00e.ifc": None,
    "ifc/pcert/tessellation-with-individual-colors__cf5b3e.ifc": None,
    "ifc/webifc/AC20-FZK-Haus.ifc": None,  # Karlsruhe
}


@pytest.mark.parametrize("name", REAL)
def test_a_real_file_is_placed_right_or_rightly_not(name, shared_data):
    file = ifcopenshell.open(str(shared_data(name)))
    weighing = weigh(georeference(file), np.array([[-10.0, -10.0, 0.0], [20.0, 40.0, 7.0]]), name)
    expected = REAL[name]
    if expected is None:
        assert weighing.chosen is None
    else:
        assert weighing.chosen.to_map(np.zeros((1, 3)))[0] == pytest.approx(expected, abs=1 * millimetre)


def test_the_points_of_charlois_agree_with_its_map_conversion_through_its_shifted_site(shared_data):
    file = ifcopenshell.open(str(shared_data("ifc/ifcgref/verplaatst_Perceel-Charlois-D5078_merged__00a770.ifc")))
    weighing = weigh(georeference(file), np.array([[16.3, -114.1, -0.5], [147.2, 26.2, 0.1]]), "charlois.ifc")
    proxy = file.by_guid("1cHcpUxtv0C86IaI6re1$3")  # RD-X 94303.235, RD-Y 435020.665
    local = ifcopenshell.util.placement.get_local_placement(proxy.ObjectPlacement)[:3, 3]
    found = weighing.chosen.to_map(local.reshape(1, 3))[0]
    assert found[:2] == pytest.approx((94_303.235, 435_020.665), abs=1 * millimetre)
    assert "agrees to 0.000 m" in weighing.why
