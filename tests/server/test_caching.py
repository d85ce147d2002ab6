"""Header values, on their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.caching import UnsatisfiableRange, accepts_gzip, requested_range


@given(st.integers(1, 10_000), st.integers(0, 20_000), st.integers(0, 20_000))
def test_a_satisfiable_range_lies_within_the_file(size, first, length):
    header = f"bytes={first}-{first + length}"
    try:
        part = requested_range(header, size)
    except UnsatisfiableRange:
        assert first >= size
    else:
        assert part is not None
        assert (part.start, part.end) == (first, min(first + length + 1, size))


@given(st.text(max_size=30), st.integers(0, 100))
def test_no_header_breaks_the_server(text, size):
    try:
        part = requested_range(text, size)
    except UnsatisfiableRange:
        return
    assert part is None or 0 <= part.start < part.end <= size


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("*", True),
        ("*;q=0.1, gzip;q=0", False),
        ("identity", False),
        ("", False),
        ("GZIP", True),
        ("gzip;q=nonsense", False),
    ],
)
def test_gzip_is_sent_only_to_those_who_take_it(header, accepted):  # RFC 9110, 12.5.3
    assert accepts_gzip(header) is accepted
