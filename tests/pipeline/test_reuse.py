"""A new edition or another mask: only what it touches is tiled again, and nobody misses what they were looking at."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import ledger
from pipeline.mask import read_masks
from pipeline.points import PointOptions, build_points
from pipeline.treatment import Treatment
from tests import city, make, makemap, readers
from tests import launcher as runs
from tests.city import CORNER
from tiles.check import check
from tiles.errors import BadInput
from tiles.store import Directory

OPTIONS = PointOptions("EPSG:7415", title="city", jobs=1)


@pytest.fixture
def tiles(sheets, tmp_path):
    """The tileset of the four sheets, to be changed; with the ledger that knows how it was made."""
    return Path(shutil.copytree(sheets.tiles, tmp_path / "tiles"))


def referred(out: Path, name: str = "tileset.json") -> set[str]:
    """The contents that a reader of a tileset needs."""
    return {path.relative_to(out.resolve()).as_posix() for path in readers.read(out, name).paths.values()}


def existing(out: Path) -> set[str]:
    return {path.relative_to(out).as_posix() for path in out.glob("tiles/*/*")}


def times(out: Path) -> dict[str, int]:
    """When each content was written, nanoseconds."""
    return {name: (out / name).stat().st_mtime_ns for name in existing(out)}


def masked(tmp_path: Path, metres: float, name: str = "mask") -> PointOptions:
    """The same without a square about the place where the sheets meet."""
    (x, y), half = (CORNER[0] - 100, CORNER[1] - 100), metres / 2
    hole = makemap.feature(makemap.rectangle(x - half, y - half, x + half, y + half))
    path = makemap.write_geojson(tmp_path / f"{name}.geojson", makemap.collection(hole, crs=makemap.RD_CRS))
    return replace(OPTIONS, treatment=Treatment(masks=read_masks(path)))


def new_edition(sheets, folder: Path, number: int = 3) -> list[Path]:
    """The sheets, one of them flown again: its ground is 0.1 m higher."""
    again = city.sheets(folder, city.raised(sheets.cloud, 0.1))[number]
    return [again if path.name == again.name else path for path in sheets.paths]


def south_east(sheets) -> make.Cloud:
    """The points of the sheet that is flown again."""
    return city.part(sheets.cloud, (sheets.cloud.xyz[:, 0] >= CORNER[0]) & (sheets.cloud.xyz[:, 1] < CORNER[1]))


def test_the_same_again_tiles_nothing_and_writes_no_content(sheets, tiles):
    before = times(tiles)
    summary = build_points(sheets.paths, tiles, OPTIONS)
    assert summary.reused == summary.cells == sheets.summary.cells
    assert times(tiles) == before
    assert city.digest(tiles) == sheets.digest
    assert replace(summary, reused=0) == sheets.summary


def test_a_new_edition_of_a_sheet_tiles_only_the_cells_it_touches(sheets, tiles, tmp_path):
    before = times(tiles)
    files = new_edition(sheets, tmp_path / "new")
    summary = build_points(files, tiles, OPTIONS)
    touched = city.cells(south_east(sheets))
    assert 0 < len(touched) < summary.cells
    assert summary.reused == summary.cells - len(touched)
    assert {name: when for name, when in times(tiles).items() if name in before} == before
    build_points(files, tmp_path / "fresh", OPTIONS)
    assert city.digest(tmp_path / "fresh", "tileset.json") == city.digest(tiles, "tileset.json")
    assert referred(tiles) == existing(tmp_path / "fresh")


def test_a_mask_and_a_changed_mask_tile_only_the_cells_they_touch(sheets, tiles, tmp_path):
    first = build_points(sheets.paths, tiles, masked(tmp_path, 20.0))
    assert first.reused == first.cells - 1
    second = build_points(sheets.paths, tiles, masked(tmp_path, 30.0))
    assert second.reused == second.cells - 1
    assert second.left_out > first.left_out > 0
    build_points(sheets.paths, tmp_path / "fresh", masked(tmp_path, 30.0))
    assert referred(tiles) == existing(tmp_path / "fresh")


def test_another_name_or_another_corner_of_the_same_mask_tiles_nothing(sheets, tiles, tmp_path):
    build_points(sheets.paths, tiles, masked(tmp_path, 20.0))
    summary = build_points(sheets.paths, tiles, masked(tmp_path, 20.0, "other"))
    assert summary.reused == summary.cells


def test_a_variant_shares_every_content_that_its_mask_does_not_touch(sheets, tiles, tmp_path):
    before = times(tiles)
    options = replace(masked(tmp_path, 20.0), variant="without")
    summary = build_points(sheets.paths, tiles, options)
    assert summary.reused == summary.cells - 1
    written = [name for name, when in before.items() if times(tiles)[name] != when]
    assert len(written) <= 1  # a part of the one cell that the mask leaves as it was
    whole, without = referred(tiles), referred(tiles, "variants/without/tileset.json")
    assert existing(tiles) == whole | without
    assert len(whole & without) > len(whole) / 2
    assert city.digest(tiles, "tileset.json") == city.digest(sheets.tiles, "tileset.json")
    # And to tile the main one again leaves the variant whole.
    build_points(new_edition(sheets, tmp_path / "new"), tiles, OPTIONS)
    assert without <= existing(tiles)


def test_what_the_version_before_refers_to_stays_and_what_nobody_does_goes(sheets, tiles, tmp_path):
    versions = [referred(tiles)]
    for metres in (20.0, 30.0, 40.0):
        build_points(sheets.paths, tiles, masked(tmp_path, metres))
        versions.append(referred(tiles))
        assert existing(tiles) == versions[-1] | versions[-2]
    assert not versions[1] <= existing(tiles)


def test_nothing_is_left_of_what_only_older_versions_needed(sheets, tiles, tmp_path):
    for metres in (20.0, 30.0, 40.0):
        build_points(sheets.paths, tiles, masked(tmp_path, metres))
    known = ledger.read(Directory(tiles))
    upward = {made.upward for made in known.made.values() if made.upward}
    assert set(Directory(tiles).keys(ledger.UPWARD)) == upward
    assert city.leftovers(tiles) == []


def test_the_same_again_keeps_the_version_before(sheets, tiles, tmp_path):
    whole = referred(tiles)
    for _ in range(2):
        build_points(sheets.paths, tiles, masked(tmp_path, 20.0))
    assert whole <= existing(tiles)


def test_a_content_that_was_lost_is_made_again(sheets, tiles):
    for name in sorted(existing(tiles))[::3]:
        (tiles / name).unlink()
    summary = build_points(sheets.paths, tiles, OPTIONS)
    assert summary.reused < summary.cells
    assert city.digest(tiles) == sheets.digest


def test_tiles_removed_after_a_run_was_killed_are_not_taken_for_made(sheets, launcher, tmp_path):
    scratch = tmp_path / "scratch"
    run = launcher.start(*sheets.paths, "--out", tmp_path / "tiles", "--scratch", scratch, "--jobs", 2)
    while run.running and not any(scratch.glob("*/made/*.json")):
        pass
    run.kill()
    assert runs.gone(run.workers)  # they may put a last tile there
    shutil.rmtree(tmp_path / "tiles")
    again = launcher.run(*sheets.paths, "--out", tmp_path / "tiles", "--scratch", scratch, "--title", "city")
    assert again.returncode == 0, again.said
    assert check(Directory(tmp_path / "tiles")).faults == ()
    assert city.digest(tmp_path / "tiles", "tiles") == city.digest(sheets.tiles, "tiles")


def test_bad_input_leaves_a_tileset_as_it_was(sheets, tiles, tmp_path):
    files = new_edition(sheets, tmp_path / "new")
    broken = tmp_path / "broken.laz"
    broken.write_bytes(damaged_points(files[0].read_bytes()))
    with pytest.raises(BadInput, match=r"broken\.laz is cut off or damaged"):
        build_points([*files, broken], tiles, OPTIONS)
    assert city.digest(tiles) == sheets.digest
    assert city.leftovers(tiles) == []
    assert build_points(sheets.paths, tiles, OPTIONS).reused == sheets.summary.cells


def damaged_points(whole: bytes) -> bytes:
    """A LAZ file that is found out only when its points are read: its chunk claims to be that long, and ends early."""
    count = int.from_bytes(whole[247:255], "little")  # LAS 1.4: number of points
    more = count + 1_000
    return whole[:247] + more.to_bytes(8, "little") + whole[255:]


def test_bad_input_leaves_a_variant_that_stands_alone(sheets, tmp_path):
    out = tmp_path / "tiles"
    build_points(sheets.paths, out, replace(masked(tmp_path, 20.0), variant="without"))
    before = city.digest(out)
    (tmp_path / "notes.laz").write_text("no points here" * 100)
    with pytest.raises(BadInput):
        build_points([tmp_path / "notes.laz"], out, OPTIONS)
    cloud = make.town(100)
    cloud.columns["classification"][:] = 7
    with pytest.raises(BadInput, match="all 100 points are noise"):
        build_points([make.write_las(tmp_path / "n.las", cloud)], out, OPTIONS)
    assert city.digest(out) == before
