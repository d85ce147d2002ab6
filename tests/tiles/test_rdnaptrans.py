"""RDNAPTRANS2018 against NSGI's own points, and against another implementation."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from pyrdnap import RDNAP2018v1

from tiles import grids, rdnaptrans
from tiles.errors import BadInput, GridProblem, OutsideArea
from tiles.frame import points

millimetre = 1e-3
DEGREE_M = np.array([111_300.0, 69_000.0, 1.0])  # metres per degree of latitude and longitude at 51.8° N, and per metre
DORDRECHT = (105_000.0, 425_300.0, 0.0)


@pytest.fixture(scope="module")
def nsgi(shared_data):
    """NSGI's self-validation points inside the Netherlands: latitude, longitude, height, x, y, NAP."""
    lines = shared_data("geodesy/Z001_ETRS89andRDNAP.txt").read_text().splitlines()
    rows = np.array([[float(v) for v in line.split()[1:]] for line in lines if not line.rstrip().endswith("*")])
    lat, lon = rows[:, 0], rows[:, 1]
    rows = rows[(lon >= 3.2) & (lon <= 7.22) & (lat >= 50.75) & (lat <= 53.7)]
    assert len(rows) == 4385
    return rows


def test_every_nsgi_point_in_the_netherlands_comes_out_within_a_millimetre(nsgi):
    error = np.abs(rdnaptrans.to_geographic(nsgi[:, 3:]) - nsgi[:, :3]) * DEGREE_M
    assert error.max() < 1 * millimetre


def test_every_nsgi_point_in_the_netherlands_comes_back_within_a_millimetre(nsgi):
    error = np.abs(rdnaptrans.from_geographic(nsgi[:, :3]) - nsgi[:, 3:])
    assert error.max() < 1 * millimetre


def test_every_nsgi_point_survives_the_way_to_ecef_and_back(nsgi):
    there_and_back = rdnaptrans.from_ecef(rdnaptrans.to_ecef(nsgi[:, 3:]))
    assert np.abs(there_and_back - nsgi[:, 3:]).max() < 0.1 * millimetre


def test_random_points_agree_with_an_independent_implementation():
    # Variant 1 of the published procedure, in pure Python: other grid (rdcorr2018), other code, no PROJ.
    oracle = RDNAP2018v1()
    rng = np.random.default_rng(2018)
    rd_nap = rng.uniform((20_000, 360_000, -5), (260_000, 580_000, 120), (200, 3))
    ours = rdnaptrans.to_geographic(rd_nap)
    inside = (ours[:, 1] > 3.5) & (ours[:, 1] < 7.0)
    theirs = np.array([oracle.reverse(*row)[3:6] for row in rd_nap[inside]])
    assert (np.abs(ours[inside] - theirs) * DEGREE_M).max() < 1 * millimetre


def test_nap_is_not_taken_for_ellipsoidal_height():
    # 43.70 m at Dordrecht: the error PROJ makes in silence when the grids are missing.
    assert rdnaptrans.to_geographic(points(DORDRECHT))[0, 2] == pytest.approx(43.70, abs=0.01)


@pytest.mark.parametrize("axis", range(3))
def test_a_number_that_is_none_is_refused_and_named(axis):
    row = list(DORDRECHT)
    row[axis] = float("nan")
    with pytest.raises(BadInput, match="Point 2 is not a position"):
        rdnaptrans.to_ecef(points(DORDRECHT, tuple(row)))


@pytest.mark.parametrize(
    ("xyz", "advice"),
    [
        ((425_300.0, 105_000.0, 2.0), "x and y look swapped"),
        ((4.67, 51.81, 2.0), "check the coordinate reference system"),
        ((105_000_000.0, 425_300_000.0, 2_000.0), "check the coordinate reference system and the unit"),
        ((105_000.0, 425_300.0, 2_600.0), "check the height and its unit"),
    ],
)
def test_a_point_that_cannot_be_in_the_netherlands_is_refused_with_advice(xyz, advice):
    with pytest.raises(OutsideArea, match=advice):
        rdnaptrans.to_geographic(points(xyz))


def test_geographic_points_off_the_grids_or_swapped_are_refused():
    with pytest.raises(OutsideArea, match="lies outside RDNAPTRANS2018"):
        rdnaptrans.from_geographic(points((42.3584, -71.0598, 0.0)))  # Revit's Boston
    with pytest.raises(OutsideArea, match="latitude comes first"):
        rdnaptrans.from_geographic(points((4.67, 51.81, 43.0)))
    with pytest.raises(OutsideArea, match="lies outside RD New"):
        rdnaptrans.from_geographic(points((55.5, 3.0, 43.0)))  # on the grids, but far out at sea


