"""Parts of a file by HTTP range, from a real server on loopback."""

import io
import time

import pytest

from pipeline.sources.ranges import remote
from pipeline.sources.web import NotAtSource, Patience, SourceAway
from tests.ahnsource import Source, served

DATA = bytes(range(251)) * 40_000  # 10 MB; 251 is prime, so that no two blocks are alike


@pytest.fixture
def source():
    return Source({"file": DATA})


IMPATIENT = Patience(connect_s=5.0, pauses_s=(0.0, 0.0))


def url(template):
    return template.rsplit("/", 1)[0] + "/file"


def test_only_what_is_needed_is_read_of_a_large_file(source):
    with served(source) as template, remote(url(template), IMPATIENT) as file:
        file.seek(5_000_000)
        assert file.read(1_000) == DATA[5_000_000:5_001_000]
        assert file.part(7_000_000, 10) == DATA[7_000_000:7_000_010]
        assert file.size == len(DATA)
    assert source.sent < 300_000


def test_it_reads_like_a_file_on_disk(source):
    disk = io.BytesIO(DATA)
    with served(source) as template, remote(url(template), IMPATIENT) as file:
        for offset, whence, size in ((100, 0, 5), (3, 1, 300_000), (-70_000, 2, 100_000), (len(DATA) + 9, 0, 4)):
            assert file.seek(offset, whence) == disk.seek(offset, whence)
            assert file.read(size) == disk.read(size)
            assert file.tell() == disk.tell()


def test_what_was_read_is_not_asked_for_again(source):
    with served(source) as template, remote(url(template), IMPATIENT) as file:
        for _ in range(3):
            file.seek(0)
            file.read(50_000)
    assert len(source.asked) == 1


def test_a_part_that_fails_is_asked_for_again(source):
    source.failures = 2
    with served(source) as template, remote(url(template), IMPATIENT) as file:
        assert file.part(500_000, 100) == DATA[500_000:500_100]
    assert len(source.asked) == 4


def test_a_part_that_keeps_failing_is_said(source):
    source.failures = 99
    with (
        served(source) as template,
        remote(url(template), IMPATIENT) as file,
        pytest.raises(SourceAway, match="answers 503"),
    ):
        file.part(500_000, 100)


def test_a_part_outside_the_file_is_not_asked_for(source):
    with (
        served(source) as template,
        remote(url(template), IMPATIENT) as file,
        pytest.raises(SourceAway, match="lie outside"),
    ):
        file.part(len(DATA) - 5, 10)


def test_a_file_that_is_not_there_is_said(source):
    with (
        served(source) as template,
        pytest.raises(NotAtSource, match="has no other"),
        remote(url(template) + "/other", IMPATIENT),
    ):
        pass


def test_other_bytes_than_were_asked_for_are_noticed(source):
    source.shifted = 7
    with served(source) as template, pytest.raises(SourceAway, match="sent bytes 7-"), remote(url(template), IMPATIENT):
        pass


def test_a_file_that_changes_meanwhile_is_noticed(source):
    with served(source) as template, remote(url(template), IMPATIENT) as file:
        source.files["file"] = DATA[:-1]
        with pytest.raises(SourceAway, match="had 10040000 bytes before"):
            file.part(500_000, 100)


def test_another_edition_is_another_even_where_the_source_says_nothing_of_it(source):
    with served(source) as template:
        with remote(url(template), IMPATIENT) as file:
            first = file.edition
        with remote(url(template), IMPATIENT) as file:
            assert file.edition == first
        source.files["file"] = b"!" + DATA[1:]
        with remote(url(template), IMPATIENT) as file:
            assert file.edition != first


def test_a_slow_first_answer_is_not_waited_for(source):
    source.delay_s = 2.0
    begun = time.monotonic()
    with (
        served(source) as template,
        pytest.raises(SourceAway, match=r"127\.0\.0\.1:\d+ does not answer within 1 seconds"),
        remote(url(template), Patience(connect_s=1.0)),
    ):
        pass
    assert time.monotonic() - begun < 2.5


def test_a_host_that_refuses_is_said_at_once():
    begun = time.monotonic()
    with (
        pytest.raises(SourceAway, match=r"127\.0\.0\.1:9 does not answer \(ConnectError\)"),
        remote("http://127.0.0.1:9/f", IMPATIENT),
    ):
        pass
    assert time.monotonic() - begun < 1
