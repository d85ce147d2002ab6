"""LAZ whose chunks vary in size: every point comes once, wherever reading begins and however it is cut."""

import io
from itertools import pairwise

import laspy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import las
from pipeline.chunks import even_stretches, stretches, write_chunks
from tests import make
from tests.ahnsource import copc
from tiles.errors import BadInput

COUNT = 30_000


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A COPC file of points that are numbered by their GPS time, in nodes of one to some thousands of points."""
    data, nodes = copc(make.town(COUNT, side_m=400.0, at=(104_300.0, 425_300.0)))
    assert len({node.size for node in nodes}) > 50
    path = tmp_path_factory.mktemp("copc") / "town.copc.laz"
    path.write_bytes(data)
    return path


@pytest.fixture(scope="module")
def file(path):
    return las.read_header(path)


@pytest.fixture(scope="module")
def whole(path):
    """All points, read by laspy in one go from the start."""
    with laspy.open(path, laz_backend=laspy.LazBackend.Lazrs) as reader:
        points = reader.read()
    return np.stack([points.X, points.Y, points.Z, points.intensity, points.classification], axis=-1)


def read(file, start, count):
    parts = las.columns(file, start, count)
    return np.concatenate([np.stack([p.x, p.y, p.z, p.intensity, p.classification], axis=-1) for p in parts])


def test_reading_begins_at_any_point_and_gives_the_points_that_stand_there(file, whole):
    rng = np.random.default_rng(5)
    ends = np.cumsum([count for _, count in las.stretches(file, 1_000)])[:-1]
    starts = {0, 1, COUNT - 1, *map(int, ends[:5]), *map(int, ends[-5:] - 1), *map(int, rng.integers(0, COUNT, 10))}
    for start in sorted(starts):
        count = min(int(rng.integers(1, 3_000)), COUNT - start)
        assert (read(file, start, count) == whole[start : start + count]).all()


def test_the_stretches_of_a_file_hold_every_point_once(file, whole):
    cut = list(las.stretches(file, 5_000))
    assert len(cut) > 5
    assert (np.concatenate([read(file, start, count) for start, count in cut]) == whole).all()


def test_no_stretch_begins_within_a_chunk_so_that_none_is_decompressed_twice(file, monkeypatch):
    decoded = []
    real = laspy.LasReader.read_points
    monkeypatch.setattr(laspy.LasReader, "read_points", lambda self, n: decoded.append(n) or real(self, n))
    for start, count in las.stretches(file, 8_000):
        for _ in las.columns(file, start, count):
            pass
    assert sum(decoded) == COUNT


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(1, 60))
def test_chunks_are_kept_together_unless_one_is_too_large(sizes, most):
    cut = list(stretches([(size, 0) for size in sizes], most))
    assert sum(count for _, count in cut) == sum(sizes)
    assert all(start + count == following for (start, count), (following, _) in pairwise(cut))
    assert all(0 < count <= most for _, count in cut)
    ends = set(np.cumsum([0, *sizes]).tolist())
    if max(sizes, default=0) <= most:
        assert {start for start, _ in cut} <= ends


@pytest.mark.parametrize(("points", "chunk", "most"), [(1_000, 1, 300), (1_000, 64, 300), (1_000, 400, 300)])
def test_chunks_of_one_size_are_cut_at_their_borders(points, chunk, most):
    cut = list(even_stretches(points, chunk, most))
    assert sum(count for _, count in cut) == points
    assert all(count <= most for _, count in cut)
    assert chunk > most or all(start % chunk == 0 for start, _ in cut)


def test_a_table_that_does_not_count_the_points_is_told(path, file, tmp_path):
    data = bytearray(path.read_bytes())
    data[247:255] = (COUNT + 7).to_bytes(8, "little")  # LAS 1.4: number of point records
    damaged = tmp_path / "damaged.laz"
    damaged.write_bytes(data)
    with pytest.raises(BadInput, match="its chunk table does not add up to 30,007 points"):
        list(las.stretches(las.read_header(damaged), 1_000))


def test_what_is_written_of_chunks_is_read_by_laspy(path, whole):
    with path.open("rb") as opened:
        header = laspy.LasHeader.read_from(opened)
        packed = las.read_packed(path, opened, header)
    data = path.read_bytes()[len(packed.head) + 8 :]
    (first, first_size), (second, second_size), *_ = packed.chunks
    parts = [
        (data[first_size : first_size + second_size], [packed.chunks[1]]),
        (data[:first_size], [packed.chunks[0]]),
    ]
    file = io.BytesIO()
    write_chunks(file, packed.head, packed.laszip, parts)
    file.seek(0)
    with laspy.open(file, laz_backend=laspy.LazBackend.Lazrs, read_evlrs=False) as reader:
        got = reader.read_points(first + second)
    assert (np.asarray(got.X) == np.roll(whole[: first + second, 0], second)).all()
