"""CityJSON and CityJSONSeq, as city and as plan model."""

import copy
import json

import numpy as np
import pytest

import models
from models import cityjson
from models.polygons3d import triangles
from pipeline.model import ModelOptions, build_model
from tests import readers
from tiles.errors import BadInput
from tiles.frame import RD_NAP

millimetre = 1e-3
SIDES = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]


def cube(at=(104_900.0, 425_250.0, 2.5), side_m=10):
    """A cube as a CityJSON 2.0 building."""
    corners = [(0, 0), (side_m, 0), (side_m, side_m), (0, side_m)]
    vertices = [[x * 1000, y * 1000, z * 1000] for z in (0, side_m) for x, y in corners]
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001] * 3, "translate": list(at)},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"},
        "CityObjects": {
            "cube": {
                "type": "Building",
                "attributes": {"name": "Kubus", "function": "dwelling"},
                "geometry": [
                    {
                        "type": "Solid",
                        "lod": "2.2",
                        "boundaries": [[[side] for side in SIDES]],
                        "semantics": {
                            "surfaces": [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}],
                            "values": [[0, 1, 2, 2, 2, 2]],
                        },
                    }
                ],
            }
        },
        "vertices": vertices,
    }


def write(path, document):
    path.write_text(json.dumps(document))
    return path


def city(path):
    return cityjson.read_city(path, lambda *_: None)


def test_a_cube_is_read_with_its_place_attributes_and_semantics(tmp_path):
    read = city(write(tmp_path / "cube.json", cube()))
    (building,) = read.objects
    faces = read.faces(building)
    assert (building.id, building.kind, building.attributes["name"]) == ("cube", "Building", "Kubus")
    assert read.crs == "EPSG:7415"
    assert read.vertices.min(axis=0).tolist() == [104_900, 425_250, 2.5]
    assert faces.semantics == ["GroundSurface"] * 2 + ["RoofSurface"] * 2 + ["WallSurface"] * 8
    a, b, c = (read.vertices[faces.triangles[:, corner]] - read.vertices.mean(axis=0) for corner in range(3))
    assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6 == pytest.approx(1000)


@pytest.mark.parametrize(
    ("name", "objects", "lods", "crs"),
    [
        ("3dbag_v210908_fd2cee53_5910.json", 432, {0.0, 1.2, 1.3, 2.2}, "EPSG:7415"),  # 1.0
        ("delft.json", 570, {1.0}, "EPSG:7415"),  # 0.9
        ("rotterdam_subset_308k.json", 16, {2.0}, None),  # 1.1
        ("tile_901_trimmed.jsonl", 52, {0.0, 1.2, 1.3, 2.2}, "EPSG:7415"),  # CityJSONSeq 1.1
    ],
)
def test_real_files_of_every_version_are_read(shared_data, name, objects, lods, crs):
    read = city(shared_data(f"cityjson/{name}"))
    assert len(read.objects) == objects
    assert {lod for each in read.objects for lod in each.lods} == lods
    assert read.crs == crs


def test_parts_belong_to_their_building(shared_data):
    read = city(shared_data("cityjson/3dbag_v210908_fd2cee53_5910.json"))
    assert {each.kind for each in read.objects} == {"Building"}
    assert sum(2.2 in each.lods for each in read.objects) == 429  # one has two parts, three a footprint only


def test_a_sequence_is_the_same_city_as_the_whole(tmp_path):
    whole = cube()
    objects, vertices = whole.pop("CityObjects"), whole.pop("vertices")
    feature = {"type": "CityJSONFeature", "id": "cube", "CityObjects": objects, "vertices": vertices}
    head = whole | {"CityObjects": {}, "vertices": []}
    other = copy.deepcopy(feature)
    other["CityObjects"] = {"other": other["CityObjects"]["cube"]}
    other["vertices"] = [[x + 30_000, y, z] for x, y, z in vertices]
    lines = [json.dumps(line) for line in (head, feature, other)]
    path = tmp_path / "cubes.jsonl"
    path.write_text("\n".join(lines) + "\n")
    read = city(path)
    assert [each.id for each in read.objects] == ["cube", "other"]
    one, two = (read.vertices[read.faces(each).triangles] for each in read.objects)
    assert two - one == pytest.approx(np.broadcast_to([30.0, 0, 0], one.shape))


