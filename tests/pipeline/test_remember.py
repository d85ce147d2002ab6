"""What was said of a model, kept beside its file."""

import json

import pytest

from models.georeference import Pair
from models.model import Reading
from pipeline.byhand import ByHand
from pipeline.remember import Remembered, beside, recall, remember
from tiles.errors import BadInput

PLACE = ByHand(
    (104_900.123, 425_250.456, 2.789), "EPSG:7415", 33.25, 1.0, (1.5, 2.5, 0.0), "fitted to 2 pairs of points"
)
PAIRS = (Pair((0.0, 0.0, 0.0), (104_900.0, 425_250.0, 2.8)), Pair((3.0, 5.0, 0.0), (104_903.0, 425_255.0, 2.8)))
ALL = Remembered(PLACE, PAIRS, Reading("y", 0.001))


@pytest.mark.parametrize(
    "kept", [ALL, Remembered(ByHand((1e5, 4e5, 0.0), "EPSG:7415")), Remembered(reading=Reading("z")), Remembered()]
)
def test_what_is_kept_is_recalled(kept, tmp_path):
    file = tmp_path / "plan.ifc"
    remember(file, kept)
    assert recall(file) == kept


def test_the_same_is_kept_in_the_same_bytes(tmp_path):
    first, second = remember(tmp_path / "a.ifc", ALL), remember(tmp_path / "b.ifc", ALL)
    assert first.read_bytes() == second.read_bytes()
    assert json.loads(first.read_text())["placement"]["headingDeg"] == 33.25


def test_nothing_is_recalled_where_nothing_was_kept(tmp_path):
    assert not recall(tmp_path / "plan.ifc")
    assert beside(tmp_path / "plan.ifc").name == "plan.ifc.voorland.json"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"voorland": "placement 9"}',
        '{"voorland": "placement 1", "placement": {"at": [1, 2]}}',
        '{"voorland": "placement 1", "placement": {"at": [1, 2, "x"], "crs": "EPSG:7415"}}',
        '{"voorland": "placement 1", "placement": {"at": [1, 2, NaN], "crs": "EPSG:7415"}}',
        '{"voorland": "placement 1", "placement": {"at": [1, 2, 3], "crs": "EPSG:7415", "scale": 0}}',
        '{"voorland": "placement 1", "placement": [1]}',
        '{"voorland": "placement 1", "reading": {"up": "w"}}',
        '{"voorland": "placement 1", "reading": {"unitM": true}}',
        '{"voorland": "placement 1", "pairs": 3}',
    ],
)
def test_a_file_that_is_no_placement_is_refused_by_name(text, tmp_path):
    beside(tmp_path / "plan.ifc").write_text(text)
    with pytest.raises(BadInput, match=r"plan\.ifc\.voorland\.json is no placement that can be read .* delete it"):
        recall(tmp_path / "plan.ifc")
