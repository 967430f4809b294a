"""What each group of boxes is, against loops over the model's formulas; and what must hold whatever is answered."""

import math
import random as standard

import numpy as np
import pytest
from box_crowds import drawn, pictures
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.records import Box
from overpaint.review.crowd import Boxing, BoxSkills, fit_boxes, judge_boxes, majority_boxes, update_boxes
from overpaint.review.crowd._box_model import FREEDOM, LOOK_ALIKES, TAKEN
from overpaint.review.crowd._box_skills import NODES, SHARES, rates_of
from overpaint.review.crowd._boxing import ordered, size_of
from overpaint.review.crowd._objects import grouped

SIDE = st.integers(0, 300)
BOXES = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), SIDE, SIDE, SIDE, SIDE)
CROWDS = st.lists(
    st.dictionaries(st.sampled_from("abcde"), st.lists(BOXES, max_size=4), min_size=1), min_size=1, max_size=4
).map(lambda rows: [Boxing(f"i{n}", w, tuple(boxes)) for n, row in enumerate(rows) for w, boxes in row.items()])


def slow_judge(answers, skills):
    """Probabilities of one image's groups, box by box and difficulty by difficulty."""
    answers = ordered(answers)
    rates = rates_of(skills, [answer.worker for answer in answers])
    mean = sum(skills.crowd.objects)
    groups = grouped(answers)
    factor, found = 1.0, []
    for _ in range(2):
        found = []
        for group in groups:
            middle = np.median(group.corners, axis=0)
            size = size_of(middle[2] - middle[0], middle[3] - middle[1])
            real = 0.0
            for node, share in zip(NODES, SHARES, strict=True):
                chance = share
                for w in range(len(answers)):
                    miss = 1 / (1 + math.exp(-(rates.miss[w, size] + node)))
                    chance *= 1 - miss if w in group.workers else miss
                real += chance
            real *= skills.crowd.objects[size] * factor
            alike = LOOK_ALIKES * mean * factor / 3
            for w in range(len(answers)):
                alike *= TAKEN if w in group.workers else 1 - TAKEN
            alone = rates.false[group.workers[0], size] if len(group.workers) == 1 else 0.0
            found.append(real / (real + alike + alone))
        sure = sum(p for p, group in zip(found, groups, strict=True) if len(group.workers) > 1)
        factor = (skills.crowd.evenness + sure) / (skills.crowd.evenness + mean)
    return groups, found


def slow_place(answers, group, skills):
    rates = rates_of(skills, [answers[w].worker for w in group.workers])
    trust, scale, where = [1.0] * len(group.workers), 0.0, None
    for _ in range(4):
        where = []
        for edge in range(4):
            top = bottom = 0.0
            for k in range(len(group.workers)):
                weight = trust[k] / rates.jitter[k] ** 2
                top += weight * (group.corners[k, edge] - rates.shift[k, edge] * scale)
                bottom += weight
            where.append(top / bottom)
        where[2], where[3] = max(where[2], where[0]), max(where[3], where[1])
        before, scale = scale, math.sqrt((where[2] - where[0]) * (where[3] - where[1]) + skills.crowd.floor**2)
        for k in range(len(group.workers)):
            straight = group.corners[k] - rates.shift[k] * before
            off = sum((straight[e] - where[e]) ** 2 for e in range(4)) / scale**2 / rates.jitter[k] ** 2
            trust[k] = (FREEDOM + 4) / (FREEDOM + off)
    return where


@pytest.fixture(scope="module")
def crowd():
    rng = np.random.default_rng(4)
    objects = pictures(60, rng)
    answers = []
    for number in range(6):
        answers += drawn(objects, f"w{number}", rng, miss=0.05 + 0.05 * number, jitter=0.03 + 0.01 * number)
    return objects, answers, fit_boxes(answers)


def test_the_model_is_its_formulas(crowd):
    objects, answers, fit = crowd
    for image in list(objects)[:20]:
        here = ordered([one for one in answers if one.image == image])
        groups, expected = slow_judge(here, fit.skills)
        told = {tuple(sorted(one.seen_by)): one for one in fit.consensus[image].boxes}
        assert sorted(one.probability for one in fit.consensus[image].boxes) == pytest.approx(
            sorted(expected), abs=1e-6
        )
        for group in groups:
            one = told[tuple(here[w].worker for w in group.workers)]
            if len({tuple(g.workers) for g in groups}) == len(groups):
                box = one.box
                assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx(slow_place(here, group, fit.skills), abs=1e-6)


