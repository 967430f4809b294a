"""Strata of an audit: every image is in one, none is tiny, and nobody's class is named."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import RunError
from overpaint.jobs._measure_residual_draw import draw_new, drawn_of
from overpaint.jobs._measure_residual_frame import Frame
from overpaint.jobs._measure_residual_strata import Features, stratify
from overpaint.rundir import Run


def features(rows):
    found, doubts, smallest, group = zip(*rows, strict=True)
    return Features(np.array(found), np.array(doubts), np.array(smallest, np.float64), np.array(group))


def made(count, seed=0):
    draw = np.random.default_rng(seed)
    found = draw.poisson(1.5, count)
    smallest = np.where(found > 0, draw.uniform(8, 90, count), math.inf)
    return Features(found, draw.exponential(0.5, count), smallest, draw.integers(-1, 5, count))


IMAGE = st.tuples(
    st.integers(0, 40), st.floats(0, 30), st.one_of(st.just(math.inf), st.floats(1, 500)), st.integers(-1, 4)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(IMAGE, min_size=1, max_size=80), st.integers(1, 40), st.integers(1, 10))
def test_every_image_is_in_one_stratum_and_none_is_tiny(rows, images, most):
    strata = stratify(features(rows), images=images, most=most)
    guesses = features(rows).guesses()
    assert len(strata.names) == len(rows)
    assert set(strata.names) == set(strata.expected)
    assert len(strata.expected) <= most
    for name, expected in strata.expected.items():
        members = [at for at, each in enumerate(strata.names) if each == name]
        assert len(members) >= min(4, len(rows))
        assert expected == pytest.approx(np.mean(guesses[members]), abs=1e-6)
    assert len(strata.certain) <= images // 20
    assert all(0 <= at < len(rows) for at in strata.certain)


@settings(max_examples=20, deadline=None)
@given(st.lists(IMAGE, min_size=1, max_size=60), st.integers(0, 9))
def test_neither_the_order_of_images_nor_the_numbers_of_classes_matter(rows, seed):
    order = np.random.default_rng(seed).permutation(len(rows))
    other = [(*rows[at][:3], {-1: -1, 0: 3, 1: 2, 2: 1, 3: 4, 4: 0}[rows[at][3]]) for at in order]
    one, two = stratify(features(rows), images=20), stratify(features(other), images=20)
    assert [one.names[at] for at in order] == list(two.names)


def test_words_say_what_was_found_and_never_whose_class_it_is():
    many = [(1, 0.0, 60.0, 0)] * 6 + [(0, 0.0, math.inf, 0)] * 6
    few = [(0, 0.0, math.inf, 1)] * 12
    crowds = [(20, 9.0, 12.0, 2)] * 5
    names = stratify(features(many + few + crowds), images=20).names
    assert names[8] == "nothing found, hardly a doubt, class with many"
    assert names[14] == "nothing found, hardly a doubt, class with few"
    assert names[-1] == "10 or more found, many doubts, small ones"


def test_a_crowd_that_holds_nearly_all_guesses_is_looked_at_for_certain():
    rows = [(0, 0.1, math.inf, -1)] * 50 + [(200, 90.0, 8.0, -1)]
    assert stratify(features(rows), images=20).certain == (50,)
    assert stratify(features(rows[:-1]), images=20).certain == ()


# ------------------------------------------------------------------ the draw


def frame(count, *, generation="0001", lane=0, without=()):
    whole = made(count)
    at = [index for index in range(count) if index not in without]
    some = Features(whole.found[at], whole.doubts[at], whole.smallest[at], whole.group[at])
    keys = tuple(f"{index:04}.jpg" for index in at)
    blank = tuple("" for _ in at)
    return Frame(keys, blank, blank, (None,) * len(at), some, generation, written=True, lane=lane, left={})


@pytest.fixture
def run(tmp_path):
    one = Run(tmp_path / "run")
    (one.private / "measures").mkdir(parents=True)
    (one.private / "secret").write_text("00" * 32)
    return one


def chosen(drawn, of):
    return [of.keys[index] for index in drawn.audit.chosen]


def test_the_sample_is_kept_and_extended_never_redrawn(run):
    whole = frame(300)
    first = drawn_of(run, whole, ["face"], images=20, seed=3)
    again = drawn_of(run, whole, ["face"], images=20, seed=3)
    assert chosen(again, whole) == chosen(first, whole)
    assert (first.before, again.before) == (0, 20)
    known = set(chosen(first, whole))
    for images in (21, 30, 47, 120, 299, 300, 1000):
        more = drawn_of(run, whole, ["face"], images=images, seed=3)
        assert known <= set(chosen(more, whole))
        assert len(more.audit.chosen) >= min(images, 300)
        assert len(set(more.audit.chosen)) == len(more.audit.chosen)
        known = set(chosen(more, whole))
    fewer = drawn_of(run, whole, ["face"], images=5, seed=3)
    assert set(chosen(fewer, whole)) == known


def test_another_seed_other_decisions_and_other_kinds_draw_others(run):
    whole, later = frame(300), frame(300, generation="0002")
    told = {
        tuple(chosen(drawn_of(run, of, kinds, images=20, seed=seed), of))
        for of, kinds, seed in ((whole, ["face"], 0), (whole, ["face"], 1), (later, ["face"], 0), (whole, ["text"], 0))
    }
    assert len(told) == 4


def test_probabilities_are_the_share_of_the_stratum(run):
    whole = frame(200)
    audit = drawn_of(run, whole, ["face"], images=40, seed=0).audit
    assert sum(audit.strata.values()) == 200
    assert sum(1 / chance for chance in audit.probability) == pytest.approx(200)


def test_what_went_into_the_lane_leaves_the_sample_and_the_frame(run):
    whole = frame(100)
    before = drawn_of(run, whole, ["face"], images=30, seed=0)
    gone = before.audit.chosen[3]
    left = frame(100, lane=1, without=(gone,))
    after = drawn_of(run, left, ["face"], images=30, seed=0)
    assert (after.gone, len(after.audit.chosen), after.audit.population) == (1, 29, 99)
    assert set(chosen(after, left)) == set(chosen(before, whole)) - {whole.keys[gone]}
    stayed = [name for index, name in zip(before.audit.chosen, before.audit.stratum, strict=True) if index != gone]
    assert list(after.audit.stratum) == stayed


def test_the_file_names_nobody(run):
    whole = frame(50)
    drawn_of(run, whole, ["face"], images=10, seed=0)
    (file,) = (run.private / "measures").iterdir()
    assert not any(key.encode() in file.read_bytes() for key in whole.keys)


def test_other_images_or_a_damaged_file(run):
    drawn_of(run, frame(50), ["face"], images=10, seed=0)
    other = frame(60)
    assert drawn_of(run, other, ["face"], images=10, seed=0).audit.population == 60
    (file,) = (run.private / "measures").iterdir()
    file.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(RunError, match="move it away"):
        drawn_of(run, other, ["face"], images=10, seed=0)


def test_a_truth_is_drawn_as_people_would_be_asked(run):
    whole = frame(120)
    assert draw_new(whole, ["face"], images=30, seed=5).audit == drawn_of(run, whole, ["face"], images=30, seed=5).audit
