"""CityGML 1, 2 and 3 as plan models."""
# ruff: noqa: E501 - XML in one line reads better than in four

import numpy as np
import pytest

import models
from models import citygml
from models.model import SPACES
from pipeline.model import ModelOptions, build_model
from tests import makecitygml as make
from tests import readers
from tests.makecitygml import Cube, building, city
from tiles.colour import linear
from tiles.errors import BadInput, MissingGeoreference
from tiles.frame import RD_NAP

millimetre = 1e-3
CUBE = Cube()
SOLID = f"<bldg:lod2Solid>{CUBE.linked()}</bldg:lod2Solid>"
PNG = b"\x89PNG\r\n\x1a\n" + b"not looked at"


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "city.gml"
    path.write_text(text, encoding=encoding)
    return citygml.read(path, models.Reading(), lambda *_: None)


def corners(model):
    """Each triangle's corners, (t, 3, 3)."""
    return np.concatenate([surface.positions[surface.triangles] for surface in model.surfaces])


def volume(model):
    a, b, c = np.moveaxis(corners(model) - model.box.centre, 1, 0)
    return np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6


def area_by_colour(model):
    found = {}
    for surface in model.surfaces:
        a, b, c = np.moveaxis(surface.positions[surface.triangles], 1, 0)
        found[surface.material.base_colour] = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    return found


@pytest.mark.parametrize(
    ("name", "triangles", "highest"), [("DenHaag_1BwBP.gml", 76, 15.993), ("dh_1.gml", 102, 23.427)]
)
def test_real_buildings_reach_as_high_as_their_attributes_say(shared_data, name, triangles, highest):
    model = models.read(shared_data(f"citygml/{name}"), models.Reading(), lambda *_: None)
    (element,) = model.elements
    ridges = [said["AbsoluteRidgeHeight"] for title, said in element.properties.items() if title.startswith("Bui")]
    assert len(ridges) == 6
    assert model.triangles == triangles
    assert model.box.high[2] == pytest.approx(max(ridges), abs=millimetre) == highest
    assert (model.facts.format, model.facts.unit) == ("CityGML 1.0", "metre")
    assert "tridicon" in model.facts.program
    red = (*linear([0.502, 0, 0]).tolist(), 1.0)
    assert area_by_colour(model)[red] > 50  # the roofs
    assert [each.evidence for each in model.georeference.candidates] == ["CityGML srsName EPSG:28992"]


@pytest.mark.parametrize(
    ("version", "inner"),
    [
        ("2.0", SOLID + CUBE.boundaries()),
        ("2.0", CUBE.boundaries() + SOLID),
        ("2.0", CUBE.boundaries()),
        ("2.0", f"<bldg:lod2Solid>{CUBE.whole()}</bldg:lod2Solid>" + CUBE.boundaries()),  # each written twice
        ("1.0", SOLID + CUBE.boundaries()),
        ("3.0", f"<core:lod2Solid>{CUBE.linked()}</core:lod2Solid>" + CUBE.boundaries_3()),
    ],
)
def test_a_cube_is_closed_and_its_walls_say_what_they_are(tmp_path, version, inner):
    model = read(tmp_path, city(building(inner), version=version))
    assert model.triangles == 12
    assert volume(model) == pytest.approx(1000)
    assert sorted(area_by_colour(model).values()) == pytest.approx([100, 100, 400])
    assert model.facts.format == f"CityGML {version}"


def test_the_best_level_of_detail_is_taken(tmp_path):
    block = Cube("low", make.corners(side_m=8)).whole()
    model = read(tmp_path, city(building(f"<bldg:lod1Solid>{block}</bldg:lod1Solid>" + SOLID + CUBE.boundaries())))
    assert volume(model) == pytest.approx(1000)


def test_parts_replace_a_coarser_whole_and_keep_their_own_best(tmp_path):
    east = Cube("east", make.corners((104_910, 425_250, 2.5)))
    part = "<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id='{}'>{}</bldg:BuildingPart></bldg:consistsOfBuildingPart>"
    inner = (
        f"<bldg:lod1Solid>{Cube('all', make.corners(side_m=50)).whole()}</bldg:lod1Solid>"
        + part.format("W", "<bldg:roofType>1000</bldg:roofType>" + CUBE.boundaries())
        + part.format("E", f"<bldg:lod1Solid>{east.whole()}</bldg:lod1Solid>")
    )
    model = read(tmp_path, city(building(inner)))
    assert volume(model) == pytest.approx(2000)
    assert len(model.elements) == 1
    assert model.elements[0].properties["BuildingPart W"] == {"roofType": "1000"}


