"""From files to surroundings, and what is said of them; real files among them."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.mask import read_masks
from pipeline.report import silent
from pipeline.surroundings.build import SurroundingsOptions, build_surroundings
from pipeline.surroundings.known import known
from pipeline.surroundings.summary import describe_surroundings
from tests import make, makemap
from tests.pipeline.surroundings import made
from tiles.check import check
from tiles.errors import BadInput, OutputProblem
from tiles.store import Directory

RD = {"crs": {"type": "name", "properties": {"name": "EPSG:28992"}}}
OPTIONS = SurroundingsOptions("EPSG:7415", jobs=1)

OPEN_GROUND_RMS_M = 0.10
REAL_FILES = [
    "delft/lars_crop.laz",
    "3dfier/ahn3_cropped_2.laz",
    "geo1101/Delft_AHN.las",
    "startinpy/small.laz",
    "abossenbroek/points.copc.laz",
]
AMSTERDAM = ["2__f97831", "3__c173f9", "4__4f264e", "6__fa9119", "7__c93efa", "8__66bb8b"]


def hashes(folder):
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def halves(folder):
    """The made town cut in two files along a line."""
    points = made.town(density=6)
    west = points.xyz[:, 0] < made.CORNER[0] + 7.3
    return [
        made.write(folder / name, type(points)(points.xyz[part], points.classification[part]))
        for name, part in (("west.laz", west), ("east.laz", ~west))
    ]


def test_files_in_any_order_give_the_same_surroundings(tmp_path):
    files = halves(tmp_path)
    build_surroundings(files, tmp_path / "one", OPTIONS)
    build_surroundings(files[::-1], tmp_path / "other", OPTIONS)
    assert hashes(tmp_path / "one") == hashes(tmp_path / "other")


def test_the_command_says_what_was_made_and_how_exact_it_is(tmp_path):
    files = halves(tmp_path)
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["tile", "surroundings", *map(str, files), "--out", str(out), "--jobs", "1"])
    assert result.exit_code == 0, result.output
    assert "The ground lies 0.0" in result.output
    assert "no reference system stated" in result.output
    figures = json.loads((out / "accuracy.json").read_text())["ground"]
    assert figures["rmsM"] < OPEN_GROUND_RMS_M
    assert figures["points"] > 100_000
    assert sorted(path.name for path in out.iterdir()) == ["accuracy.json", "buildings", "ground", "occluder"]
    for kind in ("ground", "buildings", "occluder"):
        assert check(Directory(out / kind)).faults == ()
        document = json.loads((out / kind / "tileset.json").read_text())
        assert document["metadata"]["properties"]["kind"] == kind


def test_a_mask_takes_buildings_and_trees_away_and_leaves_the_ground(tmp_path):
    files = halves(tmp_path)
    as_it_is = build_surroundings(files, tmp_path / "now", OPTIONS)
    west, south, east, north = (
        made.CORNER[0] - 500,
        made.CORNER[1] - 500,
        made.CORNER[0] + 900,
        made.CORNER[1] + 900,
    )
    path = makemap.write_geojson(
        tmp_path / "mask.geojson", makemap.feature(makemap.rectangle(west, south, east, north)) | RD
    )
    masks = read_masks(path)
    options = replace(OPTIONS, plan=known(None, None, masks, silent), masks=masks)
    emptied = build_surroundings(files, tmp_path / "then", options)
    assert as_it_is.city.buildings > 0
    assert (emptied.city.buildings, emptied.city.trees) == (0, 0)
    assert emptied.ground.residuals.count == as_it_is.ground.residuals.count


def test_nothing_is_left_behind_where_there_is_no_ground(tmp_path):
    cloud = make.town(2000)
    cloud.columns["classification"][:] = 6
    file = make.write_las(tmp_path / "houses.laz", cloud)
    with pytest.raises(BadInput, match="hold no ground"):
        build_surroundings([file], tmp_path / "out", OPTIONS)
    assert [path.name for path in tmp_path.iterdir()] == ["houses.laz"]


def test_a_folder_that_exists_is_not_written_over(tmp_path):
    with pytest.raises(OutputProblem, match="exists already"):
        build_surroundings([make.write_las(tmp_path / "a.laz", make.town(500))], tmp_path, OPTIONS)


@pytest.mark.parametrize("name", REAL_FILES)
def test_ground_of_a_real_file_lies_within_ten_centimetres_of_its_points(name, shared_data, tmp_path):
    summary = build_surroundings([shared_data(f"ahn/{name}")], tmp_path / "out", OPTIONS)
    assert summary.ground.residuals.rms_m < OPEN_GROUND_RMS_M
    assert abs(summary.ground.residuals.bias_m) < 0.005
    assert check(Directory(tmp_path / "out" / "ground")).faults == ()


def test_amsterdam_stands_on_its_ground_with_its_canals_as_exact_as_its_points(shared_data, tmp_path):
    files = [shared_data(f"ahn/bag3d/unit_25gn1_{name}.laz") for name in AMSTERDAM]
    plan = known(shared_data("bag/bag3d_amsterdam_bag_pand.geojson"), None, None, silent)
    summary = build_surroundings(files, tmp_path / "out", SurroundingsOptions("EPSG:7415", plan=plan))
    assert summary.city.buildings > 500
    assert summary.city.fit.near / summary.city.fit.under_the_sky > 0.95
    assert summary.ground.residuals.rms_m < OPEN_GROUND_RMS_M
    assert summary.ground.water.count > summary.ground.water.guessed > 0
    assert "waters returned too few points" in describe_surroundings(summary, tmp_path / "out")


def test_a_square_kilometre_from_afar_is_small(tmp_path):
    rng = np.random.default_rng(9)
    x, y = rng.uniform(0, 1000, (2, 400_000))
    bumps = 1.5 * np.sin(x / 40) * np.cos(y / 55) + rng.normal(0, 0.03, len(x))
    xyz = np.stack([x + 104_500, y + 424_500, 1 + bumps], axis=-1).round(3)
    points = make.Cloud(xyz, {"classification": np.full(len(x), 2, np.uint8)})
    build_surroundings([make.write_las(tmp_path / "km.laz", points)], tmp_path / "out", OPTIONS)
    top = max((tmp_path / "out" / "ground").glob("*.glb"), key=lambda path: int(path.name.split("-")[0]))
    assert top.stat().st_size < 300_000
