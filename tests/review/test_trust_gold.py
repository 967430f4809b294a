"""Answers against keys: box by box, small ones by themselves, and every other kind of question."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.records import Box
from overpaint.review import FLAGS, MOST_BOXES, Kind, Proposal, Question, checked
from overpaint.review.trust import (
    feedback_words,
    key_checked,
    score,
    score_boxes,
    score_choice,
    score_flags,
    score_rating,
    small_side,
)
from overpaint.review.trust._assign import assign, overlaps
from overpaint.review.trust._gold import iou_needed, pairs_of


def best_by_trying(worth):
    """The highest sum of all ways to pair rows and columns: the slow reference."""
    table = worth if worth.shape[0] <= worth.shape[1] else worth.T
    rows, columns = table.shape
    ways = itertools.permutations(range(columns), rows)
    return max((sum(table[i, way[i]] for i in range(rows)) for way in ways), default=0.0)


@settings(deadline=None)
@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 2**32 - 1))
def test_the_assignment_is_the_best_there_is(rows, columns, seed):
    random = np.random.default_rng(seed)
    worth = np.round(random.random((rows, columns)), 1) * (random.random((rows, columns)) < 0.6)
    pairs = assign(worth)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert all(worth[i, j] > 0 for i, j in pairs)
    assert sum(worth[i, j] for i, j in pairs) == pytest.approx(best_by_trying(worth))


def test_greedy_matching_would_lose_a_pair():
    worth = np.array([[0.9, 0.8], [0.8, 0.0]])
    assert assign(worth) == [(0, 1), (1, 0)]


def test_two_that_are_near_count_more_than_one_that_is_exact():
    """Tiny boxes: the second answer is nearer to nothing else, so the first is given to the other thing."""
    gold = [Box(0, 0, 8, 8), Box(4, 0, 12, 8)]
    assert score_boxes(gold, [Box(4, 0, 12, 8), Box(8, 0, 16, 8)]).found == 2


def corners(limit=400):
    def box(x, y, w, h):
        return Box(x, y, x + w, y + h)

    return st.builds(box, *[st.integers(0, limit)] * 2, *[st.integers(2, 150)] * 2)


@settings(deadline=None)
@given(st.lists(corners(), max_size=6), st.lists(corners(), max_size=6))
def test_overlaps_are_those_of_boxes(a, b):
    arrays = [np.array([(x.x0, x.y0, x.x1, x.y1) for x in some], float).reshape(-1, 4) for some in (a, b)]
    assert overlaps(*arrays) == pytest.approx(np.array([[x.iou(y) for y in b] for x in a]).reshape(len(a), len(b)))


@settings(deadline=None)
@given(st.lists(corners(), max_size=5), st.lists(corners(), max_size=5))
def test_as_many_pairs_as_can_be_each_once(gold, answer):
    pairs = pairs_of(gold, answer)
    allowed = np.array([[g.iou(a) >= iou_needed(g) for a in answer] for g in gold], float).reshape(
        len(gold), len(answer)
    )
    assert len(pairs) == best_by_trying(allowed)
    assert all(gold[i].iou(answer[j]) == pytest.approx(v) and v >= iou_needed(gold[i]) for i, j, v in pairs)


# --- boxes


@settings(deadline=None)
@given(st.integers(120, 1000), st.integers(10, 24), st.integers(0, 3))
@example(200, 20, 0)
def test_a_missed_small_face_beside_a_large_one_fails_where_one_mask_would_pass(large, small, shake):
    """The union of boxes as one mask: the large face alone covers nearly all of it."""
    gold = [Box(0, 0, large, large), Box(large + 50, 10, large + 50 + small, 10 + small)]
    answer = [Box(shake, 0, large + shake, large)]
    area = gold[0].area + gold[1].area
    shared = gold[0].intersection(answer[0])
    assert shared / (area + answer[0].area - shared) > 0.85, "the mask check sees nothing amiss"
    found = score_boxes(gold, answer, small=32)
    assert not found.passed
    assert (found.found, found.of, found.small_found, found.small_of) == (1, 2, 0, 1)


@settings(deadline=None)
@given(st.lists(corners(), max_size=6, unique_by=lambda b: (b.x0 // 200, b.y0 // 200)), st.floats(8, 64))
def test_the_key_itself_passes_and_an_empty_answer_only_an_empty_key(gold, small):
    found = score_boxes(gold, gold, small=small)
    assert found.passed and found.found == found.of == len(gold) and found.extra == 0
    assert found.mean_iou == pytest.approx(1.0)
    nothing = score_boxes(gold, [], small=small)
    assert nothing.passed == (not gold) and nothing.mean_iou == (not gold)


@settings(deadline=None)
@given(st.lists(corners(), min_size=1, max_size=4), st.lists(corners(), max_size=4))
def test_a_box_where_nothing_is_never_helps(gold, answer):
    before = score_boxes(gold, answer)
    after = score_boxes(gold, [*answer, Box(5000, 5000, 5040, 5040)])
    assert after.extra == before.extra + 1 and after.found == before.found
    assert before.passed or not after.passed


def test_one_box_over_two_faces_finds_one_at_most():
    gold = [Box(0, 0, 100, 100), Box(100, 0, 200, 100)]
    found = score_boxes(gold, [Box(0, 0, 200, 100)])
    assert found.found == 1 and not found.passed


def test_two_boxes_on_one_face_are_one_too_many():
    found = score_boxes([Box(0, 0, 100, 100)], [Box(0, 0, 100, 100), Box(2, 0, 102, 100)])
    assert (found.found, found.extra, found.passed) == (1, 1, False)


def test_crowds_are_judged_with_some_leniency_but_small_ones_apart():
    large = [Box(100 * i, 0, 100 * i + 60, 60) for i in range(10)]
    small = [Box(100 * i, 300, 100 * i + 20, 320) for i in range(5)]
    assert score_boxes(large, large[:8]).passed
    assert not score_boxes(large, large[:7]).passed
    assert not score_boxes([*large, *small], [*large, *small[:3]]).passed, "13 of 15, but 3 of 5 small ones"
    assert score_boxes([*large, *small], [*large, *small[:4]]).passed


def test_a_region_to_ignore_counts_neither_way():
    gold, crowd = [Box(0, 0, 50, 50)], Box(200, 0, 400, 100)
    in_crowd = [Box(210 + 30 * i, 10, 230 + 30 * i, 40) for i in range(4)]
    assert score_boxes(gold, [*gold, *in_crowd], ignore=[crowd]).passed
    assert score_boxes(gold, gold, ignore=[crowd]).passed
    assert not score_boxes(gold, [*gold, *in_crowd]).passed
    assert score_boxes([], [Box(390, 0, 430, 100)], ignore=[crowd]).extra == 1, "most of it lies outside"


def test_a_tremor_of_three_pixels_is_no_mistake_on_a_small_box_and_makes_no_difference_on_a_large_one():
    small = Box(100, 100, 112, 112)
    off = Box(103, 103, 115, 115)
    assert small.iou(off) < 0.5
    assert score_boxes([small], [off]).found == 1
    assert score_boxes([small], [Box(108, 108, 120, 120)]).found == 0
    assert iou_needed(Box(0, 0, 200, 200)) == 0.5
    assert iou_needed(Box(0, 0, 4, 4)) == pytest.approx(0.2), "never less, or any neighbour would do"
    assert iou_needed(Box(0, 0, 4, 4), iou=0.1) == pytest.approx(0.1)


@settings(deadline=None)
@given(st.floats(3, 300), st.floats(3, 300))
def test_needed_overlap_grows_with_the_box(w, h):
    assert 0.2 <= iou_needed(Box(0, 0, w, h)) <= iou_needed(Box(0, 0, 1.1 * w, 1.1 * h)) <= 0.5


def test_boxes_of_another_page_are_not_the_same():
    assert score_boxes([Box(0, 0, 50, 50, 1)], [Box(0, 0, 50, 50)]).found == 0


# --- other kinds


def test_choices():
    assert score_choice("yes", "yes").passed
    assert not score_choice("yes", "no").passed


@settings(deadline=None)
@given(*[st.sets(st.sampled_from(FLAGS))] * 3)
def test_flags(flags, either, answer):
    found = score_flags(flags, answer, either=either - flags)
    assert found.passed == (flags <= answer <= flags | either)
    assert found.extra == len(answer - flags - either)


def test_ratings():
    assert score_rating(["offensive", "sensitive"], (1, 2), {"safety": "sensitive", "imageability": 2}).passed
    assert not score_rating(["offensive"], (1, 2), {"safety": "sensitive", "imageability": 2}).passed
    assert score_rating(["offensive"], (1, 2), {"safety": "offensive", "imageability": 3}).found == 1


# --- by question


def question(kind=Kind.BOXES, thing="face", **more):
    return Question(kind, thing, "a.jpg", 500, 400, **more)


def test_an_answer_as_it_is_kept_is_held_against_a_key():
    asked = question(boxes=(Proposal(Box(10, 10, 30, 30), 0.9, 4),))
    value = checked(asked, {"boxes": [{"box": [11, 10, 31, 30], "from": 4}], "nothing": False})
    key = {"boxes": [[10, 10, 30, 30]], "ignore": [[200, 200, 300, 300]]}
    found = score(asked, key, value)
    assert found.passed and found.small_of == 0, "20 pixels of 500 are just not small"
    assert score(asked, {"boxes": [[10, 10, 29, 29]]}, value).small_found == 1
    rated = Question(Kind.RATE_LABEL, "n1", width=0, height=0)
    assert score(rated, {"safety": ["safe"]}, {"safety": "safe", "imageability": 5}).passed
    assert score(question(Kind.FLAGS), {"flags": ["violent"]}, {"flags": ["violent"], "nothing": False}).passed
    assert score(question(Kind.AUDIT), {"choice": "no"}, {"choice": "no"}).passed


def test_pages_of_a_file_are_compared_with_each_other():
    asked = question(page=3)
    value = checked(asked, {"boxes": [{"box": [10, 10, 90, 90], "from": None}], "nothing": False})
    assert score(asked, {"boxes": [[10, 10, 90, 90]]}, value).passed


def test_small_is_what_looks_small():
    assert small_side(question()) == 20
    assert small_side(Question(Kind.BOXES, "face", "a.jpg", 4000, 3000)) == 160
    assert small_side(question(crop=Box(0, 0, 100, 100))) == 12


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (Kind.BOXES, {}),
        (Kind.BOXES, {"boxes": [[1, 2, 3]]}),
        (Kind.BOXES, {"boxes": [[5, 5, 5, 9]]}),
        (Kind.BOXES, {"boxes": [[0, 0, float("nan"), 9]]}),
        (Kind.BOXES, {"boxes": [[0, 0, 1, 1]] * (MOST_BOXES + 1)}),
        (Kind.BOXES, {"boxes": [], "ignore": "all"}),
        (Kind.FLAGS, {"flags": ["rude"]}),
        (Kind.FLAGS, {"either": []}),
        (Kind.RATE_LABEL, {"safety": []}),
        (Kind.RATE_LABEL, {"safety": ["safe"], "imageability": [4, 2]}),
        (Kind.RATE_LABEL, {"safety": ["safe"], "imageability": [True, 2]}),
        (Kind.TIGHT, {"choice": "perhaps"}),
    ],
)
def test_what_is_no_key_is_refused(kind, key):
    with pytest.raises(UsageError):
        key_checked(question(kind), key)


# --- words


def told(asked, key, value):
    return feedback_words(asked, key, score(asked, key, value))


def boxes(*some):
    return {"boxes": [{"box": list(one), "from": None} for one in some], "nothing": not some}


def test_words_for_boxes_say_how_many_were_missed_and_that_they_are_small():
    key = {"boxes": [[0, 0, 200, 200], [300, 10, 315, 25]]}
    assert told(question(), key, boxes((0, 0, 200, 200))) == "You found 1 of 2 faces. 1 that is small was missed."
    assert told(question(), key, boxes((0, 0, 200, 200), (300, 10, 315, 25))) == "You found all 2 faces."
    assert told(question(), key, boxes()).startswith("You found 0 of 2 faces.")
    assert told(question(), {"boxes": []}, boxes()) == "Right: there is no face here."
    assert told(question(), {"boxes": []}, boxes((1, 1, 9, 9))) == "1 box is where there is not any."
    one = {"boxes": [[0, 0, 90, 90]]}
    assert told(question(), one, boxes((0, 0, 90, 90), (200, 200, 290, 290))) == (
        "You found it. 1 box is where there is not one that counts."
    )
    assert told(question(), one, boxes()) == "You missed it."


def test_words_for_the_other_kinds():
    flags = question(Kind.FLAGS)
    assert told(flags, {"flags": ["violent"], "either": ["other"]}, {"flags": []}) == (
        "This picture shows violent. Whether it shows other is open."
    )
    rated = Question(Kind.RATE_LABEL, "n1")
    words = told(rated, {"safety": ["offensive", "sensitive"]}, {"safety": "safe", "imageability": 1})
    assert words == "Here we take offensive or sensitive, and 1 to 5 for how easily it calls up a picture."
    for kind in (Kind.TIGHT, Kind.MISSED, Kind.CATEGORY, Kind.AUDIT):
        for right, wrong in (("yes", "no"), ("no", "yes")):
            assert told(question(kind), {"choice": right}, {"choice": right}) == "Right."
            assert told(question(kind), {"choice": right}, {"choice": wrong}).startswith(f"Here it is {right}")