def test_rooms_are_elements_in_a_layer_of_their_own(tmp_path):
    room = Cube("room", make.corners((104_902, 425_252, 3), 2)).whole()
    inner = f"<bldg:interiorRoom><bldg:Room gml:id='R'><bldg:lod4Solid>{room}</bldg:lod4Solid></bldg:Room></bldg:interiorRoom>"
    model = read(tmp_path, city(building(CUBE.boundaries() + inner)))
    assert [(each.guid, each.kind, each.layer) for each in model.elements] == [
        ("B1", "Building", ""),
        ("R", "Room", SPACES),
    ]
    assert volume(model) == pytest.approx(1000, abs=20)


def test_holes_stay_open_and_windows_fill_them(tmp_path):
    x, y, z = make.AT
    wall = [(x, y, z), (x + 10, y, z), (x + 10, y, z + 10), (x, y, z + 10)]
    hole = [(x + 2, y, z + 2), (x + 2, y, z + 4), (x + 5, y, z + 4), (x + 5, y, z + 2)]
    window = make.multi(make.member(make.polygon("w", hole[::-1])))
    inner = (
        "<bldg:boundedBy><bldg:WallSurface><bldg:lod3MultiSurface>"
        + make.multi(make.member(make.polygon("p", wall, [hole])))
        + "</bldg:lod3MultiSurface><bldg:opening><bldg:Window><bldg:lod3MultiSurface>"
        + window
        + "</bldg:lod3MultiSurface></bldg:Window></bldg:opening></bldg:WallSurface></bldg:boundedBy>"
    )
    assert sorted(area_by_colour(read(tmp_path, city(building(inner)))).values()) == pytest.approx([6, 94])


def test_a_surface_that_is_oriented_the_other_way_faces_the_other_way(tmp_path):
    roof = Cube().polygons()["RoofSurface"][0]
    turned = f"<gml:OrientableSurface orientation='-'><gml:baseSurface>{roof}</gml:baseSurface></gml:OrientableSurface>"
    for inner, up in ((roof, 1), (turned, -1)):
        shape = f"<bldg:lod2MultiSurface>{make.multi(make.member(inner))}</bldg:lod2MultiSurface>"
        (surface,) = read(tmp_path, city(building(shape))).surfaces
        assert surface.normals[:, 2] == pytest.approx(up)


def test_triangulated_surfaces_and_other_things_than_buildings_are_read(tmp_path):
    patch = "".join(
        f"<gml:Triangle><gml:exterior>{make.ring([CUBE.points[row] for row in rows])}</gml:exterior></gml:Triangle>"
        for rows in ([0, 1, 2], [0, 2, 3])
    )
    surface = f"<gml:TriangulatedSurface><gml:trianglePatches>{patch}</gml:trianglePatches></gml:TriangulatedSurface>"
    road = f"<core:cityObjectMember><Road gml:id='r'><lod2MultiSurface>{make.multi(make.member(surface))}</lod2MultiSurface></Road></core:cityObjectMember>"
    model = read(tmp_path, city(road))
    assert [(each.kind, each.discipline) for each in model.elements] == [("Road", "infrastructure")]
    assert sum(area_by_colour(model).values()) == pytest.approx(100)


def test_what_is_known_of_a_building_goes_with_it(tmp_path):
    inner = (
        "<gml:name>Het Hof</gml:name><gen:stringAttribute name='status'><gen:value>plan</gen:value></gen:stringAttribute>"
        "<gen:doubleAttribute name='goothoogte'><gen:value>6.5</gen:value></gen:doubleAttribute>"
        "<gen:genericAttributeSet name='Energie'><gen:stringAttribute name='label'><gen:value>A++</gen:value>"
        "</gen:stringAttribute></gen:genericAttributeSet>"
        "<bldg:function>dwelling</bldg:function><bldg:measuredHeight uom='m'>10</bldg:measuredHeight>"
        "<bldg:address><core:Address><core:xalAddress><xAL:AddressDetails><xAL:Thoroughfare>"
        "<xAL:ThoroughfareNumber>4</xAL:ThoroughfareNumber><xAL:ThoroughfareName>Hofplein</xAL:ThoroughfareName>"
        "</xAL:Thoroughfare></xAL:AddressDetails></core:xalAddress></core:Address></bldg:address>"
    )
    (element,) = read(tmp_path, city(building(inner + CUBE.boundaries()))).elements
    assert (element.name, element.type, element.discipline) == ("Het Hof", "dwelling", "architecture")
    assert element.properties == {
        "Attributes": {"status": "plan", "goothoogte": 6.5, "function": "dwelling", "measuredHeight": 10.0},
        "Energie": {"label": "A++"},
        "Address": {"ThoroughfareNumber": "4", "ThoroughfareName": "Hofplein"},
    }


