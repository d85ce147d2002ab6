"""Scenes of COLLADA, 3MF, DXF and USD: copies, units, axes, materials; and what each cannot show."""

import zipfile

import ezdxf
import numpy as np
import pytest
from pxr import Usd

import models
from models.meshes import parts
from tests import makemeshes as make
from tiles.errors import BadInput

millimetre = 1e-3


def read(path, **said):
    return models.read(path, models.Reading(**said), lambda _done, _total: None)


def changed(path, *swaps):
    """A file of text with some of it replaced."""
    text = path.read_text()
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return path


class TestCollada:
    """Nodes, their copies and their looks."""

    @pytest.mark.parametrize(("axis", "size"), [("X_UP", (6.1, 4, 10)), ("Y_UP", (10, 4, 6.1)), ("Z_UP", (10, 6.1, 4))])
    def test_its_axis_and_unit_are_the_files(self, axis, size, tmp_path):
        path = changed(make.collada(tmp_path / "a.dae"), ("Z_UP", axis), ('meter="0.01"', 'meter="0.1"'))
        model = read(path)
        assert np.ptp(model.box.corners, axis=0) == pytest.approx(np.array(size) * 10, abs=1 * millimetre)
        assert (model.facts.unit, model.facts.up) == ("decimetre", axis[0].lower())

    def test_copies_of_a_node_turned_and_mirrored_are_placed(self, tmp_path):
        nodes = (
            '<node><rotate>0 0 1 90</rotate><scale>-1 1 1</scale><instance_node url="#house"/></node></visual_scene>'
        )
        model = read(changed(make.collada(tmp_path / "a.dae"), ("</visual_scene>", nodes)))
        assert [element.name for element in model.elements] == ["walls", "sign"] * 2
        # Mirrored in x, then a quarter turn: x' = −y, y' = −x.
        assert model.box.low == pytest.approx([-6.0, -10.0, 0.0], abs=1 * millimetre)
        walls = next(surface for surface in model.surfaces if surface.material.name == "brick")
        copy = walls.features[walls.triangles[:, 0]] == 2
        a, b, c = (walls.positions[walls.triangles[copy, corner]] for corner in range(3))
        assert ((np.cross(b - a, c - a) * ((a + b + c) / 3 - [-3, -5, 2])).sum(axis=1) > 0).all()

    def test_nodes_that_hold_each_other_are_refused(self, tmp_path):
        path = changed(make.collada(tmp_path / "a.dae"), ('<node id="w"', '<instance_node url="#house"/><node id="w"'))
        with pytest.raises(BadInput, match="hold each other without end"):
            read(path)

    @pytest.mark.parametrize(
        ("said", "opacity"),
        [
            ('<transparent opaque="A_ONE"><color>1 1 1 0.4</color></transparent>', 0.4),
            ('<transparent opaque="RGB_ZERO"><color>.75 .75 .75 1</color></transparent>', 0.25),
            ("<transparency><float>0.6</float></transparency>", 0.6),
            ("<transparency><float>0</float></transparency>", 1.0),
        ],
    )
    def test_opacity_in_all_its_ways(self, said, opacity, tmp_path):
        model = read(changed(make.collada(tmp_path / "a.dae"), ("</diffuse></lambert>", f"</diffuse>{said}</lambert>")))
        assert model.surfaces[0].material.base_colour[3] == pytest.approx(opacity, abs=0.001)

    def test_polygons_with_holes_keep_them(self, tmp_path):
        walls = '<polylist count="4" material="m1">'
        holed = '<polygons count="1" material="m1"><input semantic="VERTEX" source="#wv" offset="0"/>'
        holed += "<ph><p>0 1 2 3</p><h>8 9 10 11</h></ph></polygons>"
        text = make.collada(tmp_path / "a.dae").read_text()
        start, end = text.index(walls), text.index("</polylist>") + len("</polylist>")
        inner = " 400 200 0 600 200 0 600 400 0 400 400 0"
        text = (text[:start] + holed + text[end:]).replace(
            " 0 600 400</float_array>", f" 0 600 400{inner}</float_array>"
        )
        (tmp_path / "a.dae").write_text(text.replace('count="8" stride', 'count="12" stride'))
        model = read(tmp_path / "a.dae")
        floor = model.surfaces[0]
        a, b, c = (floor.positions[floor.triangles[:, corner]] for corner in range(3))
        assert np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2 == pytest.approx(60 - 4)

    def test_a_missing_picture_is_named(self, tmp_path):
        path = make.collada(tmp_path / "a.dae")
        (tmp_path / "sign.png").unlink()
        model = read(path)
        assert (model.facts.missing, model.triangles) == (("sign.png",), 10)


