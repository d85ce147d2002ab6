"""From NAP taken for ellipsoidal heights to where things are."""

import numpy as np
import pytest

from pipeline.othertiles.lift import lift
from tests import maketiles as make
from tests.maketiles import AT, tile, tileset
from tiles.errors import BadInput
from tiles.frame import RD_NAP, geographic_to_ecef

millimetre = 1e-3


@pytest.mark.parametrize(("size_m", "within_m"), [(500, 3 * millimetre), (5_000, 30 * millimetre), (20_000, 0.2)])
def test_one_rigid_move_reaches_what_the_geoid_says(size_m, within_m):
    true = np.array(
        [(AT[0] + x * size_m, AT[1] + y * size_m, z) for x in (0, 0.3, 1) for y in (0, 0.7, 1) for z in (0, 30)]
    )
    geographic = RD_NAP.to_geographic(true)
    geographic[:, 2] = true[:, 2]  # NAP taken for ellipsoidal
    before = geographic_to_ecef(geographic)
    seen = RD_NAP.from_ecef(before)
    found = lift(seen.min(axis=0), seen.max(axis=0))
    moved = RD_NAP.from_ecef(before @ found.matrix[:3, :3].T + found.matrix[:3, 3])
    assert moved == pytest.approx(true, abs=within_m)
    assert found.residual_m < within_m
    assert found.matrix[:3, :3] @ found.matrix[:3, :3].T == pytest.approx(np.eye(3), abs=1e-12)
    assert found.up_m == pytest.approx(43.7, abs=0.5)


def test_heights_in_subtrees_cannot_be_mended(passed, tmp_path):
    schema = {"classes": {"tile": {"properties": {"low": {"type": "SCALAR", "semantic": "TILE_MINIMUM_HEIGHT"}}}}}
    folder = make.write(tmp_path / "in", tileset(tile("a.glb"), schema=schema), a__glb=make.glb())
    with pytest.raises(BadInput, match="heights of their own"):
        passed(folder, tmp_path / "out", heights="nap")
