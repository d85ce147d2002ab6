"""LAZ written, and not written."""

from pathlib import Path

import laspy
import numpy as np
import pytest

from pipeline.laz import new_laz
from tiles.errors import OutputProblem

FULL = Path("/dev/full")


def points(header, count=300_000):
    record = laspy.ScaleAwarePointRecord.zeros(count, header=header)
    record["X"] = np.random.default_rng(1).integers(0, 1 << 30, count)
    return record


def test_what_is_written_can_be_read(tmp_path):
    header = laspy.LasHeader(version="1.4", point_format=6)
    written = points(header, 1000)
    with new_laz(tmp_path / "a.laz", header) as writer:
        writer.write_points(written)
    assert (written["X"] == laspy.read(tmp_path / "a.laz").X).all()
    with laspy.open(tmp_path / "a.laz") as file:
        assert file.header.are_points_compressed


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said(tmp_path):
    header = laspy.LasHeader(version="1.4", point_format=6)
    (tmp_path / "a.laz").symlink_to(FULL)
    with pytest.raises(OutputProblem, match=r"a\.laz cannot be written"), new_laz(tmp_path / "a.laz", header) as writer:
        writer.write_points(points(header))
