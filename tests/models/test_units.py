"""The one table of units of length."""

import pytest

from models.units import NAMES, UNITS_M, metres_in, name_of


@pytest.mark.parametrize("symbol", UNITS_M)
def test_a_unit_is_known_by_symbol_and_name_one_or_many_and_back(symbol):
    name = NAMES[symbol]
    assert metres_in(symbol) == metres_in(name) == metres_in(f" {name.upper()}s ") == UNITS_M[symbol]
    assert name_of(UNITS_M[symbol]) == name


def test_irregular_plurals_are_known_and_other_words_are_not():
    assert (metres_in("feet"), metres_in("inches"), metres_in("meters")) == (0.3048, 0.0254, 1.0)
    assert metres_in("parsec") is None
    assert name_of(0.5) == "0.5 m"