class Test3mf:
    """Components and colours."""

    @staticmethod
    def edited(path, *swaps):
        whole = make.threemf(path.with_name("whole.3mf"))
        with zipfile.ZipFile(whole) as given, zipfile.ZipFile(path, "w") as made:
            for entry in given.infolist():
                text = given.read(entry)
                for old, new in swaps if entry.filename.endswith(".model") else ():
                    assert old in text
                    text = text.replace(old, new)
                made.writestr(entry, text)
        return path

    def test_units_are_the_files(self, tmp_path):
        model = read(self.edited(tmp_path / "a.3mf", (b'unit="millimeter"', b'unit="inch"')))
        assert model.box.high[0] == pytest.approx(10_000 * 0.0254, abs=1 * millimetre)
        assert model.facts.unit == "inch"

    def test_corners_of_different_colours_become_vertex_colours(self, tmp_path):
        group = (
            b'<m:colorgroup id="9"><m:color color="#FF0000"/><m:color color="#0000FF80"/></m:colorgroup><object id="4"'
        )
        swaps = [(b'<object id="4"', group), (b'pid="1" pindex="0"', b'pid="9" pindex="0"')]
        swaps.append(
            (b'<triangle v1="0" v2="1" v3="5"/>', b'<triangle v1="0" v2="1" v3="5" pid="9" p1="0" p2="1" p3="1"/>')
        )
        model = read(self.edited(tmp_path / "a.3mf", *swaps))
        (walls,) = (surface for surface in model.surfaces if surface.colours is not None)
        assert {tuple(row) for row in walls.colours.round(2)} == {(1, 0, 0, 1), (0, 0, 1, 0.5)}
        assert walls.material.alpha == "blend"

    def test_components_that_hold_each_other_are_refused(self, tmp_path):
        path = self.edited(tmp_path / "a.3mf", (b'<component objectid="4"/>', b'<component objectid="6"/>'))
        with pytest.raises(BadInput, match="hold each other without end"):
            read(path)

    def test_a_thing_that_is_not_there_is_named(self, tmp_path):
        with pytest.raises(BadInput, match=r"a\.3mf cannot be read as 3MF: it places object 44, which is not there"):
            read(self.edited(tmp_path / "a.3mf", (b'<component objectid="4"/>', b'<component objectid="44"/>')))