def test_one_image_judged_is_the_batch_at_the_same_skills(crowd):
    objects, answers, fit = crowd
    for image in objects:
        told, batch = judge_boxes([one for one in answers if one.image == image], fit.skills), fit.consensus[image]
        assert told.complete == pytest.approx(batch.complete, abs=1e-12)
        for one, other in zip(told.boxes, batch.boxes, strict=True):
            assert one.probability == pytest.approx(other.probability, abs=1e-12)
            assert (one.seen_by, one.given) == (other.seen_by, other.given)
            assert one.box.x0 == pytest.approx(other.box.x0, abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(CROWDS)
def test_whatever_is_answered_probabilities_are_some(answers):
    fit = fit_boxes(answers, most=20)
    for image, told in fit.consensus.items():
        assert 0 <= told.complete <= 1 and told.expected_missed >= 0
        drawn_here = sum(len(one.boxes) for one in answers if one.image == image)
        assert sum(len(one.seen_by) for one in told.boxes) == drawn_here
        for one in told.boxes:
            assert 0 <= one.probability <= 1 and 0 <= one.placed <= 1 and 0 <= one.spread < math.inf
            assert one.box.x0 <= one.box.x1 and one.box.y0 <= one.box.y1 and math.isfinite(one.box.area)
    for worker in fit.skills.workers:
        skill = fit.skills.of(worker)
        assert all(0 < miss < 1 for miss in skill.miss) and skill.false_per_image > 0 and min(skill.jitter) > 0


@settings(deadline=None, max_examples=30)
@given(CROWDS, st.integers(0, 2**32 - 1))
def test_the_order_of_answers_and_the_names_of_workers_say_nothing(answers, seed):
    shuffled = answers.copy()
    standard.Random(seed).shuffle(shuffled)
    one, other = fit_boxes(answers, most=5), fit_boxes(shuffled, most=5)
    assert one.consensus == other.consensus and one.skills == other.skills


@settings(deadline=None, max_examples=60)
@given(BOXES.filter(lambda box: box.area > 0), st.integers(1, 5), st.integers(0, 5))
def test_one_more_who_saw_it_never_lowers_it(box, saw, missed):
    skills = BoxSkills()

    def told(count):
        rows = [Boxing("i", f"s{n}", (box,)) for n in range(count)] + [Boxing("i", f"m{n}", ()) for n in range(missed)]
        return judge_boxes(rows, skills).boxes[0].probability

    assert told(saw + 1) >= told(saw) - 1e-12


def test_nobody_one_and_nothing():
    assert fit_boxes([]).consensus == {}
    assert judge_boxes([], BoxSkills()).boxes == ()
    alone = fit_boxes([Boxing("i", "a", (Box(0, 0, 50, 50),))]).consensus["i"]
    assert len(alone.boxes) == 1 and alone.boxes[0].seen_by == ("a",) and alone.boxes[0].given == 1
    empty = fit_boxes([Boxing("i", "a", ()), Boxing("i", "b", ())]).consensus["i"]
    assert empty.boxes == () and empty.complete < 1 and empty.expected_missed > empty.beyond > 0
    with pytest.raises(UsageError, match="several images"):
        judge_boxes([Boxing("i", "a", ()), Boxing("j", "a", ())], BoxSkills())


def test_five_hundred_boxes_of_one_spammer_are_nothing():
    rng = np.random.default_rng(1)
    objects = pictures(8, rng)
    answers = [one for name in "abcd" for one in drawn(objects, name, rng)]
    low = rng.uniform(0, 900, (8, 500, 2))
    for image, corners in zip(objects, low.tolist(), strict=True):
        answers.append(Boxing(image, "spam", tuple(Box(x, y, x + 60, y + 60) for x, y in corners)))
    fit = fit_boxes(answers)
    wrong = [b for c in fit.consensus.values() for b in c.accepted() if b.seen_by == ("spam",)]
    assert wrong == [] and fit.skills.of("spam").false_per_image > 100


def test_the_same_box_twice_by_one_worker_is_one_object_and_a_false_box():
    box = Box(100, 100, 200, 200)
    answers = [Boxing("i", name, (box,)) for name in "abc"] + [Boxing("i", "d", (box, box))]
    told = judge_boxes(answers, BoxSkills())
    assert [len(one.seen_by) for one in told.boxes] == [4, 1] and len(told.accepted()) == 1


def test_a_box_that_the_picture_cuts_off_is_not_moved():
    skills = BoxSkills()
    rng = np.random.default_rng(0)
    objects = pictures(80, rng)
    answers = [one for name in "abc" for one in drawn(objects, name, rng)]
    answers += drawn(objects, "loose", rng, shift=(-0.1, -0.1, 0.1, 0.1))
    skills = fit_boxes(answers).skills
    free, cut = Box(100, 100, 190, 190), Box(0, 100, 90, 190)
    moved = judge_boxes([Boxing("i", "loose", (free,))], skills).boxes[0].box
    held = judge_boxes([Boxing("i", "loose", (cut,))], skills).boxes[0].box
    assert moved.x0 > 105 and held.x0 == 0 and held.x1 < 85


def test_majority_is_more_than_half_and_the_mean():
    box, near = Box(0, 0, 100, 100), Box(10, 0, 110, 100)
    rows = [Boxing("i", "a", (box,)), Boxing("i", "b", (near,)), Boxing("i", "c", ()), Boxing("j", "a", (box,))]
    told = majority_boxes([*rows, Boxing("j", "b", ())])
    assert [(one.box, one.probability) for one in told["i"].boxes] == [(Box(5, 0, 105, 100), 2 / 3)]
    assert told["j"].boxes == () and told["j"].complete == 0.0
    assert majority_boxes([Boxing("i", "a", (Box(60, 0, 160, 100),)), *rows[1:3]])["i"].boxes == ()


def test_what_a_detector_proposes_is_believed_until_people_answer():
    skills, box = BoxSkills(), Box(100, 100, 200, 200)

    def told(sure, *answers):
        rows = [Boxing("i", f"w{n}", boxes) for n, boxes in enumerate(answers)]
        return judge_boxes(rows, skills, proposals=[(box, sure)]).boxes[0]

    assert told(0.9, ()).probability < 0.5, "somebody took it away"
    assert told(0.9, (box,)).probability > 0.97 and told(0.2, (box,)).probability < told(0.9, (box,)).probability
    assert told(0.9, (), ()).box == box and told(0.9, ()).seen_by == ()
    assert told(0.9, (box,), ()).probability > told(0.5, (box,), ()).probability
    with pytest.raises(UsageError, match="probability"):
        told(1.5, ())


def test_a_detector_may_answer_as_one_worker_more():
    rng = np.random.default_rng(5)
    objects = pictures(80, rng)
    answers = [one for name in "ab" for one in drawn(objects, name, rng)]
    answers += drawn(objects, "detector:yunet", rng, miss=0.02, small=0.7, false=0.5)
    skill = fit_boxes(answers).skills.of("detector:yunet")
    assert skill.false_per_image > 0.25 and skill.miss[0] > 0.4 and skill.miss[2] < 0.15


def test_known_objects_teach_what_answers_cannot():
    rng = np.random.default_rng(6)
    objects = pictures(60, rng)
    answers = [
        one for name in "abc" for one in drawn(objects, name, rng, miss=0.02, small=0.98, shift=(0.1, 0, 0.1, 0))
    ]
    blind, told = fit_boxes(answers).skills, fit_boxes(answers, truth=objects).skills
    assert told.of("a").miss[0] > max(0.7, blind.of("a").miss[0])
    assert abs(blind.of("a").shift[0]) < 0.03 < 0.07 < told.of("a").shift[0], (
        "all are off the same way: only truth tells"
    )
    assert told.crowd.beyond > 0.1 > blind.crowd.beyond


def test_skills_carried_on_are_those_of_a_batch():
    rng = np.random.default_rng(7)
    objects = pictures(120, rng)
    answers = [one for number in range(4) for one in drawn(objects, f"w{number}", rng, miss=0.1 * number + 0.03)]
    batch, skills = fit_boxes(answers).skills, BoxSkills(fit_boxes(answers[:1]).skills.crowd)
    skills = BoxSkills(batch.crowd)
    for image in objects:
        skills = update_boxes([one for one in answers if one.image == image], skills)
    for number in range(4):
        one, other = skills.of(f"w{number}"), batch.of(f"w{number}")
        assert one.answers == other.answers == 120
        assert one.miss == pytest.approx(other.miss, abs=0.04) and one.jitter[1] == pytest.approx(
            other.jitter[1], rel=0.2
        )
    known = update_boxes(answers[:1], BoxSkills(), truth=[Box(0, 0, 9, 9)]).tallies["w0"]
    assert known.missed[0] == pytest.approx(1.0) and known.false == len(answers[0].boxes)
    assert update_boxes([], skills) is skills
    with pytest.raises(UsageError, match="several images"):
        update_boxes(answers, skills)


def test_a_newcomer_is_the_crowd(crowd):
    fit = crowd[2]
    new, old = fit.skills.of("somebody new"), fit.skills.of("w5")
    assert new.answers == 0 and old.answers == 60
    assert all(a > b for a, b in zip(new.miss_sd, old.miss_sd, strict=True)) and new.shift == (0, 0, 0, 0)
    assert new.jitter[0] / new.jitter[1] == pytest.approx(math.hypot(1, 32 / 24) / math.hypot(1, 32 / 96))