def test_generic_attributes_of_version_3_are_read(tmp_path):
    inner = (
        "<core:genericAttribute><gen:DoubleAttribute><gen:name>hoogte</gen:name><gen:value>9.5</gen:value>"
        "</gen:DoubleAttribute></core:genericAttribute>"
    )
    (element,) = read(tmp_path, city(building(inner + CUBE.boundaries_3()), version="3.0")).elements
    assert element.properties == {"Attributes": {"hoogte": 9.5}}


@pytest.mark.parametrize(
    ("srs", "to_file", "degrees"),
    [
        ("urn:ogc:def:crs:EPSG::7415", lambda rd: rd, False),
        ("http://www.opengis.net/def/crs/EPSG/0/7415", lambda rd: rd, False),
        ("urn:ogc:def:crs,crs:EPSG::28992,crs:EPSG::5709", lambda rd: rd, False),
        ("EPSG:7415", lambda rd: rd[:, [1, 0, 2]], False),
        ("http://www.opengis.net/gml/srs/epsg.xml#28992", lambda rd: rd, False),
        ("urn:ogc:def:crs:EPSG::7423", lambda rd: np.column_stack([RD_NAP.to_geographic(rd)[:, :2], rd[:, 2]]), True),
        ("EPSG:7423", lambda rd: np.column_stack([RD_NAP.to_geographic(rd)[:, [1, 0]], rd[:, 2]]), True),
        ("urn:ogc:def:crs:EPSG::4979", RD_NAP.to_geographic, True),
    ],
)
def test_every_reference_system_and_order_of_axes_leads_to_the_same_place(tmp_path, srs, to_file, degrees):
    points = to_file(np.array(make.corners())).tolist()
    model = read(tmp_path, city(building(Cube(points=points).boundaries()), srs=srs))
    assert model.box.low == pytest.approx(make.AT, abs=millimetre)
    assert model.box.high == pytest.approx(np.array(make.AT) + 10, abs=millimetre)
    assert volume(model) == pytest.approx(1000, rel=1e-3)
    assert (model.facts.unit == "degree") == degrees
    assert len(model.georeference.candidates) == 1


def test_axes_are_turned_only_out_loud(tmp_path):
    points = [(y, x, z) for x, y, z in make.corners()]
    assert "stand as y, x" in read(tmp_path, city(building(Cube(points=points).boundaries()))).facts.repaired[0]


def test_a_file_in_a_system_that_is_not_known_is_not_placed(tmp_path):
    path = tmp_path / "city.gml"
    srs = "urn:adv:crs:DE_DHDN_3GK3"
    path.write_text(city(building(Cube(points=make.corners((0, 0, 0))).boundaries()), srs=srs))
    with pytest.raises(MissingGeoreference, match="DE_DHDN_3GK3"):
        build_model(path, tmp_path / "tiles", ModelOptions())


def test_a_file_that_names_no_system_lands_where_its_coordinates_can_only_be_and_says_so(tmp_path):
    path = tmp_path / "city.gml"
    path.write_text(city(building(Cube(points=make.corners()).boundaries()), srs=None))
    summary = build_model(path, tmp_path / "tiles", ModelOptions())
    assert "no reference system is named" in summary.why


def appearance(inner):
    return (
        f"<app:appearanceMember><app:Appearance><app:theme>t</app:theme>{inner}</app:Appearance></app:appearanceMember>"
    )


def test_materials_may_stand_after_what_they_colour_and_speak_of_what_gathers_it(tmp_path):
    shape = make.multi(make.member(CUBE.polygons()["RoofSurface"][0])).replace(">", " gml:id='all'>", 1)
    inner = f"<bldg:lod2MultiSurface>{shape}</bldg:lod2MultiSurface>"
    said = "<app:surfaceDataMember><app:X3DMaterial><app:diffuseColor>1 0 0</app:diffuseColor><app:transparency>0.25</app:transparency><app:target>#all</app:target></app:X3DMaterial></app:surfaceDataMember>"
    (surface,) = read(tmp_path, city(building(inner), appearance(said))).surfaces
    assert surface.material.base_colour == (1, 0, 0, 0.75)


