"""Goals are met by what was measured, or were not measured."""

import pytest

from benchmarks.pointbench.contenders import DECODERS, PEER, VOORLAND
from benchmarks.pointbench.goals import Limit, goals
from benchmarks.pointbench.inputs import Input
from benchmarks.pointbench.measure import Usage
from benchmarks.pointbench.rounds import Result

SMALL = Input(("small.laz",), 2_000_000, 1)
ONE = Input(("one.laz",), 20_000_000, 1)
MANY = Input(("one.laz", "two.laz"), 200_000_000, 1)


def result(contender, given, cpu_s, pss_mb=500):
    wall_s, scratch = cpu_s / 2, 16 * given.points
    usages = tuple(
        Usage(wall_s * factor, cpu_s * factor, pss_mb * 10**6, 0, (), scratch, 0) for factor in (0.9, 1.0, 1.5)
    )
    return Result(contender, given, usages, 0, None)


RESULTS = [
    result(DECODERS["parallel"], ONE, 11.0),
    result(DECODERS["single"], ONE, 10.0),
    result(VOORLAND, ONE, 19.0),
    result(PEER, ONE, 160.0),
    result(VOORLAND, SMALL, 4.0, pss_mb=300),
    result(VOORLAND, MANY, 209.0, pss_mb=1_100),
]


@pytest.fixture
def found():
    return {goal.what: goal for goal in goals(RESULTS)}


@pytest.mark.parametrize(
    ("what", "value", "met"),
    [
        ("CPU over decoding, format 1", 1.9, True),
        ("points per second, format 1", 20 / 9.5, True),
        ("points per CPU second over py3dtiles, format 1", 160 / 19, True),
        ("peak memory (PSS), one file", 0.5, True),
        ("peak memory (PSS), ten files", 1.1, False),
        ("scratch disk", 16.0, True),
        ("2 M file, warm", 2.0, True),
        ("CPU a point, ten files over one", 1.1, True),
    ],
)
def test_a_goal_is_judged_by_the_median_on_the_file_it_is_about(found, what, value, met):
    assert found[what].value == pytest.approx(value)
    assert found[what].met is met


def test_decoding_is_the_way_that_takes_least(found):
    assert found["CPU over decoding, format 1"].value == pytest.approx(19 / 10)


def test_what_was_not_run_is_not_judged(found):
    assert found["CPU over decoding, format 6"].met is None
    assert found["colour of a photo"].met is None


def test_a_figure_is_compared_as_it_is_written():
    assert Limit(16.0, digits=1).keeps(16.04)
    assert not Limit(16.0, digits=1).keeps(16.06)
    assert Limit(1.6, at_least=True).keeps(1.596)
    assert not Limit(1.6, at_least=True).keeps(1.594)
