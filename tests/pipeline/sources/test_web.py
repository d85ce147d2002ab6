"""Asking web servers."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pipeline.sources.web import (
    NotAtSource,
    Passing,
    SourceAway,
    Web,
    ahead,
    host,
    joined,
    parsed,
    web,
    with_parameters,
)
from tests.land import Fault
from tests.pipeline.sources.conftest import QUICK


@pytest.fixture
def source():
    with web(QUICK) as source:
        yield source


def got(source: Web, address: str) -> bytes:
    return source.get(address, lambda _response, body: body)


def test_what_passes_is_asked_again(land, base, source):
    land.files["/a"] = b"here"
    land.faults["/a"] = [Fault(status=503), Fault(cut_after=1)]
    assert got(source, f"{base}/a") == b"here"
    assert len(land.asked) == 3


def test_a_source_that_asks_for_a_second_gets_it(land, base, source):
    land.files["/a"] = b"here"
    land.faults["/a"] = [Fault(status=429, headers=(("Retry-After", "1"),))]
    begun = time.monotonic()
    assert got(source, f"{base}/a") == b"here"
    assert time.monotonic() - begun >= 1


def test_a_source_that_asks_for_more_time_is_left_alone(land, base, source):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=600), usegmt=True)
    land.faults["/a"] = [Fault(status=503, headers=(("Retry-After", later),))]
    with pytest.raises(SourceAway, match=r"answers 503 and asks to come back in (599|600) seconds"):
        got(source, f"{base}/a")
    assert len(land.asked) == 1


def test_what_does_not_pass_is_not_asked_again(land, base, source):
    with pytest.raises(NotAtSource, match=r"has no a \(it answers 403\)"):
        got(source, f"{base}/a")
    land.faults["/a"] = [Fault(status=400)]
    with pytest.raises(SourceAway, match="answers 400"):
        got(source, f"{base}/a")
    assert len(land.asked) == 2


@pytest.mark.parametrize("address", ["nowhere", "ftp://x.example/a"])
def test_an_address_that_is_none_is_said(source, address):
    with pytest.raises(SourceAway, match="is no address"):
        got(source, address)


def test_an_answer_without_end_is_cut_off(land, base, source, monkeypatch):
    monkeypatch.setattr("pipeline.sources.web._MOST_BYTES", 1_000)
    land.files["/a"] = bytes(2_000)
    with pytest.raises(SourceAway, match="more than 1,000 bytes in one answer"):
        got(source, f"{base}/a")


def test_bytes_that_came_are_counted(land, base, source):
    land.files["/a"] = bytes(700)
    got(source, f"{base}/a")
    assert source.received == 700


def test_parameters_join_those_that_an_address_has():
    assert with_parameters("https://a.example/items?f=json", {"limit": 5}) == "https://a.example/items?f=json&limit=5"


def test_a_link_is_read_on_the_page_it_stands_on():
    assert joined("https://a.example/items?x=1", "?cursor=2") == "https://a.example/items?cursor=2"
    with pytest.raises(SourceAway, match="links to another host, b"):
        joined("https://a.example/items", "https://b.example/items")


def test_json_that_is_broken_may_pass_and_a_list_does_not():
    with pytest.raises(Passing, match="sent no JSON"):
        parsed(b'{"a": ', "https://a.example/")
    with pytest.raises(SourceAway, match="no object"):
        parsed(b"[]", "https://a.example/")


def test_names_and_passwords_stay_out_of_messages():
    assert host("https://me:secret@a.example:81/x") == "a.example:81"


def test_things_come_in_order_with_others_on_their_way():
    assert list(ahead(range(20), lambda n: n * n, 4)) == [(n, n * n) for n in range(20)]
    assert list(ahead([], lambda n: n, 4)) == []
