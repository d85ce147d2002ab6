"""Point clouds to tiles, read back by other people's readers."""

import hashlib
import subprocess
import sys
from pathlib import Path

import laspy
import numpy as np
import pytest
from py3dtiles.tileset.tileset import TileSet
from pyproj import CRS

from pipeline.points import PointOptions, build_points
from tests import make, readers
from tiles.errors import BadInput, OutputProblem, OutsideArea
from tiles.frame import RD_NAP

millimetre = 1e-3
NOISE = (7, 18)
OPTIONS = PointOptions("EPSG:7415")

REAL_FILES = [
    "3dfier/ahn3_cropped_2.laz",
    "abossenbroek/amsterdam_cloud.laz",
    "abossenbroek/points.copc.laz",
    "amsterdam/ahn4_2496_9727.laz",
    "amsterdam/ahn_surf_121913_487434.laz",
    "amsterdam/ams_ahn_2386_9702.laz",
    "bag3d/unit_25gn1_2__b16aa0.laz",
    "corridor/07CZ2_14_a.laz",
    "delft/lars_crop.laz",
    "geo1101/Delft_AHN.las",
    "hideba_tiny_thinned.las",
    "laserchicken_AHN3.laz",
    "laserfarm/C_41CZ2_3_valid.LAZ",
    "startinpy/small.laz",
]
AMSTERDAM = ["2__f97831", "3__c173f9", "4__4f264e", "6__fa9119", "7__c93efa", "8__66bb8b"]


@pytest.fixture(scope="module")
def town():
    """A cloud whose intensities number its points, across a cell's edge and larger than one tile."""
    cloud = make.town(60_000, side_m=180.0, at=(104_800.0, 425_100.0))
    cloud.columns["intensity"] = np.arange(60_000, dtype=np.uint16)
    return cloud