class TestDxf:
    """Blocks, layers and what is no mesh."""

    @pytest.fixture
    def document(self):
        return ezdxf.new("R2018")

    def saved(self, document, tmp_path):
        document.saveas(tmp_path / "a.dxf")
        return read(tmp_path / "a.dxf")

    def test_nested_and_arrayed_blocks_are_placed_in_their_colours(self, document, tmp_path):
        inner = document.blocks.new("inner")
        inner.add_3dface([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], dxfattribs={"color": 0})  # by block
        document.blocks.new("outer").add_blockref("inner", (10, 0, 5), dxfattribs={"color": 0, "xscale": -2})
        grid = document.modelspace().add_blockref("outer", (100, 0), dxfattribs={"color": 5})
        grid.dxf.column_count, grid.dxf.column_spacing = 3, 50
        grid.add_attrib("NUMBER", "12b")
        model = self.saved(document, tmp_path)
        (surface,) = model.surfaces
        assert surface.material.base_colour == (0.0, 0.0, 1.0, 1.0)
        assert model.box.low == pytest.approx([108.0, 0.0, 5.0])
        assert model.box.high == pytest.approx([210.0, 1.0, 5.0])
        assert (surface.normals[:, 2] > 0).all()  # mirrored, and yet upward
        assert model.elements[0].properties["DXF"] == {"layer": "0", "block": "outer", "NUMBER": "12b"}
        assert any("metres were taken" in note for note in model.notes) == (document.header["$INSUNITS"] == 0)

    def test_layers_that_are_off_are_left_out_and_named(self, document, tmp_path):
        document.layers.add("hidden").off()
        space = document.modelspace()
        for layer in ("hidden", "shown"):
            space.add_3dface([(0, 0, 0), (4, 0, 0), (4, 4, 0)], dxfattribs={"layer": layer})
        model = self.saved(document, tmp_path)
        assert [element.name for element in model.elements] == ["shown"]
        assert "Layers that are off or frozen are left out: hidden." in model.notes

    def test_solids_are_said_to_be_unreadable(self, tmp_path):
        document = ezdxf.new("R2000")
        document.modelspace().add_3dsolid().sat = ["400 0 1 0"]
        with pytest.raises(BadInput, match=r"holds 1 ACIS solid and no meshes; turn them into meshes"):
            self.saved(document, tmp_path)

    def test_blocks_that_hold_each_other_are_refused(self, document, tmp_path):
        block = document.blocks.new("a")
        block.add_3dface([(0, 0, 0), (4, 0, 0), (4, 4, 0)])
        block.add_blockref("a", (0, 0))
        document.modelspace().add_blockref("a", (0, 0))
        with pytest.raises(BadInput, match="block a holds itself"):
            self.saved(document, tmp_path)

    def test_a_dwg_by_another_name_is_recognised(self, tmp_path):
        (tmp_path / "a.dxf").write_bytes(b"AC1032" + bytes(100))
        with pytest.raises(BadInput, match=r"it is a DWG by another name; export it as DXF or IFC"):
            read(tmp_path / "a.dxf")

    def test_what_is_damaged_is_read_as_far_as_it_goes(self, tmp_path):
        path = make.dxf(tmp_path / "a.dxf")
        path.write_text(path.read_text().replace("ENDSEC\n  0\nEOF", ""))
        model = read(path)
        assert model.triangles == 10
        assert any("The drawing is damaged" in said for said in model.facts.repaired)


