"""Real models as files for phones: within limits, valid, in true size."""

import multiprocessing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from pxr import Usd, UsdGeom

from pipeline.confine import Limits
from pipeline.export.build import ExportOptions, ExportSummary, convert, export_model, fitted
from pipeline.export.describe import describe
from pipeline.export.pictures import png
from pipeline.export.reduce import QUICK_LOOK, SCENE_VIEWER, Reduced
from pipeline.export.usdz import faults
from pipeline.export.view import View
from pipeline.report import silent
from tests import make, makemesh, readers
from tiles.box import Box
from tiles.errors import BadInput, LimitExceeded, OutputProblem
from tiles.geometry import Material
from tiles.glb import read

millimetre = 1e-3
HOUSE = "ifc/webifc/AC20-FZK-Haus.ifc"
GYM_HALL = "ifc/ifcgref/example_project_location__1e62cb.ifc"
TOWN = "cityjson/rotterdam_subset_308k.json"


@dataclass(frozen=True)
class Made:
    """A model as both files."""

    folder: Path
    summary: ExportSummary

    @property
    def usdz(self) -> Path:
        return self.folder / "plan.usdz"

    @property
    def glb(self) -> Path:
        return self.folder / "plan.glb"

    @property
    def boxes(self) -> list[Box]:
        """What other readers find in each: x east, y up, z south."""
        stage = Usd.Stage.Open(str(self.usdz))
        meshes = [UsdGeom.Mesh(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)]
        points = np.concatenate([np.array(mesh.GetPointsAttr().Get()) for mesh in meshes])
        return [Box.around(points), Box.around(readers.positions(self.glb, self.folder / "v.bin"))]


def make_both(file: Path, folder: Path, **options) -> Made:
    """Both files, made here and now: a process of their own would take longer to start than most models to convert."""
    (folder / "scratch").mkdir()
    options = ExportOptions(folder / "plan.usdz", folder / "plan.glb", **options)
    summary, contents = convert(file, options, folder / "scratch", silent)
    for path, content in contents.items():
        path.write_bytes(content)
    return Made(folder, summary)


@pytest.fixture(scope="module")
def house(shared_data, tmp_path_factory) -> Made:
    return make_both(shared_data(HOUSE), tmp_path_factory.mktemp("house"), title="Huis")


@pytest.fixture(scope="module")
def textured(tmp_path_factory) -> Made:
    folder = tmp_path_factory.mktemp("textured")
    return make_both(makemesh.write_textured_glb(folder / "shed.glb"), folder)


@pytest.fixture(scope="module")
def town(shared_data, tmp_path_factory) -> Made:
    return make_both(shared_data(TOWN), tmp_path_factory.mktemp("town"), table_top=True)


@pytest.fixture(params=["house", "textured", "town"])
def made(request) -> Made:
    return request.getfixturevalue(request.param)


def test_both_files_are_valid(made):
    assert faults(made.usdz) == []
    assert readers.validate(made.glb) == []


def test_both_files_keep_their_viewers_limits(made):
    for path, budget in ((made.usdz, QUICK_LOOK), (made.glb, SCENE_VIEWER)):
        told = made.summary.files[path]
        assert told.triangles <= budget.triangles
        assert told.vertices <= (budget.vertices or np.inf)
        assert told.materials <= (budget.materials or np.inf)
        assert told.bytes == path.stat().st_size <= (budget.bytes or np.inf)
    document = read(made.glb.read_bytes()).document
    primitives = document["meshes"][0]["primitives"]
    counts = [document["accessors"][each["attributes"]["POSITION"]]["count"] for each in primitives]
    assert sum(counts) == made.summary.files[made.glb].vertices
    assert len(document["materials"]) == made.summary.files[made.glb].materials


def test_a_house_has_its_true_size_and_stands_in_the_middle_on_the_ground(house):
    width, depth, height = 18.0, 16.0, 7.3177  # as IfcOpenShell says
    for found in house.boxes:
        assert np.abs(found.low - [-width / 2, 0, -depth / 2]).max() < 1 * millimetre
        assert np.abs(found.high - [width / 2, height, depth / 2]).max() < 1 * millimetre


