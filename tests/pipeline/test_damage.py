"""Whatever bytes a point file holds: it is read, or one sentence says why not, and nothing is left behind."""

import pytest

from tests import damage, make

KINDS = {"las1": 1, "las6": 6, "laz1": 1, "laz6": 6, "laz7": 7}
SEEDS = range(100)


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    cloud = make.town(2_000)
    return {kind: make.write_las(folder / f"{kind}.{kind[:3]}", cloud, form) for kind, form in KINDS.items()}


@pytest.fixture(scope="module")
def known(originals, tmp_path_factory):
    found = damage.outcomes(originals, damage.KNOWN, tmp_path_factory.mktemp("known"))
    return {outcome["case"]: outcome for outcome in found}


def assert_one_sentence_or_tiles(outcome):
    assert outcome["status"] in {0, 2}, outcome
    assert "Traceback" not in outcome["said"], outcome
    assert outcome["said"].count("voorland:") == (outcome["status"] == 2), outcome
    assert outcome["left"] == [], outcome


@pytest.mark.parametrize("case", damage.KNOWN)
def test_what_once_ended_a_reader_is_one_sentence(known, case):
    assert_one_sentence_or_tiles(known[case])
    harmless = {"a date that does not exist", "one chunk of all the world"}
    assert (known[case]["status"] == 0) == (case in harmless), known[case]


def test_bytes_damaged_at_random_give_tiles_or_one_sentence(originals, tmp_path):
    cases = [f"{seed} {kind}" for seed in SEEDS for kind in [list(KINDS)[seed % len(KINDS)]]]
    found = list(damage.outcomes(originals, cases, tmp_path))
    assert [outcome["case"] for outcome in found] == cases
    for outcome in found:
        assert_one_sentence_or_tiles(outcome)
    assert sum(outcome["status"] == 2 for outcome in found) > len(cases) / 3


def test_a_real_copc_file_damaged_at_random_gives_tiles_or_one_sentence(shared_data, tmp_path):
    originals = {"copc": shared_data("ahn/abossenbroek/points.copc.laz")}
    for outcome in damage.outcomes(originals, [f"{seed} copc" for seed in range(40)], tmp_path):
        assert_one_sentence_or_tiles(outcome)