@pytest.mark.parametrize(
    "stated", ["urn:ogc:def:crs:EPSG::7415", "EPSG:7415", "https://www.opengis.net/def/crs/EPSG/0/7415"]
)
def test_the_reference_system_is_understood_in_every_spelling(tmp_path, stated):
    document = cube() | {"metadata": {"referenceSystem": stated}}
    assert city(write(tmp_path / "cube.json", document)).crs == "EPSG:7415"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": "0.3"}, r"is CityJSON 0\.3; upgrade it"),
        ({"type": "FeatureCollection"}, r"is no CityJSON: its type is 'FeatureCollection'"),
        ({"type": "CityJSONFeature"}, r"begins with a feature"),
        ({"vertices": [[1, 2]]}, r"its vertices are not rows of three numbers"),
        ({"vertices": []}, r"geometry of cube is broken \(a corner is none of its 0 vertices\)"),
        ({"CityObjects": {}}, r"holds no geometry that can be shown"),
        ({"CityObjects": []}, r"its CityObjects are missing"),
        ({"CityObjects": {"cube": 3}}, r"object cube is broken"),
        ({"CityObjects": {"cube": {"geometry": [{"type": "Solid"}]}}}, r"geometry of cube is broken"),
        ({"metadata": {"referenceSystem": "RD"}}, r"names its reference system as 'RD'"),
        ({"transform": {"scale": [1, 1, 1]}}, r"its vertices are not rows"),
    ],
)
def test_a_broken_file_is_one_sentence(tmp_path, change, said):
    with pytest.raises(BadInput, match=rf"^cube\.json.*{said}") as raised:
        city(write(tmp_path / "cube.json", cube() | change))
    assert str(raised.value).count("\n") == 0


@pytest.mark.parametrize("text", ["", "{", "nothing", '{"type": "CityJSON"}\n{', "[" * 200_000])
def test_what_is_not_json_is_said(tmp_path, text):
    path = tmp_path / "cube.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"cube\.json"):
        city(path)


def model_of(path):
    return models.read(path, models.Reading(), lambda *_: None)


def with_trees(count=3):
    """The cube, and trees that are drawn from one template: a square of 2 × 2 m, twice as large, 5 m up."""
    document = cube()
    document["geometry-templates"] = {
        "vertices-templates": [[9, 9, 9], [-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]],
        "templates": [{"type": "MultiSurface", "lod": "2", "boundaries": [[[1, 2, 3, 4]]]}],
    }
    start = len(document["vertices"])
    for number in range(count):
        document["vertices"].append([20_000 + 10_000 * number, 0, 0])
        document["CityObjects"][f"tree-{number}"] = {
            "type": "SolitaryVegetationObject",
            "geometry": [
                {
                    "type": "GeometryInstance",
                    "template": 0,
                    "boundaries": [start + number],
                    "transformationMatrix": [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 5, 0, 0, 0, 1],
                }
            ],
        }
    return document


def test_templates_are_drawn_where_their_instances_stand(tmp_path):
    read = city(write(tmp_path / "cube.json", with_trees()))
    assert [each.kind for each in read.objects] == ["Building", *["SolitaryVegetationObject"] * 3]
    for number, tree in enumerate(read.objects[1:]):
        corners = read.vertices[read.faces(tree).triangles].reshape(-1, 3)
        x = 104_900 + 20 + 10 * number
        assert corners.min(axis=0).tolist() == [x - 2, 425_248, 7.5]
        assert corners.max(axis=0).tolist() == [x + 2, 425_252, 7.5]


