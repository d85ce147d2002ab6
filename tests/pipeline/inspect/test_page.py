"""The page: whole, by itself, and safe whatever the file says."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from pipeline.inspect.page import as_html
from pipeline.inspect.report import Check, Ids, Specification
from pipeline.inspect.words import Words

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Outline(HTMLParser):
    """Tags in balance, and every attribute and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open, self.tags, self.attributes, self.texts = [], [], [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def page(inspected):
    return as_html(inspected.report, inspected.pictures)


def test_it_needs_nothing_but_itself(page):
    outline = Outline(page)
    assert "script" not in outline.tags
    fetched = [value for _, name, value in outline.attributes if name in {"src", "href", "action", "srcset"}]
    assert fetched
    assert all(value.startswith(("data:image/webp;base64,", "mailto:")) for value in fetched)
    assert "url(" not in page
    assert "@import" not in page


def test_it_says_everything_in_dutch_and_english(page, inspected):
    text = " ".join(Outline(page).texts)
    for verdict in inspected.report.verdicts:
        for words in (verdict.question, verdict.answer):
            assert words.nl in text
            assert words.en in text
    for words in inspected.report.ask:
        assert words.nl in text


def test_every_picture_has_words(page):
    outline = Outline(page)
    assert sum(tag == "img" for tag in outline.tags) == 1
    alt = next(value for tag, name, value in outline.attributes if (tag, name) == ("img", "alt"))
    assert alt.startswith("havenkwartier")
    assert outline.tags.count("figcaption") == 2


def test_headings_go_down_one_at_a_time(page):
    levels = [int(level) for level in re.findall(r"<h([1-6])>", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_list_goes_into_a_letter(page):
    letter = next(value for tag, name, value in Outline(page).attributes if (tag, name) == ("a", "href"))
    assert letter.startswith("mailto:?subject=havenkwartier_bouwkundig.ifc")
    assert "NL-SfB" in letter
    assert " " not in letter


EVIL = '<script>alert("x")</script>\'&'


def test_what_a_file_says_is_never_markup(inspected):
    report = inspected.report
    contents = replace(report.contents, program=EVIL, kinds=(replace(report.contents.kinds[0], name=EVIL),))
    check = Check("3.3", Words(EVIL, EVIL), "fail", Words(EVIL, EVIL), (EVIL,), Words(EVIL, EVIL))
    ids = Ids(EVIL, EVIL, "", (Specification(EVIL, "fail", 1, 0, 1, (EVIL,)),))
    place = replace(report.place, why=EVIL, hints=(EVIL,))
    bad = replace(
        report, file=replace(report.file, name=EVIL), problem=EVIL, contents=contents, checks=(check,), ids=ids,
        place=place, missing=(EVIL,), notes=(EVIL,), ask=(Words(EVIL, EVIL),),
    )  # fmt: skip
    outline = Outline(as_html(bad, inspected.pictures))
    assert "script" not in outline.tags
    assert sum(EVIL in text for text in outline.texts) > 12


def test_a_report_of_a_file_that_cannot_be_read_is_a_page_too(inspected):
    bare = replace(inspected.report, problem="Broken.", contents=None, place=None, checks=(), ids=None)
    assert "Broken." in Outline(as_html(bare, type(inspected.pictures)())).texts


def test_the_same_report_gives_the_same_page(page, inspected):
    assert as_html(inspected.report, inspected.pictures) == page
