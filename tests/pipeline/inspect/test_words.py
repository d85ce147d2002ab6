"""Figures and sentences in two languages."""

import pytest

from pipeline.inspect.words import Words, counted, figure, filled, joined


@pytest.mark.parametrize(
    ("value", "decimals", "nl", "en"),
    [
        (1234.5, 1, "1.234,5", "1,234.5"),
        (0.05, 2, "0,05", "0.05"),
        (1_000_000, 0, "1.000.000", "1,000,000"),
        (-3, 0, "-3", "-3"),
    ],
)
def test_figures_are_written_as_each_language_does(value, decimals, nl, en):
    assert figure(value, decimals) == Words(nl, en)


def test_a_sentence_takes_values_in_its_own_language():
    said = filled("{count} delen, {what}", "{count} parts, {what}", count=1200, what=Words("klein", "small"))
    assert said == Words("1.200 delen, klein", "1,200 parts, small")


def test_braces_in_a_name_from_a_file_are_left_alone():
    assert filled("“{name}”", "“{name}”", name="{0} {name}").en == "“{0} {name}”"


def test_one_is_said_otherwise_than_many():
    one, many = Words("wand", "wall"), Words("wanden", "walls")
    assert counted(1, one, many).nl == "1 wand"
    assert counted(0, one, many).en == "0 walls"


def test_nothing_is_not_joined():
    assert joined(Words("Ja.", "Yes."), Words("", "")) == Words("Ja.", "Yes.")
