import json
from dataclasses import replace

import numpy as np
import pytest
from crowd_votes import accuracy, made_crowd, small_votes
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.review.crowd import (
    LabelSkills,
    Votes,
    calibrated,
    fit_dawid_skene,
    posterior_of,
    spammer_interval,
    spammer_scores,
    update,
)
from overpaint.review.crowd._dawid_skene import log_joint_of
from overpaint.review.crowd._label_em import normalised


def answers_of(votes):
    found = {item: [] for item in votes.items}
    for item, worker, label in zip(votes.item, votes.worker, votes.label, strict=True):
        found[votes.items[item]].append((votes.workers[worker], votes.labels[label]))
    return found


@settings(max_examples=60, deadline=None)
@given(small_votes())
def test_the_posterior_of_one_item_is_the_batchs_at_the_same_parameters(votes):
    skills = fit_dawid_skene(votes).to_skills()
    confusion = np.stack([skills.of(worker).confusion for worker in votes.workers])
    batch = normalised(log_joint_of(votes, skills.prior, confusion))[0]
    for item, given_ in answers_of(votes).items():
        np.testing.assert_allclose(posterior_of(given_, skills), batch[votes.items.index(item)], atol=1e-9)


@settings(max_examples=50, deadline=None)
@given(small_votes(), st.floats(0, 1))
def test_skills_are_probabilities_and_answers_move_them(votes, correlation):
    skills = replace(fit_dawid_skene(votes).to_skills(), correlation=correlation)
    for worker in (*votes.workers, "nobody"):
        skill = skills.of(worker)
        assert (skill.confusion > 0).all() and np.allclose(skill.confusion.sum(axis=1), 1)
        assert skill.answers == pytest.approx(
            (votes.worker == votes.workers.index(worker)).sum() if worker in votes.workers else 0
        )
    for given_ in answers_of(votes).values():
        posterior = posterior_of(given_, skills)
        assert np.isfinite(posterior).all() and posterior.sum() == pytest.approx(1)
    confusions, weights = skills.crew()
    assert len(confusions) == len(weights) and weights.sum() == pytest.approx(1)


def test_without_answers_the_posterior_is_the_prior():
    skills = fit_dawid_skene(made_crowd(0)[0]).to_skills()
    np.testing.assert_allclose(posterior_of([], skills), skills.prior)
    np.testing.assert_allclose(posterior_of([], skills, prior=[2, 1, 1]), [0.5, 0.25, 0.25])
    assert posterior_of([("w000", "cat")], skills, prior=[0, 1, 1])[0] == 0


def test_two_answers_of_a_newcomer_do_not_decide():
    """Somebody who was wrong twice is still believed more than a coin; after fifty times no longer."""
    votes, truths, _ = made_crowd(1, width=2)
    skills = fit_dawid_skene(votes).to_skills()
    crowd = skills.of("new").confusion[0, 0]
    for times, items in ((2, votes.items[:2]), (50, votes.items[:50])):
        late = skills
        for item in items:
            wrong = "dog" if truths[item] == "cat" else "cat"
            late = update(late, [("new", wrong)], truth=truths[item])
        right = np.diag(late.of("new").confusion)
        assert late.of("new").answers == pytest.approx(times)
        assert (right > 0.5).all() if times == 2 else (right < 0.2).all()
        assert (right < crowd).any()


def test_update_counts_each_answer_by_how_likely_each_truth_is():
    skills = LabelSkills.fresh(("x", "y"))
    given_ = [("a", "x"), ("b", "y"), ("a", "y")]  # of a's two the last counts
    posterior = posterior_of(given_, skills)
    after = update(skills, given_)
    np.testing.assert_allclose(after.counts["a"], np.stack([np.zeros(2), posterior], axis=1))
    np.testing.assert_allclose(after.crowd, 2 * after.counts["b"])
    np.testing.assert_allclose(after.truths, posterior)
    assert "'a'" not in repr(after), "nobody is named where a skill is printed"
    assert not skills.counts and not skills.crowd.any(), "what was given is left alone"
    told = update(skills, given_, truth="y")
    np.testing.assert_allclose(told.counts["b"], [[0, 0], [0, 1]])


