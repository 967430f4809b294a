"""Figures with images weighed equal those of images put side by side; intervals, and what no draw can tell."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.measures._detection_figures import buckets, figures, interval, paired
from overpaint.measures._detection_match import Matched, cores_of, inside, match, shares_covered
from overpaint.measures._detection_pool import Spread, average_precision, draws, estimate, pooled, spread
from overpaint.records import Box


def image(draw, *, faces=4, found=6):
    """One image of random boxes held against random detections, some of which lie on them."""
    corners = draw.uniform(0, 300, (faces, 2))
    truth = np.concatenate([corners, corners + draw.uniform(15, 140, (faces, 2))], axis=1)
    boxes = truth[draw.integers(0, faces, found)] + draw.normal(0, 6, (found, 4))
    boxes[found // 2 :] += draw.uniform(-200, 200, (found - found // 2, 1))
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 1)
    return match(boxes, draw.random(found), truth, draw.random(faces) < 0.8)


def images(seed, count=12):
    draw = np.random.default_rng(seed)
    return [image(draw, faces=int(draw.integers(1, 6)), found=int(draw.integers(0, 9))) for _ in range(count)]


def slow_ap(chosen):
    """Every threshold in turn, on lists."""
    found = sorted(((s, t) for m in chosen for s, t in zip(m.scores, m.true, strict=True)), key=lambda each: -each[0])
    faces = sum(len(m.caught) for m in chosen)
    if not faces:
        return math.nan
    points = [(sum(t for _, t in found[: i + 1]), i + 1) for i in range(len(found))]
    best = [max((hits / n for hits, n in points if hits >= wanted), default=0.0) for wanted in range(1, faces + 1)]
    return sum(best) / faces


def slow(chosen, threshold):
    caught = [c for m in chosen for c in m.caught]
    above = [t for m in chosen for s, t in zip(m.scores, m.true, strict=True) if s >= threshold]
    return {
        "recall": sum(c >= threshold for c in caught) / len(caught) if caught else math.nan,
        "precision": sum(above) / len(above) if above else math.nan,
        "ap": slow_ap(chosen),
        "false": (len(above) - sum(above)) / len(chosen),
    }


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_weights_are_draws(seed):
    everyone = images(seed)
    chosen = np.random.default_rng(seed + 1).integers(0, len(everyone), len(everyone))
    weights = np.bincount(chosen, minlength=len(everyone))[None].astype(float)
    pool = pooled(everyone)
    fast = {
        "recall": pool.recall(0.4),
        "precision": pool.precision(0.4),
        "ap": pool.ap(),
        "false": pool.false_per_image(0.4),
    }
    wanted = slow([everyone[i] for i in chosen], 0.4)
    for name, of in fast.items():
        assert of(weights)[0] == pytest.approx(wanted[name], nan_ok=True), name


def test_spread_and_interval_are_those_of_drawing_one_after_the_other():
    everyone = images(5)
    draw = np.random.default_rng(0)
    rows = []
    for _ in range(80):
        chosen = [everyone[i] for i in draw.integers(0, len(everyone), len(everyone))]
        rows.append([slow(chosen, 0.5)[name] for name in ("recall", "precision", "ap")])
    low, high = np.nanpercentile(np.array(rows), [2.5, 97.5], axis=0)
    told = interval(everyone, threshold=0.5, rounds=80)
    for at, name in enumerate(("recall", "precision", "ap")):
        assert told[name] == pytest.approx((low[at], high[at]))


def test_blocks_are_no_other_draws():
    one = np.concatenate(list(draws(7, rounds=9, seed=3, wide=1)))
    many = np.concatenate(list(draws(7, rounds=9, seed=3, wide=3_000_000)))
    assert (one == many).all() and one.shape == (9, 7) and (one.sum(axis=1) == 7).all()


def test_parts_of_boxes_and_detections():
    """Two faces, one small; what matched the other is dropped, and so are other false ones if one says so."""
    one = Matched(
        np.array([0.9, 0.8, 0.7]), np.array([True, False, True]), np.array([0.9, 0.7]), np.array([20.0, 90.0]),
        np.array([0, -1, 1]), np.array([20.0, 30.0, 90.0]),
    )  # fmt: skip
    pool = pooled([one, one])
    large = pool.heights >= 64
    whole = np.ones((1, 2))
    assert pool.recall(0.8, large)(whole)[0] == 0 and pool.recall(0.7, large)(whole)[0] == 1
    mine = (pool.whose < 0) | large[np.maximum(pool.whose, 0)]
    assert pool.precision(0.5, mine)(whole)[0] == 0.5
    assert pool.ap(large, mine)(whole)[0] == pytest.approx(0.5)
    assert pool.share(np.array([True, False, True, True]), large)(whole)[0] == 0.5


def test_where_all_agree_the_interval_is_of_as_many_images():
    told = estimate(Spread(1.0, np.ones(50)), 19)
    assert (told.low, told.high) == (pytest.approx(0.025 ** (1 / 19)), 1.0) and "Clopper" in told.method
    assert estimate(Spread(0.0, np.zeros(50)), 19).high == pytest.approx(1 - 0.025 ** (1 / 19))
    assert estimate(Spread(0.5, np.full(50, 0.5)), 1).low is None
    assert estimate(Spread(math.nan, np.full(50, math.nan)), 3).value is None
    assert spread({"x": pooled([]).recall(0.5)}, 0, rounds=3, seed=0)["x"].rounds.size == 0


def test_crowds_swallow_what_lies_in_them_and_never_count():
    crowd = np.array([[0.0, 0, 200, 200], [300, 300, 340, 340]])
    boxes, scores = np.array([[10.0, 10, 60, 60], [190.0, 190, 260, 260]]), np.array([0.9, 0.8])
    told = match(boxes, scores, crowd, np.array([False, True]), crowd=np.array([True, False]))
    assert told.scores.tolist() == [0.8] and told.caught.tolist() == [-1.0]
    assert inside(boxes, crowd)[0].tolist() == [1.0, 0.0]


def test_size_buckets_in_words():
    assert list(buckets()) == ["20 to 31", "32 to 63", "64 to 127", "128 or more"]
    assert buckets()["20 to 31"] == (0, 32) and buckets()["128 or more"] == (128, math.inf)
    assert list(buckets(10))[:2] == ["10 to 19", "20 to 31"] and next(iter(buckets(40))) == "40 to 63"
    assert list(buckets(200)) == ["200 or more"]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_coverage_equals_a_mask(seed):
    draw = np.random.default_rng(seed)
    width, height = 90, 70
    corners = draw.uniform(-20, 80, (6, 2))
    boxes = np.concatenate([corners, corners + draw.uniform(1, 40, (6, 2))], axis=1)
    mask = np.zeros((height, width), bool)
    cores = cores_of(boxes[3:], width=width, height=height)
    for x0, y0, x1, y1 in cores:
        mask[y0:y1, x0:x1] = True
    for box, share in zip(boxes[:3], shares_covered(boxes[:3], cores, width=width, height=height), strict=True):
        x0, y0, x1, y1 = Box(*box.tolist()).clipped(width, height).outward()
        assert share == pytest.approx(mask[y0:y1, x0:x1].mean() if x0 < x1 and y0 < y1 else 1.0)


def test_a_pair_is_drawn_together():
    assert paired(images(3), images(3), rounds=20) == (0.0, 0.0, 0.0)
    assert average_precision(np.zeros(0), np.zeros(0, bool), 2) == 0
    assert math.isnan(figures([], threshold=0.5).recall)