def test_the_summary_says_what_was_done(house):
    said = describe(house.summary)
    for part in (
        "19,614 triangles, ",
        "for Quick Look.",
        "Simplified from 19,614 triangles to ",
        "Scale 1 : 1: 18.00 m from west to east, 16.00 m from south to north, 7.32 m high.",
        "middle of its footprint on the ground",
        "y is up and north is −z.",
        "--ground 0 puts height 0 on the ground",
        "North: not known",
    ):
        assert part in said


def test_a_town_on_the_table_is_a_metre_long(town):
    for found in town.boxes:
        assert (found.high - found.low).max() == pytest.approx(1.0, abs=1 * millimetre)
        assert found.low[1] == pytest.approx(0.0, abs=1e-6)


def test_a_picture_comes_along_as_png_or_jpeg(textured):
    document = read(textured.glb.read_bytes()).document
    assert [image["mimeType"] for image in document["images"]] == ["image/jpeg"]
    assert b"picture_0.jpg" in textured.usdz.read_bytes()
    for found in textured.boxes:
        assert found.high - found.low == pytest.approx([4, 3, 5], abs=1 * millimetre)


def test_pictures_become_smaller_until_the_file_fits(tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (1024, 1024, 3), np.uint8)
    wall = makemesh.box(material=Material(texture=png(noise)))
    few = Reduced([replace(wall, uv=wall.positions[:, :2])])
    told, content = fitted(few, replace(SCENE_VIEWER, bytes=600_000), View(), tmp_path)
    assert told.bytes == len(content) <= 600_000
    assert "Its pictures were made smaller, to 512 pixels a side." in told.notes
    with pytest.raises(BadInput, match=r"would take .* kB, more than the 2\.0 kB it holds"):
        fitted(few, replace(SCENE_VIEWER, bytes=2_000), View(), tmp_path)


def test_a_gym_hall_of_165_000_triangles_fits_and_keeps_its_colours(shared_data, tmp_path):
    path = tmp_path / "gym.glb"
    summary, contents = convert(shared_data(GYM_HALL), ExportOptions(glb=path), tmp_path, silent)
    path.write_bytes(contents[path])
    told = summary.files[path]
    assert told.vertices <= 30_000
    assert told.error_m < 0.03
    assert "colours share a picture" in describe(summary)
    assert readers.validate(path) == []


def test_a_process_of_its_own_writes_the_same(textured, tmp_path):
    options = ExportOptions(tmp_path / "new" / "plan.usdz", tmp_path / "new" / "plan.glb")
    assert export_model(textured.folder / "shed.glb", options).triangles == 12
    for path in (options.usdz, options.glb):
        assert path.read_bytes() == (textured.folder / path.name).read_bytes()
    assert len([*(tmp_path / "new").iterdir()]) == 2


class TestBadInput:
    """One sentence, and nothing left behind."""

    @pytest.fixture(autouse=True)
    def _nothing_left_behind(self, tmp_path):
        yield
        assert not [path for path in tmp_path.rglob("*") if "out" in path.name]
        assert multiprocessing.active_children() == []

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (ExportOptions(), "Say what to write: --usdz for iPhones, --glb for Android, or both"),
            (ExportOptions(glb=Path("out.glb"), scale="200"), "--scale 200 is no scale"),
            (ExportOptions(glb=Path("out.glb"), ground_m=99.0), r"All of box\.obj lies below --ground 99"),
        ],
    )
    def test_options_that_cannot_be(self, options, said, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(BadInput, match=said):
            export_model(make.write_obj(tmp_path / "box.obj"), options)

    def test_a_model_that_takes_too_long(self, tmp_path):
        box = make.write_obj(tmp_path / "box.obj")
        with pytest.raises(LimitExceeded, match="more than 0 s"):
            export_model(box, ExportOptions(glb=tmp_path / "out.glb", limits=Limits(wall_s=0)), silent)


def test_a_file_that_exists_is_left_alone(tmp_path):
    (tmp_path / "plan.glb").write_bytes(b"mine")
    with pytest.raises(OutputProblem, match="exists already"):
        export_model(make.write_obj(tmp_path / "box.obj"), ExportOptions(glb=tmp_path / "plan.glb"))
    assert (tmp_path / "plan.glb").read_bytes() == b"mine"
