"""OBJ and its material libraries beyond the plain house."""

import numpy as np
import pytest
from PIL import Image

import models
from tests import makemeshes as make
from tiles.colour import linear
from tiles.errors import BadInput

TRIANGLE = "v 0 0 0\nv 4 0 0\nv 0 4 3\nvt 0 0\nvt 1 0\nvt 0 1\n"


def read(path, text=None):
    if text is not None:
        path.write_text(text)
    return models.read(path, models.Reading(), lambda _done, _total: None)


def with_library(folder, library, faces="usemtl m\nf 1/1 2/2 3/3\n"):
    (folder / "a.mtl").write_text("newmtl m\n" + library)
    return read(folder / "a.obj", "mtllib a.mtl\n" + TRIANGLE + faces)


def test_real_coordinates_are_read_to_the_last_digit(shared_data):
    path = shared_data("mesh/3dfier_testarea.obj")
    given = np.array([line.split()[1:4] for line in path.read_text().splitlines() if line[:2] == "v "], np.float64)
    model = read(path)
    found = np.concatenate([surface.positions for surface in model.surfaces])
    assert set(map(tuple, found)) <= set(map(tuple, given))
    assert len(model.elements) == 572
    assert model.facts.missing == ("3dfier.mtl",)
    assert not any("across" in note for note in model.notes)


FACES = ["1 2 3", "1/1 2/2 3/3", "1//1 2//1 3//1", "1/1/1 2/2/1 3/3/1", "-3 -2 -1", "1/1 2 3/3", "1/ 2/ 3/"]


@pytest.mark.parametrize("face", [*(f"f {face}" for face in FACES), "f 1 2 \\\n3", "  f\t1 2 3 # a comment"])
def test_faces_in_every_spelling_are_read(face, tmp_path):
    assert read(tmp_path / "a.obj", TRIANGLE + "vn 0 0 1\n" + face + "\n").triangles == 1


def test_objects_and_groups_are_elements(tmp_path):
    model = read(tmp_path / "a.obj", TRIANGLE + "o tower\ng roof\nf 1 2 3\ng wall\nf 1 2 3\no shed\nf 3 2 1\n")
    assert [element.name for element in model.elements] == ["tower / roof", "tower / wall", "shed"]


@pytest.mark.parametrize(("colours", "most"), [("0.5 0.25 1", 1), ("128 64 255", 255)])
def test_vertex_colours_are_read_as_shares_or_as_bytes(colours, most, tmp_path):
    text = f"v 0 0 0 {colours}\nv 4 0 0 {colours}\nv 0 4 3 {colours}\nf 1 2 3\n"
    (surface,) = read(tmp_path / "a.obj", text).surfaces
    expected = linear(np.array(colours.split(), float) / most)
    assert surface.colours[0] == pytest.approx([*expected, 1.0])


@pytest.mark.parametrize(("line", "opacity"), [("d 0.3", 0.3), ("Tr 0.7", 0.3), ("d -halo 0.3", 1.0), ("", 1.0)])
def test_opacity_is_read_in_both_spellings(line, opacity, tmp_path):
    (surface,) = with_library(tmp_path, f"Kd 1 0 0\n{line}\n").surfaces
    assert surface.material.base_colour == pytest.approx((1.0, 0.0, 0.0, opacity))


def test_a_picture_is_laid_as_its_options_say(tmp_path):
    make.write_png(tmp_path / "my sign.png")
    library = "Kd 0 0 0\nmap_Kd -s 2 3 1 -o 0.5 0 0 -clamp on my sign.png\n"
    (surface,) = with_library(tmp_path, library).surfaces
    assert surface.material.base_colour == (1.0, 1.0, 1.0, 1.0)  # black would hide the picture
    assert not surface.material.texture.repeats
    assert {tuple(row) for row in surface.uv} == {(0.5, 1.0), (2.5, 1.0), (0.5, -2.0)}


@pytest.mark.parametrize("name", ["TEXTURES\\Sign.PNG", "C:\\Users\\me\\sign.png", "/home/me/sign.png", "../sign.png"])
def test_a_picture_by_a_path_of_another_machine_is_found_by_its_name(name, tmp_path):
    (tmp_path / "textures").mkdir()
    make.write_png(tmp_path / "textures" / "sign.png")
    model = with_library(tmp_path, f"map_Kd {name}\n")
    assert model.facts.missing == ()
    assert model.surfaces[0].material.texture is not None


def test_a_large_picture_is_scaled_down_and_said(tmp_path):
    Image.new("RGB", (4096, 1024), "red").save(tmp_path / "wide.png")
    model = with_library(tmp_path, "map_Kd wide.png\n")
    assert model.facts.repaired == ("wide.png scaled down from 4096 × 1024 to 2048 × 512 pixels; 2048 is the limit.",)


@pytest.mark.parametrize(("glass", "alpha"), [(255, "opaque"), (120, "blend"), (0, "mask")])
def test_a_picture_with_holes_is_cut_out_and_one_of_glass_shines_through(glass, alpha, tmp_path):
    picture = Image.new("RGBA", (32, 32), (0, 255, 0, 255))
    picture.paste((0, 255, 0, glass), (0, 0, 16, 32))
    picture.save(tmp_path / "leaf.png")
    (surface,) = with_library(tmp_path, "map_Kd leaf.png\n").surfaces
    assert surface.material.alpha == alpha


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\nnothing", b"GIF89a"])
def test_a_picture_that_is_none_is_named_and_the_model_shown(data, tmp_path):
    (tmp_path / "bad.png").write_bytes(data)
    model = with_library(tmp_path, "map_Kd bad.png\n")
    assert model.facts.missing == ("bad.png (no picture that can be read)",)
    assert model.triangles == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TRIANGLE + "f 1 2 9\n", "a face refers to vertex 9 of 3"),
        (TRIANGLE + "f 1 2 -9\n", "a face refers to vertex -9 of 3"),
        (TRIANGLE + "f 1 2 three\n", "a face has something else than whole numbers"),
        ("v 1 2\nf 1 1 1\n", "a vertex of it has 2 numbers"),
        ("v 1 2 x\n", "it has 'x' where a number belongs"),
        ("# nothing\n", "holds no triangles"),
        ("", "holds no triangles"),
    ],
)
def test_a_broken_file_says_what_is_wrong(text, said, tmp_path):
    with pytest.raises(BadInput, match=said):
        read(tmp_path / "a.obj", text)


def test_a_picture_that_another_program_would_have_to_draw_is_not_read(tmp_path):
    (tmp_path / "drawn.png").write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
    )
    assert with_library(tmp_path, "map_Kd drawn.png\n").facts.missing == ("drawn.png (no picture that can be read)",)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "TGA", "DDS", "JPEG2000", "AVIF"])
def test_pictures_of_every_usual_kind_are_read(kind, tmp_path):
    make.picture().save(tmp_path / "sign.any", kind)
    model = with_library(tmp_path, "map_Kd sign.any\n")
    assert model.facts.missing == ()
