"""The command `voorland fetch`: what it takes and what it says."""

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from pipeline.area import of_bounds
from pipeline.sources.cli import fetch_command
from pipeline.sources.describe import describe
from pipeline.sources.fetch import fetch
from tests.land import Fault
from tests.pipeline.sources.conftest import AREA_OPTIONS, BBOX, EAST
from tiles.errors import BadInput

WHOLE = "from server.cli import main; main()"


def test_the_summary_says_what_came_from_whom_and_what_is_next(country, sources, options, folder):
    del country.files[EAST]
    text = describe(fetch(of_bounds(BBOX), sources, options))
    assert len(text.splitlines()) < 20
    for said in ("0.04 km², RD 104900", "81 footprints", "Kadaster, BAG", "CC BY 4.0", "1 of 2 kilometre tiles"):
        assert said in text
    assert "the source does not have 1 of the files" in text
    assert EAST in text
    assert f"Next: voorland tile points {folder}/ahn/*.laz --photo {folder}/photo.tif --out tiles/out" in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--bbox", "1,2,3,4", "--municipality", "Dordrecht"], "Give one area"),
        (["--bbox", "1,2,3"], "--bbox 1,2,3 is no rectangle"),
        (["--polygon", "none.geojson"], "There is no file none.geojson"),
    ],
)
def test_an_area_that_cannot_be_used_is_said_before_anything_is_written(folder, options, said):
    app = typer.Typer()
    app.command()(fetch_command)
    result = CliRunner().invoke(app, [*options, "--out", str(folder)])
    assert isinstance(result.exception, BadInput)
    assert said in str(result.exception)
    assert not folder.exists()


def test_the_command_says_what_came_and_ends_with_2_when_a_source_is_away(country, city, tmp_path):
    country.faults["/bag"] = [Fault(status=400)]
    command = [
        sys.executable,
        "-c",
        WHOLE,
        "fetch",
        *AREA_OPTIONS,
        "--out",
        str(tmp_path / "data"),
        "--what",
        "bag,photo",
    ]
    run = subprocess.run(command, check=False, env=city, capture_output=True, text=True)
    assert run.returncode == 2
    assert "photo  2,000 × 2,000 pixels of 0.1 m" in run.stdout
    assert "bag    not complete; why is said below" in run.stdout
    assert run.stderr.splitlines()[-1].startswith("voorland: bag: 127.0.0.1")
    assert run.stderr.rstrip().endswith("What came is kept; the same command goes on from there.")
    assert "Traceback" not in run.stderr