@pytest.fixture(scope="module")
def tileset(town, tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    build_points([make.write_las(folder / "town.laz", town)], folder / "tiles", OPTIONS)
    return readers.read(folder / "tiles")


@pytest.fixture(scope="module")
def vertices(tileset, tmp_path_factory):
    return tileset.vertices(tmp_path_factory.mktemp("decoded") / "vertices.bin")


@pytest.fixture(scope="module")
def kept(town):
    return ~np.isin(town.columns["classification"], NOISE)


def test_every_point_that_is_not_noise_is_in_exactly_one_tile(town, kept, vertices):
    numbers = np.sort(vertices.intensity)
    assert (numbers == np.flatnonzero(kept)).all()


def test_every_point_lies_within_two_millimetres_of_where_proj_puts_it(town, tileset, vertices):
    exact = RD_NAP.to_ecef(town.xyz[vertices.intensity])
    error = np.linalg.norm(tileset.to_ecef(vertices.local) - exact, axis=1)
    assert error.max() < 2 * millimetre


def test_class_and_return_number_stay_with_their_point(town, vertices):
    assert (vertices.classification == town.columns["classification"][vertices.intensity]).all()
    assert (vertices.return_number == town.columns["return_number"][vertices.intensity]).all()


def test_a_cloud_without_colour_is_coloured_by_class_in_linear_values(vertices):
    # #c4785a, buildings: 0xc4 is 0.769 in sRGB and 0.552 linear (IEC 61966-2-1).
    buildings = vertices.colour[vertices.classification == 6]
    assert buildings == pytest.approx(np.tile([0.552, 0.188, 0.102], (len(buildings), 1)), abs=0.003)


def test_khronos_finds_nothing_wrong_with_the_contents(tileset):
    assert tileset.validate() == []


def test_py3dtiles_reads_the_tree(tileset):
    def count(tile):
        return 1 + sum(count(child) for child in tile.children)

    read = TileSet.from_file(tileset.folder / "tileset.json")
    assert count(read.root_tile) == len(tileset.tiles)


def test_every_content_lies_inside_its_own_box_and_its_parents(tileset, vertices):
    readers.assert_everything_inside(tileset, vertices)


def test_geometric_error_is_four_times_the_spacing_and_halves_down_the_tree(tileset, vertices):
    errors = [tile["geometricError"] for tile in tileset.tiles]
    for row, parent in enumerate(tileset.parents):
        assert errors[row] > 0
        assert parent < 0 or errors[row] <= errors[parent] / 2 + 1e-6
    # A leaf that the ground fills: its points and its parents' together are spaced a quarter of its error.
    leaf = max(tileset.contents, key=lambda row: (vertices.tile == row).sum())
    spacing = errors[leaf] / 4
    low, high = tileset.box(leaf)
    matrix = tileset.to_root[leaf]
    in_frame = (vertices.local - matrix[:3, 3]) @ matrix[:3, :3]
    inside = ((in_frame >= low) & (in_frame <= high)).all(axis=1)
    area = np.prod((high - low)[:2])
    assert np.sqrt(area / inside.sum()) == pytest.approx(spacing, rel=0.35)


def test_the_points_of_an_upper_tile_are_evenly_spread(tileset, vertices):
    # Grid sampling leaves at most one point per grid cell: two neighbours can be close, but a crowd cannot form.
    root = vertices.local[vertices.tile == 0]
    error = tileset.tiles[0]["geometricError"]
    grid = np.unique(np.floor(root / (error / 4)).astype(int), axis=0)
    assert len(root) < 3 * len(grid)


def digest(folder: Path) -> str:
    """A hash of all that a reader sees."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and ".voorland" not in path.parts)
    return hashlib.sha256(b"".join(str(p.relative_to(folder)).encode() + p.read_bytes() for p in files)).hexdigest()


def test_the_order_of_files_and_the_number_of_processes_change_no_byte(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.points._WORTH_PROCESSES", 0)
    west = make.write_las(tmp_path / "west.laz", make.town(at=(104_900.0, 425_200.0), seed=1))
    east = make.write_las(tmp_path / "east.laz", make.town(at=(105_000.0, 425_200.0), seed=2))
    title = PointOptions("EPSG:7415", title="two", jobs=1)
    build_points([west, east], tmp_path / "a", title)
    build_points([east, west], tmp_path / "b", title)
    build_points([west, east], tmp_path / "c", PointOptions("EPSG:7415", title="two", jobs=2))
    assert digest(tmp_path / "a") == digest(tmp_path / "b") == digest(tmp_path / "c")


def test_files_over_the_same_ground_give_the_same_bytes_in_either_order(tmp_path):
    # Thousands of points in a few grid cells: what comes first must follow from the points, not from the files.
    files = []
    for seed in (1, 2):
        xyz = (
            np.random.default_rng(seed).uniform((104_900, 425_250, 2), (104_900.3, 425_250.3, 2.1), (3_000, 3)).round(3)
        )
        files.append(make.write_las(tmp_path / f"{seed}.las", make.Cloud(xyz)))
    build_points(files, tmp_path / "a", PointOptions("EPSG:7415", title="two"))
    build_points(files[::-1], tmp_path / "b", PointOptions("EPSG:7415", title="two"))
    assert digest(tmp_path / "a") == digest(tmp_path / "b")


@pytest.mark.parametrize("point_format", [0, 1, 3, 6, 7, 8])
def test_every_point_format_keeps_its_points(tmp_path, point_format):
    cloud = make.town(2_000)
    summary = build_points([make.write_las(tmp_path / "t.las", cloud, point_format)], tmp_path / "tiles", OPTIONS)
    assert summary.read == 2_000
    assert summary.written == (~np.isin(cloud.columns["classification"], NOISE)).sum()


def test_colours_of_eight_bits_in_sixteen_are_recognised_and_black_is_no_colour(tmp_path):
    cloud = make.town(1_000)
    red = np.where(np.arange(1_000) < 500, 200, 0).astype(np.uint16)
    coloured = make.Cloud(cloud.xyz, cloud.columns | {"red": red})
    colours = {}
    for name, factor in (("eight", 1), ("sixteen", 257)):
        scaled = make.Cloud(cloud.xyz, coloured.columns | {"red": red * factor})
        build_points([make.write_las(tmp_path / f"{name}.las", scaled, 7)], tmp_path / name, OPTIONS)
        colours[name] = readers.read(tmp_path / name).vertices(tmp_path / "v.bin").colour
    assert (colours["eight"] == colours["sixteen"]).all()
    own = (colours["eight"][:, 1] == 0).sum()  # red alone is a colour; the palette has no pure red
    assert own == (~np.isin(cloud.columns["classification"][:500], NOISE)).sum()


@pytest.mark.parametrize("name", REAL_FILES)
def test_a_real_file_gives_all_its_points_and_valid_tiles(name, shared_data, tmp_path):
    path = shared_data(f"ahn/{name}")
    summary = build_points([path], tmp_path / "tiles", OPTIONS)
    las = laspy.read(path)
    wanted = int((~np.isin(np.asarray(las.classification), NOISE)).sum())
    tileset = readers.read(tmp_path / "tiles")
    assert summary.read == len(las.points)
    assert sum(readers.point_counts(tileset).values()) == summary.written == wanted
    assert tileset.validate() == []


def test_real_points_are_placed_within_two_millimetres(shared_data, tmp_path):
    path = shared_data("ahn/delft/lars_crop.laz")
    build_points([path], tmp_path / "tiles", OPTIONS)
    tileset = readers.read(tmp_path / "tiles")
    found = tileset.to_ecef(tileset.vertices(tmp_path / "v.bin").local)
    las = laspy.read(path)
    back = RD_NAP.from_ecef(found)
    given = np.stack([las.x, las.y, las.z], axis=-1)
    # Sorted in a millimetre's buckets both are the same points; two nearest neighbours may swap, which changes nothing.
    for axis in range(3):
        assert np.abs(np.sort(back[:, axis]) - np.sort(given[:, axis])).max() < 2 * millimetre


def test_six_adjoining_sheets_become_one_tileset_without_seam(shared_data, tmp_path):
    paths = [shared_data(f"ahn/bag3d/unit_25gn1_{name}.laz") for name in AMSTERDAM]
    summary = build_points(paths, tmp_path / "tiles", OPTIONS)
    wanted = sum(len(laspy.read(path).points) for path in paths)
    assert summary.read == summary.written == wanted
    tileset = readers.read(tmp_path / "tiles")
    assert sum(readers.point_counts(tileset).values()) == wanted
    vertices = tileset.vertices(tmp_path / "v.bin")
    rd = RD_NAP.from_ecef(tileset.to_ecef(vertices.local))
    # Along the edge x = 120781.25 that four sheets share: as many points in the metre on it as in the metres beside it.
    counts, _ = np.histogram(rd[:, 0], bins=np.arange(120_771.25, 120_792.25))
    assert counts.min() > 0.5 * np.median(counts)
    assert counts.max() < 1.8 * np.median(counts)


def test_what_was_assumed_is_said(tmp_path):
    plain = make.write_las(tmp_path / "plain.las", make.town(500))
    summary = build_points([plain], tmp_path / "a", OPTIONS)
    assert summary.notes == ("plain.las: no reference system stated; EPSG:7415 taken.",)
    assert build_points([plain], tmp_path / "b", PointOptions("EPSG:7415", crs="EPSG:7415")).notes == ()


def test_a_file_that_states_rd_without_heights_is_said_to_be_taken_with_nap(tmp_path):
    path = make.write_las(tmp_path / "rd.las", make.town(500), point_format=6, crs=CRS("EPSG:28992"))
    assert build_points([path], tmp_path / "t", OPTIONS).notes == ("rd.las: no height system stated; NAP taken.",)


class TestBadInput:
    """One sentence, and nothing left behind."""

    @pytest.fixture(autouse=True)
    def _nothing_left_behind(self, tmp_path):
        yield
        assert not [path for path in tmp_path.rglob("*") if path.name.startswith(("out", ".out"))]

    @pytest.fixture
    def laz(self, tmp_path):
        return make.write_las(tmp_path / "town.laz", make.town(5_000))

    def test_not_a_las_file(self, tmp_path):
        (tmp_path / "notes.laz").write_text("no points here" * 100)
        with pytest.raises(BadInput, match=r"notes\.laz is not a LAS or LAZ file"):
            build_points([tmp_path / "notes.laz"], tmp_path / "out", OPTIONS)

    @pytest.mark.parametrize("part", [0.3, 0.6, 0.99])
    def test_a_truncated_laz(self, tmp_path, laz, part):
        whole = laz.read_bytes()
        laz.write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(BadInput, match=r"town\.laz is (cut off or damaged|not a LAS)"):
            build_points([laz], tmp_path / "out", OPTIONS)

    def test_a_truncated_las(self, tmp_path):
        las = make.write_las(tmp_path / "town.las", make.town(5_000))
        las.write_bytes(las.read_bytes()[:-1_234])
        with pytest.raises(BadInput, match=r"town\.las is cut off or damaged: its header promises 5,000 points"):
            build_points([las], tmp_path / "out", OPTIONS)

    def test_no_points(self, tmp_path):
        empty = make.write_las(tmp_path / "empty.las", make.Cloud(np.empty((0, 3))))
        with pytest.raises(BadInput, match=r"empty\.las holds no points"):
            build_points([empty], tmp_path / "out", OPTIONS)

    def test_only_noise(self, tmp_path):
        cloud = make.town(100)
        cloud.columns["classification"][:] = 7
        with pytest.raises(BadInput, match="all 100 points are noise"):
            build_points([make.write_las(tmp_path / "n.las", cloud)], tmp_path / "out", OPTIONS)

    def test_coordinates_outside_the_netherlands(self, tmp_path):
        far = make.write_las(tmp_path / "far.las", make.town(100, at=(500_000.0, 5_700_000.0)))
        with pytest.raises(OutsideArea, match=r"far\.las is taken to be in EPSG:7415, but x, y, NAP = 500"):
            build_points([far], tmp_path / "out", OPTIONS)

    def test_a_reference_system_that_contradicts_the_coordinates(self, tmp_path):
        path = make.write_las(tmp_path / "utm.las", make.town(100), point_format=6, crs=CRS("EPSG:25831"))
        with pytest.raises(OutsideArea, match="EPSG:25831 cannot be placed exactly"):
            build_points([path], tmp_path / "out", OPTIONS)

    def test_one_bad_file_among_good_ones(self, tmp_path, laz):
        broken = tmp_path / "broken.laz"
        broken.write_bytes(laz.read_bytes()[:-2_000])
        with pytest.raises(BadInput, match=r"broken\.laz"):
            build_points([laz, broken], tmp_path / "out", OPTIONS)

    def test_a_point_far_above_everything(self, tmp_path):
        cloud = make.town(100)
        cloud.xyz[50, 2], cloud.columns["classification"][50] = 3_000.0, 1
        with pytest.raises(OutsideArea, match="check the height and its unit"):
            build_points([make.write_las(tmp_path / "high.las", cloud)], tmp_path / "out", OPTIONS)

    def test_a_full_disk(self, tmp_path, laz):
        # A limit on the size of files stands for the disk's end: the write fails with a system error half-way.
        program = (
            "import resource, signal\n"
            "from server.cli import main\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, 3_000))\n"
            "main()\n"
        )
        command = [sys.executable, "-c", program, "tile", "points", str(laz), "--out", str(tmp_path / "out")]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 2
        assert "cannot be written: a file would grow larger than the system allows." in result.stderr
        assert "Traceback" not in result.stderr


def test_an_output_folder_that_exists_is_left_alone(tmp_path):
    laz = make.write_las(tmp_path / "town.laz", make.town(500))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("precious")
    with pytest.raises(OutputProblem, match="exists already"):
        build_points([laz], tmp_path / "out", OPTIONS)
    assert (tmp_path / "out" / "mine.txt").read_text() == "precious"
