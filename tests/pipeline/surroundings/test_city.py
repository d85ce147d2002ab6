"""A site of several squares, made block by block in one process or in several."""

from dataclasses import dataclass

import numpy as np
import pytest

from pipeline.pool import Here, workers
from pipeline.report import silent
from pipeline.surroundings import city
from pipeline.surroundings.city import Job
from pipeline.surroundings.cloud import SQUARE_M, Square
from pipeline.surroundings.footprints import Footprint, Footprints
from pipeline.surroundings.looks import Target
from pipeline.surroundings.standing import Standing
from pipeline.surroundings.townscape import Plan
from tests.makehouses import SQUARE, Scattered, classified, flat_ground, gable, rectangle, scatter, tree
from tiles.check import check
from tiles.frame import RD_NAP, east_north_up
from tiles.store import Directory
from tiles.tree import TILESET, About, Tileset

PLACEMENT = east_north_up(51.8, 4.66, 43.0)
PLACES = [(20 + SQUARE_M * column, 30 + SQUARE_M * row) for column in range(3) for row in range(2)]
HOUSES = [rectangle(x, y, 8, 12) for x, y in PLACES]


@dataclass(frozen=True)
class Flat:
    """A plot on level ground."""

    square: Square

    def terrain(self) -> "Flat":
        return self

    heights = staticmethod(flat_ground)


PLOTS = [Flat(Square(SQUARE.column + column, SQUARE.row + row)) for column in range(3) for row in range(2)]


@pytest.fixture(scope="module")
def cloud():
    roofs = [(scatter(house, gable(8)), 6) for house in HOUSES]
    return Scattered(classified(*roofs, *((tree(x + 60, y + 60), 1) for x, y in PLACES)))


def made(folder, cloud, plots, plan, pool):
    place = Standing(RD_NAP, PLACEMENT).place
    built, hiding = Directory(folder / "built"), Directory(folder / "hiding")
    found = city.make_city(plots, plan, Job(cloud, Target(built, place), Target(hiding, place)), pool, silent)
    for store, root in ((built, found.root), (hiding, found.hiding)):
        store.put(TILESET, Tileset(root, PLACEMENT, "REPLACE", About("", "model", "EPSG:7415")).to_json())
    return found


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.*"))}


@pytest.fixture(scope="module")
def plan():
    return Plan(Footprints([Footprint(f"house-{number}", house) for number, house in enumerate(HOUSES)]))


def test_everything_stands_in_the_tilesets_once(cloud, plan, tmp_path):
    found = made(tmp_path, cloud, PLOTS, plan, Here())
    assert (found.buildings, found.trees, found.notes) == (6, 6, ())
    assert found.fit.points == sum(len(scatter(house, gable(8))) for house in HOUSES)
    for kind in ("built", "hiding"):
        assert check(Directory(tmp_path / kind)).faults == ()


def test_neither_processes_nor_the_order_of_squares_show_in_the_bytes(cloud, plan, tmp_path):
    made(tmp_path / "one", cloud, PLOTS, plan, Here())
    with workers(2) as pool:
        made(tmp_path / "two", cloud, PLOTS[::-1], plan, pool)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_what_was_assumed_is_said(cloud, plan, tmp_path):
    new = Footprint("new", rectangle(120, 120, 9, 9))
    empty = Plan(Footprints([*plan.footprints.all, new]))
    assert made(tmp_path / "a", cloud, PLOTS, empty, Here()).notes == (
        "On 1 footprints there are no points of a building, so none was built there.",
    )
    assert made(tmp_path / "b", cloud, PLOTS, Plan(), Here()).notes == (
        "No footprints were given; the outlines of buildings were found in the points.",
    )


def test_a_place_where_nothing_stands_has_no_buildings(plan, tmp_path):
    place = Standing(RD_NAP, PLACEMENT).place
    target = Target(Directory(tmp_path), place)
    nothing = Scattered(classified((np.empty((0, 3)), 2)))
    found = city.make_city(PLOTS[:1], Plan(), Job(nothing, target, target), Here(), silent)
    assert found.root is None
    assert found.hiding is not None, "the ground still hides what is below it"
