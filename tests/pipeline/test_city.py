"""Many sheets in one tileset: nothing lost, nothing doubled, and the same bytes however it came about."""

import os
import shutil
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from pipeline.points import PointOptions, build_points
from tests import city, make, readers
from tests.city import CORNER
from tests.make import Cloud
from tiles.frame import RD_NAP

millimetre = 1e-3
OPTIONS = PointOptions("EPSG:7415", title="city", jobs=1)
ORDERS = list(permutations(range(4)))[5::6]


@pytest.fixture(scope="module")
def vertices(sheets, tmp_path_factory):
    return readers.read(sheets.tiles).vertices(tmp_path_factory.mktemp("city") / "v.bin")


def on_edges(cloud: Cloud) -> np.ndarray:
    """How many sheets each point lies on the edge of, beyond one."""
    on = cloud.xyz[:, :2] == CORNER
    return np.where(on.all(axis=1), 3, on.any(axis=1).astype(int))


def test_every_point_of_four_sheets_is_there_once_those_on_their_edges_too(sheets, vertices):
    assert on_edges(sheets.cloud).sum() > 1_000
    assert (np.sort(vertices.intensity) == city.kept(sheets.cloud)).all()


def test_points_on_an_edge_lie_where_they_lay(sheets, vertices):
    tileset = readers.read(sheets.tiles)
    rows = np.flatnonzero(on_edges(sheets.cloud)[vertices.intensity])
    exact = RD_NAP.to_ecef(sheets.cloud.xyz[vertices.intensity[rows]])
    assert np.linalg.norm(tileset.to_ecef(vertices.local[rows]) - exact, axis=1).max() < 2 * millimetre


def test_the_tiles_of_several_cells_are_valid(sheets, vertices):
    tileset = readers.read(sheets.tiles)
    assert sheets.summary.cells >= 9
    assert tileset.validate() == []
    readers.assert_everything_inside(tileset, vertices)


@pytest.mark.parametrize(("order", "jobs"), list(zip(ORDERS, (1, 2, 3, 2), strict=True)))
def test_any_order_and_any_number_of_processes_give_the_same_bytes(sheets, launcher, tmp_path, order, jobs):
    files = [sheets.paths[number] for number in order]
    run = launcher.run(*files, "--out", tmp_path / "tiles", "--title", "city", "--jobs", jobs)
    assert run.returncode == 0, run.said
    # The command names the source in the credits; all else is the same as from Python.
    assert city.digest(tmp_path / "tiles", "tiles", "cells") == city.digest(sheets.tiles, "tiles", "cells")
    assert city.leftovers(tmp_path / "tiles") == []


def test_files_of_another_day_in_another_place_cut_otherwise_give_the_same_bytes(sheets, tmp_path):
    one = make.write_las(tmp_path / "all.las", sheets.cloud, point_format=6)
    os.utime(one, (1e9, 1e9))
    build_points([one], tmp_path / "tiles", replace(OPTIONS, scratch=tmp_path / "elsewhere"))
    assert city.digest(tmp_path / "tiles") == sheets.digest


def test_points_on_an_edge_that_all_sheets_hold_are_counted_once_and_said(sheets, tmp_path):
    files = city.sheets(tmp_path / "shared", sheets.cloud, shared=True)
    summary = build_points(files, tmp_path / "tiles", OPTIONS)
    kept = city.kept(sheets.cloud)
    assert summary.doubled == on_edges(sheets.cloud)[kept].sum()
    assert summary.written == len(kept)
    assert city.digest(tmp_path / "tiles") == sheets.digest


def test_a_sheet_given_twice_is_counted_once_and_said(sheets, tmp_path, launcher):
    again = shutil.copy(sheets.paths[0], tmp_path / "again.laz")  # its own date: only its points tell
    run = launcher.run(*sheets.paths, again, "--out", tmp_path / "tiles", "--title", "city")
    north_west = (sheets.cloud.xyz[:, 0] < CORNER[0]) & (sheets.cloud.xyz[:, 1] >= CORNER[1])
    doubled = north_west[city.kept(sheets.cloud)].sum()
    assert f"{doubled:,} points stood in several files, the same in all; each was written once." in run.said
    assert city.digest(tmp_path / "tiles", "tiles") == city.digest(sheets.tiles, "tiles")


def test_a_copy_of_a_file_with_its_date_is_read_once_and_said(sheets, tmp_path):
    again = shutil.copy2(sheets.paths[0], tmp_path / "copy.laz")
    summary = build_points([*sheets.paths, tmp_path / "copy.laz"], tmp_path / "tiles", OPTIONS)
    assert f"{again} is a copy of {sheets.paths[0]}; read once." in summary.notes or (
        f"{sheets.paths[0]} is a copy of {again}; read once." in summary.notes
    )
    assert summary.doubled == 0
    assert city.digest(tmp_path / "tiles") == sheets.digest


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_several_files_hold_is_there_as_often_as_in_the_one_that_has_it_most(tmp_path, seed):
    rng = np.random.default_rng(seed)
    points = np.column_stack([rng.integers(0, 5, (80, 2)) + CORNER, rng.integers(0, 2, 80) / 1000])
    times = rng.integers(0, 3, (3, len(points)))  # how often each of three files holds each point
    intensity = rng.integers(0, 3, len(points)).astype(np.uint16)
    files = []
    for number, counts in enumerate(times):
        rows = rng.permutation(np.repeat(np.arange(len(points)), counts))
        columns = {"intensity": intensity[rows], "classification": np.full(len(rows), 2, np.uint8)}
        files.append(make.write_las(tmp_path / f"{number}.las", Cloud(points[rows], columns)))
    summary = build_points(files, tmp_path / "tiles", OPTIONS)
    said = np.column_stack([points, intensity])
    wanted = 0
    for point in np.unique(said, axis=0):
        wanted += times[:, (said == point).all(axis=1)].sum(axis=1).max()
    assert summary.written == wanted
    assert summary.read == times.sum() == summary.written + summary.doubled


def test_points_on_both_sides_of_x_0_are_one_tileset(tmp_path):
    # The map reaches 7 km west of its origin; squares that are counted from there would never meet.
    cloud = make.town(2_000, 600.0, at=(-300.0, 380_000.0))
    summary = build_points([make.write_las(tmp_path / "sea.las", cloud)], tmp_path / "tiles", OPTIONS)
    assert summary.written == len(city.kept(cloud))