def test_textures_beside_the_file_are_drawn_and_others_named(tmp_path):
    (tmp_path / "roof.png").write_bytes(PNG)
    target = (
        "<app:target uri='#c_{0}_0'><app:TexCoordList><app:textureCoordinates ring='#c_{0}_0_r'>"
        "0 0 1 0 1 1 0 1 0 0</app:textureCoordinates></app:TexCoordList></app:target>"
    )
    said = "".join(
        "<app:surfaceDataMember><app:ParameterizedTexture>"
        f"<app:imageURI>{image}</app:imageURI>{target.format(kind)}</app:ParameterizedTexture></app:surfaceDataMember>"
        for image, kind in (
            ("roof.png", "RoofSurface"),
            ("../../etc/passwd", "GroundSurface"),
            ("no.jpg", "WallSurface"),
        )
    )
    model = read(tmp_path, city(building(CUBE.boundaries()), appearance(said)))
    (painted,) = [surface for surface in model.surfaces if surface.material.texture]
    assert painted.material.texture.data == PNG
    south_west = np.isclose(painted.positions[:, :2], make.AT[:2]).all(axis=1)
    assert painted.uv[south_west] == pytest.approx(np.broadcast_to([0, 1], (south_west.sum(), 2)))
    assert sorted(model.facts.missing) == ["../../etc/passwd", "no.jpg"]


def test_a_link_that_leads_round_in_a_circle_or_nowhere_is_no_harm(tmp_path):
    circle = (
        "<gml:MultiSurface gml:id='m'><gml:surfaceMember xlink:href='#m'/>" + make.link("gone") + "</gml:MultiSurface>"
    )
    inner = f"<bldg:lod2MultiSurface>{circle}</bldg:lod2MultiSurface>"
    model = read(tmp_path, city(building(CUBE.boundaries() + inner)))
    assert model.triangles == 12
    assert model.notes == ("1 surfaces that the file refers to are not in it, such as gone.",)


def test_links_to_links_do_not_multiply(tmp_path):
    gathered = "".join(
        f"<gml:surfaceMember><gml:CompositeSurface gml:id='s{n}'>{make.link(f's{n + 1}') * 10}</gml:CompositeSurface></gml:surfaceMember>"
        for n in range(40)
    )
    inner = f"<bldg:lod2MultiSurface>{make.multi(gathered)}</bldg:lod2MultiSurface>"
    assert read(tmp_path, city(building(CUBE.boundaries() + inner))).triangles == 12


BOMB = '<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not XML that can be read"),
        ("nothing", "is not XML that can be read"),
        (city(building(CUBE.boundaries()))[:-30], "is not XML that can be read"),
        ("<html/>", "no CityGML: it holds a 'html'"),
        ("<!-- <CityModel/> --><a:FeatureCollection xmlns:a='a'/>", "no CityGML: it holds a 'FeatureCollection'"),
        (city(building(CUBE.boundaries()), head=BOMB), "declares a document type"),
        (city(building(CUBE.boundaries()), head=f"<!--{'x' * 2_000_000}-->{BOMB}"), "declares a document type"),
        (city(building("<bldg:function>&a;</bldg:function>" + CUBE.boundaries())), "is not XML that can be read"),
        (city(building(f"<gml:name>{'x' * 11_000_000}</gml:name>")), "is not XML that can be read: .*too long"),
        (city("<a>" * 300 + "</a>" * 300), "is not XML that can be read: .*depth"),
        (city(), "holds no surfaces that can be shown"),
        (city(building("")), "holds no surfaces that can be shown"),
        (city(building(CUBE.boundaries().replace("425250.000000000", "nan", 1))), "positions that are no numbers"),
        (city(building(CUBE.boundaries().replace("425250", "four", 1))), "a position that is no number"),
        (city(building(CUBE.boundaries().replace("<gml:posList>", "<gml:posList>1 "))), "which are not 3 for each"),
        (city(building(CUBE.boundaries()), building(CUBE.boundaries().replace("MultiSurface>", "MultiSurface srsName='EPSG:25831'>", 1))), "mixes reference systems"),
        (city(building(CUBE.boundaries()), srs="EPSG:7423"), "not in the Netherlands"),
    ],
)  # fmt: skip
def test_a_broken_or_hostile_file_is_one_sentence(tmp_path, text, said):
    with pytest.raises(BadInput, match=rf"^city\.gml .*{said}") as raised:
        read(tmp_path, text)
    assert len(str(raised.value)) < 400
    assert "\n" not in str(raised.value)


def test_a_document_type_is_refused_in_other_encodings_too(tmp_path):
    text = city(building(CUBE.boundaries()), head=BOMB).replace("UTF-8", "UTF-16")
    with pytest.raises(BadInput, match="declares a document type"):
        read(tmp_path, text, "utf-16")


