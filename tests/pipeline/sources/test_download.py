"""Whole files, from a server on loopback that breaks off."""

import pytest

from pipeline.sources.download import download, recorded
from pipeline.sources.web import NotAtSource, SourceAway, web
from tests.land import Fault
from tests.pipeline.sources.conftest import QUICK

DATA = b"LASF" + bytes(range(251)) * 8_000  # 2 MB; 251 is prime, so that no two places are alike
PATH = "/sheets/a.laz"


@pytest.fixture
def sheet(land):
    land.files[PATH] = DATA
    return land


@pytest.fixture
def bring(base, tmp_path):
    """Downloads the sheet; gives its path, and what was told."""
    told = []

    def go():
        with web(QUICK) as source:
            download(source, base + PATH, tmp_path / "a.laz", lambda *step: told.append(step))
        return tmp_path / "a.laz"

    go.told = told
    return go


def test_a_file_comes_whole_and_leaves_nothing_beside_it(sheet, bring, tmp_path):
    path = bring()
    assert path.read_bytes() == DATA
    recorded(path)
    assert [path.name for path in tmp_path.glob("a.laz*")] == ["a.laz"]
    assert bring.told[-1] == (len(DATA), len(DATA))


def test_broken_off_it_goes_on_by_range_in_the_same_run(sheet, bring):
    sheet.faults[PATH] = [Fault(cut_after=700_000), Fault(cut_after=500_000)]
    assert bring().read_bytes() == DATA
    ranges = [one.range for one in sheet.asked]
    assert ranges == ["", "bytes=700000-", "bytes=1200000-"]
    assert {one.if_range for one in sheet.asked[1:]} == {sheet.etag}
    assert sheet.sent == len(DATA)  # no byte twice


def test_broken_off_for_good_a_later_run_goes_on(sheet, bring, tmp_path):
    sheet.faults[PATH] = [Fault(cut_after=700_000), *[Fault(status=503)] * 9]
    with pytest.raises(SourceAway, match="answers 503"):
        bring()
    assert (tmp_path / "a.laz.part").stat().st_size == 700_000
    assert not (tmp_path / "a.laz").exists()
    sheet.faults.clear()
    sheet.asked.clear()
    assert bring().read_bytes() == DATA
    assert [one.range for one in sheet.asked] == ["bytes=700000-"]


def test_a_file_that_changed_meanwhile_is_begun_anew(sheet, bring):
    sheet.faults[PATH] = [Fault(cut_after=700_000), *[Fault(status=503)] * 9]
    with pytest.raises(SourceAway):
        bring()
    sheet.faults.clear()
    newer = b"LASF" + DATA[:3:-1]
    sheet.files[PATH], sheet.etag = newer, '"b"'
    assert bring().read_bytes() == newer


def test_a_break_that_brings_nothing_each_time_is_given_up(sheet, bring):
    sheet.faults[PATH] = [Fault(cut_after=0)] * 9
    with pytest.raises(SourceAway, match="does not answer"):
        bring()
    assert len(sheet.asked) == 3


def test_many_breaks_that_each_bring_something_are_borne(sheet, bring):
    sheet.faults[PATH] = [Fault(cut_after=200_000)] * 9
    assert bring().read_bytes() == DATA
    assert len(sheet.asked) == 10


def test_a_file_that_came_whole_is_not_asked_for_again_before_it_is_recorded(sheet, bring):
    """As when the process was killed between the two."""
    bring()
    bring()
    assert len(sheet.asked) == 1


def test_a_part_without_a_note_of_what_it_is_is_not_trusted(sheet, bring, tmp_path):
    (tmp_path / "a.laz.part").write_bytes(b"something else")
    assert bring().read_bytes() == DATA
    assert sheet.asked[0].range == ""


def test_without_an_etag_nothing_is_glued(sheet, bring):
    sheet.etag = 'W/"weak"'
    sheet.faults[PATH] = [Fault(cut_after=700_000)]
    assert bring().read_bytes() == DATA
    assert [one.range for one in sheet.asked] == ["", ""]


def test_another_range_than_was_asked_is_noticed(sheet, bring, monkeypatch):
    sheet.faults[PATH] = [
        Fault(cut_after=700_000),
        Fault(status=206, headers=(("Content-Range", "bytes 5-9/2008004"),)),
    ]
    with pytest.raises(SourceAway, match=r"sent bytes 5-9/2008004 where 700000- of 2008004"):
        bring()


def test_a_page_in_place_of_a_file_is_refused(sheet, bring, tmp_path):
    sheet.files[PATH] = b"<html>Moved</html>"
    with pytest.raises(SourceAway, match="sent no LAS or LAZ file"):
        bring()
    assert not list(tmp_path.glob("a.laz*"))


def test_a_file_that_is_not_there_is_said(sheet, bring):
    sheet.files.clear()
    with pytest.raises(NotAtSource, match=r"has no a\.laz"):
        bring()