def test_templates_of_a_sequence_stand_in_its_first_line(tmp_path):
    whole = with_trees()
    feature = {"type": "CityJSONFeature", "id": "f", "CityObjects": whole["CityObjects"], "vertices": whole["vertices"]}
    head = whole | {"CityObjects": {}, "vertices": []}
    path = tmp_path / "trees.city.jsonl"
    path.write_text(f"{json.dumps(head)}\n{json.dumps(feature)}\n")
    read = city(path)
    assert read.version == "CityJSONSeq 2.0"
    assert read.vertices[read.faces(read.objects[1]).triangles].reshape(-1, 3).max(axis=0).tolist() == [
        104_922,
        425_252,
        7.5,
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"template": 1},
        {"template": -1},
        {"boundaries": []},
        {"boundaries": [99]},
        {"transformationMatrix": [1, 2, 3]},
        {"transformationMatrix": [float("nan")] * 16},
    ],
)
def test_a_broken_instance_is_one_sentence(tmp_path, change):
    document = with_trees(1)
    document["CityObjects"]["tree-0"]["geometry"][0] |= change
    with pytest.raises(BadInput, match=r"^cube\.json: the geometry of tree-0 is broken"):
        city(write(tmp_path / "cube.json", document))


def test_templates_cannot_multiply_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("models.cityjson.templates.MOST_VERTICES", 8)
    with pytest.raises(BadInput, match="more than 8 vertices in all"):
        city(write(tmp_path / "cube.json", with_trees(3)))


def test_materials_colour_surfaces_in_the_default_theme(tmp_path):
    document = cube()
    document["appearance"] = {
        "default-theme-material": "day",
        "materials": [
            {"name": "glass", "diffuseColor": [0, 0, 1], "transparency": 0.75},
            {"name": "brick", "diffuseColor": [1, 0, 0]},
        ],
    }
    (geometry,) = document["CityObjects"]["cube"]["geometry"]
    geometry["material"] = {
        "night": {"value": 1},
        "day": {"values": [[None, 0, 1, 1, 1, 1]]},
    }
    found = {
        each.material.base_colour: len(each.triangles)
        for each in model_of(write(tmp_path / "c.json", document)).surfaces
    }
    assert found.pop((0, 0, 1, 0.25)) == 2
    assert found.pop((1, 0, 0, 1)) == 8
    assert [*found.values()] == [2]  # the ground says nothing of itself and has the colour of grounds