def test_a_plan_model_stands_where_its_coordinates_are(tmp_path):
    path = tmp_path / "cube.gml"
    path.write_text(city(building(CUBE.boundaries())))
    assert build_model(path, tmp_path / "tiles", ModelOptions()).elements == 1
    tileset = readers.read(tmp_path / "tiles")
    assert tileset.validate() == []
    found = RD_NAP.from_ecef(tileset.to_ecef(tileset.vertices(tmp_path / "v.bin").local))
    assert found.min(axis=0) == pytest.approx(make.AT, abs=2 * millimetre)


LAMP = Cube("lamp", make.corners((0, 0, 0), 1.0))
LAMP_SHAPE = make.multi("".join(make.member(each) for own in LAMP.polygons().values() for each in own))
LAMP_SHAPE = LAMP_SHAPE.replace("<gml:MultiSurface>", '<gml:MultiSurface gml:id="lamp">', 1)
TALL = (0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 4, 0.5, 0, 0, 0, 1)
"""A quarter turn, four times as high, half a metre up."""


def boxes(model):
    """The lowest and highest corner of each element."""
    xyz = np.concatenate([surface.positions for surface in model.surfaces])
    rows = np.concatenate([surface.features for surface in model.surfaces])
    return [(xyz[rows == row].min(axis=0), xyz[rows == row].max(axis=0)) for row in range(len(model.elements))]


@pytest.mark.parametrize("version", ["2.0", "3.0"])
def test_copies_of_a_template_stand_where_they_say_and_share_its_shape(tmp_path, version):
    first = make.furniture("one", LAMP_SHAPE, (104_900, 425_250, 2), version=version)
    second = make.furniture("two", "lamp", (104_920, 425_260, 3), TALL, version)
    model = read(tmp_path, city(second, first, version=version))  # the link comes before what it leads to
    assert [element.guid for element in model.elements] == ["two", "one"]
    two, one = boxes(model)
    assert np.allclose(one, [(104_900, 425_250, 2), (104_901, 425_251, 3)], atol=millimetre)
    assert np.allclose(two, [(104_919, 425_260, 3.5), (104_920, 425_261, 7.5)], atol=millimetre)
    assert model.triangles == 2 * 12
    assert not any("template" in note for note in model.notes)


def test_a_template_is_in_metres_where_its_places_are_in_degrees(tmp_path):
    latitude, longitude, _ = RD_NAP.to_geographic(np.array([[104_900.0, 425_250.0, 2.0]]))[0]
    text = city(make.furniture("one", LAMP_SHAPE, (latitude, longitude, 2.0)), srs="urn:ogc:def:crs:EPSG::9286")
    ((low, high),) = boxes(read(tmp_path, text))
    assert np.allclose(low, (104_900, 425_250, 2), atol=millimetre)
    assert np.allclose(high - low, 1, atol=millimetre)


def test_a_mirrored_copy_is_not_inside_out(tmp_path):
    mirror = (-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)
    model = read(tmp_path, city(make.furniture("one", LAMP_SHAPE, (104_900, 425_250, 2), mirror)))
    assert volume(model) == pytest.approx(1, abs=1e-6)


def test_a_template_in_another_file_is_named(tmp_path):
    text = make.furniture("one", LAMP_SHAPE, (104_900, 425_250, 2))
    start, end = text.index("<core:relativeGMLGeometry>"), text.index("<core:referencePoint>")
    outside = text[:start] + "<core:libraryObject>tree.3ds</core:libraryObject>" + text[end:]
    model = read(tmp_path, city(outside, building(f"<bldg:lod2Solid>{CUBE.whole()}</bldg:lod2Solid>")))
    assert "1 geometries are copies of templates in other files, which are not read, such as tree.3ds." in model.notes


@pytest.mark.parametrize(
    ("matrix", "at", "said"),
    [
        ((1, 2, 3), (0, 0, 0), "transformationMatrix that is not 16 numbers"),
        ((1,) * 15 + ("x",), (0, 0, 0), "transformationMatrix with could not convert"),
        ((), (1, 2), "referencePoint that is not 3 numbers"),
        ((), ("nan", 2, 3), "referencePoint that is not 3 numbers"),
    ],
)
def test_a_broken_copy_is_one_sentence(tmp_path, matrix, at, said):
    with pytest.raises(BadInput, match=said):
        read(tmp_path, city(make.furniture("one", LAMP_SHAPE, at, matrix)))


def test_copies_without_end_are_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("models.citygml.templates.MOST_CORNERS", 30)
    lamps = [make.furniture("one", LAMP_SHAPE, (0, 0, 0)), make.furniture("two", "lamp", (1, 1, 0))]
    with pytest.raises(BadInput, match="more than 30 corners from its templates"):
        read(tmp_path, city(*lamps))
