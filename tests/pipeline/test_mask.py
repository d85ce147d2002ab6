"""Masks: exactly what they take away, and when two of them do the same."""

import pickle

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.mask import Mask, Masks, read_masks
from tests.makemap import RD_CRS, collection, feature, rectangle, write_geojson
from tiles.errors import BadInput

MILLIMETRE = 0.001
TENTH_MM = 0.0001

BLOCK = rectangle(104_900, 425_250, 104_940, 425_280)
COURT = rectangle(104_910, 425_260, 104_920, 425_270)[::-1]
CELL = (104_857.6, 425_197.568, 105_119.744, 425_459.712)
NEXT_CELL = (105_119.744, 425_197.568, 105_381.888, 425_459.712)


@pytest.fixture
def read(tmp_path):
    return lambda document: read_masks(write_geojson(tmp_path / "plan.geojson", document))


@pytest.fixture
def block(read):
    return read(collection(feature(BLOCK, COURT), crs=RD_CRS))


def at(*rows):
    return np.array([(*row, 3.0)[:3] for row in rows], np.float64)


def test_a_millimetre_decides(block):
    inside = at((104_900.001, 425_265), (104_939.999, 425_265), (104_905, 425_250.001), (104_905, 425_279.999))
    outside = at((104_899.999, 425_265), (104_940.001, 425_265), (104_905, 425_249.999), (104_905, 425_280.001))
    assert block.removes(inside).all()
    assert not block.removes(outside).any()


def test_a_hole_is_kept_but_not_its_edge(block):
    assert not block.removes(at((104_915, 425_265), (104_910.001, 425_265), (104_919.999, 425_260.001))).any()
    assert block.removes(at((104_909.999, 425_265), (104_920.001, 425_265))).all()
    assert block.removes(at((104_910, 425_265), (104_920, 425_260))).all()


def test_what_lies_on_the_edge_goes_too(block):
    assert block.removes(at(*BLOCK, (104_900, 425_265), (104_925, 425_280))).all()


def test_a_slanting_edge_is_as_exact_as_the_coordinates(read):
    masks = read(collection(feature([[104_900, 425_250], [104_930, 425_260], [104_900, 425_260], [104_900, 425_250]])))
    # On the edge y rises 1 m for 3 m of x: points a millimetre to either side of it.
    x = 104_900 + 3.0 * np.arange(1, 10)
    y = 425_250 + 1.0 * np.arange(1, 10)
    z = np.zeros(9)
    assert masks.removes(np.column_stack([x, y, z])).all()
    assert masks.removes(np.column_stack([x, y + MILLIMETRE, z])).all()
    assert not masks.removes(np.column_stack([x, y - MILLIMETRE, z])).any()


def test_a_height_range_takes_only_what_lies_in_it(read):
    masks = read(collection(feature(BLOCK, lowNap=2.5, highNap=10), crs=RD_CRS))
    heights = np.array([2.499, 2.5, 5, 10, 10.001])
    points = np.column_stack([np.full(5, 104_905), np.full(5, 425_255), heights])
    assert masks.removes(points).tolist() == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("properties", "low", "high"),
    [
        ({"lowNap": 3}, 3, np.inf),
        ({"highNap": 3}, -np.inf, 3),
        ({"lownap": 1, "high_nap": 2.5}, 1, 2.5),  # as a database gives the names back
        ({"lowNap": None}, -np.inf, np.inf),
    ],
)
def test_either_height_may_be_left_out(read, properties, low, high):
    [mask] = read(feature(BLOCK, **properties)).masks
    assert (mask.low_nap_m, mask.high_nap_m) == (low, high)


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"lowNap": "2"}, "lowNap is '2'; write a height"),
        ({"highNap": True}, "highNap is True"),
        ({"lowNap": 10, "highNap": 2}, "lowNap 10 lies above highNap 2"),
    ],
)
def test_a_height_that_is_none_is_told(read, properties, said):
    with pytest.raises(BadInput, match=rf"plan\.geojson: {said}"):
        read(feature(BLOCK, **properties))


def test_masks_are_named_by_their_file_where_they_have_no_name(read, tmp_path):
    masks = read(collection(feature(BLOCK, name="school"), feature(COURT, naam="gymzaal"), feature(COURT), crs=RD_CRS))
    assert [mask.name for mask in masks.masks] == ["school", "gymzaal", "plan 3"]
    other = write_geojson(tmp_path / "kade.geojson", feature(BLOCK))
    both = read_masks(tmp_path / "plan.geojson", other)
    assert [mask.name for mask in both.masks][-1] == "kade"
    assert len(both.notes) == 1


def test_what_is_read_from_degrees_takes_away_the_same_points(block, read):
    again = read(block.to_geojson())
    assert shapely.hausdorff_distance(again.masks[0].outline, block.masks[0].outline) <= TENTH_MM
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.uniform(104_895, 104_945, 20_000), rng.uniform(425_245, 425_285, 20_000)])
    points = np.column_stack([points, np.zeros(20_000)])
    near_an_edge = shapely.distance(block.masks[0].outline.boundary, shapely.points(points[:, :2])) <= TENTH_MM
    assert (again.removes(points) == block.removes(points))[~near_an_edge].all()


def test_geojson_keeps_names_and_heights_and_turns_shells_counter_clockwise(read):
    masks = read(collection(feature(BLOCK[::-1], COURT, name="school", lowNap=2), crs=RD_CRS))
    [written] = masks.to_geojson()["features"]
    assert written["properties"] == {"name": "school", "lowNap": 2.0}
    shell, hole = (shapely.LinearRing(ring) for ring in written["geometry"]["coordinates"])
    assert shell.is_ccw
    assert not hole.is_ccw


