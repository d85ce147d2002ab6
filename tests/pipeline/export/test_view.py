"""Scale and axes of what is shown."""

import numpy as np
import pytest

from pipeline.export.view import View, scale_of
from tests.makemesh import box
from tiles.errors import BadInput


def test_east_stays_x_up_becomes_y_and_north_becomes_minus_z():
    house = box((1, 2, 3))
    shown = View(0.5).positions(house)
    assert shown.min(axis=0).tolist() == [0, 0, -1]
    assert shown.max(axis=0).tolist() == [0.5, 1.5, 0]
    north = house.normals[:, 1] == 1
    assert (View().normals(house)[north] == [0, 0, -1]).all()


@pytest.mark.parametrize(
    ("text", "table_top", "longest_m", "scale"),
    [(None, False, 20, 1), (None, True, 20, 1 / 20), (None, True, 0.4, 1), ("1:200", False, 20, 1 / 200)],
)
def test_the_scale_is_true_unless_told_otherwise(text, table_top, longest_m, scale):
    assert scale_of(text, table_top=table_top, longest_m=longest_m) == pytest.approx(scale)


@pytest.mark.parametrize("text", ["200", "1:x", "1:0", "0:5", "2:1", "1:2:3", "nan:1", "1:inf"])
def test_what_is_no_scale_is_said(text):
    with pytest.raises(BadInput, match=r"is no scale; write for example --scale 1:200\."):
        scale_of(text, table_top=False, longest_m=1)


def test_two_scales_are_one_too_many():
    with pytest.raises(BadInput, match="not both"):
        scale_of("1:200", table_top=True, longest_m=1)


def test_the_error_is_bounded_by_eye_and_by_size():
    assert View().largest_error_m(100) == pytest.approx(0.2)
    assert View().largest_error_m(5) == pytest.approx(0.05)
    assert View(1 / 200).largest_error_m(200) == pytest.approx(1.0)
    assert np.isclose(View(1 / 200).scale * View(1 / 200).largest_error_m(200), 0.005)