def test_the_offset_to_satellite_positions_is_the_published_one():
    # ETRS89 → ITRF2020 at Dordrecht, epoch 2026.9, as 7930 → 9988 gives it; one-shot 7415 → 9988 is 8 cm off.
    ecef = rdnaptrans.to_ecef(points(DORDRECHT))
    moved = rdnaptrans.ecef_to_geographic(rdnaptrans.etrs89_to_itrf2020(ecef, 2026.9))
    east_north_up = ((moved - rdnaptrans.ecef_to_geographic(ecef)) * [111_266.0, 68_957.0, 1.0])[0, [1, 0, 2]]
    assert east_north_up == pytest.approx([0.638, 0.673, 0.023], abs=1 * millimetre)
    back = rdnaptrans.itrf2020_to_etrs89(rdnaptrans.etrs89_to_itrf2020(ecef, 2026.9), 2026.9)
    assert np.abs(back - ecef).max() < 0.01 * millimetre


def test_an_epoch_that_is_no_year_is_refused():
    with pytest.raises(BadInput, match="no decimal year"):
        rdnaptrans.etrs89_to_itrf2020(rdnaptrans.to_ecef(points(DORDRECHT)), 20269)


def test_the_grids_are_made_once_and_mended_when_damaged(tmp_path):
    folder = grids.folder(tmp_path)
    made = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert made.keys() == {grids.GEOID.filename, grids.DATUM.filename}
    assert {path.name: path.stat().st_mtime_ns for path in grids.folder(tmp_path).iterdir()} == made
    damaged = folder / grids.DATUM.filename
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:-100])
    grids.folder(tmp_path)
    assert damaged.read_bytes() == whole


def test_a_grid_that_is_not_the_published_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(grids, "GEOID", grids.Grid("nlgeo2018", "v1grid", ".gtx", "0" * 64))
    with pytest.raises(GridProblem, match="has sha256 1f7af1"):
        grids.folder(tmp_path)


def test_a_missing_grid_is_an_error_and_never_a_number(tmp_path):
    result = run_alone(
        tmp_path,
        """
        grids.folder = lambda made=grids.folder(): made
        (grids.folder() / grids.DATUM.filename).unlink()
        """,
    )
    assert "GridProblem: PROJ cannot open the RDNAPTRANS grids" in result.stderr
    assert result.stdout == ""


def test_forked_processes_that_place_points_at_once_do_not_disturb_each_other():
    # They would share their place in the grids' files, and read what another one looks for.
    program = """
    import os
    import numpy as np
    from tiles import rdnaptrans
    rng = np.random.default_rng(1)
    everywhere = np.column_stack([rng.uniform((20e3, 320e3), (270e3, 600e3), (3_000, 2)), np.zeros(3_000)])
    rdnaptrans.to_ecef(everywhere[:1])  # and so the grids are open
    read, write = os.pipe()
    for _ in range(4):
        if os.fork() == 0:
            files = [os.path.realpath(f"/proc/self/fd/{number}") for number in range(64)]
            inherited = [file for file in files if file.endswith((".gsb", ".gtx"))]
            found = np.concatenate([rdnaptrans.to_ecef(few) for few in np.split(everywhere, 300)])
            os.write(write, bytes([not inherited, np.array_equal(found, rdnaptrans.to_ecef(everywhere))]))
            os._exit(0)
    for _ in range(4):
        os.wait()
    print(list(os.read(read, 8)))
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == "[1, 1, 1, 1, 1, 1, 1, 1]\n"


def test_a_wrong_transformation_is_noticed_before_its_first_use(tmp_path):
    # Leaving out the geoid stands for any PROJ that no longer does what it did when this was written.
    result = run_alone(
        tmp_path,
        """
        geoid = " +step +proj=vgridshift +grids={geoid} +multiplier=1"
        rdnaptrans._TO_ETRS89 = rdnaptrans._TO_ETRS89.replace(geoid, "")
        """,
    )
    assert "GridProblem: RDNAPTRANS puts NSGI's point 30010000 at" in result.stderr
    assert result.stdout == ""


def run_alone(cache, sabotage: str) -> subprocess.CompletedProcess[str]:
    """Place a point in a process with a cache of its own (PROJ keeps what it has opened), after `sabotage`."""
    program = "import numpy\nfrom tiles import grids, rdnaptrans\n" + textwrap.dedent(sabotage)
    program += "print(rdnaptrans.to_ecef(numpy.array([[105000.0, 425300.0, 0.0]])))\n"
    environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
