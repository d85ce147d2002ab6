"""The files that once got past a reader, by what was wrong with them."""

import pytest

import models
from tests import makemeshes as make
from tiles.errors import BadInput


def read(path):
    return models.read(path, models.Reading(), lambda _done, _total: None)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("house.gltf", '"componentType": 5126', '"componentType": [1]', "of a type that glTF does not have"),
        ("house.gltf", '"wrapS": 33071', '"wrapS": [33071]', None),
        ("house.gltf", '"source": 0', '"source": {}', "refers to number {} of its images"),
        ("house.ply", "4 0 1 5 4", "4 0 1 nan 4", "a face of it has a vertex that is not there"),
        ("house.ply", "4 0 1 5 4", "4 0 1 1e308 4", "a face of it has a vertex that is not there"),
        ("house.obj", "f 1 2 6 5", "f 1 2 -9223372036854775807 5", "a face refers to vertex"),
        ("house.obj", "f 1 2 6 5", "f 1 2 99999999999999999999 5", "something else than whole numbers"),
        ("house.usda", "float3 outputs:rgb", "float3 outputs:\udcff", "cannot be read as USD"),
        ("house.usda", "point3f[] points", "sing[] points", None),
        ("house.usda", "color3f[] primvars:displayColor", "colour[] primvars:displayColor", None),
        ("house.usda", "(400, 0, 0)", "(1e308, 1e308, 0)", None),
        ("house.dae", "<up_axis>", "<up_axis>\0", "is not XML that can be read"),
        ("house.dae", 'meter="0.01"', 'meter="nan"', "its unit is nan metres"),
        ("house.dae", "4 4 4 4</vcount>", "4 4 4 -4</vcount>", "counts 8 corners and has 16"),
    ],
)
def test_what_was_found_stays_mended(name, old, new, said, tmp_path):
    path = make.ALL[name](tmp_path / name)
    text = path.read_text()
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode(errors="surrogateescape"))
    if said is None:
        read(path)
        return
    with pytest.raises(BadInput, match=said) as problem:
        read(path)
    assert "\n" not in str(problem.value)


def test_a_drawing_that_ends_in_its_header_says_so(tmp_path):
    path = make.dxf(tmp_path / "a.dxf")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(BadInput, match=r"a\.dxf (cannot be read as DXF|holds no triangles)"):
        read(path)