def test_skills_that_go_on_come_near_those_of_a_batch():
    """One pass is worse than a refit, which is why a server refits; of the people it learns the same."""
    votes, truths, skill = made_crowd(2, items=400)
    skills = LabelSkills.fresh(votes.labels)
    for given_ in answers_of(votes).values():
        skills = update(skills, given_)
    best = {item: votes.labels[int(posterior_of(g, skills).argmax())] for item, g in answers_of(votes).items()}
    batch = fit_dawid_skene(votes).best()
    assert accuracy(best, truths) > accuracy(batch, truths) - 0.08
    right = [np.diag(skills.of(worker).confusion).mean() for worker in votes.workers]
    assert np.corrcoef(right, skill)[0, 1] > 0.9


@settings(max_examples=50, deadline=None)
@given(small_votes())
def test_skills_come_back_from_plain_json(votes):
    skills = replace(fit_dawid_skene(votes).to_skills(strength=2.5), correlation=0.25)
    back = LabelSkills.from_plain(json.loads(json.dumps(skills.to_plain())))
    assert (back.labels, back.strength, back.correlation) == (skills.labels, 2.5, 0.25)
    assert back.crowd.tobytes() == skills.crowd.tobytes() and back.counts.keys() == skills.counts.keys()
    for worker in votes.workers:
        assert back.of(worker).confusion.tobytes() == skills.of(worker).confusion.tobytes()


@pytest.mark.parametrize(
    "change",
    [
        {"labels": 3},
        {"counts": {"w": [[1, 2]]}},
        {"counts": {"w": [[1, "q"], [1, 2]]}},
        {"counts": []},
        {"crowd": [[1, 2]]},
        {"truths": [1, -1]},
        {"truths": [1, float("nan")]},
        {"strength": 0},
        {"correlation": 1.5},
        {"correlation": None},
    ],
)
def test_what_is_no_skill(change):
    plain = LabelSkills.fresh(("x", "y")).to_plain() | change
    with pytest.raises(UsageError):
        LabelSkills.from_plain(plain)


def test_answers_and_priors_that_do_not_fit():
    skills = LabelSkills.fresh(("x", "y"))
    with pytest.raises(UsageError, match="label 'q' is none of the 2"):
        posterior_of([("w", "q")], skills)
    with pytest.raises(UsageError, match="truth 'q'"):
        update(skills, [("w", "x")], truth="q")
    for prior in ([1], [0, 0], [-1, 2], [float("nan"), 1], [float("inf"), 1]):
        with pytest.raises(UsageError, match="prior: give 2 numbers"):
            posterior_of([], skills, prior=prior)


def test_many_answers_do_not_underflow():
    skills = fit_dawid_skene(made_crowd(3, width=2)[0]).to_skills()
    posterior = posterior_of([(f"new{n}", "cat" if n % 100 else "dog") for n in range(20_000)], skills)
    assert posterior[0] == pytest.approx(1) and np.isfinite(posterior).all()


def test_the_crew_is_who_answers_most_or_who_is_named():
    votes, _, _ = made_crowd(4, workers=100, items=300)
    skills = fit_dawid_skene(votes).to_skills()
    confusions, weights = skills.crew()
    assert len(confusions) == 64 and (np.diff(weights) <= 1e-12).all()
    named, alike = skills.crew(["w001", "w002", "nobody"])
    np.testing.assert_array_equal(named[2], skills.pooled())
    np.testing.assert_allclose(alike, 1 / 3)
    assert len(skills.crew([f"w{n:03d}" for n in range(100)])[0]) <= 64
    fresh, one = LabelSkills.fresh(("x", "y")).crew()
    assert fresh.shape == (1, 2, 2) and one.tolist() == [1]