class TestUsd:
    """Stages, their copies and their layers."""

    def test_its_axis_and_unit_are_the_stages(self, tmp_path):
        path = make.usda(tmp_path / "a.usda")
        model = read(changed(path, ('upAxis = "Z"', 'upAxis = "Y"'), ("metersPerUnit = 0.01", "metersPerUnit = 1")))
        assert model.box.low == pytest.approx([0.0, -400.0, -10.0], abs=1 * millimetre)
        assert model.box.high == pytest.approx([1000.0, 0.0, 600.0], abs=1 * millimetre)

    def test_point_instances_and_instanceable_references_are_copies(self, tmp_path):
        make.usda(tmp_path / "house.usda")
        (tmp_path / "town.usda").write_text("""#usda 1.0
( metersPerUnit = 1
  upAxis = "Z" )
def Xform "one" (
  instanceable = true
  references = @./house.usda@
)
{
  double3 xformOp:translate = (100, 0, 0)
  float3 xformOp:scale = (0.01, 0.01, 0.01)
  uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:scale"]
}
def PointInstancer "many"
{
  int[] protoIndices = [0, 0]
  point3f[] positions = [(0, 50, 0), (0, 80, 0)]
  rel prototypes = </many/tree>
  def Mesh "tree"
  {
    int[] faceVertexCounts = [3]
    int[] faceVertexIndices = [0, 1, 2]
    point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 0, 8)]
    uniform token subdivisionScheme = "none"
  }
}
""")
        model = read(tmp_path / "town.usda")
        assert sorted(element.name for element in model.elements) == ["many", "many", "sign", "walls"]
        assert model.box.low == pytest.approx([0.0, -0.1, 0.0], abs=1 * millimetre)
        assert model.box.high == pytest.approx([110.0, 80.0, 8.0], abs=1 * millimetre)

    def test_a_layer_in_a_folder_of_its_own_finds_its_picture(self, tmp_path):
        (tmp_path / "parts").mkdir()
        make.usda(tmp_path / "parts" / "house.usda")
        town = '#usda 1.0\ndef Xform "one" ( references = @./parts/house.usda@ ) {}\n'
        (tmp_path / "town.usda").write_text(town)
        model = read(tmp_path / "town.usda")
        assert model.facts.missing == ()
        assert any(surface.material.texture is not None for surface in model.surfaces)

    @pytest.mark.parametrize("arc", ["references = @../secret.usda@", "payload = @../secret.usda@"])
    def test_a_layer_outside_its_folder_is_refused(self, arc, tmp_path):
        make.usda(tmp_path / "secret.usda")
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "a.usda").write_text(f'#usda 1.0\ndef Xform "x" ( {arc} ) {{}}\n')
        with pytest.raises(BadInput, match=r"it is made of \.\./secret\.usda, outside its folder"):
            read(tmp_path / "in" / "a.usda")

    def test_parts_with_materials_of_their_own_have_them(self, tmp_path):
        subset = """
        def GeomSubset "one" ( prepend apiSchemas = ["MaterialBindingAPI"] )
        {
          uniform token elementType = "face"
          uniform token familyName = "materialBind"
          int[] indices = [0, 2]
          rel material:binding = </house/sign_material>
        }
        bool doubleSided = 1
        """
        model = read(changed(make.usda(tmp_path / "a.usda"), ("bool doubleSided = 1", subset)))
        assert sorted(len(surface.triangles) for surface in model.surfaces) == [2, 4, 4]

    def test_colours_of_faces_become_colours_of_their_corners(self, tmp_path):
        path = make.usda(tmp_path / "a.usda")
        stage = Usd.Stage.Open(str(path))
        colours = stage.GetPrimAtPath("/house/walls").GetAttribute("primvars:displayColor")
        colours.Set([(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0)])
        colours.SetMetadata("interpolation", "uniform")
        stage.Save()
        (walls,) = (surface for surface in read(path).surfaces if surface.colours is not None)
        assert len(np.unique(walls.colours, axis=0)) == 4
        assert walls.material.base_colour == (1.0, 1.0, 1.0, 1.0)

    def test_what_is_hidden_or_a_stand_in_is_not_shown(self, tmp_path):
        hidden = 'bool doubleSided = 1\n        token visibility = "invisible"'
        model = read(changed(make.usda(tmp_path / "a.usda"), ("bool doubleSided = 1", hidden)))
        assert [element.name for element in model.elements] == ["sign"]

    def test_what_is_no_mesh_is_said(self, tmp_path):
        path = changed(
            make.usda(tmp_path / "a.usda"), ('def Mesh "walls"', 'def Sphere "ball" {}\n    def Mesh "walls"')
        )
        assert "Left out, since they are no meshes: 1 Sphere." in read(path).notes

    @pytest.mark.parametrize("data", [b"", b"#usda 1.0\ndef Mesh {", b"PXR-USDC" + bytes(80), b"hello"])
    def test_a_broken_file_says_so_in_one_line(self, data, tmp_path):
        (tmp_path / "a.usd").write_bytes(data)
        with pytest.raises(BadInput, match=r"a\.usd (cannot be read as USD|holds no triangles)") as problem:
            read(tmp_path / "a.usd")
        assert "\n" not in str(problem.value)


@pytest.mark.parametrize("name", ["house.glb", "house.dae", "house.3mf", "house.dxf", "house.usda", "house.obj"])
def test_more_triangles_than_can_be_shown_are_refused_before_memory_ends(name, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "MOST_TRIANGLES", 9)
    path = make.ALL[name](tmp_path / name)
    with pytest.raises(BadInput, match="more than 9 triangles, which is more than can be shown; simplify it"):
        read(path)
