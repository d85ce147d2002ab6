"""Bringing a model down to what a phone holds."""

import numpy as np
import pytest

from pipeline.export.reduce import Budget, length, reduced
from pipeline.export.view import View
from pipeline.report import silent
from tests.makemesh import area_m2, box, coloured
from tiles.errors import BadInput

WALL, ROOF = coloured(0.8, 0.1, 0.1), coloured(0.1, 0.1, 0.8)


def bumpy(steps=40, height_m=0.05, material=WALL):
    """A closed box whose skin is rough: no triangle can go without moving it."""
    rough = box(material=material, steps=steps)
    places, place = np.unique(rough.positions.round(6), axis=0, return_inverse=True)
    noise = np.random.default_rng(1).uniform(-height_m, height_m, places.shape)
    rough.positions[:] += noise[place.ravel()]
    return rough


def test_what_fits_stays_whole():
    few = reduced(
        [box(steps=4, material=WALL), box(at=(2, 2, 2), material=ROOF)], Budget("A", "glb", 500), View(), silent
    )
    assert (few.triangles, few.error_m, few.taken) == (204, 0.0, ())


def test_triangles_that_the_shape_does_not_need_go_first_and_furniture_stays():
    house, table = box(steps=20, material=WALL), box((1, 1, 1), (4, 3, 1), ROOF)
    few = reduced([house, table], Budget("A", "glb", 2_000), View(), silent)
    assert few.triangles <= 2_000
    assert few.error_m < 0.01
    (said,) = few.taken
    assert said.startswith("Simplified from 4,812 triangles to ")
    assert sum(map(area_m2, few.surfaces)) == pytest.approx(area_m2(house) + area_m2(table), rel=1e-3)


def test_then_what_nobody_sees_and_then_detail():
    def made():
        return reduced(
            [bumpy(), box((6, 4, 3), (2, 2, 1), ROOF)], Budget("A", "glb", 6_000, vertices=9_000), View(), silent
        )

    few = made()
    assert few.triangles <= 6_000
    assert few.vertices <= 9_000
    assert 0.001 < few.error_m < 0.1
    assert [surface.material for surface in few.surfaces] == [WALL]  # the one inside is gone
    assert "nobody sees from outside" in few.taken[0]
    assert few.taken[1].startswith("Simplified from ")
    (one,), (other,) = few.surfaces, made().surfaces  # and the same every time
    assert (one.positions == other.positions).all()
    assert (one.triangles == other.triangles).all()


def test_the_error_is_told_as_shown():
    few = reduced([bumpy()], Budget("A", "glb", 6_000), View(1 / 10), silent)
    assert f"{length(few.error_m)}, {length(few.error_m / 10)} as shown." in few.taken[-1]


def test_what_cannot_be_done_well_is_refused():
    with pytest.raises(BadInput, match=r"than A holds \(50 triangles\); export a part of the model or a simpler one\."):
        reduced([bumpy(10, height_m=0.8)], Budget("A", "glb", 50), View(), silent)


def test_a_model_without_area_is_refused():
    with pytest.raises(BadInput, match="no triangle with an area"):
        reduced([box((0, 0, 6))], Budget("A", "glb", 50), View(), silent)


@pytest.mark.parametrize(
    ("metres", "said"), [(0.0042, "4.2 mm"), (0.019, "19 mm"), (0.21, "0.21 m"), (1234.5, "1,234 m")]
)
def test_lengths_are_said_as_people_do(metres, said):
    assert length(metres) == said
