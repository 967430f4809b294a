"""Asking goes on where something is unsure and may be settled, and ends everywhere."""

import numpy as np
import pytest
from box_crowds import drawn, pictures
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.records import Box
from overpaint.review.crowd import Boxing, BoxSkills, certainty_of, fit_boxes, judge_boxes, next_step_boxes
from overpaint.review.crowd._box_model import placed

BOX = Box(100, 100, 220, 220)
SMALL = Box(400, 300, 420, 320)


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(2)
    objects = pictures(120, rng, most=3, sizes=(40, 200))
    people = [drawn(objects, f"w{n}", rng, miss=0.06, small=0.4, false=0.05) for n in range(6)]
    return objects, [one for answers in people for one in answers]


def step(answers, skills, **options):
    rows = [Boxing("i", f"x{n}", boxes) for n, boxes in enumerate(answers)]
    options = {"target": 0.95, "cost": 0.0, "given": len(rows), "limit": 7} | options
    return next_step_boxes(judge_boxes(rows, skills), skills, **options)


@pytest.fixture(scope="module")
def skills(world):
    return fit_boxes(world[1]).skills


def test_one_against_one_is_asked_on_and_four_of_four_is_not(skills):
    split = step([(BOX,), ()], skills)
    assert split.ask and split.reason == "unsure" and split.expected_gain > 0.01
    assert step([(BOX,)] * 4, skills).reason == "sure"
    assert step([(BOX, SMALL), (BOX,)], skills).ask, "a small one that one of two saw"


def test_where_it_ends(skills):
    split = [(BOX,), ()]
    assert step(split, skills, limit=2).reason == "limit"
    assert step(split, skills, budget=0).reason == "budget" and step(split, skills, budget=1).ask
    dear = step(split, skills, cost=1.0)
    assert dear.reason == "not-worth-it" and not dear.ask and dear.expected_gain > 0
    assert step([], skills).ask, "nobody has looked"
    assert not step([], skills, limit=0).ask


@pytest.mark.parametrize("wrong", [{"target": 0}, {"target": 1.1}, {"cost": -1}, {"cost": float("inf")}, {"given": -1}])
def test_what_makes_no_sense(skills, wrong):
    with pytest.raises(UsageError):
        step([()], skills, **wrong)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(st.sampled_from([BOX, SMALL, Box(500, 500, 900, 700)]), unique=True, max_size=3), max_size=6))
def test_a_gain_is_never_negative_and_never_more_than_what_is_wrong(answers):
    skills = BoxSkills()
    rows = [Boxing("i", f"x{n}", tuple(boxes)) for n, boxes in enumerate(answers)]
    told = judge_boxes(rows, skills)
    gain = next_step_boxes(told, skills, target=1.0, cost=0.0, given=len(rows), limit=20).expected_gain
    wrong = sum(min(one.probability, 1 - one.probability) + one.probability * (1 - one.placed) for one in told.boxes)
    assert -1e-9 <= gain <= wrong + told.expected_missed + 1e-9
    assert 0 <= certainty_of(told) <= 1


def test_more_answers_that_agree_make_surer(skills):
    sure = [certainty_of(judge_boxes([Boxing("i", f"x{n}", (BOX,)) for n in range(k)], skills)) for k in range(1, 7)]
    assert sure == sorted(sure)


def test_placed_is_how_often_normal_errors_leave_half_an_overlap():
    rng = np.random.default_rng(0)
    for width, height, spread in ((20, 20, 3.0), (20, 60, 3.0), (100, 40, 6.0), (30, 30, 1.0), (12, 24, 4.0)):
        truth = Box(0, 0, width, height)
        off = rng.normal(0, spread, (4000, 4))
        boxes = [Box(a, b, max(a, width + c), max(b, height + d)) for a, b, c, d in off.tolist()]
        share = np.mean([box.iou(truth) >= 0.5 for box in boxes])
        told = placed(np.array([[0.0, 0.0, width, height]]), np.array([spread]))[0]
        assert told == pytest.approx(share, abs=0.15)


def test_it_pays(world):
    """Stopping asks for far fewer answers and finds nearly the same."""
    objects, answers = world
    rows = {}
    for one in answers:
        rows.setdefault(one.image, []).append(one)
    skills, used, some = fit_boxes(answers).skills, 0, []
    for here in rows.values():
        for asked in range(1, len(here) + 1):
            told = judge_boxes(here[:asked], skills)
            if not next_step_boxes(told, skills, target=0.95, cost=0.0, given=asked, limit=len(here)).ask:
                break
        used += asked
        some += here[:asked]

    def hits(found):
        return sum(
            any(one.box.iou(box) >= 0.5 for one in found[image].accepted())
            for image, boxes in objects.items()
            for box in boxes
        )

    whole = sum(len(boxes) for boxes in objects.values())
    assert used < 0.7 * len(answers)
    assert hits(fit_boxes(some).consensus) > hits(fit_boxes(answers).consensus) - 0.05 * whole
