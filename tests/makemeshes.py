# ruff: noqa: E501 - markup is read more easily in its own lines
"""One small house in every format of triangles, made here: walls of one colour and a sign with a picture.

The walls are a box of 10 × 6 × 4 metres, x, y and z, from the origin up, their bottom and top left out. The sign hangs
before the front, y = −0.1, from x 4 to 6 and z 2 to 3; its picture has four colours, one at each corner.
"""

import base64
import json
import struct
import zipfile
from io import BytesIO
from pathlib import Path

import ezdxf
import numpy as np
from PIL import Image
from pxr import Usd, UsdUtils

SIZE = (10.0, 6.0, 4.0)
BRICK = (200, 80, 40)
"""sRGB."""
CORNERS = {
    "upper left": (255, 0, 0),
    "upper right": (0, 255, 0),
    "lower left": (0, 0, 255),
    "lower right": (255, 255, 0),
}
"""What the picture shows at its corners, sRGB."""

WALL_CORNERS = [
    (x, y, z) for z in (0.0, SIZE[2]) for x, y in ((0.0, 0.0), (SIZE[0], 0.0), (SIZE[0], SIZE[1]), (0.0, SIZE[1]))
]
WALL_QUADS = [(0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
SIGN_CORNERS = [(4.0, -0.1, 2.0), (6.0, -0.1, 2.0), (6.0, -0.1, 3.0), (4.0, -0.1, 3.0)]
SIGN_UV = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
"""v upward, as all but glTF have it."""


def picture(side: int = 64) -> Image.Image:
    """Four squares of one colour."""
    half = side // 2
    pixels = np.zeros((side, side, 3), np.uint8)
    pixels[:half, :half], pixels[:half, half:] = CORNERS["upper left"], CORNERS["upper right"]
    pixels[half:, :half], pixels[half:, half:] = CORNERS["lower left"], CORNERS["lower right"]
    return Image.fromarray(pixels)


def png(side: int = 64) -> bytes:
    """The picture as a PNG."""
    with BytesIO() as file:
        picture(side).save(file, "PNG")
        return file.getvalue()


def write_png(path: Path, side: int = 64) -> Path:
    path.write_bytes(png(side))
    return path


def obj(path: Path) -> Path:
    """OBJ with its material library and picture."""
    lines = ["# made by hand", f"mtllib {path.stem}.mtl", "o walls", "usemtl brick"]
    lines += [f"v {x} {y} {z}" for x, y, z in WALL_CORNERS]
    lines += ["f " + " ".join(str(corner + 1) for corner in quad) for quad in WALL_QUADS]
    lines += ["o sign", "usemtl sign", *(f"v {x} {y} {z}" for x, y, z in SIGN_CORNERS)]
    lines += [*(f"vt {u} {v}" for u, v in SIGN_UV), "f 9/1 10/2 11/3 12/4"]
    path.write_text("\n".join(lines) + "\n")
    brick = " ".join(f"{value / 255:.6f}" for value in BRICK)
    path.with_suffix(".mtl").write_text(f"newmtl brick\nKd {brick}\nnewmtl sign\nKd 1 1 1\nmap_Kd sign.png\n")
    write_png(path.parent / "sign.png")
    return path


def gltf_document(uri: str | None) -> tuple[dict, bytes]:
    """The JSON and the binary of a glTF, y up: x, z, −y of the house."""
    walls = np.array(WALL_CORNERS, "<f4")[:, [0, 2, 1]] * np.array([1, 1, -1], "<f4")
    sign = np.array(SIGN_CORNERS, "<f4")[:, [0, 2, 1]] * np.array([1, 1, -1], "<f4")
    indices = np.array([[a, b, c, a, c, d] for a, b, c, d in WALL_QUADS], "<u2").ravel()
    uv = np.array([(u, 1 - v) for u, v in SIGN_UV], "<f4")
    pieces = [walls, sign, uv, indices, np.array([0, 1, 2, 0, 2, 3], "<u2")]
    image = png()
    starts = np.cumsum([0, *(len(each.tobytes()) for each in pieces)]).tolist()
    data = b"".join(each.tobytes() for each in pieces)
    views = [
        {"buffer": 0, "byteOffset": s, "byteLength": len(p.tobytes())} for s, p in zip(starts, pieces, strict=False)
    ]
    picture_view = {"buffer": 0, "byteOffset": len(data), "byteLength": len(image)}
    if uri is None:
        data += image
        views.append(picture_view)

    def accessor(view, values, kind, component):
        found = {"bufferView": view, "componentType": component, "count": len(values), "type": kind}
        return found | ({"min": values.min(0).tolist(), "max": values.max(0).tolist()} if kind == "VEC3" else {})

    red, green, blue = [((c / 255 + 0.055) / 1.055) ** 2.4 for c in BRICK]
    document = {
        "asset": {"version": "2.0", "generator": "hand"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [
            {"name": "house", "children": [1, 2]},
            {"name": "walls", "mesh": 0, "extras": {"storey": 1, "use": "shop"}},
            {"name": "sign", "mesh": 1},
        ],
        "meshes": [
            {"primitives": [{"attributes": {"POSITION": 0}, "indices": 3, "material": 0}]},
            {"primitives": [{"attributes": {"POSITION": 1, "TEXCOORD_0": 2}, "indices": 4, "material": 1}]},
        ],
        "materials": [
            {"name": "brick", "doubleSided": True, "pbrMetallicRoughness": {
                "baseColorFactor": [red, green, blue, 1], "metallicFactor": 0, "roughnessFactor": 0.7}},
            {"name": "sign", "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "metallicFactor": 0}},
        ],
        "textures": [{"source": 0, "sampler": 0}],
        "samplers": [{"wrapS": 33071, "wrapT": 33071}],
        "images": [{"uri": uri} if uri else {"bufferView": 5, "mimeType": "image/png"}],
        "accessors": [
            accessor(0, walls, "VEC3", 5126),
            accessor(1, sign, "VEC3", 5126),
            accessor(2, uv, "VEC2", 5126),
            accessor(3, indices, "SCALAR", 5123),
            accessor(4, pieces[4], "SCALAR", 5123),
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": len(data)}],
    }  # fmt: skip
    return document, data


def pack_glb(document: dict, data: bytes) -> bytes:
    """A GLB of a document and its binary."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    data += bytes(-len(data) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(data), 0x004E4942) + data
    return struct.pack("<III", 0x46546C67, 2, 12 + len(chunks)) + chunks


def glb(path: Path) -> Path:
    path.write_bytes(pack_glb(*gltf_document(None)))
    return path


def gltf(path: Path) -> Path:
    """glTF with its buffer and picture beside it."""
    document, data = gltf_document("sign.png")
    document["buffers"][0]["uri"] = "house%20data.bin"
    (path.parent / "house data.bin").write_bytes(data)
    write_png(path.parent / "sign.png")
    path.write_text(json.dumps(document))
    return path


def collada(path: Path, doctype: str = "") -> Path:
    """COLLADA, z up, in centimetres, the sign in a node of its own that is moved into place."""
    write_png(path.parent / "sign.png")
    walls = " ".join(f"{100 * value:g}" for corner in WALL_CORNERS for value in corner)
    sign = " ".join(f"{100 * value:g}" for x, y, z in SIGN_CORNERS for value in (x - 4, y, z))
    uv = " ".join(f"{value:g}" for pair in SIGN_UV for value in pair)
    quads = " ".join(str(corner) for quad in WALL_QUADS for corner in quad)
    brick = " ".join(f"{value / 255:.6f}" for value in BRICK)

    def source(key, text, count, params):
        names = "".join(f'<param name="{name}" type="float"/>' for name in params)
        accessor = f'<accessor source="#{key}-a" count="{count}" stride="{len(params)}">{names}</accessor>'
        array = f'<float_array id="{key}-a" count="{count * len(params)}">{text}</float_array>'
        return f'<source id="{key}">{array}<technique_common>{accessor}</technique_common></source>'

    path.write_text(f"""<?xml version="1.0" encoding="utf-8"?>{doctype}
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset><contributor><authoring_tool>hand</authoring_tool></contributor><unit name="centimeter" meter="0.01"/><up_axis>Z_UP</up_axis></asset>
<library_images><image id="pic"><init_from>./sign.png</init_from></image></library_images>
<library_effects>
<effect id="brick-fx"><profile_COMMON><technique sid="t"><lambert><diffuse><color>{brick} 1</color></diffuse></lambert></technique></profile_COMMON></effect>
<effect id="sign-fx"><profile_COMMON><newparam sid="surf"><surface type="2D"><init_from>pic</init_from></surface></newparam>
<newparam sid="samp"><sampler2D><source>surf</source><wrap_s>CLAMP</wrap_s><wrap_t>CLAMP</wrap_t></sampler2D></newparam>
<technique sid="t"><phong><diffuse><texture texture="samp" texcoord="UV"/></diffuse></phong></technique></profile_COMMON></effect>
</library_effects>
<library_materials><material id="brick" name="brick"><instance_effect url="#brick-fx"/></material>
<material id="sign" name="sign"><instance_effect url="#sign-fx"/></material></library_materials>
<library_geometries>
<geometry id="walls-g"><mesh>{source("wp", walls, 8, "XYZ")}<vertices id="wv"><input semantic="POSITION" source="#wp"/></vertices>
<polylist count="4" material="m1"><input semantic="VERTEX" source="#wv" offset="0"/><vcount>4 4 4 4</vcount><p>{quads}</p></polylist></mesh></geometry>
<geometry id="sign-g"><mesh>{source("sp", sign, 4, "XYZ")}{source("st", uv, 4, "ST")}
<vertices id="sv"><input semantic="POSITION" source="#sp"/></vertices>
<triangles count="2" material="m2"><input semantic="VERTEX" source="#sv" offset="0"/><input semantic="TEXCOORD" source="#st" offset="1" set="0"/>
<p>0 0 1 1 2 2 0 0 2 2 3 3</p></triangles></mesh></geometry>
</library_geometries>
<library_visual_scenes><visual_scene id="s"><node id="house" name="house">
<node id="w" name="walls"><instance_geometry url="#walls-g"><bind_material><technique_common>
<instance_material symbol="m1" target="#brick"/></technique_common></bind_material></instance_geometry></node>
<node id="g" name="sign"><translate>400 0 0</translate><instance_geometry url="#sign-g"><bind_material><technique_common>
<instance_material symbol="m2" target="#sign"><bind_vertex_input semantic="UV" input_semantic="TEXCOORD" input_set="0"/></instance_material>
</technique_common></bind_material></instance_geometry></node>
</node></visual_scene></library_visual_scenes><scene><instance_visual_scene url="#s"/></scene></COLLADA>
""")
    return path


def soup() -> np.ndarray:
    """The walls and the sign as triangles, (10, 3, 3)."""
    corners = np.array(WALL_CORNERS + SIGN_CORNERS)
    quads = [*WALL_QUADS, (8, 9, 10, 11)]
    return np.array([corners[[a, b, c]] for w, x, y, z in quads for a, b, c in ((w, x, y), (w, y, z))])


def stl(path: Path, *, colours: bool = True) -> Path:
    """Binary STL, its triangles coloured as VisCAM does."""
    red, green, blue = (round(value / 255 * 31) for value in BRICK)
    attribute = (0x8000 | red << 10 | green << 5 | blue) if colours else 0
    triangles = soup()
    records = b"".join(struct.pack("<12fH", 0, 0, 0, *each.ravel(), attribute) for each in triangles)
    path.write_bytes(b"made by hand".ljust(80, b" ") + struct.pack("<I", len(triangles)) + records)
    return path


def stl_text(path: Path) -> Path:
    """STL as text, of two solids."""
    lines = []
    for name, rows in (("walls", soup()[:8]), ("sign", soup()[8:])):
        lines.append(f"solid {name}")
        for triangle in rows:
            vertices = "\n".join("vertex {} {} {}".format(*corner) for corner in triangle)
            lines.append(f"facet normal 0 0 0\nouter loop\n{vertices}\nendloop\nendfacet")
        lines.append(f"endsolid {name}")
    path.write_text("\n".join(lines) + "\n")
    return path


def ply(path: Path, *, text: bool = True) -> Path:
    """PLY with a colour at each vertex, as text or little-endian binary."""
    corners, quads = WALL_CORNERS + SIGN_CORNERS, [*WALL_QUADS, (8, 9, 10, 11)]
    kind = "ascii" if text else "binary_little_endian"
    header = f"""ply
format {kind} 1.0
comment made by hand
element vertex {len(corners)}
property double x
property double y
property double z
property uchar red
property uchar green
property uchar blue
element face {len(quads)}
property list uchar int vertex_indices
end_header
"""
    if text:
        lines = ["{} {} {} {} {} {}".format(*corner, *BRICK) for corner in corners]
        lines += ["4 {} {} {} {}".format(*quad) for quad in quads]
        path.write_text(header + "\n".join(lines) + "\n")
    else:
        rows = [struct.pack("<3d3B", *corner, *BRICK) for corner in corners]
        path.write_bytes(header.encode() + b"".join([*rows, *(struct.pack("<B4i", 4, *quad) for quad in quads)]))
    return path


def threemf(path: Path) -> Path:
    """3MF in millimetres: the walls of a base material, the sign of a texture, both components of one object."""

    def vertices(corners):
        return "".join(f'<vertex x="{1000 * x:g}" y="{1000 * y:g}" z="{1000 * z:g}"/>' for x, y, z in corners)

    triangles = "".join(
        f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for w, x, y, z in WALL_QUADS for a, b, c in ((w, x, y), (w, y, z))
    )
    uv = "".join(f'<m:tex2coord u="{u}" v="{v}"/>' for u, v in SIGN_UV)
    moved = [(x - 4, y, z) for x, y, z in SIGN_CORNERS]
    model = f"""<?xml version="1.0" encoding="UTF-8"?>
<model unit="millimeter" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02" xmlns:m="http://schemas.microsoft.com/3dmanufacturing/material/2015/02">
<metadata name="Application">hand</metadata><resources>
<basematerials id="1"><base name="brick" displaycolor="#{BRICK[0]:02X}{BRICK[1]:02X}{BRICK[2]:02X}"/></basematerials>
<m:texture2d id="2" path="/3D/Textures/sign.png" contenttype="image/png" tilestyleu="clamp" tilestylev="clamp"/>
<m:texture2dgroup id="3" texid="2">{uv}</m:texture2dgroup>
<object id="4" name="walls" type="model" pid="1" pindex="0"><mesh><vertices>{vertices(WALL_CORNERS)}</vertices><triangles>{triangles}</triangles></mesh></object>
<object id="5" name="sign" type="model"><mesh><vertices>{vertices(moved)}</vertices><triangles>
<triangle v1="0" v2="1" v3="2" pid="3" p1="0" p2="1" p3="2"/><triangle v1="0" v2="2" v3="3" pid="3" p1="0" p2="2" p3="3"/></triangles></mesh></object>
<object id="6" name="house" type="model"><components><component objectid="4"/><component objectid="5" transform="1 0 0 0 1 0 0 0 1 4000 0 0"/></components></object>
</resources><build><item objectid="6"/></build></model>"""
    relation = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        )
        archive.writestr("_rels/.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                         f'<Relationship Target="/3D/house.model" Id="r" Type="{relation}"/></Relationships>')  # fmt: skip
        archive.writestr("3D/house.model", model)
        archive.writestr("3D/Textures/sign.png", png())
    return path


def dxf(path: Path) -> Path:
    """DXF in millimetres: a wall of 3D faces, one a mesh, one a polyface mesh, and one with the sign in a block."""
    document = ezdxf.new("R2018")
    document.header["$INSUNITS"] = 4
    document.layers.add("walls", true_color=ezdxf.colors.rgb2int(BRICK))
    space = document.modelspace()
    corners = [tuple(1000 * value for value in corner) for corner in WALL_CORNERS]
    space.add_3dface([corners[row] for row in WALL_QUADS[0]], dxfattribs={"layer": "walls"})
    with space.add_mesh(dxfattribs={"layer": "walls"}).edit_data() as data:
        data.vertices, data.faces = [corners[row] for row in WALL_QUADS[1]], [(0, 1, 2, 3)]
    polyface = space.add_polyface(dxfattribs={"layer": "walls"})
    polyface.append_face([corners[row] for row in WALL_QUADS[2]], dxfattribs={"layer": "walls"})
    block = document.blocks.new("side")
    block.add_3dface([corners[row] for row in WALL_QUADS[3]], dxfattribs={"layer": "0"})
    sign = document.blocks.new("sign")
    shifted = [(1000 * (x - 4), 1000 * y, 1000 * z) for x, y, z in SIGN_CORNERS]
    sign.add_3dface(shifted, dxfattribs={"color": 1})
    space.add_blockref("side", (0, 0), dxfattribs={"layer": "walls"})
    space.add_blockref("sign", (4000, 0), dxfattribs={"layer": "walls"})
    space.add_line((0, 0), (1000, 0))
    document.saveas(path)
    return path


def usda(path: Path) -> Path:
    """USD as text, z up, in centimetres: the walls by display colour, the sign by a preview surface with a picture."""
    write_png(path.parent / "sign.png")

    def points(corners):
        return ", ".join("({:g}, {:g}, {:g})".format(*(100 * value for value in corner)) for corner in corners)

    linear = ", ".join(f"{((c / 255 + 0.055) / 1.055) ** 2.4:.6f}" for c in BRICK)
    indices = ", ".join(str(corner) for quad in WALL_QUADS for corner in quad)
    shifted = [(x - 4, y, z) for x, y, z in SIGN_CORNERS]
    uv = ", ".join(f"({u}, {v})" for u, v in SIGN_UV)
    path.write_text(f"""#usda 1.0
(
    defaultPrim = "house"
    metersPerUnit = 0.01
    upAxis = "Z"
    customLayerData = {{ string creator = "hand" }}
)
def Xform "house"
{{
    def Mesh "walls"
    {{
        int[] faceVertexCounts = [4, 4, 4, 4]
        int[] faceVertexIndices = [{indices}]
        point3f[] points = [{points(WALL_CORNERS)}]
        color3f[] primvars:displayColor = [({linear})]
        uniform token subdivisionScheme = "none"
        bool doubleSided = 1
    }}
    def Mesh "sign" (prepend apiSchemas = ["MaterialBindingAPI"])
    {{
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        point3f[] points = [{points(shifted)}]
        texCoord2f[] primvars:st = [{uv}] (interpolation = "faceVarying")
        uniform token subdivisionScheme = "none"
        double3 xformOp:translate = (400, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
        rel material:binding = </house/sign_material>
    }}
    def Material "sign_material"
    {{
        token outputs:surface.connect = </house/sign_material/surface.outputs:surface>
        def Shader "surface"
        {{
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor.connect = </house/sign_material/picture.outputs:rgb>
            float inputs:roughness = 0.6
            token outputs:surface
        }}
        def Shader "reader"
        {{
            uniform token info:id = "UsdPrimvarReader_float2"
            string inputs:varname = "st"
            float2 outputs:result
        }}
        def Shader "picture"
        {{
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @./sign.png@
            float2 inputs:st.connect = </house/sign_material/reader.outputs:result>
            token inputs:wrapS = "clamp"
            token inputs:wrapT = "clamp"
            float3 outputs:rgb
        }}
    }}
}}
""")
    return path


def usdc(path: Path) -> Path:
    """The same as binary USD."""
    Usd.Stage.Open(str(usda(path.with_name("text.usda")))).Export(str(path))
    return path


def usdz(path: Path) -> Path:
    """The same, packed with its picture."""
    folder = path.parent / "unpacked"
    folder.mkdir(exist_ok=True)
    UsdUtils.CreateNewUsdzPackage(str(usda(folder / "house.usda")), str(path))
    return path


def zipped(path: Path) -> Path:
    """An OBJ in a folder of a zip, with its picture in another."""
    folder = path.parent / "to zip"
    folder.mkdir(exist_ok=True)
    house = obj(folder / "house.obj")
    library = house.with_suffix(".mtl")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(house, "model/house.obj")
        archive.writestr("model/house.mtl", library.read_text().replace("sign.png", r"..\pictures\sign.png"))
        archive.write(folder / "sign.png", "pictures/sign.png")
        archive.writestr("__MACOSX/model/._house.obj", b"\0")
        archive.writestr("readme.txt", "a house")
    return path


TEXTURED = {
    "house.obj": obj,
    "house.glb": glb,
    "house.gltf": gltf,
    "house.dae": collada,
    "house.3mf": threemf,
    "house.usda": usda,
    "house.usdc": usdc,
    "house.usdz": usdz,
    "house.zip": zipped,
}
"""What keeps the picture."""
PLAIN = {"house.stl": stl, "text.stl": stl_text, "house.ply": ply, "house.dxf": dxf}
"""What has none."""
ALL = TEXTURED | PLAIN


def data_uri(data: bytes) -> str:
    """Bytes as an address that holds them."""
    return "data:application/octet-stream;base64," + base64.b64encode(data).decode()
