"""NAP or ellipsoidal?"""

import pytest

from pipeline.othertiles.heights import Evidence, judge
from tiles.errors import BadInput


def evidence(ground, above=None, highest=None):
    return Evidence("x", ground, ground + 15 if highest is None else highest, 43.7, above)


@pytest.mark.parametrize(
    ("ground", "nap"),
    [(1.0, False), (-6.0, False), (300.0, False), (-42.0, True), (-43.7 - 6, True), (-15.0, True), (-25.0, True)],
)
def test_possible_heights_are_left_and_impossible_ones_lifted(ground, nap):
    assert judge(evidence(ground, highest=min(ground + 15, -8.0) if nap else None), "auto").nap == nap


@pytest.mark.parametrize(("ground", "highest"), [(-15.0, 40.0), (-200.0, -100.0), (400.0, 500.0)])
def test_where_either_or_neither_could_be_the_user_is_asked(ground, highest):
    with pytest.raises(BadInput, match="--heights nap or --heights ellipsoidal"):
        judge(evidence(ground, highest=highest), "auto")


@pytest.mark.parametrize(("above", "nap"), [(0.0, False), (-3.0, False), (-43.0, True), (-46.0, True)])
def test_the_ground_decides_where_it_is_known(above, nap):
    # NAP +55 could be a hill; only the ground tells that it is one of +98.
    assert judge(evidence(55.0, above), "auto").nap == nap


def test_ground_that_fits_neither_is_said():
    with pytest.raises(BadInput, match=r"begins \+30\.0 m from the ground given, and \+73\.7"):
        judge(evidence(30.0, 30.0), "auto")


@pytest.mark.parametrize("ground", [2.0, -42.0])
def test_the_user_is_obeyed_out_loud(ground):
    assert judge(evidence(ground), "nap").nap
    left = judge(evidence(ground), "ellipsoidal")
    assert not left.nap
    assert ("cannot be ground" in left.why) == (ground < 0)
