"""The vertex codec against meshoptimizer's own encoder, which browsers' decoders are made for."""

import meshopt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiles.vertexcodec import encode_vertices

CODEC_VERSION = 0


def by_library(rows: np.ndarray) -> bytes:
    return meshopt.encode_gltf_buffer(rows, "ATTRIBUTES", CODEC_VERSION)


@given(
    st.integers(1, 700),
    st.integers(1, 64),
    st.sampled_from([0, 1, 2, 3, 14, 15, 16, 100, 127, 128, 255]),
    st.integers(0, 2**32 - 1),
)
@settings(deadline=None, max_examples=400)
def test_the_bytes_are_those_of_meshoptimizer_for_steps_of_any_size(
    count: int, words: int, widest: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    # Steps of each byte by itself, of which some bytes stay what they are all along, as glTF's padding does.
    steps = random.integers(-widest, widest + 1, (count, 4 * words)) * (random.random(4 * words) < 0.7)
    rows = (random.integers(0, 256, 4 * words) + steps.cumsum(axis=0)).astype(np.uint8).view(np.uint32)
    assert encode_vertices(rows) == by_library(rows)


@pytest.mark.parametrize("count", [1, 15, 16, 17, 255, 256, 257, 336, 512, 10_000])
def test_the_bytes_are_those_of_meshoptimizer_around_whole_blocks_and_groups(count: int) -> None:
    rows = np.random.default_rng(count).integers(0, 2**32, (count, 6), np.uint32)
    assert encode_vertices(rows) == by_library(rows)
    assert encode_vertices(rows // 7 % 29) == by_library(rows // 7 % 29)


def test_a_row_that_never_changes_costs_next_to_nothing() -> None:
    same = np.full((10_000, 6), 0xDEADBEEF, np.uint32)
    assert encode_vertices(same) == by_library(same)
    assert len(encode_vertices(same)) < len(same) * 6 * 4 / 50
