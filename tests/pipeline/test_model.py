"""Plan models to tiles, read back by other people's readers."""

import json
from dataclasses import replace
from itertools import pairwise

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.util.geolocation
import numpy as np
import pytest
import trimesh
from PIL import Image

import assets
from pipeline.confine import Limits
from pipeline.model import ModelOptions, build_model
from pipeline.position import ByHand
from pipeline.sample import building, facts
from tests import make, readers
from tiles.errors import BadInput, LimitExceeded, MissingGeoreference, OutputProblem, OutsideArea
from tiles.frame import RD_NAP, points

millimetre = 1e-3
GYM_HALL = "ifc/ifcgref/example_project_location__1e62cb.ifc"
IN_DELFT = ByHand((84_650.0, 447_050.0, 0.5), "EPSG:7415")


def by_hand(at, heading_deg=0.0, scale=1.0) -> ModelOptions:
    return ModelOptions(ByHand(at, "EPSG:7415", heading_deg, scale))


def rd_vertices(folder, scratch):
    """Every vertex of a tileset in RD and NAP."""
    tileset = readers.read(folder)
    return RD_NAP.from_ecef(tileset.to_ecef(tileset.vertices(scratch / "v.bin").local))


def table(path):
    """The columns of a content's property table, read by hand."""
    data = path.read_bytes()
    length = int.from_bytes(data[12:16], "little")
    document, binary = json.loads(data[20 : 20 + length]), data[28 + length :]
    metadata = document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]

    def view(index):
        described = document["bufferViews"][index]
        return binary[described["byteOffset"] : described["byteOffset"] + described["byteLength"]]

    schema = document["extensions"]["EXT_structural_metadata"]["schema"]
    columns = {}
    for name, said in metadata["properties"].items():
        described = schema["classes"]["element"]["properties"][name]
        if described["type"] == "ENUM":
            names = schema["enums"][described["enumType"]]
            numbers = np.frombuffer(view(said["values"]), names["valueType"].lower())
            columns[name] = [names["values"][number]["name"] for number in numbers]
            continue
        text, offsets = (
            view(said["values"]),
            np.frombuffer(view(said["stringOffsets"]), said["stringOffsetType"].lower()),
        )
        columns[name] = [text[a:b].decode() for a, b in pairwise(offsets)]
    return columns


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data(GYM_HALL)


@pytest.fixture(scope="module")
def made(gym_hall):
    return gym_hall


class TestGymHall:
    """The gym hall of IfcGref, whose map conversion is in metres over a project in millimetres."""

    def test_its_origin_stands_where_the_map_conversion_puts_it(self, made):
        _, summary = made
        assert summary.origin == pytest.approx((149_626.316, 413_717.684, 0.0), abs=1 * millimetre)

    def test_vertices_stand_where_ifcopenshell_puts_them(self, path, made, tmp_path):
        file = ifcopenshell.open(str(path))
        settings = ifcopenshell.geom.settings()
        settings.set("use-world-coords", True)
        found = rd_vertices(made[0], tmp_path)
        walls = file.by_type("IfcWall")[:5]
        assert walls
        for wall in walls:
            vertices = np.array(ifcopenshell.geom.create_shape(settings, wall).geometry.verts).reshape(-1, 3)
            for vertex in vertices:
                # In project units, millimetres; their transformation, not ours.
                theirs = ifcopenshell.util.geolocation.auto_xyz2enh(file, *(vertex * 1000))
                nearest = np.linalg.norm(found - np.array(theirs), axis=1).min()
                assert nearest < 2 * millimetre

    def test_every_element_has_its_guid_class_name_and_storey(self, path, made):
        file = ifcopenshell.open(str(path))
        tileset = readers.read(made[0])
        rows = 0
        leaves = [row for row in tileset.contents if not tileset.tiles[row].get("children")]
        for row in tileset.contents:
            columns = table(tileset.path(row))
            for guid, kind, name in zip(columns["guid"], columns["class"], columns["name"], strict=True):
                entity = file.by_guid(guid)
                assert (entity.is_a(), entity.Name or "") == (kind, name)
            rows += len(columns["guid"]) if row in leaves else 0
            assert any(columns["storey"])
        rooms = table(readers.read(made[0] / "layers" / "spaces").path(0))
        assert (rows, len(rooms["guid"])) == (464, 48)
        assert made[1].elements == 464 + 48

    def test_it_is_split_into_valid_tiles_with_one_content_each(self, made):
        tileset = readers.read(made[0])
        rooms = readers.read(made[0] / "layers" / "spaces")
        assert len(tileset.contents) + len(rooms.contents) == made[1].tiles > 2
        assert rooms.validate() == []
        assert all("contents" not in tile for tile in tileset.tiles)
        assert tileset.validate() == []

    def test_every_content_lies_inside_its_box_and_its_parents(self, made, tmp_path):
        tileset = readers.read(made[0])
        readers.assert_everything_inside(tileset, tileset.vertices(tmp_path / "v.bin"))


