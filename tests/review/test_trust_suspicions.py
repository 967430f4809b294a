"""A simulated crowd whose faults are known: each is found by its name, and nobody else is."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated import BLIND, CAREFUL, LAZY, SHIFTED, USUAL, Skill, Worker, crowd_of, record_of, scenes, work

from overpaint.errors import UsageError
from overpaint.records import Box
from overpaint.review import Kind, Question, boxes_of
from overpaint.review.crowd import Boxing, fit_boxes
from overpaint.review.trust import KINDS_OF_SUSPICION, Record, suspicion_words, suspicions
from overpaint.review.trust._habits import agreement_of
from overpaint.review.trust._many import Held, discovered
from overpaint.review.trust._marks import marks_of
from overpaint.review.trust._timing import drifting, sittings

SCENES = scenes(90, seed=3)
PROPOSED = scenes(100, seed=4, proposed=0.7)
LATE = 1_800_000_000.0


@pytest.fixture(scope="module")
def honest():
    """11 honest people of different skill, four on each of 90 pictures."""
    return work(crowd_of(11, seed=3, blind=0, lazy=0, shifted=0), SCENES, redundancy=4, seed=3)


@pytest.fixture(scope="module")
def confirming():
    """The same with boxes that the questions show."""
    return work(crowd_of(11, seed=3, blind=0, lazy=0, shifted=0), PROPOSED, redundancy=4, seed=3)


def one_more(skill, name="planted", of=SCENES, count=90, start=LATE, skill_at=None):
    """A worker who answers the first `count` questions in one sitting."""
    clock, records = start, []
    for n, scene in enumerate(of[:count]):
        worker = Worker(name, skill_at(n) if skill_at else skill, seed=1)
        value, seconds = worker.answer(scene.question, scene.truth)
        clock += seconds + 1
        records.append(record_of(scene.question, name, value, clock, seconds))
    return records


def told(records):
    return {(one.worker, one.kind): one for one in suspicions(records)}


# --- honest people


@pytest.mark.parametrize("seed", [11, 12])
def test_honest_people_are_not_suspected(seed):
    asked = scenes(90, seed=seed, proposed=0.5 * (seed % 2))
    assert suspicions(work(crowd_of(16, seed=seed, blind=0, lazy=0, shifted=0), asked, redundancy=4, seed=seed)) == []


def test_one_more_honest_worker_is_not_suspected(honest):
    assert told(honest + one_more(USUAL)) == {}
    assert told(honest + one_more(CAREFUL)) == {}


def test_nobody_and_next_to_nobody():
    assert suspicions([]) == []
    assert suspicions(one_more(BLIND, count=3)) == []
    assert suspicions(one_more(BLIND, count=40)) == [], "nobody to compare with"


# --- careless and dishonest ones


def test_boxes_anywhere_in_no_time(honest):
    found = told(honest + one_more(BLIND))
    assert ("planted", "random") in found and ("planted", "too-fast") in found
    assert {worker for worker, _ in found} == {"planted"}
    assert found["planted", "random"].evidence["agreement"] < 0.05


def test_small_ones_missed(honest):
    found = told(honest + one_more(LAZY))
    assert set(found) == {("planted", "misses-small")}
    evidence = found["planted", "misses-small"].evidence
    assert evidence["small_missed"] > 0.6 > 0.3 > evidence["large_missed"]


def test_boxes_beside_the_thing(honest):
    found = told(honest + one_more(SHIFTED))
    assert {worker for worker, _ in found} == {"planted"}
    assert found["planted", "shifted"].evidence["x"] == pytest.approx(0.4, abs=0.05)


def test_boxes_too_large(honest):
    def grown(record):
        boxes = [
            {"box": [x0 - 0.25 * (x1 - x0), y0 - 0.25 * (y1 - y0), x1 + 0.25 * (x1 - x0), y1 + 0.25 * (y1 - y0)]}
            for x0, y0, x1, y1 in (one["box"] for one in record.value["boxes"])
        ]
        return replace(record, value={"boxes": boxes, "nothing": not boxes})

    found = told(honest + [grown(one) for one in one_more(CAREFUL)])
    assert found["planted", "shifted"].evidence["width"] == pytest.approx(np.log(1.5), abs=0.05)


def pushed(box, share):
    """Moved both ways by that share of the width."""
    return [edge + share * (box[2] - box[0]) for edge in box]


def copy_of(records, name, *, noise=0.0, later=3600.0, share=1.0, seed=0):
    rng = random.Random(seed)
    copied = []
    for one in records:
        if rng.random() < share:
            boxes = [
                {"box": [edge + rng.gauss(0, noise) for edge in box["box"]], "from": box["from"]}
                for box in one.value["boxes"]
            ]
            value = {"boxes": boxes, "nothing": not boxes}
            copied.append(replace(one, worker=name, value=value, at=one.at + later))
    return copied


@pytest.mark.parametrize(("noise", "share"), [(0.0, 1.0), (0.7, 1.0), (0.0, 0.5)])
def test_copied_to_the_pixel_or_nearly(honest, noise, share):
    source = "s-005"
    theirs = [one for one in honest if one.worker == source]
    found = told(honest + copy_of(theirs, "planted", noise=noise, share=share))
    assert [one for one in found if one[1] == "copied"] == [("planted", "copied")]
    assert found["planted", "copied"].other == source and found["planted", "copied"].evidence["later"] == 1.0


def test_whoever_answered_later_has_copied(honest):
    theirs = [one for one in honest if one.worker == "s-005"]
    found = told(honest + copy_of(theirs, "planted", later=-7200.0))
    assert found["s-005", "copied"].other == "planted"


def test_confirming_the_same_shown_boxes_is_not_copying(confirming):
    """All leave most boxes as they are: the same to the pixel, and honest."""
    assert told(confirming) == {}


def test_one_person_with_two_names(honest):
    """Each first on some of the questions, and never both at once."""
    theirs = [one for one in honest if one.worker == "s-005"]
    day = 86_400 * 30.0
    mine = [replace(one, at=one.at + (1 if i % 2 else 3) * day) for i, one in enumerate(theirs)]
    second = copy_of(theirs, "planted", noise=0.5)
    second = [replace(one, at=theirs[i].at + 2 * day) for i, one in enumerate(second)]
    others = [one for one in honest if one.worker != "s-005"]
    found = told(others + mine + second)
    assert [one for one in found if one[1] in {"copied", "two-names"}] in (
        [("planted", "two-names")],
        [("s-005", "two-names")],
    )
    together = [replace(one, at=mine[i].at + (5 if i % 4 < 2 else -5)) for i, one in enumerate(second)]
    kinds = {one.kind for one in suspicions(others + mine + together)} & {"copied", "two-names"}
    assert kinds == {"copied"}, "both at once are two people"


def test_a_copier_does_not_vouch_for_whom_they_copied(honest):
    """Five copies of somebody who draws anywhere are not six people who saw the same."""
    bad = one_more(BLIND, name="bad", start=LATE - 9e6)
    copies = [one for n in range(5) for one in copy_of(bad, f"copy-{n}", later=3600.0 * (n + 1))]
    found = told(honest + bad + copies)
    assert ("bad", "random") in found
    assert {worker for worker, _ in found} == {"bad", *(f"copy-{n}" for n in range(5))}


def test_a_clock_that_lies_does_not_help(honest):
    """The browser says 60 s each time, but the answers come every second."""
    fast = [replace(one, seconds=60.0, at=LATE + n) for n, one in enumerate(one_more(CAREFUL))]
    assert ("planted", "too-fast") in told(honest + fast)
    assert ("planted", "too-fast") not in told(honest + one_more(CAREFUL))


def test_times_that_are_forgotten_say_nothing(honest):
    forgotten = [replace(one, seconds=None, at=LATE + n) for n, one in enumerate(one_more(CAREFUL))]
    assert told(honest + forgotten) == {}


def test_good_work_that_turns_bad(honest):
    found = told(honest + one_more(USUAL, skill_at=lambda n: USUAL if n < 50 else BLIND))
    assert found["planted", "drift"].evidence["at"] == pytest.approx(50, abs=8)
    better = told(honest + one_more(USUAL, skill_at=lambda n: BLIND if n < 30 else USUAL))
    assert ("planted", "drift") not in better, "who learns is not suspected of it"


def test_always_nothing_here(honest):
    nothing = [replace(one, value={"boxes": [], "nothing": True}) for one in one_more(USUAL)]
    found = told(honest + nothing)
    assert ("planted", "same-answer") in found and ("planted", "misses-small") not in found


def test_sending_back_what_is_shown(confirming):
    stamped = [
        replace(one, value={"boxes": [{"box": [b.x0, b.y0, b.x1, b.y1], "from": 0} for b in one.shown]})
        for one in one_more(USUAL, of=PROPOSED, count=100)
    ]
    assert ("planted", "same-answer") in told(confirming + stamped)

    def redrawn(one):
        boxes = [{"box": pushed(box["box"], 0.1), "from": None} for box in one.value["boxes"]]
        return replace(one, value={"boxes": boxes, "nothing": not boxes})

    anew = [redrawn(one) for one in one_more(CAREFUL, of=PROPOSED, count=100)]
    assert ("planted", "same-answer") not in told(confirming + anew), "drawing each anew is no fault"


def test_shown_boxes_that_are_left_alone_do_not_hide_that_the_others_are_beside(confirming):
    def moved(record):
        boxes = [
            one if one["from"] is not None else {"box": pushed(one["box"], 0.4), "from": None}
            for one in record.value["boxes"]
        ]
        return replace(record, value={"boxes": boxes, "nothing": not boxes})

    found = told(confirming + [moved(one) for one in one_more(USUAL, of=PROPOSED, count=100)])
    assert ("planted", "shifted") in found


# --- labels


def choices(seed=0, workers=18, items=120, wrong=0.15):
    """Everybody answers every question; some questions are harder."""
    rng = random.Random(seed)
    records, truth = [], [rng.choice(["yes", "no"]) for _ in range(items)]
    hard = [rng.choice([0.5, 1, 1, 2]) for _ in range(items)]
    for w in range(workers):
        skill, at = wrong * rng.uniform(0.5, 1.6), 1.7e9 + 1e5 * rng.random()
        for i in rng.sample(range(items), items):
            seconds = rng.lognormvariate(1.5, 0.4)
            at += seconds + 1
            flip = rng.random() < skill * hard[i]
            choice = {"yes": "no", "no": "yes"}[truth[i]] if flip else truth[i]
            records.append(Record(f"w{w:02d}", f"q{i}", f"q{i}", Kind.CATEGORY, at, seconds, {"choice": choice}))
    return records


def relabelled(records, name, choose):
    mine = [one for one in records if one.worker == "w00"]
    return [replace(one, worker=name, at=one.at + 9e6, value={"choice": choose(one)}) for one in mine]


def test_labels():
    records = choices(wrong=0.1, workers=14, items=180)
    assert suspicions(records) == []
    rng = random.Random(1)
    blind = told(records + relabelled(records, "planted", lambda one: rng.choice(["yes", "no"])))
    assert set(blind) == {("planted", "random")}
    same = told(records + relabelled(records, "planted", lambda one: "yes"))
    assert ("planted", "same-answer") in same
    theirs = {one.question: one.value["choice"] for one in records if one.worker == "w07"}
    copied = told(records + relabelled(records, "planted", lambda one: theirs[one.question]))
    assert set(copied) == {("planted", "copied")} and copied["planted", "copied"].other == "w07"


def test_many_who_misunderstand_the_same_have_not_copied():
    """A third of the people take every tenth question the wrong way, and are careful otherwise."""
    records = [
        replace(one, value={"choice": "yes"}) if one.worker >= "w12" and int(one.question[1:]) % 10 == 0 else one
        for one in choices(2)
    ]
    assert not [one for one in suspicions(records) if one.kind == "copied"]


# --- the parts


def test_the_order_of_the_records_does_not_matter(honest):
    records = honest + one_more(BLIND)
    shuffled = random.Random(2).sample(records, len(records))
    assert suspicions(records) == suspicions(shuffled)


def test_a_consensus_that_is_given_is_used(honest):
    boxings = [Boxing(one.question, one.worker, boxes_of(one.value)) for one in honest]
    given = fit_boxes(boxings).consensus
    assert suspicions(honest, consensus=given) == suspicions(honest) == []
    assert suspicions(honest + one_more(BLIND), consensus={}) != [], "times need no consensus"


def test_every_suspicion_has_words(honest):
    rng = random.Random(1)
    labels = choices()
    records = honest + one_more(BLIND, name="a") + one_more(LAZY, name="b") + one_more(SHIFTED, name="c")
    theirs = [one for one in honest if one.worker == "s-005"]
    records += copy_of(theirs, "d") + one_more(USUAL, "e", skill_at=lambda n: USUAL if n < 50 else BLIND)
    records += labels + relabelled(labels, "f", lambda one: rng.choice(["yes", "no"]))
    records += relabelled(labels, "g", lambda one: "yes")
    found = suspicions(records)
    assert {one.kind for one in found} >= set(KINDS_OF_SUSPICION) - {"two-names"}
    for one in [*found, replace(found[0], kind="two-names", other="x")]:
        words = suspicion_words(one)
        assert words.endswith((".", ".")) and "{" not in words
        assert not any(bad in words.lower() for bad in ("spam", "cheat", "fraud", "guilty"))


def test_agreement_as_by_hand():
    """The fast arrays against one answer at a time, of people who miss half and see what is not there."""
    poor = [Worker(f"p{i}", Skill(miss=0.5, miss_small=0.5, false=0.5)) for i in range(6)]
    records = sorted(work(poor, SCENES[:25], redundancy=4), key=lambda one: (one.question, one.worker))
    boxings = [Boxing(one.question, one.worker, boxes_of(one.value)) for one in records]
    consensus = fit_boxes(boxings).consensus
    marks = marks_of(records, consensus)
    slow = []
    for one in records:
        others = {o.worker for o in records if o.question == one.question} - {one.worker}
        if len(others) < 2:
            continue
        there = [c.box for c in consensus[one.question].boxes if 2 * len(others & set(c.seen_by)) >= len(others)]
        doubtful = [c.box for c in consensus[one.question].boxes if 0 < 2 * len(others & set(c.seen_by)) < len(others)]
        hits, taken = 0, set()
        for box in boxes_of(one.value):
            best = max(there, key=box.iou, default=None)
            if best is not None and box.iou(best) >= 0.5:
                hits += 1
                taken.add(box)
        rest = [box for box in boxes_of(one.value) if box not in taken]
        rest = [box for box in rest if max((box.iou(d) for d in doubtful), default=0) < 0.3]
        whole = len(there) + len(rest)
        slow.append(hits / whole if whole else np.nan)
    assert agreement_of(marks) == pytest.approx(np.array(slow), nan_ok=True)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0.01, 0.5))
def test_discoveries_are_those_of_benjamini_and_hochberg(values, share):
    tests = [Held(f"w{i}", None, "random", p, matters=i % 3 > 0, evidence={}) for i, p in enumerate(values)]
    ranked = sorted(values)
    most = max((k for k in range(1, len(ranked) + 1) if ranked[k - 1] <= share * k / len(ranked)), default=0)
    expected = [one for one in tests if most and one.p <= ranked[most - 1] and one.matters]
    assert discovered(tests, share=share) == expected


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_noise_seldom_drifts(seed):
    rng = np.random.default_rng(seed)
    values = [(float(i), 0.5, float(x)) for i, x in enumerate(rng.normal(0, 0.3, 80))]
    assert drifting({"w": values})[0].p > 1e-4


def test_sittings_end_with_a_pause():
    question = Question(Kind.CATEGORY, "n1", "a")
    times = [100, 130, 150, 5000, 5030]
    records = [Record("w", f"{i}", "a", question.kind, t, 10, {"choice": "yes"}) for i, t in enumerate(times)]
    assert sittings(records) == {"w": [(90, 150), (4990, 5030)]}


def test_what_is_refused(honest):
    with pytest.raises(UsageError, match="two answers"):
        suspicions([*honest, honest[0]])
    with pytest.raises(UsageError, match="no time"):
        suspicions([*honest, replace(honest[0], worker="x", at=float("nan"))])
    with pytest.raises(UsageError, match="false_share"):
        suspicions(honest, false_share=0)


def test_boxes_on_other_pages_are_other_things(honest):
    moved = [replace(one, page=1) for one in one_more(CAREFUL)]
    assert ("planted", "copied") not in told(honest + moved)
    assert Box(0, 0, 9, 9, 1).iou(Box(0, 0, 9, 9)) == 0
