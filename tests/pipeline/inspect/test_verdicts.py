"""The traffic lights of a report, and what to ask for."""

from dataclasses import replace

import pytest

from pipeline.inspect import facts
from pipeline.inspect.report import SCHEMA, Check, File, Ids, Place, Report, Specification
from pipeline.inspect.verdicts import judged
from pipeline.inspect.words import Words
from tests.pipeline.inspect.models import blocks

PLACE = Place(
    "LoGeoRef 50", chosen=True, why="", candidates=(), hints=(), heights_assumed=False,
    bounds=(104_900, 425_250, 104_910, 425_270), nap_m=(2.5, 9.0), longitude_latitude_deg=(4.66, 51.81),
    footprint=(), footprint_m2=200.0,
)  # fmt: skip


def a_report(size=(10.0, 20.0, 6.0), **changed) -> Report:
    good = Report(
        SCHEMA, File("toren.ifc", 1, ""), contents=facts.contents(blocks(((0, 0, 0), size)), None), place=PLACE
    )
    return judged(replace(good, **changed))


def lights(report: Report) -> list[str]:
    return [verdict.light for verdict in report.verdicts]


def a_check(outcome, chapter="3.3", ask="Doe het.") -> Check:
    return Check(
        chapter, Words("t", "t"), outcome, Words("s", "s"), ask=Words(ask, ask) if outcome in {"warn", "fail"} else None
    )


def test_a_good_model_in_a_good_place_is_green_and_asks_for_nothing():
    report = a_report()
    assert lights(report) == ["green", "green"]
    assert report.ask == ()
    assert report.verdicts[0].answer.nl == "Ja: 1 onderdeel en 12 driehoeken, 10,0 × 20,0 × 6,0 m."
    assert "RD 104905, 425260" in report.verdicts[1].answer.nl


def test_a_file_that_cannot_be_read_is_red_and_asked_for_again():
    report = a_report(problem="toren.ifc is cut off.", contents=None, place=None)
    assert lights(report) == ["red", "grey"]
    assert "toren.ifc is cut off." in report.ask[0].nl


@pytest.mark.parametrize(
    ("size", "light", "said"),
    [
        ((26_000.0, 15_000.0, 19_000.0), "red", "perhaps it is in millimetres"),
        ((6_000.0, 5_000.0, 400.0), "amber", "perhaps it is in millimetres"),
        ((0.026, 0.015, 0.019), "amber", "perhaps it is in kilometres"),
        ((30.0, 20.0, 0.1), "amber", "is flat"),
        ((1_900.0, 100.0, 2_800.0), "amber", "lies on its side"),
        ((0.01, 0.01, 0.0001), "amber", "perhaps it is in kilometres"),
    ],
)
def test_a_size_that_no_building_has(size, light, said):
    report = a_report(size)
    assert report.verdicts[0].light == light
    assert said in report.verdicts[0].answer.en
    assert "Controleer de eenheid" in report.ask[0].nl


@pytest.mark.parametrize("size", [(2.0, 2.0, 3.0), (300.0, 200.0, 150.0), (1_900.0, 2_800.0, 103.0)])
def test_kiosks_towers_and_campuses_are_not_questioned(size):
    assert a_report(size).verdicts[0].light == "green"


@pytest.mark.parametrize("said", [{"missing": ("brick.jpg",)}, {"repaired": ("x",)}, {"notes": ("x",)}])
def test_remarks_while_reading_are_amber(said):
    assert a_report(**said).verdicts[0].light == "amber"


def test_what_is_missing_is_asked_for_by_name():
    assert a_report(missing=("brick.jpg",)).ask[0].en == "Send along what is missing: brick.jpg."


@pytest.mark.parametrize(
    ("changed", "light", "asked"),
    [
        ({"chosen": False, "bounds": None}, "red", "IfcMapConversion"),
        ({"chosen": False}, "amber", "IfcMapConversion"),
        ({"heights_assumed": True}, "amber", "Bevestig dat de hoogten in NAP zijn"),
    ],
)
def test_a_place_in_doubt(changed, light, asked):
    report = a_report(place=replace(PLACE, **changed))
    assert report.verdicts[1].light == light
    assert asked in report.ask[0].nl


def test_what_speaks_against_a_place_is_said():
    floats = Words("Het zweeft 3 m boven het maaiveld.", "It floats 3 m above the ground.")
    verdict = a_report(place=replace(PLACE, warnings=(floats,))).verdicts[1]
    assert verdict.light == "amber"
    assert verdict.answer.nl.endswith(floats.nl)


@pytest.mark.parametrize(
    ("outcomes", "light"),
    [
        (["pass", "pass"], "green"),
        (["pass", "warn"], "amber"),
        (["pass", "fail"], "amber"),
        (["fail", "fail", "pass"], "red"),
    ],
)
def test_agreements_kept_and_not(outcomes, light):
    assert a_report(checks=tuple(map(a_check, outcomes))).verdicts[2].light == light


def test_what_does_not_apply_is_not_counted():
    answer = a_report(checks=(a_check("pass"), a_check("not applicable"))).verdicts[2].answer.en
    assert answer == "BIM basis ILS: of 1 points 1 are kept, 0 in part and 0 not."


def test_failures_are_asked_for_before_what_is_there_in_part_and_nothing_twice():
    checks = (a_check("warn", "3.2", "b"), a_check("fail", "4.5", "a"), a_check("fail", "4.7", "a"))
    assert [words.nl for words in a_report(checks=checks).ask] == ["a", "b"]


def test_the_list_is_one_that_a_person_reads():
    checks = tuple(a_check("fail", "3.3", f"punt {number}") for number in range(30))
    assert len(a_report(checks=checks).ask) == 10


def test_an_ids_file_gets_a_light_of_its_own():
    met, failed = (Specification(name, outcome, 1, 1, 0, ()) for name, outcome in (("a", "pass"), ("b", "fail")))
    report = a_report(ids=Ids("stad.ids", "Stad", "", (met, failed)))
    assert report.verdicts[-1].light == "red"
    assert report.verdicts[-1].answer.nl == "1 van 2 eisen zijn gehaald."
    assert report.ask[-1].nl == "Voldoe aan de eisen van Stad: b."
    assert a_report(ids=Ids("stad.ids", "", "no.", ())).verdicts[-1].light == "grey"