def test_a_house_placed_by_hand_stands_there_in_true_size(shared_data, tmp_path):
    summary = build_model(shared_data("ifc/webifc/AC20-FZK-Haus.ifc"), tmp_path / "t", ModelOptions(IN_DELFT))
    assert summary.origin == pytest.approx((84_650.0, 447_050.0, 0.5))
    assert (summary.elements, summary.size_m) == (83 + 7, pytest.approx((18.0, 16.0, 7.32), abs=0.01))
    assert readers.read(tmp_path / "t").validate() == []


def test_heading_turns_the_model_clockwise_from_grid_north(tmp_path):
    box = make.write_obj(tmp_path / "box.obj", size=(10.0, 20.0, 6.0))
    build_model(box, tmp_path / "t", by_hand((104_900.0, 425_250.0, 2.8), heading_deg=90.0))
    rd = rd_vertices(tmp_path / "t", tmp_path) - [104_900.0, 425_250.0, 2.8]
    # Its y axis, 20 m, now points east, and its x axis, 10 m, south; true metres are 0.068 mm a metre longer than RD's.
    assert rd.min(axis=0) == pytest.approx([0.0, -10.0, 0.0], abs=2 * millimetre)
    assert rd.max(axis=0) == pytest.approx([20.0, 0.0, 6.0], abs=2 * millimetre)


def test_scale_is_metres_per_unit(tmp_path):
    box = make.write_obj(tmp_path / "box.obj", size=(10_000.0, 20_000.0, 6_000.0))
    summary = build_model(box, tmp_path / "t", by_hand((104_900.0, 425_250.0, 0.0), scale=0.001))
    rd = rd_vertices(tmp_path / "t", tmp_path)
    assert np.ptp(rd, axis=0) == pytest.approx([10.0, 20.0, 6.0], abs=2 * millimetre)
    assert "scale" not in summary.notes


def test_a_glb_is_stood_upright(tmp_path):
    trimesh.creation.box(extents=(4.0, 30.0, 6.0)).export(tmp_path / "tower.glb")  # 30 m along glTF's y, which is up
    build_model(tmp_path / "tower.glb", tmp_path / "t", by_hand((104_900.0, 425_250.0, 0.0)))
    rd = rd_vertices(tmp_path / "t", tmp_path)
    assert np.ptp(rd, axis=0) == pytest.approx([4.0, 6.0, 30.0], abs=2 * millimetre)


def test_a_textured_glb_keeps_its_picture(tmp_path):
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 255, (16, 16, 3), np.uint8))
    wall = trimesh.Trimesh([[0, 0, 0], [4, 0, 0], [4, 3, 0], [0, 3, 0]], [[0, 1, 2], [0, 2, 3]])
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=picture)
    wall.visual = trimesh.visual.TextureVisuals(uv=[[0, 0], [1, 0], [1, 1], [0, 1]], material=material)
    wall.export(tmp_path / "wall.glb")
    build_model(tmp_path / "wall.glb", tmp_path / "t", by_hand((104_900.0, 425_250.0, 0.0)))
    tileset = readers.read(tmp_path / "t")
    assert tileset.validate() == []
    assert b"image/webp" in tileset.path(tileset.contents[0]).read_bytes()