def test_a_long_edge_survives_the_way_to_degrees_and_back(read):
    masks = read(collection(feature(rectangle(100_000, 420_000, 112_000, 430_000)), crs=RD_CRS))
    again = read(masks.to_geojson())
    assert shapely.hausdorff_distance(again.masks[0].outline, masks.masks[0].outline) < MILLIMETRE


def test_masks_travel_to_other_processes(block):
    block.removes(at((104_905, 425_255)))
    copy = pickle.loads(pickle.dumps(block))
    assert copy == block
    assert copy.removes(at((104_905, 425_255))).all()


def test_no_masks_take_nothing_away():
    masks = Masks()
    assert not masks
    assert not masks.removes(at((104_905, 425_255))).any()
    assert not masks.touched(CELL)
    assert masks.digest(CELL) == b""
    assert masks.unused(CELL) == masks.outlines() == ()


def test_only_what_reaches_a_square_is_kept_for_it(read):
    two = {"type": "MultiPolygon", "coordinates": [[BLOCK], [rectangle(105_200, 425_250, 105_210, 425_260)]]}
    masks = read({"type": "Feature", "properties": {"name": "both"}, "geometry": two})
    here = masks.touching(CELL)
    assert [mask.outline.area for mask in here.masks] == [40 * 30]
    assert masks.touched(CELL)
    assert masks.touched(NEXT_CELL)
    assert not masks.touched((0, 400_000, 100, 400_100))
    assert not masks.touching((0, 400_000, 100, 400_100))


def test_a_mask_outside_the_data_is_named(read):
    masks = read(collection(feature(BLOCK, name="here"), feature(rectangle(0, 400_000, 9, 400_009), name="far")))
    assert masks.unused(CELL) == ("far",)


def test_a_change_shows_in_the_digest_of_the_squares_it_lies_in_and_in_no_other():
    reach = shapely.box(105_000, 425_250, 105_300, 425_300)  # over both cells
    wider_east = shapely.box(105_000, 425_250, 105_350, 425_300)
    before, after = Masks((Mask("a", reach),)), Masks((Mask("a", wider_east),))
    assert before.digest(CELL) == after.digest(CELL) != b""
    assert before.digest(NEXT_CELL) != after.digest(NEXT_CELL)
    bare = (100_000, 400_000, 100_262.144, 400_262.144)
    assert before.digest(bare) == b""


def test_the_digest_knows_neither_names_nor_order_nor_how_the_ring_is_drawn():
    one, other = shapely.Polygon(BLOCK), shapely.box(104_930, 425_270, 104_990, 425_300)
    masks = Masks((Mask("a", one), Mask("b", other)))
    turned = Masks((Mask("c", other), Mask("d", shapely.Polygon(BLOCK[2:] + BLOCK[1:3]))))
    assert masks.digest(CELL) == turned.digest(CELL)


def test_the_digest_knows_a_millimetre_a_hole_and_a_height():
    plain = Masks((Mask("a", shapely.Polygon(BLOCK)),))
    moved = Masks((Mask("a", shapely.Polygon([*BLOCK[:2], [104_940.001, 425_280], *BLOCK[3:]])),))
    with_hole = Masks((Mask("a", shapely.Polygon(BLOCK, [COURT])),))
    with_height = Masks((Mask("a", shapely.Polygon(BLOCK), low_nap_m=2),))
    assert len({masks.digest(CELL) for masks in (plain, moved, with_hole, with_height)}) == 4


def test_a_mask_that_only_touches_the_edge_of_a_square_counts_there():
    masks = Masks((Mask("a", shapely.box(CELL[0] - 10, CELL[1] + 10, CELL[0], CELL[1] + 20)),))
    assert masks.removes(np.array([[CELL[0], CELL[1] + 15, 0]])).all()
    assert masks.touched(CELL)
    assert masks.digest(CELL) != b""


millimetres = st.integers(0, 262_143)
corners = st.lists(st.tuples(millimetres, millimetres), min_size=3, max_size=8)


@settings(max_examples=100, deadline=None)
@given(rings=st.lists(corners, min_size=1, max_size=3), seed=st.integers(0, 1_000))
def test_kept_and_removed_are_all_points_and_removed_ones_lie_inside(rings, seed):
    polygons = [shapely.make_valid(shapely.Polygon(np.array(ring) / 1000 + CELL[:2])) for ring in rings]
    polygons = [shapely.union_all([p for p in shapely.get_parts(g) if p.area]) for g in polygons]
    masks = Masks(tuple(Mask("", polygon) for polygon in polygons if not polygon.is_empty))
    rng = np.random.default_rng(seed)
    points = np.column_stack([rng.integers(0, 262_144, (500, 2)) / 1000 + CELL[:2], rng.uniform(0, 9, 500)])
    removed = masks.removes(points)
    by_shapely = [shapely.intersects(mask.outline, shapely.points(points[:, :2])) for mask in masks.masks]
    assert (removed == np.any(by_shapely, axis=0)).all() if by_shapely else not removed.any()
    assert len(points[removed]) + len(points[~removed]) == 500
    # Cut into squares, each with only what touches it, the result is the same.
    here = masks.touching(CELL)
    assert (here.removes(points) == removed).all()


def test_masks_over_real_houses_take_exactly_their_points(shared_data):
    masks = read_masks(shared_data("dordrecht/dordrecht_bag_panden_vectorised.geojson"))
    west, south, east, north = masks.bounds
    x, y = np.meshgrid(np.arange(west, east, 1.0), np.arange(south, north, 1.0))
    points = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    removed = masks.removes(points)
    tree = shapely.STRtree(masks.outlines())
    expected = np.zeros(len(points), bool)
    expected[tree.query(shapely.points(points[:, :2]), predicate="intersects")[0]] = True
    assert (removed == expected).all()
    assert 0.1 < removed.mean() < 0.9
