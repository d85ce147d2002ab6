"""What is put right and what is said, whatever the format: shown with OBJ, which can hold any of it."""

import re

import numpy as np
import pytest

import models
from models.meshes import clean
from tests import makemeshes as make
from tiles.errors import BadInput

millimetre = 1e-3
TRIANGLE = "v 0 0 0\nv 4 0 0\nv 0 4 3\n"


def read(path, text=None, **said):
    if text is not None:
        path.write_text(text)
    return models.read(path, models.Reading(**said), lambda _done, _total: None)


def scaled(path, factor, at=(0.0, 0.0, 0.0)):
    """The house, larger or smaller and elsewhere."""
    make.obj(path)
    lines = path.read_text().splitlines()
    for row, line in enumerate(lines):
        if line.startswith("v "):
            xyz = np.array(line.split()[1:], float) * factor + at
            lines[row] = "v {!r} {!r} {!r}".format(*map(float, xyz))
    path.write_text("\n".join(lines))
    return path


def test_triangles_with_corners_that_are_no_numbers_are_left_out_and_counted(tmp_path):
    text = TRIANGLE + "v nan 0 1\nv 0 inf 1\nv 1e300 0 0\nf 1 2 3\nf 1 2 4\nf 2 3 5\nf 1 3 6\n"
    model = read(tmp_path / "a.obj", text)
    assert model.triangles == 1
    assert "3 triangles with corners that are no numbers left out." in model.facts.repaired


def test_triangles_without_area_are_left_out_and_counted(tmp_path):
    model = read(tmp_path / "a.obj", TRIANGLE + "v 2 0 0\nf 1 2 3\nf 1 2 2\nf 1 4 2\nf 1 1 1\n")
    assert model.triangles == 1
    assert model.facts.repaired == ("3 triangles without area left out.",)


def test_a_model_of_nothing_but_broken_triangles_says_so(tmp_path):
    with pytest.raises(BadInput, match=r"holds no triangle that can be drawn \(1 triangle without area left out\)"):
        read(tmp_path / "a.obj", TRIANGLE + "f 1 1 2\n")
    with pytest.raises(BadInput, match="without area left out"):
        read(tmp_path / "b.obj", "v 1 1 1\n" * 3 + "f 1 2 3\n")


def test_faces_that_run_against_the_files_normals_are_turned_over(tmp_path):
    text = "v 0 0 0\nv 4 0 0\nv 4 4 0\nv 0 4 0\nvn 0 0 1\nf 1//1 2//1 3//1\nf 1//1 4//1 3//1\n"
    model = read(tmp_path / "a.obj", text)
    (surface,) = model.surfaces
    a, b, c = (surface.positions[surface.triangles[:, corner]] for corner in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()
    assert model.facts.repaired == ("1 triangle turned over to face as their normals do.",)


def test_smooth_normals_are_kept_and_flat_ones_made_where_there_are_none(tmp_path):
    corners = "v 0 0 0\nv 1 0 0\nv 1 1 1\nv 0 1 1\nv 0 2 0\nv 1 2 0\n"
    smooth = read(tmp_path / "a.obj", corners + "vn 0 0 1\nf 1//1 2//1 3//1 4//1\nf 4//1 3//1 6//1 5//1\n")
    flat = read(tmp_path / "b.obj", corners + "f 1 2 3 4\nf 4 3 6 5\n")
    assert [len(m.surfaces[0].positions) for m in (smooth, flat)] == [6, 8]  # a ridge is shared, or an edge
    assert np.linalg.norm(flat.surfaces[0].normals, axis=1) == pytest.approx(1.0)
    assert len(np.unique(flat.surfaces[0].normals.round(6), axis=0)) == 2


def test_normals_that_are_none_are_made_of_the_faces_around(tmp_path):
    corners = "v 0 0 0\nv 4 0 0\nv 4 4 0\nv 0 4 0\nvn 0 0 5\nvn 0 0 0\n"
    model = read(tmp_path / "a.obj", corners + "f 1//1 2//1 3//2\nf 1//1 3//2 4//1\n")
    assert model.surfaces[0].normals == pytest.approx(np.tile([0.0, 0.0, 1.0], (4, 1)))


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (
            1000.0,
            r"It is 10,000 m across, read with the unit metre; if that is too large, .*, such as --units mm\.",
        ),
        (
            0.001,
            r"It is 10 mm across, read with the unit metre; if that is too small, .*, such as --units km\.",
        ),
    ],
)
def test_a_house_a_thousand_times_too_large_or_small_is_said_and_not_changed(factor, said, tmp_path):
    model = read(scaled(tmp_path / "house.obj", factor))
    assert np.ptp(model.box.corners, axis=0)[0] == pytest.approx(10 * factor)
    (note,) = (note for note in model.notes if "across" in note)
    assert re.match(said, note)


@pytest.mark.parametrize("factor", [1.0, 0.1, 100.0])
def test_a_shed_a_house_and_a_district_are_of_a_size_that_needs_no_remark(factor, tmp_path):
    assert not [note for note in read(scaled(tmp_path / "house.obj", factor)).notes if "across" in note]


def test_rd_coordinates_are_kept_to_the_millimetre_and_need_no_remark(tmp_path):
    model = read(scaled(tmp_path / "house.obj", 1.0, at=(104_900.123, 425_250.456, 2.789)))
    assert model.box.high == pytest.approx([104_910.123, 425_256.456, 6.789], abs=1e-9)
    assert not [note for note in model.notes if "origin" in note or "across" in note]


def test_a_model_far_from_its_origin_is_said(tmp_path):
    model = read(scaled(tmp_path / "house.obj", 1.0, at=(0.0, 2_000_000.0, 0.0)))
    assert any("It lies 2,000 km from its own origin" in note for note in model.notes)


def test_what_strays_far_from_the_rest_is_named(tmp_path):
    house = make.obj(tmp_path / "house.obj").read_text()
    more = (
        "".join(f"o block{i}\nv {i} 0 0\nv {i + 1} 0 0\nv {i} 5 0\nf -3 -2 -1\n" for i in range(8))
        + "o stray\nv 90000 0 0\nv 90001 0 0\nv 90000 5 0\nf -3 -2 -1\n"
    )
    model = read(tmp_path / "house.obj", house + more)
    assert any(note.startswith("stray lies more than 2 km from the rest") for note in model.notes)
    assert not any("across" in note for note in model.notes)


def test_a_large_mesh_is_worked_on_in_pieces_and_stays_the_same(monkeypatch, tmp_path):
    path = make.ply(tmp_path / "house.ply")
    whole = read(path)
    monkeypatch.setattr(clean, "PIECE", 3)
    pieces = read(path)
    assert pieces.triangles == whole.triangles

    def soup(model):
        (surface,) = model.surfaces
        return surface.positions[surface.triangles], surface.normals[surface.triangles]

    for one, other in zip(soup(whole), soup(pieces), strict=True):
        assert (one == other).all()


def test_the_same_file_gives_the_same_model(tmp_path):
    path = make.collada(tmp_path / "house.dae")
    for one, other in zip(read(path).surfaces, read(path).surfaces, strict=True):
        assert (one.positions == other.positions).all()
        assert (one.triangles == other.triangles).all()
        assert one.material == other.material
