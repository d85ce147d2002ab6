"""What hides a plan in AR: bare, and few enough for a phone at any spot."""

import numpy as np
import pytest

from pipeline.surroundings import buildings, built, occluder
from pipeline.surroundings.footprints import Footprint
from pipeline.surroundings.looks import Target
from pipeline.surroundings.shells import Face
from pipeline.surroundings.townscape import Townscape
from pipeline.surroundings.trees import Tree
from tests import readers
from tests.makehouses import CORNER, GROUND_M, SQUARE, classified, flat_ground, gable, level, rectangle, scatter
from tiles.check import check
from tiles.glb import read as read_glb
from tiles.store import Directory, Memory
from tiles.tree import TILESET, About, Tileset

REACH_M = 150.0
MOST_TRIANGLES, MOST_BYTES = 60_000, 1_000_000


def triangles_in(glb):
    document = read_glb(glb).document
    primitives = document["meshes"][0]["primitives"]
    return sum(document["accessors"][primitive["indices"]]["count"] // 3 for primitive in primitives)


@pytest.fixture(scope="module")
def tiles(amsterdam, tmp_path_factory):
    store = Directory(tmp_path_factory.mktemp("occluder"))
    target = Target(store, amsterdam.place)
    made = [occluder.write_square(each, amsterdam.buildings, None, target) for each in amsterdam.squares]
    root = built.joined([tile for tile in made if tile is not None])
    about = About("Occluder", "model", "EPSG:7415")
    store.put(TILESET, Tileset(root, amsterdam.placement, "REPLACE", about).to_json())
    return store, root


def test_a_phone_has_little_to_draw_within_150_m_of_any_spot(tiles):
    store, root = tiles
    leaves = [tile for tile in root.walk() if not tile.children]
    low = np.array([tile.box.low[:2] for tile in leaves])
    high = np.array([tile.box.high[:2] for tile in leaves])
    data = [store.get(tile.content) for tile in leaves]
    count, size = np.array([triangles_in(glb) for glb in data]), np.array([len(glb) for glb in data])
    worst = 0
    for x in np.arange(low[:, 0].min(), high[:, 0].max(), 20):
        for y in np.arange(low[:, 1].min(), high[:, 1].max(), 20):
            spot = np.array([x, y])
            met = np.hypot(*(np.clip(spot, low, high) - spot).T) <= REACH_M
            assert count[met].sum() <= MOST_TRIANGLES
            assert size[met].sum() <= MOST_BYTES
            worst = max(worst, count[met].sum())
    assert worst > 20_000, "this is no city to try it on"
    assert count.max() <= occluder.CELL_TRIANGLES


def test_40_full_cells_are_what_a_phone_may_draw():
    # Cells that a circle of 150 m and a few metres of overhang can meet: counted at many places of its middle.
    side, reach = 65.536, REACH_M + 12
    cells = np.stack(np.meshgrid(np.arange(-5, 6), np.arange(-5, 6)), axis=-1).reshape(-1, 2) * side
    spots = np.stack(np.meshgrid(np.linspace(0, side, 41), np.linspace(0, side, 41)), axis=-1).reshape(-1, 1, 2)
    near = np.hypot(*np.moveaxis(np.clip(spots, cells, cells + side) - spots, -1, 0)) <= reach
    assert near.sum(axis=1).max() * occluder.CELL_TRIANGLES <= MOST_TRIANGLES


def test_it_holds_positions_and_triangles_and_nothing_else(tiles):
    store, root = tiles
    assert check(store).faults == ()
    assert readers.read(store.path).validate() == []
    document = read_glb(store.get(next(tile.content for tile in root.walk() if tile.content))).document
    (primitive,) = document["meshes"][0]["primitives"]
    assert list(primitive["attributes"]) == ["POSITION"]
    assert "materials" not in document
    assert "textures" not in document
    assert set(document["extensionsUsed"]) == {"EXT_meshopt_compression", "KHR_mesh_quantization"}


def made(outline, height, name):
    points = classified((scatter(outline, height), 6))
    return buildings.extract(points, flat_ground, [Footprint(name, outline)]).buildings[0]


def corners(tmp, *standing, ground=None):
    """The triangles (t, 3, 3) of the leaves, straight from the RD metres that were written."""
    store, kept = Memory(), []

    def place(xyz):
        return xyz - (*CORNER, 0)

    each = Townscape(
        SQUARE,
        [thing for thing in standing if not isinstance(thing, Tree)],
        [t for t in standing if isinstance(t, Tree)],
    )
    tile = occluder.write_square(each, each.buildings, ground, Target(store, place))
    for leaf in tile.children:
        (tmp / "leaf.glb").write_bytes(store.get(leaf.content))
        kept.append(triangles_in(store.get(leaf.content)))
    return tile, kept


def test_walls_between_houses_in_a_row_are_left_out(tmp_path):
    row = [made(rectangle(20 + 8 * number, 20, 8, 10), level(9), str(number)) for number in range(4)]
    _, counts = corners(tmp_path, *row)
    apart = sum(len(house.shell.only(Face.LEVEL_ROOF, Face.WALL).triangles) for house in row)
    assert apart == 4 * 10
    assert sum(counts) == apart - 2 * 3 * 2


def test_what_stands_out_above_the_neighbour_stays(tmp_path):
    low = made(rectangle(20, 20, 8, 10), level(6), "low")
    high = made(rectangle(28, 20, 8, 10), level(12), "high")
    _, counts = corners(tmp_path, low, high)
    assert sum(counts) == 20 - 2  # the low house's wall goes, the high one's is seen above it


def test_too_many_triangles_make_the_cheapest_buildings_plain_and_then_drop_trees(tmp_path, monkeypatch):
    houses = [made(rectangle(5 + 12 * number, 5, 8, 12), gable(8), str(number)) for number in range(4)]
    oak = Tree(CORNER[0] + 10, CORNER[1] + 40, GROUND_M, 10.0, 3.0, 3.0)
    _, counts = corners(tmp_path, *houses, oak)
    full = sum(counts)
    monkeypatch.setattr(occluder, "CELL_TRIANGLES", full - 1)
    assert sum(corners(tmp_path, *houses, oak)[1]) < full
    monkeypatch.setattr(occluder, "CELL_TRIANGLES", 41)
    assert sum(corners(tmp_path, *houses, oak)[1]) == 40


def test_ground_hides_too(tmp_path):
    ground = np.array([[[0, 0, 0], [60, 0, 0], [0, 60, 0]]], float) + np.append(CORNER, GROUND_M)
    house = made(rectangle(20, 20, 8, 10), level(9), "a")
    assert sum(corners(tmp_path, house, ground=ground)[1]) == sum(corners(tmp_path, house)[1]) + 1


def test_every_triangle_lies_in_one_cell_of_its_square():
    rng = np.random.default_rng(1)
    triangles = rng.uniform(-5, 270, (500, 1, 3)) + rng.uniform(-3, 3, (500, 3, 3)) + (*CORNER, 0)
    cell = occluder.cells_of(triangles, SQUARE.bounds)
    assert cell.min() >= 0
    assert cell.max() < 16
    middle = triangles[:, :, :2].mean(axis=1) - CORNER
    inside = ((middle > 0) & (middle < 262.144)).all(axis=1)
    assert (cell[inside] == (middle[inside] // 65.536 @ [1, 4])).all()


def test_the_ground_is_nowhere_above_what_lies_around():
    def quay(xy):
        return np.where(xy[:, 0] < CORNER[0] + 100, GROUND_M, 0.0)

    ground = occluder.ground_below(quay, SQUARE.bounds)
    assert len(ground) == 2 * 32 * 32
    assert (ground[:, :, 2] <= quay(ground.reshape(-1, 3)).reshape(-1, 3) + 1e-9).all()
    assert (np.cross(ground[:, 1] - ground[:, 0], ground[:, 2] - ground[:, 0])[:, 2] > 0).all()
    middle = ground.mean(axis=1)
    assert (middle[middle[:, 0] < CORNER[0] + 80, 2] == GROUND_M).all()
