"""Boxes of one image are put together: each person at most once in a group, whatever the order and however many."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.records import Box
from overpaint.review.crowd._boxing import Boxing, by_image, ordered, size_of
from overpaint.review.crowd._objects import grouped, overlaps

SIDE = st.integers(0, 60)
BOXES = st.builds(
    lambda x, y, w, h, page: Box(x, y, x + w, y + h, page), SIDE, SIDE, SIDE, SIDE, st.sampled_from([0, 0, 0, 1])
)
ANSWERS = st.lists(st.lists(BOXES, max_size=5), min_size=1, max_size=5).map(
    lambda rows: [Boxing("one", f"w{i}", tuple(row)) for i, row in enumerate(rows)]
)


def slow(answers, join=0.4, loose=0.2):
    """Average linkage by looking at all pairs of groups each time."""
    rows = sorted((w, b.page, b.x0, b.y0, b.x1, b.y1) for w, a in enumerate(answers) for b in a.boxes)
    boxes = [(w, Box(x0, y0, x1, y1, page)) for w, page, x0, y0, x1, y1 in rows]
    groups = [[i] for i in range(len(boxes))]
    for least in (join, loose):
        while True:
            best = None
            for a, b in itertools.combinations(range(len(groups)), 2):
                if {boxes[i][0] for i in groups[a]} & {boxes[i][0] for i in groups[b]}:
                    continue
                pairs = [boxes[i][1].iou(boxes[j][1]) for i in groups[a] for j in groups[b]]
                mean = sum(pairs) / len(pairs)
                if mean >= least and (best is None or mean > best[0] + 1e-12):
                    best = (mean, a, b)
            if best is None:
                break
            groups[best[1]] = sorted(groups[best[1]] + groups.pop(best[2]))
    return groups, boxes


def mean_overlap(group):
    pairs = [Box(*a).iou(Box(*b)) for a, b in itertools.combinations(group.corners.tolist(), 2)]
    return sum(pairs) / len(pairs) if pairs else 1.0


@settings(deadline=None)
@given(ANSWERS)
def test_every_box_is_in_one_group_and_everybody_once_in_each(answers):
    found = grouped(answers)
    assert sum(len(group.workers) for group in found) == sum(len(answer.boxes) for answer in answers)
    for group in found:
        assert len(set(group.workers)) == len(group.workers) == len(group.corners)
        for worker, corners in zip(group.workers, group.corners, strict=True):
            assert Box(*corners.tolist(), group.page) in answers[worker].boxes
        assert len(group.workers) == 1 or mean_overlap(group) > 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_as_the_slow_way(seed):
    """Without ties, which real numbers do not have."""
    rng = np.random.default_rng(seed)
    answers = []
    for worker in range(4):
        low = rng.uniform(0, 60, (3, 2))
        high = low + rng.uniform(5, 60, (3, 2))
        answers.append(Boxing("one", f"w{worker}", tuple(Box(*a, *b) for a, b in zip(low, high, strict=True))))
    groups, boxes = slow(answers)
    expected = {frozenset((boxes[i][0], boxes[i][1].x0) for i in group) for group in groups}
    found = {frozenset(zip(group.workers, group.corners[:, 0].tolist(), strict=True)) for group in grouped(answers)}
    assert found == expected


@settings(deadline=None)
@given(ANSWERS, st.randoms())
def test_the_order_of_boxes_says_nothing(answers, random):
    shuffled = [Boxing(a.image, a.worker, tuple(random.sample(a.boxes, len(a.boxes)))) for a in answers]
    told = [[(g.workers, g.corners.tolist(), g.page) for g in grouped(each)] for each in (answers, shuffled)]
    assert told[0] == told[1]


def test_two_objects_of_one_worker_stay_two_and_a_box_left_over_joins():
    one, beside = Box(0, 0, 100, 100), Box(30, 0, 130, 100)
    half = Box(0, 0, 100, 45)
    answers = [Boxing("i", "a", (one, beside)), Boxing("i", "b", (one, beside)), Boxing("i", "c", (half,))]
    assert sorted(group.workers for group in grouped(answers)) == [(0, 1), (0, 1, 2)]
    assert sorted(group.workers for group in grouped(answers, loose=0.6, join=0.6)) == [(0, 1), (0, 1), (2,)]


def test_pages_are_apart():
    answers = [Boxing("i", "a", (Box(0, 0, 9, 9, 0),)), Boxing("i", "b", (Box(0, 0, 9, 9, 1),))]
    assert [group.workers for group in grouped(answers)] == [(0,), (1,)]


def test_many_boxes_of_a_few():
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 50, (500, 2))
    spam = tuple(Box(x, y, x + 100, y + 100) for x, y in low.tolist())
    answers = [Boxing("i", name, spam) for name in "abc"] + [Boxing("i", "d", (Box(20, 20, 120, 120),))]
    found = grouped(answers)
    assert sum(len(group.workers) for group in found) == 1501


def test_overlaps_are_those_of_boxes():
    rng = np.random.default_rng(0)
    corners = np.sort(rng.uniform(0, 9, (30, 2, 2)), axis=1).reshape(30, 4)
    corners[0, 2:] = corners[0, :2]
    boxes = [Box(*row) for row in corners.tolist()]
    assert np.allclose(overlaps(corners, corners), [[a.iou(b) for b in boxes] for a in boxes])


def test_what_is_no_answer():
    box = Box(0, 0, 9, 9)
    with pytest.raises(UsageError, match="two by one worker"):
        ordered([Boxing("i", "a", ()), Boxing("i", "a", (box,))])
    for wrong in (Box(9, 0, 0, 9), Box(0, 0, float("nan"), 9), Box(0, 0, float("inf"), 9)):
        with pytest.raises(UsageError, match="no rectangle"):
            ordered([Boxing("i", "a", (wrong,))])
    with pytest.raises(UsageError, match="at most 2000"):
        ordered([Boxing("i", "a", (box,) * 2001)])
    with pytest.raises(UsageError, match="at most 20000"):
        grouped([Boxing("i", f"w{i:02d}", (box,) * 2000) for i in range(11)])


def test_images_and_sizes():
    answers = ordered([Boxing("b", "x", ()), Boxing("a", "y", ()), Boxing("a", "x", ())])
    assert [[one.worker for one in here] for here in by_image(answers)] == [["x", "y"], ["x"]]
    assert [size_of(side, side) for side in (0, 31.9, 32, 95.9, 96, 1e6)] == [0, 0, 1, 1, 2, 2]
