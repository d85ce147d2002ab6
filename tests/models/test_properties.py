"""Attributes as elements carry them."""

from models.properties import flat


def test_values_keep_their_kind_and_nested_ones_get_longer_names():
    said = {"a": "x", "n": 3, "b": True, "none": None, "empty": "", "in": {"deep": {"er": 1.5}}, "list": [1, "é"]}
    assert flat(said) == {"a": "x", "n": 3.0, "b": True, "in.deep.er": 1.5, "list": '[1, "é"]'}


def test_what_is_no_number_or_too_long_is_text_that_ends():
    assert flat({"n": float("nan"), "i": float("inf")}) == {"n": "nan", "i": "inf"}
    assert all(len(value) == 2000 for value in flat({"big": 10**4000, "long": "x" * 9999}).values())
