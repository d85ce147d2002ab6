"""Right-triangulated networks: closed, upright, as fine as asked, and the same on both sides of an edge."""

from collections import Counter

import numpy as np
import pytest

from pipeline.surroundings import rtin

TOLERANCE_MM = 40


def rough(rows: int, columns: int, seed: int = 1):
    """Hills with a cliff and some noise, mm."""
    y, x = np.mgrid[0:rows, 0:columns]
    hills = 3000 * np.sin(x / 17) * np.cos(y / 23)
    noise = np.random.default_rng(seed).normal(0, 30, (rows, columns))
    return np.rint(hills + noise + 2000 * (x + y > 90)).astype(np.int32)


def drawn(heights, kinds=None, tolerance=TOLERANCE_MM):
    return rtin.deviations(heights, np.zeros(heights.shape, np.uint8) if kinds is None else kinds) > tolerance


def corners(triangles, width):
    return np.stack([triangles % width, triangles // width], axis=-1).astype(float)


def doubled_areas(triangles, width):
    a, b, c = np.moveaxis(corners(triangles, width), 1, 0)
    return (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])


def test_flat_ground_is_four_triangles_to_a_block():
    assert len(rtin.triangles(drawn(np.full((65, 97), 1234, np.int32)))) == 2 * 3 * 4


def test_triangles_face_up_and_cover_the_tile_once():
    areas = doubled_areas(rtin.triangles(drawn(rough(129, 129))), 129)
    assert (areas > 0).all()
    assert areas.sum() == 2 * 128 * 128


def test_every_inner_edge_has_two_triangles_and_every_outer_edge_one():
    found = rtin.triangles(drawn(rough(129, 129)))
    edges = Counter(tuple(edge) for pair in ((0, 1), (1, 2), (2, 0)) for edge in found[:, pair].tolist())
    for (a, b), count in edges.items():
        rows, columns = np.divmod([a, b], 129)
        on_rim = any((at == side).all() for at in (rows, columns) for side in (0, 128))
        assert count == 1
        assert edges[(b, a)] == (0 if on_rim else 1)


def test_only_drawn_nodes_are_corners_and_all_of_them_are():
    nodes = drawn(rough(129, 129))
    used = np.zeros(nodes.size, bool)
    used[rtin.triangles(nodes)] = True
    blocks = np.zeros(nodes.shape, bool)
    blocks[::32, ::32] = True
    assert (used.reshape(nodes.shape) == (nodes | blocks)).all()


def test_what_is_drawn_does_not_depend_on_the_window_it_is_decided_in():
    heights = rough(32 * 8 + 1, 32 * 8 + 1)
    whole = drawn(heights)
    for row, column in ((0, 0), (0, 64), (64, 0), (96, 64)):
        part = drawn(heights[row : row + 161, column : column + 161])
        inner = slice(32, -32)
        assert (part[inner, inner] == whole[row + 32 : row + 129, column + 32 : column + 129]).all()


def test_the_surface_at_every_node_is_that_of_the_triangle_over_it():
    heights = rough(65, 65)
    nodes = drawn(heights)
    surface = rtin.drawn_surface(heights, nodes)
    for triangle, at in zip(rtin.triangles(nodes), corners(rtin.triangles(nodes), 65), strict=True):
        middle = at.mean(axis=0)
        inside = np.rint(middle).astype(int)
        weights = np.linalg.solve(np.vstack([at.T, np.ones(3)]), [*inside, 1.0])
        if (weights >= 0).all():
            assert surface[inside[1], inside[0]] == pytest.approx(weights @ heights.ravel()[triangle])


def test_the_surface_keeps_near_the_heights():
    heights = rough(161, 161)
    surface = rtin.drawn_surface(heights, drawn(heights))
    # Each node is held against the line it would halve, whose ends may be off too: so several times the tolerance.
    assert np.abs(surface - heights)[32:-32, 32:-32].max() < 4 * TOLERANCE_MM


def test_a_smaller_tolerance_draws_more():
    heights = rough(129, 129)
    counts = [drawn(heights, tolerance=tolerance).sum() for tolerance in (320, 160, 80, 40)]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1] / 2


def test_a_line_between_kinds_is_drawn_to_the_cell_however_flat():
    kinds = np.zeros((129, 129), np.uint8)
    kinds[:, 51:] = 1
    nodes = drawn(np.zeros((129, 129), np.int32), kinds)
    found = rtin.triangles(nodes)
    mixed = kinds.ravel()[found]
    at = corners(found, 129)[(mixed != mixed[:, :1]).any(axis=1)]
    assert at[..., 0].min() >= 49
    assert at[..., 0].max() <= 52


def test_a_mesh_seen_on_the_finer_level_is_the_same_surface():
    heights = rough(65, 65)
    mesh = rtin.drawn_surface(heights, drawn(heights))
    fine = rtin.finer(mesh)
    assert (fine[::2, ::2] == mesh).all()
    assert fine[0, 1] == (mesh[0, 0] + mesh[0, 1]) / 2
    # A cell is cut along the diagonal between nodes that are both even or both odd.
    assert fine[1, 1] == (mesh[0, 0] + mesh[1, 1]) / 2
    assert fine[1, 3] == (mesh[1, 1] + mesh[0, 2]) / 2