def test_the_proposed_building_of_the_demo_lands_on_its_plot(tmp_path):
    proposal = facts.read(assets.path("samples/dordrecht.toml")).proposal
    path = building.write(tmp_path / "proposal.ifc", proposal)
    summary = build_model(path, tmp_path / "t", ModelOptions())
    assert summary.origin == pytest.approx((*proposal.at, proposal.ground_nap), abs=1 * millimetre)
    # The front, along the building's x axis, runs from west-north-west to east-south-east.
    rd = rd_vertices(tmp_path / "t", tmp_path)
    front = np.radians(-proposal.heading_deg)
    along = (rd[:, :2] - np.array(proposal.at)) @ [np.cos(front), np.sin(front)]
    assert np.ptp(along) == pytest.approx(proposal.width_m, abs=2 * millimetre)


def test_a_neighbourhood_in_rd_is_recognised_and_follows_the_map_exactly(shared_data, tmp_path):
    path = shared_data("mesh/3dfier_testarea.obj")
    summary = build_model(path, tmp_path / "t", ModelOptions())
    assert "coordinates that look like RD New" in summary.why
    rd = rd_vertices(tmp_path / "t", tmp_path)
    given = np.array(
        [[float(v) for v in line.split()[1:4]] for line in path.read_text().splitlines() if line[:2] == "v "]
    )
    assert np.abs(rd.min(axis=0) - given.min(axis=0)).max() < 20 * millimetre
    assert np.abs(rd.max(axis=0) - given.max(axis=0)).max() < 20 * millimetre


class TestBadInput:
    """One sentence, and nothing left behind."""

    @pytest.fixture(autouse=True)
    def _nothing_left_behind(self, tmp_path):
        yield
        assert not [path for path in tmp_path.rglob("*") if path.name.startswith(("out", ".out"))]

    @pytest.mark.parametrize(
        ("name", "kind", "said"),
        [
            ("ifc/gherkin/na-grf000-ifc4_no_georeferencing.ifc", BadInput, "holds no geometry"),
            ("ifc/webifc/AC20-FZK-Haus.ifc", MissingGeoreference, r"latitude 49\.10.*no more than a hint.*pass --at"),
            ("ifc/pcert/building-architecture__8ce86f.ifc", OutsideArea, "georeferenced in EPSG:32760"),
            ("ifc/ifcgref/Duplex_A_20110907_georeferenced__489689.ifc", OutsideArea, "georeferenced in EPSG:3857"),
        ],
    )
    def test_a_real_file_that_cannot_be_placed(self, name, kind, said, shared_data, tmp_path):
        with pytest.raises(kind, match=said):
            build_model(shared_data(name), tmp_path / "out", ModelOptions())

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("plan.skp", b"", "SketchUp exports IFC, GLB"),
            ("plan.xyz", b"", r"is no kind of model that can be read \(\.ifc, .*\.glb, \.obj, .*\.json, "),
            ("plan.ifc", b"hello", r"plan\.ifc is not an IFC file|holds no IfcProject"),
            ("plan.glb", b"hello", "does not begin with 'glTF'"),
            ("plan.glb", b"glTF\x02\0\0\0\xff\xff\0\0" + bytes(20), "cut off"),
            ("plan.obj", b"v 1 2 3\n", r"holds no triangles|cannot be read as OBJ"),
        ],
    )
    def test_a_file_that_is_no_model(self, name, content, said, tmp_path):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadInput, match=said):
            build_model(tmp_path / name, tmp_path / "out", by_hand((104_900.0, 425_250.0, 0.0)))

    def test_a_schema_that_is_not_known(self, tmp_path):
        header = "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n"
        text = f"{header}FILE_SCHEMA(('IFC2X_FINAL'));\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"
        (tmp_path / "old.ifc").write_text(text)
        with pytest.raises(BadInput, match=r"old\.ifc.*(schema|IFC2X_FINAL)"):
            build_model(tmp_path / "old.ifc", tmp_path / "out", ModelOptions())

    def test_a_truncated_ifc(self, shared_data, tmp_path):
        whole = shared_data(GYM_HALL).read_bytes()
        (tmp_path / "half.ifc").write_bytes(whole[:2_000])
        with pytest.raises(BadInput, match=r"half\.ifc"):
            build_model(tmp_path / "half.ifc", tmp_path / "out", ModelOptions())

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(BadInput, match="There is no file"):
            build_model(tmp_path / "none.ifc", tmp_path / "out", ModelOptions())

    def test_a_place_outside_the_netherlands(self, tmp_path):
        box = make.write_obj(tmp_path / "box.obj")
        with pytest.raises(OutsideArea, match=r"box\.obj would stand where it cannot be: .*x and y look swapped"):
            build_model(box, tmp_path / "out", by_hand((425_250.0, 104_900.0, 0.0)))

    def test_a_model_as_large_as_a_province(self, tmp_path):
        box = make.write_obj(tmp_path / "box.obj", size=(50_000.0, 20.0, 6.0))
        with pytest.raises(BadInput, match="50 km across, which is no plan"):
            build_model(box, tmp_path / "out", by_hand((104_900.0, 425_250.0, 0.0)))

    @pytest.mark.parametrize(
        ("limits", "said"),
        [
            (Limits(wall_s=0), "more than 0 s to convert"),
            (Limits(cpu_s=1), "more than 1 s of computing"),
        ],
    )
    def test_a_model_that_takes_too_long(self, limits, said, shared_data, tmp_path):
        with pytest.raises(LimitExceeded, match=said):
            build_model(shared_data(GYM_HALL), tmp_path / "out", ModelOptions(limits=limits))