def misleading(seed, share):
    """A crowd in which a share of the items misleads everybody: they answer as if the other label were true."""
    rng = np.random.default_rng(seed)
    triples, truths, skill = [], {}, rng.uniform(0.65, 0.95, 30)
    for n in range(300):
        truth = rng.integers(2)
        shown = 1 - truth if rng.random() < share else truth
        truths[f"i{n:03d}"] = "xy"[truth]
        for worker in rng.choice(30, 8, replace=False):
            label = shown if rng.random() < skill[worker] else 1 - shown
            triples.append((f"i{n:03d}", f"w{worker}", "xy"[label]))
    return Votes.of(triples, labels="xy"), truths


def overconfidence(skills, votes, truths):
    posteriors = {item: posterior_of(g, skills) for item, g in answers_of(votes).items() if item in truths}
    right = np.mean([votes.labels[int(p.argmax())] == truths[item] for item, p in posteriors.items()])
    return np.mean([p.max() for p in posteriors.values()]) - right


def test_calibrated_is_no_surer_than_right():
    votes, truths = misleading(0, 0.15)
    skills = fit_dawid_skene(votes).to_skills()
    gold = {item: truths[item] for item in votes.items[:100]}
    rest = {item: truths[item] for item in votes.items[100:]}
    better = calibrated(skills, votes, gold)
    assert overconfidence(skills, votes, rest) > 0.1
    assert better.correlation > 0.05 and abs(overconfidence(better, votes, rest)) < 0.06


def test_a_crowd_that_errs_independently_is_left_as_it_is():
    votes, truths = misleading(1, 0.0)
    assert calibrated(fit_dawid_skene(votes).to_skills(), votes, truths).correlation < 0.05


def test_little_gold_moves_little_and_none_nothing():
    votes, truths = misleading(2, 0.15)
    skills = fit_dawid_skene(votes).to_skills()
    assert calibrated(skills, votes, {}) is skills and calibrated(skills, votes, {"nowhere": "x"}) is skills
    best = fit_dawid_skene(votes).best()
    wrong = {item: truth for item, truth in truths.items() if best[item] != truth}
    few, many = dict(list(wrong.items())[:1]), dict(list(wrong.items())[:20])
    assert calibrated(skills, votes, few).correlation < 0.7
    assert calibrated(skills, votes, many).correlation == 1
    with pytest.raises(UsageError, match="not those of the skills"):
        calibrated(LabelSkills.fresh(("p", "q")), votes, truths)


def test_correlated_answers_weigh_as_fewer():
    skills = fit_dawid_skene(made_crowd(5, width=2)[0]).to_skills()
    given_ = [("p", "cat"), ("q", "cat"), ("r", "cat")]
    plain, all_as_one = posterior_of(given_, skills), posterior_of(given_, replace(skills, correlation=1.0))
    np.testing.assert_allclose(all_as_one, posterior_of(given_[:1], skills))
    assert all_as_one[0] < posterior_of(given_, replace(skills, correlation=0.3))[0] < plain[0]


def test_the_interval_of_a_score():
    votes, _, _ = made_crowd(6, workers=8, items=300, right=(0.65, 0.95))
    rng = np.random.default_rng(0)
    spam = [(item, "spam", votes.labels[rng.integers(3)]) for item in votes.items[:120]]
    named = [(i, w, label) for i, given_ in answers_of(votes).items() for w, label in given_]
    fit = fit_dawid_skene(Votes.of(named + spam, labels=votes.labels))
    skills = fit.to_skills()
    median, low, high = spammer_interval(skills, "spam")
    assert 0 <= low < median < high < 0.1
    for worker in votes.workers:
        median, low, high = spammer_interval(skills, worker)
        score = spammer_scores(skills.of(worker).confusion[None], skills.truths)[0]
        assert low < score < high and low > 0.01 and high > 0.1
    anyone = spammer_interval(skills, "nobody")
    assert anyone[2] - anyone[1] > high - low
    with pytest.raises(UsageError, match="draws=0"):
        spammer_interval(skills, "spam", draws=0)
