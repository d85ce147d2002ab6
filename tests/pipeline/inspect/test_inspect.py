"""From a file to its report, in a process of its own."""

import json
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path

import pytest

from pipeline.confine import Limits
from pipeline.inspect import report as schema
from pipeline.inspect.inspect import InspectOptions, inspect, look
from pipeline.inspect.place import Where
from pipeline.inspect.report import as_json
from pipeline.inspect.text import as_text
from pipeline.report import silent
from pipeline.stand import Around
from tests import make
from tiles.errors import BadInput

QUICK = InspectOptions(pictures=False)
DOCUMENT = Path(__file__).parents[3] / "docs" / "inspect.md"


def test_a_plan_in_place_is_green_where_it_should_be(inspected):
    report = inspected.report
    assert report.problem == ""
    assert [verdict.light for verdict in report.verdicts] == ["green", "green", "amber"]
    assert report.contents.elements == 169
    assert report.place.chosen
    assert report.place.candidates[0].origin == pytest.approx((105_005, 425_399, 2.8))
    assert report.place.footprint_m2 == pytest.approx(380, abs=5)
    xs, ys = zip(*report.place.footprint[0], strict=True)
    assert (min(xs), min(ys), max(xs), max(ys)) == pytest.approx(report.place.bounds, abs=0.1)


def test_it_has_a_view_and_a_plan(inspected):
    assert inspected.pictures.view.startswith(b"RIFF")
    assert 5_000 < len(inspected.pictures.view) < 200_000
    assert inspected.pictures.plan.startswith("<svg")


def test_json_says_all_that_the_report_says(inspected):
    read = json.loads(as_json(inspected.report))
    assert read == json.loads(json.dumps(asdict(inspected.report)))
    assert read["schema"] == 1
    assert read["verdicts"][0]["question"] == {"nl": "Kan het getoond worden?", "en": "Can it be shown?"}


def test_every_name_in_the_json_is_documented():
    text = DOCUMENT.read_text(encoding="utf-8")
    for kind in vars(schema).values():
        if is_dataclass(kind) and kind is not schema.Pictures:
            missing = [each.name for each in fields(kind) if f"`{each.name}`" not in text]
            assert missing == [], kind.__name__


@pytest.mark.parametrize("language", ["nl", "en"])
def test_text_has_the_lights_first(language, inspected):
    lines = as_text(inspected.report, language).splitlines()
    assert lines[2].startswith({"nl": "[GOED] Kan", "en": "[OK] Can"}[language])
    assert any(line.startswith("3.6") for line in lines)
    assert any("LoGeoRef 50" in line for line in lines)


def looked(path, options=QUICK):
    """A report made in this process: starting another takes a second."""
    return look(path, options, silent)


def test_a_mesh_has_no_agreements_but_a_size(tmp_path):
    report = looked(make.write_obj(tmp_path / "box.obj")).report
    assert (report.checks, report.contents.size_m) == ((), (10, 20, 6))
    assert report.verdicts[1].light == "red"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("broken.ifc", "ISO-10303-21;\nHEADER;\n", "broken.ifc"),
        ("broken.glb", "glTF", "broken.glb"),
        ("drawing.dwg", "AC1032", "is no kind of model that can be read"),
        ("empty.ifc", "", "empty.ifc"),
    ],
)
def test_a_file_that_cannot_be_read_has_a_report_that_says_so(name, content, said, tmp_path):
    (tmp_path / name).write_text(content)
    report = looked(tmp_path / name).report
    assert said in report.problem
    assert report.verdicts[0].light == "red"
    assert (report.contents, report.place) == (None, None)
    assert report.file.bytes == len(content)


def test_a_file_without_geometry_still_has_its_agreements_checked(shared_data):
    report = looked(shared_data("ifc/gherkin/pass-grf000-ifc4_georeferencing.ifc")).report
    assert "no geometry" in report.problem
    assert len(report.checks) > 10


def test_a_file_that_takes_too_much_has_a_report_that_says_so(plan):
    report = inspect(plan, InspectOptions(limits=Limits(wall_s=0))).report
    assert "more than 0 s" in report.problem


def test_there_is_no_report_of_no_file(tmp_path):
    with pytest.raises(BadInput, match="There is no file"):
        inspect(tmp_path / "no.ifc", QUICK)


def test_footprints_that_cannot_be_used_are_said_and_do_no_harm(shared_data, tmp_path):
    (tmp_path / "bad.geojson").write_text("{}")
    file = shared_data("ifc/ifcgref/citymap2_georeferenced__24328c.ifc")
    found = looked(file, InspectOptions(where=Where(around=Around(footprints=tmp_path / "bad.geojson"))))
    assert any("bad.geojson" in said for said in (*found.report.notes, *found.report.place.remarks))
    assert found.pictures.plan


REAL = [
    ("ifc/pcert/IfcOpenHouse_IFC4__9fb00e.ifc", False, "LoGeoRef 0"),
    ("ifc/ifcgref/citymap2_georeferenced__24328c.ifc", True, "LoGeoRef 50"),
    ("cityjson/rotterdam_subset_308k.json", True, "LoGeoRef 30"),
]


@pytest.mark.parametrize(("name", "placed", "level"), REAL)
def test_real_files(name, placed, level, shared_data):
    report = looked(shared_data(name)).report
    assert report.problem == ""
    assert (report.place.chosen, report.place.level) == (placed, level)
