"""Trust as a posterior, and who is warned or stopped because of it."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.review.crowd import BoxTally
from overpaint.review.trust import Evidence, GoldScore, standing_of, trust_of

COUNTS = st.integers(0, 60)


def gold(passed, small_found=0, small_of=0):
    return GoldScore(1, 1, small_found, small_of, 0, 1.0, passed)


def test_nothing_known_is_anything():
    trust = trust_of(Evidence())
    assert (trust.mean, trust.answers, trust.gold, trust.small) == (0.5, 0, 0, None)
    assert trust.low == pytest.approx(0.025) and trust.high == pytest.approx(0.975)


def test_gold_alone_is_the_textbook_posterior():
    trust = trust_of(Evidence(answers=12, passed=9, failed=3))
    assert trust.mean == pytest.approx(10 / 14) and trust.gold == 12
    assert (trust.low, trust.high) == pytest.approx((0.4619, 0.9093), abs=5e-4)


@settings(deadline=None)
@given(COUNTS, COUNTS, st.floats(0, 100), st.floats(0, 100))
def test_passing_raises_trust_and_failing_lowers_it(passed, failed, agreed, disagreed):
    known = Evidence(0, passed, failed, agreed=agreed, disagreed=disagreed)
    trust = trust_of(known)
    assert 0 <= trust.low <= trust.mean <= trust.high <= 1 or min(passed, failed) == 0
    assert trust_of(known.with_gold(gold(True))).mean > trust.mean > trust_of(known.with_gold(gold(False))).mean


@settings(deadline=None)
@given(st.floats(0, 5000))
def test_agreement_never_outweighs_enough_gold(agreed):
    trust = trust_of(Evidence(5000, passed=0, failed=60, agreed=agreed))
    assert trust.high < 0.5


def test_agreement_counts_less_than_gold():
    by_gold = trust_of(Evidence(answers=10, passed=10))
    by_agreement = trust_of(Evidence(answers=10, agreed=10))
    assert by_agreement.low < by_gold.low and by_agreement.gold == 0


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng, held, trials = random.Random(4), 0, 300
    for _ in range(trials):
        skill = rng.random()
        passed = sum(rng.random() < skill for _ in range(20))
        trust = trust_of(Evidence(answers=20, passed=passed, failed=20 - passed))
        held += trust.low <= skill <= trust.high
    assert 0.91 < held / trials < 0.985


def test_small_boxes_are_trusted_apart():
    known = Evidence()
    for _ in range(12):
        known = known.with_gold(gold(True, small_found=0, small_of=1))
    trust = trust_of(known)
    assert trust.low > 0.7 and trust.small.high < 0.3
    standing = standing_of(trust)
    assert (standing.state, standing.reason) == ("stopped", "small")


def test_what_the_models_say():
    known = Evidence().with_choice(0.75)
    assert (known.answers, known.agreed, known.disagreed) == (1, 0.75, 0.25)
    with pytest.raises(UsageError, match="probability"):
        known.with_choice(1.5)
    tally = BoxTally(drew=(1.0, 5.0, 6.0), missed=(3.0, 0.0, 0.0), false=1.0, answers=8)
    known = Evidence().with_boxes(tally)
    assert known.answers == 8 and known.agreed == pytest.approx(8 * 12 / 16) and known.disagreed == pytest.approx(2)
    assert (known.small_agreed, known.small_disagreed) == (1.0, 3.0)
    nothing = Evidence().with_boxes(BoxTally(answers=8))
    assert (nothing.answers, nothing.agreed, nothing.disagreed) == (8, 0, 0), "empty pictures alone tell nothing"


@settings(deadline=None)
@given(COUNTS, COUNTS, COUNTS, st.floats(0, 60), st.floats(0, 60))
def test_nobody_is_stopped_whose_interval_reaches_the_bar(answers, passed, failed, agreed, disagreed):
    trust = trust_of(Evidence(answers, passed, failed, agreed=agreed, disagreed=disagreed))
    standing = standing_of(trust)
    if trust.answers < 10 or trust.high >= 0.5:
        assert standing.state != "stopped"
    if trust.mean >= 0.5:
        assert standing.state == "active"


def test_a_run_of_bad_luck_warns_before_it_stops():
    states = []
    known = Evidence()
    for _ in range(30):
        known = known.with_gold(gold(False))
        states.append(standing_of(trust_of(known), least=3).state)
    assert states[:2] == ["active", "active"]
    assert "warned" in states and states[-1] == "stopped"
    assert states.index("warned") < states.index("stopped")


def test_the_words_accuse_nobody_and_say_how_to_appeal():
    said = set()
    for known in (
        Evidence(30, 0, 30),
        Evidence(30, 10, 12),
        Evidence(30, agreed=10, disagreed=20),
        Evidence(30, 20, 0, small_found=1, small_missed=4),
        Evidence(30, 20, 0, small_found=0, small_missed=40),
    ):
        standing = standing_of(trust_of(known))
        assert standing.state != "active"
        said.add(standing.words)
        assert not any(word in standing.words.lower() for word in ("spam", "cheat", "fraud", "bad", "copied", "lazy"))
        if standing.state == "stopped":
            assert (
                "not using your answers" in standing.words
                and "a person will look at your answers again" in standing.words
            )
    assert len(said) == 4


def test_arguments_out_of_range():
    with pytest.raises(UsageError):
        trust_of(Evidence(), prior=(0, 1))
    with pytest.raises(UsageError):
        trust_of(Evidence(), weight=-1)
