"""The command `voorland tile model`: what it takes, what it refuses, what it keeps."""

import json

import pytest
from typer.testing import CliRunner

from models.georeference import Pair
from models.model import Reading
from pipeline.byhand import ByHand, ByPairs
from pipeline.cli import app
from pipeline.models_cli import Placing, chosen_of
from pipeline.reading import reading_of
from tests import make
from tiles.errors import BadInput

X, Y = make.DORDRECHT


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (Placing(), None),
        (Placing("104900,425250,2.8", 33.0, "0.001"), ByHand((104_900.0, 425_250.0, 2.8), "EPSG:7415", 33.0, 0.001)),
        (Placing("104900,425250", needs_height=False), ByHand((104_900.0, 425_250.0, 0.0), "EPSG:7415")),
        (
            Placing(pairs=("0,0,0=104900,425250,2.8", "1,2,3=104901,425252,5.8"), scale="auto"),
            ByPairs(
                (Pair((0, 0, 0), (104_900, 425_250, 2.8)), Pair((1, 2, 3), (104_901, 425_252, 5.8))), "EPSG:7415", None
            ),
        ),
    ],
)
def test_what_is_said_is_understood(said, meant):
    assert said.by_hand() == meant


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Placing("104900,425250"), r"is not x,y,NAP; write"),
        (Placing("104900,425250,nan"), r"is not x,y,NAP"),
        (Placing("a,b,c"), r"is not x,y,NAP"),
        (Placing("1,2,3", pairs=("0,0,0=1,2,3",)), r"--at or --pair, not both"),
        (Placing("1,2,3", scale="auto"), r"--scale auto goes with --pair"),
        (Placing("1,2,3", scale="-1"), r"--scale -1 is no scale"),
        (Placing(pairs=("0,0,0",)), r"is not x,y,z=X,Y,NAP"),
        (Placing(pairs=("0,0=1,2,3",)), r"is not x,y,z=X,Y,NAP"),
        (Placing(pairs=("0,0,0=1,2,3",), heading_deg=3.0), r"--heading goes with --at"),
        (Placing(heading_deg=3.0), r"go with --at or --pair"),
    ],
)
def test_what_cannot_be_meant_is_refused(said, why):
    with pytest.raises(BadInput, match=why):
        said.by_hand()


@pytest.mark.parametrize(
    ("units", "metres"),
    [("mm", 0.001), ("Centimetres", 0.01), ("feet", 0.3048), ("inch", 0.0254), ("m", 1.0), ("0.5", 0.5)],
)
def test_units_have_names(units, metres):
    assert reading_of("y", units).unit_m == metres


@pytest.mark.parametrize(("units", "up"), [("ell", None), ("0", None), ("-1", None), (None, "w")])
def test_units_and_axes_that_do_not_exist_are_refused(units, up):
    with pytest.raises(BadInput, match=r"--units .* is no unit|--up w is no axis"):
        reading_of(up, units)


def test_a_place_is_kept_for_the_next_version_and_can_be_left_aside(tmp_path):
    town = make.write_las(tmp_path / "town.laz", make.town())
    box = make.write_obj(tmp_path / "box.obj")

    def run(out, *options):
        return CliRunner().invoke(app, ["tile", "model", str(box), "--out", str(tmp_path / out), *options])

    first = run("first", "--at", f"{X + 25},{Y + 25}", "--heading", "10", "--on-ground", str(town))
    assert "The place is kept in box.obj.voorland.json" in first.output, first.output
    kept = json.loads((tmp_path / "box.obj.voorland.json").read_text())
    assert kept["placement"]["headingDeg"] == 10.0
    make.write_obj(box, size=(12.0, 20.0, 6.0))
    second = run("second")
    assert "As kept in box.obj.voorland.json" in second.output
    x, y, nap = kept["placement"]["at"]
    assert f"Its origin stands at x {x:.3f}, y {y:.3f}, NAP {nap:.3f}." in second.output
    assert chosen_of(box, Placing(), Reading(), remember=True).by_hand.heading_deg == 10.0
    assert chosen_of(box, Placing(), Reading(), remember=False).by_hand is None
    assert chosen_of(box, Placing("1,2,3"), Reading(), remember=True).by_hand.at == (1.0, 2.0, 3.0)
