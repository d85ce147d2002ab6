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
from tiles.errors import BadInput, MissingGeoreference
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


@pytest.mark.parametrize("text", ["", "{", "nothing", '{"type": "CityJSON"}\n{'])
def test_what_is_not_json_is_said(tmp_path, text):
    path = tmp_path / "cube.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"cube\.json"):
        city(path)


def test_templates_are_said_to_be_left_out(tmp_path):
    document = cube()
    document["CityObjects"]["tree"] = {
        "type": "SolitaryVegetationObject",
        "geometry": [{"type": "GeometryInstance", "template": 0, "boundaries": [0]}],
    }
    assert city(write(tmp_path / "cube.json", document)).notes == (
        "1 objects are drawn from templates, which are not read.",
    )


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


def test_a_plan_model_without_a_place_asks_for_one(shared_data, tmp_path):
    with pytest.raises(MissingGeoreference, match=r"look like RD New .* pass --at 0,0,0 if they are"):
        build_model(shared_data("cityjson/rotterdam_subset_308k.json"), tmp_path / "tiles", ModelOptions())


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
