"""USDZ for Quick Look, read back by OpenUSD."""

from dataclasses import replace
from zipfile import ZIP_STORED, ZipFile

import numpy as np
import pytest
from pxr import Sdf, Usd, UsdGeom, UsdShade, UsdUtils

from pipeline.export.pictures import png
from pipeline.export.usdz import faults, usdz
from pipeline.export.view import View
from tests.makemesh import area_m2, box, coloured
from tiles.geometry import Material

micrometre = 1e-6
BRICK = Material("brick", (0.5, 1.0, 1.0, 1.0), double_sided=True, texture=png(np.zeros((8, 8, 3), np.uint8)))


@pytest.fixture
def surfaces():
    brick = box((2, 2, 2), (10, 0, 0), BRICK)
    return [
        box(material=coloured(0.6, 0.2, 0.1)),
        box((1, 1, 1), (0, 0, 6), coloured(0.5, 0.6, 0.7, 0.3)),
        replace(brick, uv=brick.positions[:, :2]),
    ]


@pytest.fixture
def package(surfaces, tmp_path):
    path = tmp_path / "plan.usdz"
    (tmp_path / "scratch").mkdir()
    path.write_bytes(usdz(surfaces, View(0.5, "Plan één"), tmp_path / "scratch"))
    return path


def test_its_validators_find_nothing(package):
    assert faults(package) == []


def test_the_validators_notice_what_quick_look_would_not_show(tmp_path):
    stage = Usd.Stage.CreateNew(str(tmp_path / "bad.usdc"))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    mesh = UsdGeom.Mesh.Define(stage, "/Bad")
    mesh.CreatePointsAttr([(0, 0, 0)])
    stage.GetRootLayer().Save()
    UsdUtils.CreateNewUsdzPackage(Sdf.AssetPath(str(tmp_path / "bad.usdc")), str(tmp_path / "bad.usdz"))
    assert len(faults(tmp_path / "bad.usdz")) > 1


def test_metres_y_up_and_standing_on_a_level_plane(package):
    stage = Usd.Stage.Open(str(package))
    assert UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.y
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    root = stage.GetDefaultPrim()
    assert root.GetDisplayName() == "Plan één"
    assert root.GetAttribute("preliminary:anchoring:type").Get() == "plane"
    assert root.GetAttribute("preliminary:planeAnchoring:alignment").Get() == "horizontal"


def test_every_vertex_stands_in_its_place_and_every_area_is_there(package, surfaces):
    stage = Usd.Stage.Open(str(package))
    meshes = [UsdGeom.Mesh(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)]
    for mesh, surface in zip(meshes, surfaces, strict=True):
        points = np.array(mesh.GetPointsAttr().Get())
        given = surface.positions * 0.5
        assert np.abs(points - given[:, [0, 2, 1]] * [1, 1, -1]).max() < 1 * micrometre
        triangles = np.array(mesh.GetFaceVertexIndicesAttr().Get(), np.uint32).reshape(-1, 3)
        assert area_m2(replace(surface, positions=points, triangles=triangles)) == pytest.approx(area_m2(surface) / 4)
        assert mesh.GetDoubleSidedAttr().Get() == surface.material.double_sided
        assert mesh.GetSubdivisionSchemeAttr().Get() == "none"


def test_colours_opacity_and_pictures_are_bound(package):
    stage = Usd.Stage.Open(str(package))
    looks = [UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial()[0] for prim in stage.Traverse()
             if prim.IsA(UsdGeom.Mesh)]  # fmt: skip
    wall, glass, brick = (material.ComputeSurfaceSource()[0] for material in looks)
    assert tuple(wall.GetInput("diffuseColor").Get()) == pytest.approx((0.6, 0.2, 0.1))
    assert glass.GetInput("opacity").Get() == pytest.approx(0.3)
    picture = UsdShade.Shader(brick.GetInput("diffuseColor").GetConnectedSources()[0][0].source.GetPrim())
    assert picture.GetInput("file").Get().path.endswith("picture_0.png")
    assert tuple(picture.GetInput("scale").Get()) == (0.5, 1.0, 1.0, 1.0)
    mesh = UsdGeom.Mesh(stage.GetPrimAtPath("/Model/part_2"))
    lower_left = np.array(UsdGeom.PrimvarsAPI(mesh).GetPrimvar("st").Get())
    upper_left = np.array(mesh.GetPointsAttr().Get())[:, [0, 2]] / [0.5, -0.5]
    assert np.allclose(lower_left, np.column_stack([upper_left[:, 0], 1 - upper_left[:, 1]]))


def test_files_are_stored_aligned_to_64_bytes_with_the_scene_first(package):
    with ZipFile(package) as archive:
        files = archive.infolist()
        assert archive.testzip() is None
    assert [file.filename for file in files] == ["model.usdc", "picture_0.png"]
    data = package.read_bytes()
    for file in files:
        extra = int.from_bytes(data[file.header_offset + 28 : file.header_offset + 30], "little")
        assert (file.header_offset + 30 + len(file.filename) + extra) % 64 == 0
        assert file.compress_type == ZIP_STORED
        assert file.date_time == (1980, 1, 1, 0, 0, 0)


def test_the_same_surfaces_give_the_same_bytes(surfaces, package, tmp_path):
    (tmp_path / "again").mkdir()
    assert usdz(surfaces, View(0.5, "Plan één"), tmp_path / "again") == package.read_bytes()
