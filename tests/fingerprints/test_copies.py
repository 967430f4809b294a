"""Near hashes and directions equal looking at all; clusters do not chain; looks know a part of a picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.fingerprints import (
    ALIKE,
    clusters,
    likeness,
    look_of,
    near_directions,
    near_pairs,
    pdq_levelled,
    quantised,
)
from overpaint.fingerprints import _directions as directions
from overpaint.fingerprints import _near as near


def picture(seed: int, height: int = 240, width: int = 320) -> np.ndarray:
    small = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def hashes(seed: int, count: int, *, near_ones: int = 40) -> np.ndarray:
    """Random hashes, some of which are others with a few bits turned, some equal."""
    rng = np.random.default_rng(seed)
    found = rng.integers(0, 256, (count, 32), dtype=np.uint8)
    for _ in range(min(near_ones, count // 2)):
        one, other = rng.integers(0, count, 2)
        turned = np.zeros(256, np.uint8)
        turned[rng.permutation(256)[: rng.integers(0, 40)]] = 1
        found[other] = found[one] ^ np.packbits(turned)
    return found


def by_hand(one: np.ndarray, other: np.ndarray, radius: int) -> dict[tuple[int, int], int]:
    distances = np.bitwise_count(one[:, None] ^ other[None]).sum(axis=2, dtype=int)
    found: dict[tuple[int, int], int] = {}
    for a, b in zip(*np.nonzero(distances <= radius), strict=True):
        if a != b:
            pair = min(a, b), max(a, b)
            found[pair] = min(found.get(pair, 256), int(distances[a, b]))
    return found


def told(pairs: near.NearPairs) -> dict[tuple[int, int], int]:
    assert list(pairs.one) == sorted(pairs.one)
    places = zip(pairs.one.tolist(), pairs.other.tolist(), strict=True)
    return dict(zip(places, pairs.distance.tolist(), strict=True))


@given(st.integers(0, 10_000), st.sampled_from([0, 7, 15, 16, 24, 31]), st.sampled_from([1, 3]))
@settings(max_examples=15, deadline=None)
def test_near_pairs_are_all_there(seed: int, radius: int, threads: int) -> None:
    some = np.unique(hashes(seed, 250), axis=0)
    np.random.default_rng(seed).shuffle(some)
    pairs = near_pairs(some, radius=radius, threads=threads)
    assert told(pairs) == by_hand(some, some, radius)
    assert pairs.cut == 0


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_near_pairs_with_mirrored_ones(seed: int) -> None:
    both = hashes(seed, 400, near_ones=200)
    some, mirrored = both[:200], both[200:]
    assert told(near_pairs(some, mirrored=mirrored)) == by_hand(some, mirrored, 31)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    some = hashes(3, 300)
    expected = told(near_pairs(some))
    monkeypatch.setattr(near, "_BLOCK", 3)
    assert told(near_pairs(some)) == expected


def test_equal_hashes_are_paired_with_the_first() -> None:
    some = hashes(1, 20, near_ones=0)
    some[[4, 9, 15]] = some[2]
    assert told(near_pairs(some)) == {(2, 4): 0, (2, 9): 0, (2, 15): 0}


def test_too_many_of_one_part_cost_a_bounded_time_and_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    some = np.zeros((300, 32), np.uint8)
    some[:, 30:] = np.random.default_rng(2).permutation(1 << 16)[:300].astype(">u2").view(np.uint8).reshape(-1, 2)
    monkeypatch.setattr(near, "_MOST_SHARING", 50)
    pairs = near_pairs(some)
    assert pairs.cut > 0
    order = np.argsort(pairs.distance, kind="stable")
    assert (clusters(300, pairs.one[order], pairs.other[order]).label == 0).all(), "they hang together all the same"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_hashes(count: int) -> None:
    assert len(near_pairs(np.eye(3, 32, dtype=np.uint8)[:count] * 255)) == count // 2
    assert len(near_directions(np.eye(3, 9, dtype=np.int8)[:count])) == 0


def test_a_radius_that_is_not_promised() -> None:
    with pytest.raises(ValueError, match="radius"):
        near_pairs(np.zeros((2, 32), np.uint8), radius=32)


def vectors(seed: int, count: int, size: int = 24) -> np.ndarray:
    """Directions in bunches, as a network's features are, and copies of some a little beside."""
    rng = np.random.default_rng(seed)
    middles = rng.random((max(2, count // 40), size)) ** 3
    found = middles[rng.integers(0, len(middles), count)] + 0.5 * rng.random((count, size)) ** 2
    found[count // 2 : count // 2 + count // 8] = found[: count // 8] + 0.01 * rng.random((count // 8, size))
    return np.stack([quantised(row.astype(np.float32)) for row in found])


def test_directions_equal_looking_at_all() -> None:
    codes = vectors(1, 400)
    rows = codes / np.linalg.norm(codes.astype(float), axis=1, keepdims=True)
    expected = np.argwhere(np.triu(rows @ rows.T >= 0.99, 1))
    found = near_directions(codes, cosine=0.99)
    assert [(int(a), int(b)) for a, b in expected] == list(zip(found.one.tolist(), found.other.tolist(), strict=True))
    assert np.allclose(found.cosine, [rows[a] @ rows[b] for a, b in expected], atol=1e-5)


def test_many_directions_are_shared_out_and_hardly_any_pair_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = vectors(2, 1_500)
    all_pairs = near_directions(codes, cosine=0.985)
    monkeypatch.setattr(directions, "_FEW", 200)
    some = near_directions(codes, cosine=0.985)
    expected = set(zip(all_pairs.one.tolist(), all_pairs.other.tolist(), strict=True))
    found = set(zip(some.one.tolist(), some.other.tolist(), strict=True))
    assert found <= expected
    assert len(found) >= 0.98 * len(expected) > 150


def test_many_equal_directions_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directions, "_FEW", 64)
    found = near_directions(np.ones((500, 16), np.int8))
    assert (clusters(500, found.one, found.other).label == 0).all()
    assert len(found) < 500 * 500 / 4


def test_quantised_directions_stay_what_they_were() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.random((2, 1280)).astype(np.float32) ** 4
    codes = [quantised(each).astype(float) for each in (one, other)]
    before = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    after = codes[0] @ codes[1] / np.linalg.norm(codes[0]) / np.linalg.norm(codes[1])
    assert abs(before - after) < 0.003
    assert not quantised(np.zeros(4, np.float32)).any()


def test_clusters_are_plain_union_find_without_a_guard() -> None:
    found = clusters(7, np.array([5, 1, 2]), np.array([6, 2, 5]))
    assert found.label.tolist() == [0, 1, 1, 3, 4, 1, 1]
    assert found.sizes().tolist() == [4]
    assert found.apart == 0


def test_a_chain_does_not_join_what_is_not_alike() -> None:
    """A row of things, each like the next: no cluster grows beyond what is like its representative."""
    count = 100
    one, other = np.arange(count - 1), np.arange(1, count)

    def alike(a: int, b: int) -> bool:
        return abs(a - b) <= 3

    guarded = clusters(count, one, other, alike=alike)
    assert clusters(count, one, other).sizes().tolist() == [count]
    assert max(guarded.sizes()) <= 4
    assert guarded.apart > 0


@given(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=60))
@settings(deadline=None)
def test_everything_in_a_cluster_hangs_together(pairs: list[tuple[int, int]]) -> None:
    slow = list(range(30))
    for _ in range(30):
        for one, other in pairs:
            slow[one] = slow[other] = min(slow[one], slow[other])
    places = np.array(pairs, np.int64).reshape(-1, 2)
    assert clusters(30, places[:, 0], places[:, 1]).label.tolist() == slow


@pytest.mark.parametrize("seed", range(4))
def test_a_copy_is_alike_and_another_picture_is_not(seed: int) -> None:
    one = picture(seed)
    height, width = one.shape[:2]
    copies = {
        "half": cv2.resize(one, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
        "mirror": one[:, ::-1],
        "crop": one[5 : 5 + round(0.9 * height), 20 : 20 + round(0.9 * width)],
        "one edge": one[:, : round(0.85 * width)],
        "recompressed": cv2.imdecode(cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_COLOR),
    }
    for name, copy in copies.items():
        assert likeness(look_of(one), look_of(copy)) >= ALIKE, name
        assert likeness(look_of(copy), look_of(one), enough=ALIKE) >= ALIKE, name
    assert likeness(look_of(one), look_of(picture(seed + 100))) < 0.7


def test_flat_pictures_are_alike_only_where_equal() -> None:
    grey = look_of(np.full((40, 50, 3), 90, np.uint8))
    assert likeness(grey, grey) == 1.0
    assert likeness(grey, look_of(np.full((40, 50, 3), 120, np.uint8))) == 0.0
    assert likeness(grey, look_of(picture(1))) == 0.0


@pytest.mark.parametrize("size", [(80, 60), (333, 500), (1200, 900), (20, 900), (10, 12)])
def test_levelled_hashes_hardly_know_a_picture_s_size(size: tuple[int, int]) -> None:
    one = picture(7, *size)
    if min(size) >= 60:
        half = cv2.resize(one, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        assert pdq_levelled(one)[0].distance(pdq_levelled(half)[0]) <= 12
    plain, mirrored = pdq_levelled(np.ascontiguousarray(one[:, ::-1]))
    assert plain.distance(pdq_levelled(one)[1]) <= 4
    assert mirrored.distance(pdq_levelled(one)[0]) <= 4
