"""The command, as it is typed."""

import json

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests import make
from tiles.errors import BadInput, OutputProblem


def run(*arguments):
    return CliRunner().invoke(app, ["inspect", *map(str, arguments)], catch_exceptions=True)


def test_text_and_a_page(tmp_path):
    done = run(make.write_obj(tmp_path / "box.obj"), "--html", tmp_path / "plan.html", "--language", "nl")
    assert done.exit_code == 0
    assert "Kan het getoond worden? Ja" in done.stdout
    assert (tmp_path / "plan.html").read_text().startswith("<!doctype html>")


def test_json_is_json_and_nothing_else(tmp_path):
    done = run(make.write_obj(tmp_path / "box.obj"), "--json")
    assert json.loads(done.stdout)["file"]["name"] == "box.obj"


def test_a_file_that_cannot_be_read_gives_a_report_and_one_sentence(tmp_path):
    (tmp_path / "x.ifc").write_text("no")
    done = run(tmp_path / "x.ifc", "--json", "--html", tmp_path / "x.html")
    assert isinstance(done.exception, BadInput)
    assert json.loads(done.stdout)["problem"] == str(done.exception)
    assert "Niet goed" in (tmp_path / "x.html").read_text()


def test_without_a_report_asked_for_there_is_only_the_sentence(tmp_path):
    (tmp_path / "x.ifc").write_text("no")
    done = run(tmp_path / "x.ifc")
    assert isinstance(done.exception, BadInput)
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--language", "de", "is unknown"), ("--up", "w", "is no axis"), ("--ids", "no.ids", "no.ids")],
)
def test_options_that_cannot_be_meant(option, value, said, tmp_path):
    done = run(make.write_obj(tmp_path / "box.obj"), option, value)
    if option == "--ids":
        assert "only an IFC file" in str(done.exception)
    else:
        assert said in str(done.exception)
    assert isinstance(done.exception, BadInput)


def test_a_page_that_cannot_be_written(tmp_path):
    done = run(make.write_obj(tmp_path / "box.obj"), "--html", tmp_path / "no" / "x.html")
    assert isinstance(done.exception, OutputProblem)