def test_an_output_folder_that_exists_is_left_alone(tmp_path):
    box = make.write_obj(tmp_path / "box.obj")
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputProblem, match="exists already"):
        build_model(box, tmp_path / "out", by_hand((104_900.0, 425_250.0, 0.0)))


def test_the_origin_of_a_placed_model_goes_exactly_where_it_was_put(tmp_path):
    at = (104_900.123, 425_250.456, 2.789)
    box = make.write_obj(tmp_path / "box.obj")
    build_model(box, tmp_path / "t", by_hand(at, heading_deg=33.0))
    tileset = readers.read(tmp_path / "t")
    local = tileset.vertices(tmp_path / "v.bin").local
    distance = np.linalg.norm(tileset.to_ecef(local) - RD_NAP.to_ecef(points(at)), axis=1)
    assert distance.min() < 1 * millimetre


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan")
    low, high = (make.write_obj(folder / f"{name}.obj", (10.0, 20.0, z)) for name, z in (("low", 6.0), ("high", 30.0)))
    place = by_hand((104_900.0, 425_250.0, 2.8))
    build_model(low, folder / "t", place)
    for file, name, phase in ((high, "hoog", False), (low, "zoals-nu", True)):
        build_model(file, folder / "t", replace(place, variant=name, is_phase=phase, title="Plan"))
    return folder, place


class TestVariants:
    """Other designs and phases of one plan, beside it."""

    def test_each_has_its_name_and_is_another_shape(self, plan):
        top = {}
        for name in ("", "variants/hoog/", "variants/zoals-nu/"):
            tileset = readers.read(plan[0] / "t", f"{name}tileset.json")
            said = tileset.document["metadata"]["properties"]
            top[said["title"]] = (tileset.box(0)[1][2] - tileset.box(0)[0][2], said.get("variant"), said.get("phase"))
        assert top == {
            "low": (pytest.approx(6, abs=0.01), None, None),
            "Plan (hoog)": (pytest.approx(30, abs=0.01), "hoog", None),
            "Plan (zoals-nu)": (pytest.approx(6, abs=0.01), None, "zoals-nu"),
        }

    def test_what_is_the_same_is_there_once(self, plan):
        assert len(list((plan[0] / "t" / "tiles").rglob("*.glb"))) == 2

    def test_a_variant_that_is_made_anew_takes_the_place_of_the_one_before(self, plan):
        folder, place = plan
        middle = make.write_obj(folder / "middle.obj", (10.0, 20.0, 12.0))
        build_model(middle, folder / "t", replace(place, variant="hoog"))
        assert len(list((folder / "t" / "tiles").rglob("*.glb"))) == 2
        tileset = readers.read(folder / "t", "variants/hoog/tileset.json")
        assert tileset.box(0)[1][2] - tileset.box(0)[0][2] == pytest.approx(12, abs=0.01)
        assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []

    def test_a_variant_of_nothing_is_refused(self, plan, tmp_path):
        folder, place = plan
        with pytest.raises(OutputProblem, match="holds no model that hoog could be a variant of"):
            build_model(folder / "low.obj", tmp_path / "t", replace(place, variant="hoog"))
