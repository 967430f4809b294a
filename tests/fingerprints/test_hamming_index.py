"""The index equals looking at all hashes, small and large."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.fingerprints import HammingIndex, _hamming


def turned(hashes: np.ndarray, bits: list[int]) -> bytes:
    """A hash with some bits turned."""
    found = bytearray(hashes.tobytes())
    for bit in bits:
        found[bit // 8] ^= 1 << bit % 8
    return bytes(found)


def by_hand(hashes: np.ndarray, asked: bytes, radius: int) -> list[tuple[int, int]]:
    distances = [(int.from_bytes(row.tobytes()) ^ int.from_bytes(asked)).bit_count() for row in hashes]
    return [(place, distance) for place, distance in enumerate(distances) if distance <= radius]


@pytest.fixture(params=[0, 10**9], ids=["by-parts", "all"])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_hamming, "_FEW", request.param)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("radius", [0, 5, 15, 16, 31])
def test_it_equals_looking_at_all(radius: int) -> None:
    rng = np.random.default_rng(radius)
    hashes = rng.integers(0, 256, (300, 32), dtype=np.uint8)
    hashes[7] = hashes[3]
    index = HammingIndex(hashes)
    for place in (3, 100, 299):
        for differing in (0, 1, radius, radius + 1, radius + 9):
            asked = turned(hashes[place], rng.permutation(256)[:differing].tolist())
            expected = by_hand(hashes, asked, radius)
            assert list(zip(*(each.tolist() for each in index.within(asked, radius=radius)), strict=True)) == expected
            assert index.nearest(asked, radius=radius) == min((d for _, d in expected), default=None)


@given(st.integers(0, 2**32), st.lists(st.integers(0, 255), unique=True, min_size=31, max_size=31))
@settings(max_examples=40, deadline=None)
def test_no_31_bits_hide_a_hash(seed: int, bits: list[int]) -> None:
    hashes = np.random.default_rng(seed).integers(0, 256, (40, 32), dtype=np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_hamming, "_FEW", 0)
        index = HammingIndex(hashes)
    assert 11 in index.within(turned(hashes[11], bits), radius=31)[0]


def test_two_bits_in_every_part_are_too_far_and_not_promised() -> None:
    hashes = np.zeros((1, 32), np.uint8)
    index = HammingIndex(hashes)
    asked = turned(hashes[0], [16 * part + bit for part in range(16) for bit in (0, 1)])
    assert index.nearest(asked, radius=31) is None


def test_an_empty_index() -> None:
    index = HammingIndex(np.empty((0, 32), np.uint8))
    assert len(index) == 0
    assert index.nearest(bytes(32), radius=31) is None


def test_what_the_parts_cannot_promise_is_refused() -> None:
    index = HammingIndex(np.zeros((1, 32), np.uint8))
    for radius, bits in ((32, bytes(32)), (-1, bytes(32)), (31, bytes(16))):
        with pytest.raises(ValueError, match="radius"):
            index.within(bits, radius=radius)