def test_a_texture_lies_on_its_surface_the_right_way_up(tmp_path):
    (tmp_path / "roof.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    document = cube()
    document["appearance"] = {
        "textures": [{"type": "PNG", "image": "roof.png"}, {"type": "JPG", "image": "/etc/passwd"}],
        "vertices-texture": [[0, 0], [1, 0], [1, 1], [0, 1]],
    }
    (geometry,) = document["CityObjects"]["cube"]["geometry"]
    sides = [[[None]], [[0, 0, 1, 2, 3]], *[[[1, 0, 1, 2, 3]]] * 4]
    geometry["texture"] = {"rgb": {"values": [sides]}}
    model = model_of(write(tmp_path / "c.json", document))
    (roof,) = [each for each in model.surfaces if each.material.texture]
    assert roof.normals[:, 2] == pytest.approx(1)
    south_west = (roof.positions[:, :2] == (104_900, 425_250)).all(axis=1)
    assert roof.uv[south_west].tolist() == [[0, 1]] * south_west.sum()
    assert model.facts.missing == ("/etc/passwd",)


def test_attributes_of_a_thing_and_its_parts_go_with_it(tmp_path):
    document = cube()
    whole = document["CityObjects"]["cube"]
    whole["attributes"] |= {"bouwjaar": 1930, "sloop": True, "leeg": None, "adres": {"straat": "Hof", "nr": 4}}
    document["CityObjects"]["part"] = {
        "type": "BuildingPart",
        "parents": ["cube"],
        "attributes": {"dak": "plat"},
        "geometry": whole.pop("geometry"),
    }
    (element,) = model_of(write(tmp_path / "cube.json", document)).elements
    assert element.properties == {
        "Attributes": {
            "name": "Kubus",
            "function": "dwelling",
            "bouwjaar": 1930.0,
            "sloop": True,
            "adres.straat": "Hof",
            "adres.nr": 4.0,
        },
        "BuildingPart part": {"dak": "plat"},
    }
    assert element.discipline == "architecture"


def test_rooms_stay_themselves_and_members_of_a_group_too(tmp_path):
    document = cube()
    geometry = document["CityObjects"]["cube"]["geometry"]
    document["CityObjects"] |= {
        "room": {"type": "BuildingRoom", "parents": ["cube"], "geometry": geometry},
        "other": {"type": "Building", "parents": ["group"], "geometry": geometry},
        "group": {"type": "CityObjectGroup", "children": ["other"]},
    }
    elements = model_of(write(tmp_path / "cube.json", document)).elements
    assert [(each.guid, each.layer) for each in elements] == [("cube", ""), ("room", "spaces"), ("other", "")]


def test_a_model_says_what_its_file_is_and_what_is_left_out(tmp_path):
    document = cube()
    document["CityObjects"]["cube"]["geometry"].append({"type": "MultiPoint", "boundaries": [0]})
    model = model_of(write(tmp_path / "cube.json", document))
    assert (model.facts.format, model.facts.unit, model.facts.unit_m) == ("CityJSON 2.0", "metre", 1.0)
    assert model.notes == ("Geometries without surfaces were left out: 1 MultiPoint.",)


def test_real_textures_that_are_not_there_are_named(shared_data):
    model = model_of(shared_data("cityjson/rotterdam_subset_308k.json"))
    assert len(model.facts.missing) == 74
    assert model.facts.missing[0] == "appearances/0320_7_8.jpg"


def test_a_plan_model_stands_where_its_coordinates_are(tmp_path):
    path = write(tmp_path / "cube.json", cube())
    summary = build_model(path, tmp_path / "tiles", ModelOptions())
    assert summary.elements == 1
    assert summary.triangles == 12
    tileset = readers.read(tmp_path / "tiles")
    assert tileset.validate() == []
    found = RD_NAP.from_ecef(tileset.to_ecef(tileset.vertices(tmp_path / "v.bin").local))
    assert found.min(axis=0) == pytest.approx((104_900, 425_250, 2.5), abs=2 * millimetre)
    assert found.max(axis=0) == pytest.approx((104_910, 425_260, 12.5), abs=2 * millimetre)


def test_a_plan_model_names_its_elements(tmp_path):
    (element,) = models.read(write(tmp_path / "cube.json", cube()), models.Reading(), lambda *_: None).elements
    assert (element.guid, element.kind, element.name, element.type) == ("cube", "Building", "Kubus", "dwelling")


def test_a_plan_model_that_names_no_system_lands_where_its_coordinates_can_only_be(shared_data, tmp_path):
    summary = build_model(shared_data("cityjson/rotterdam_subset_308k.json"), tmp_path / "tiles", ModelOptions())
    assert "no reference system is named" in summary.why


class TestPolygons:
    """Flat polygons in space as triangles."""

    @pytest.mark.parametrize("turn", range(4))
    def test_a_dented_quadrilateral_is_cut_along_the_diagonal_inside_it(self, turn):
        corners = [(0, 0, 0), (4, 0, 0), (1, 1, 0), (0, 4, 0)]
        ring = [(turn + step) % 4 for step in range(4)]
        assert self.area(corners, triangles([ring], corners)) == pytest.approx(4)

    @pytest.mark.parametrize("axis", range(3))
    @pytest.mark.parametrize("flipped", [False, True])
    def test_holes_stay_open_and_the_face_looks_the_same_way(self, axis, flipped):
        square = [(0, 0), (6, 0), (6, 6), (0, 6), (2, 2), (2, 4), (4, 4), (4, 2)]
        corners = [tuple(np.roll((x, y, 0.0), axis)) for x, y in square]
        rings = [[0, 1, 2, 3], [4, 5, 6, 7]]
        rings = [ring[::-1] for ring in rings] if flipped else rings
        found = triangles(rings, corners)
        normal = np.roll((0, 0, 1), axis) * (-1 if flipped else 1)
        assert self.area(corners, found, normal) == pytest.approx(32)

    def test_a_polygon_without_area_has_no_triangles(self):
        assert triangles([[0, 1, 2, 3]], [(0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0)]) == []

    @staticmethod
    def area(corners, found, normal=(0, 0, 1)):
        a, b, c = (np.array(corners, float)[[t[corner] for t in found]] for corner in range(3))
        areas = np.cross(b - a, c - a) @ normal / 2
        assert (areas > 0).all()
        return areas.sum()
