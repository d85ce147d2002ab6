"""What can be seen from outside."""

import numpy as np

from pipeline.export.visible import visible_from_outside
from tests.makemesh import box, coloured

GLASS = coloured(0.5, 0.6, 0.7, 0.3)


def seen(*surfaces):
    """For each surface the share of its triangles that is seen."""
    ends = np.cumsum([len(surface.triangles) for surface in surfaces])[:-1]
    return [float(part.mean()) for part in np.split(visible_from_outside(surfaces), ends)]


def test_furniture_in_a_closed_house_is_not_seen():
    house, table = box(steps=4), box((1, 1, 1), (4, 3, 1))
    assert seen(house, table)[1] == 0


def test_a_house_is_seen_but_for_its_underside():
    visible = visible_from_outside([house := box(steps=4)])
    below = (house.positions[house.triangles][:, :, 2] == 0).all(axis=1)
    assert visible[~below].all()
    assert not visible[below].any()


def test_the_underside_of_a_balcony_is_seen():
    house, balcony = box(steps=2), box((2, 2, 0.2), (10, 3, 3))
    bottom = (balcony.positions[balcony.triangles][:, :, 2] == 3).all(axis=1)
    assert visible_from_outside([house, balcony])[len(house.triangles) :][bottom].all()


def test_the_underside_of_a_low_step_is_not_seen():
    house, step = box(steps=2), box((2, 2, 0.2), (10, 3, 0.3))
    bottom = (step.positions[step.triangles][:, :, 2] == 0.3).all(axis=1)
    assert not visible_from_outside([house, step])[len(house.triangles) :][bottom].any()


def test_furniture_behind_glass_is_seen():
    assert seen(box(steps=4, material=GLASS), box((1, 1, 1), (4, 3, 1)))[1] > 0.8
    assert seen(box(material=GLASS)) == [1]


def test_a_door_handle_is_seen_however_small():
    assert seen(box(), box((0.02, 0.02, 0.02), (-0.06, 4, 3)))[1] == 1


def test_what_lies_between_two_layers_of_a_wall_is_not_seen():
    outer, inner = box((1, 8, 6)), box((1, 8, 6), (1, 0, 0))
    visible = np.split(visible_from_outside([outer, inner]), 2)
    for wall, mask, side in ((outer, visible[0], 1.0), (inner, visible[1], 1.0)):
        between = (wall.positions[wall.triangles][:, :, 0] == side).all(axis=1)
        assert not mask[between].any()
