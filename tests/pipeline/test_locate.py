"""Coordinates line by line, as on the command line."""

import numpy as np
import pytest

from pipeline.locate import LocateOptions, locate
from tiles.errors import BadInput, OutsideArea


def run(*lines, **options):
    return list(locate(lines, LocateOptions(**options)))


@pytest.fixture(scope="module")
def golden(shared_data):
    rows = shared_data("geodesy/golden_points.csv").read_text().splitlines()
    return np.array([[float(v) for v in row.split(",")[1:]] for row in rows if row[:1].isdigit()])


def test_nsgi_points_come_out_with_ten_and_four_decimals(golden):
    lines = run(*(f"{x} {y} {nap}" for x, y, nap in golden[:, 3:]))
    for line, (lat, lon, height) in zip(lines, golden[:, :3], strict=True):
        texts = line.split()
        assert [len(text.partition(".")[2]) for text in texts] == [10, 10, 4]
        assert [float(text) for text in texts[:2]] == pytest.approx([lat, lon], abs=1e-8)
        assert float(texts[2]) == pytest.approx(height, abs=1e-3)


def test_inverse_brings_them_back(golden):
    lines = run(*(f"{lat} {lon} {height}" for lat, lon, height in golden[:, :3]), inverse=True)
    found = np.array([[float(text) for text in line.split()] for line in lines])
    assert np.abs(found - golden[:, 3:]).max() < 1e-3


@pytest.mark.parametrize("options", [{}, {"ecef": True}, {"epoch": 2026.9}, {"ecef": True, "epoch": 2026.9}])
def test_there_and_back_is_the_same_line(options):
    line = "105000.0000 425300.0000 1.2345"
    assert run(*run(line, **options), inverse=True, **options) == [line]


def test_an_epoch_moves_a_point_north_east_by_most_of_a_metre():
    fixed = np.array(run("105000 425300 0", ecef=True)[0].split(), float)
    moved = np.array(run("105000 425300 0", ecef=True, epoch=2026.9)[0].split(), float)
    assert np.linalg.norm(moved - fixed) == pytest.approx(0.928, abs=0.002)


def test_what_follows_on_a_line_is_kept_and_comments_pass():
    lines = run("# corners", "", "105000 425300 0 corner of the church")
    assert lines[:2] == ["# corners", ""]
    assert lines[2].endswith(" corner of the church")


@pytest.mark.parametrize(
    ("line", "kind", "said"),
    [
        ("105000 425300", BadInput, "Line 3 is not three numbers: '105000 425300'"),
        ("a b c", BadInput, "Line 3 is not three numbers"),
        ("nan 425300 0", BadInput, "Line 3: Point 1 is not a position"),
        ("425300 105000 0", OutsideArea, "Line 3: .*x and y look swapped"),
    ],
)
def test_a_line_that_cannot_be_placed_is_named(line, kind, said):
    with pytest.raises(kind, match=said):
        run("105000 425300 0", "105001 425300 0", line, "105002 425300 0")
