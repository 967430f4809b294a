import numpy as np
import pytest
from crowd_votes import LABELS, accuracy, made_crowd, small_votes
from hypothesis import given, settings
from hypothesis import strategies as st
from label_reference import dawid_skene, glad_posterior, one_coin, spammer_score

from overpaint.errors import UsageError
from overpaint.review.crowd import Votes, fit_dawid_skene, fit_glad, fit_majority, fit_one_coin, spammer_scores
from overpaint.review.crowd._dawid_skene import confusion_of, log_joint_of, shares_of
from overpaint.review.crowd._glad import _better_ability, _better_ease
from overpaint.review.crowd._label_em import first_guess, normalised

FITS = [fit_majority, fit_one_coin, fit_dawid_skene, fit_glad]
SHAPES = {
    "empty": Votes.of([], labels="xy"),
    "one vote": Votes.of([("a", "w", "x")], labels="xy"),
    "one worker": Votes.of([(f"i{n}", "w", "xyz"[n % 3]) for n in range(9)], labels="xyz"),
    "one label": Votes.of([(f"i{n}", f"w{m}", "x") for n in range(4) for m in range(3)], labels="x"),
    "labels never used": Votes.of([(f"i{n}", f"w{m}", "y") for n in range(4) for m in range(3)], labels="xyzuv"),
    "always the same": Votes.of([(f"i{n}", w, "xy"[n % 2 and w != "s"]) for n in range(9) for w in "abs"], labels="xy"),
    "disconnected": Votes.of([(f"i{n}", f"w{n}{m}", "xy"[n % 2]) for n in range(6) for m in range(2)], labels="xy"),
    "all against all": Votes.of(
        [(f"i{n}", f"w{m}", "xy"[(n + m) % 2]) for n in range(6) for m in range(6)], labels="xy"
    ),
    "an item in 2,000 votes": Votes.of([("a", f"w{m}", "xy"[m % 3 > 0]) for m in range(2000)], labels="xy"),
    "items and workers without votes": Votes(*(np.zeros(1, np.int64),) * 3, ("a", "b"), ("w", "v"), ("x", "y")),
}


def log_chance(right, logit):
    return -right * np.logaddexp(0, -logit) - (1 - right) * np.logaddexp(0, logit)


def finite(fit):
    votes, width = fit.votes, len(fit.votes.labels)
    assert fit.posterior.shape == (len(votes.items), width) and fit.prior.shape == (width,)
    assert fit.confusion.shape == (len(votes.workers), width, width) and fit.spammer.shape == (len(votes.workers),)
    numbers = [fit.posterior, fit.prior, fit.confusion, fit.spammer, np.array(fit.log_likelihood)]
    assert all(np.isfinite(x).all() for x in numbers) and all(
        (x >= 0).all() and (x <= 1 + 1e-9).all() for x in numbers[:4]
    )
    for rows in (fit.posterior, fit.confusion, fit.prior):
        assert np.allclose(rows.sum(axis=-1), 1)
    assert fit.difficulty is None or (np.isfinite(fit.difficulty).all() and (fit.difficulty > 0).all())
    assert fit.best().keys() == set(votes.items) and -np.inf < fit.log_likelihood <= 1e-9


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("votes", SHAPES.values(), ids=SHAPES)
def test_anything_gives_finite_numbers(fit, votes):
    finite(fit(votes))
    finite(fit(votes, known={"a": votes.labels[-1], "i0": votes.labels[0], "nowhere": votes.labels[0]}))


@settings(max_examples=60, deadline=None)
@given(small_votes(least=0), st.sampled_from(FITS))
def test_any_votes_give_finite_numbers(votes, fit):
    finite(fit(votes))


@settings(max_examples=80, deadline=None)
@given(
    small_votes(),
    st.sampled_from([1e-6, 0.01, 1.0]),
    st.sampled_from([0.0, 1.0, 5.0]),
    st.integers(1, 4),
    st.booleans(),
)
def test_dawid_skene_is_the_papers(votes, smoothing, pooling, rounds, told):
    known = {votes.items[0]: votes.labels[-1]} if told else None
    ours = fit_dawid_skene(votes, known=known, smoothing=smoothing, pooling=pooling, rounds=rounds, tolerance=0)
    prior, confusion, posterior, likelihood = dawid_skene(
        votes, known=known, smoothing=smoothing, pooling=pooling, rounds=ours.iterations
    )
    np.testing.assert_allclose(ours.posterior, posterior, atol=1e-8)
    np.testing.assert_allclose(ours.prior, prior, atol=1e-8)
    np.testing.assert_allclose(ours.confusion, confusion, atol=1e-8)
    assert ours.log_likelihood == pytest.approx(likelihood, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(small_votes(labels=(2, 4)), st.sampled_from([1e-6, 0.01, 1.0]), st.integers(1, 4))
def test_one_coin_is_the_formula(votes, smoothing, rounds):
    ours = fit_one_coin(votes, smoothing=smoothing, rounds=rounds, tolerance=0)
    right, posterior, likelihood = one_coin(votes, smoothing=smoothing, rounds=ours.iterations)
    np.testing.assert_allclose(ours.posterior, posterior, atol=1e-8)
    np.testing.assert_allclose(ours.confusion[:, 0, 0], right, atol=1e-8)
    assert ours.log_likelihood == pytest.approx(likelihood, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(small_votes(labels=(2, 4)), st.integers(1, 6))
def test_glad_is_the_formula_and_every_step_climbs(votes, rounds):
    ours = fit_glad(votes, rounds=rounds, tolerance=0)
    easy, able = np.ones(len(votes.items)), np.ones(len(votes.workers))
    posterior = first_guess(votes, None)
    for _ in range(ours.iterations):
        right = posterior[votes.item, votes.label]

        def value(able, easy, right=right):
            logit = able[votes.worker] * np.exp(easy)[votes.item]
            return log_chance(right, logit).sum() - ((able - 1) ** 2).sum() / 2 - ((easy - 1) ** 2).sum() / 2

        before = value(able, easy)
        able = _better_ability(votes, right, able, easy, mean=1.0)
        between = value(able, easy)
        easy = _better_ease(votes, right, able, easy, mean=1.0)
        assert before - 1e-9 <= between <= value(able, easy) + 1e-9
        posterior = np.array(glad_posterior(votes, able, easy))
    np.testing.assert_allclose(ours.posterior, posterior, atol=1e-8)
    np.testing.assert_allclose(ours.difficulty, np.exp(-easy), atol=1e-8)


@settings(max_examples=60, deadline=None)
@given(small_votes(labels=(2, 2)), st.integers(0, 2**32 - 1))
def test_no_step_of_glad_goes_down_from_anywhere(votes, seed):
    rng = np.random.default_rng(seed)
    able, easy = rng.normal(0, 3, len(votes.workers)), rng.normal(1, 2, len(votes.items))
    right = rng.integers(0, 2, len(votes)).astype(float)

    def value(easy):
        terms = log_chance(right, able[votes.worker] * np.exp(easy)[votes.item])
        return np.bincount(votes.item, weights=terms, minlength=len(easy)) - (easy - 1) ** 2 / 2

    assert (value(_better_ease(votes, right, able, easy, mean=1.0)) >= value(easy) - 1e-9).all()


def test_glad_ends_where_nothing_climbs():
    votes, _, _ = made_crowd(1, items=30, workers=6)
    right = fit_majority(votes).posterior[votes.item, votes.label]
    able, easy = np.ones(6), np.ones(30)
    for _ in range(200):
        able = _better_ability(votes, right, able, easy, mean=1.0)
        easy = _better_ease(votes, right, able, easy, mean=1.0)

    def value(able, easy):
        terms = log_chance(right, able[votes.worker] * np.exp(easy)[votes.item]).sum()
        return terms - ((able - 1) ** 2).sum() / 2 - ((easy - 1) ** 2).sum() / 2

    step = 1e-5
    for n in range(6):
        nudge = np.eye(6)[n] * step
        assert abs(value(able + nudge, easy) - value(able - nudge, easy)) / (2 * step) < 1e-3
    for n in range(30):
        nudge = np.eye(30)[n] * step
        assert abs(value(able, easy + nudge) - value(able, easy - nudge)) / (2 * step) < 1e-3


@settings(max_examples=40, deadline=None)
@given(small_votes())
def test_each_round_of_dawid_skene_is_more_likely(votes):
    """The log-likelihood plus the logarithms of the Dirichlet priors never falls."""
    smoothing, posterior, last = 0.3, first_guess(votes, None), -np.inf
    for _ in range(15):
        prior, confusion = shares_of(posterior, smoothing), confusion_of(votes, posterior, smoothing)
        posterior, likelihood = normalised(log_joint_of(votes, prior, confusion))
        now = likelihood + smoothing * (np.log(prior).sum() + np.log(confusion).sum())
        assert now >= last - 1e-9
        last = now


def test_the_models_find_the_truth_and_the_skilled():
    votes, truths, skill = made_crowd(0)
    for fit in FITS:
        told = fit(votes)
        assert accuracy(told.best(), truths) > 0.8, fit.__name__
        assert told.converged
        assert np.corrcoef(told.spammer, skill)[0, 1] > 0.8, fit.__name__
    models = [accuracy(fit(votes).best(), truths) for fit in FITS]
    assert min(models[1:]) > models[0]


def test_a_worker_who_is_always_wrong_tells_the_truth():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 100)
    said = [("liar", 1 - truth[n], n) for n in range(100)]
    said += [(f"w{m}", truth[n] if rng.random() < 0.8 else 1 - truth[n], n) for n in range(100) for m in range(6)]
    votes = Votes.of([(f"i{n:03d}", w, "xy"[label]) for w, label, n in said], labels="xy")
    fit = fit_dawid_skene(votes)
    liar = votes.workers.index("liar")
    assert fit.spammer[liar] > 0.9 and fit.confusion[liar, 0, 1] > 0.9
    assert accuracy(fit.best(), {f"i{n:03d}": "xy"[one] for n, one in enumerate(truth)}) > 0.95


def test_pooling_helps_where_answers_are_few():
    scores = []
    for seed in range(5):
        votes, truths, _ = made_crowd(seed, items=120, workers=40, each=3)
        right = np.array([votes.labels.index(truths[item]) for item in votes.items])
        fits = [fit_dawid_skene(votes, pooling=pooling).posterior for pooling in (0.0, 1.0)]
        scores.append([-np.log(np.maximum(p[np.arange(120), right], 1e-12)).mean() for p in fits])
    alone, pooled = np.mean(scores, axis=0)
    assert pooled < 0.8 * alone


def test_what_is_known_is_held_and_teaches():
    """Two camps that contradict each other: who is right, gold decides."""
    said = [
        (f"i{n}", f"{camp}{m}", "xy"[(n + (camp == "b")) % 2]) for n in range(20) for camp in "ab" for m in range(3)
    ]
    votes = Votes.of(said, labels="xy")
    for camp in (0, 1):
        known = {f"i{n}": "xy"[(n + camp) % 2] for n in range(4)}
        for fit in (fit_dawid_skene, fit_one_coin):
            best = fit(votes, known=known).best()
            assert [best[f"i{n}"] for n in range(20)] == ["xy"[(n + camp) % 2] for n in range(20)]


def test_difficulty_is_that_of_the_item():
    rng = np.random.default_rng(3)
    said = [(f"i{n:02d}", f"w{m}", "x" if n < 30 or rng.random() < 0.6 else "y") for n in range(60) for m in range(9)]
    fit = fit_glad(Votes.of(said, labels="xy"))
    assert fit.difficulty[:30].max() < fit.difficulty[30:].mean()


@settings(max_examples=60, deadline=None)
@given(small_votes(labels=(2, 4)))
def test_scores_are_the_papers(votes):
    confusion = fit_dawid_skene(votes, smoothing=0.5).confusion
    ours = spammer_scores(confusion, np.ones(len(votes.labels)))
    np.testing.assert_allclose(ours, [spammer_score(rows) for rows in confusion.tolist()], atol=1e-9)


def test_scores_of_the_perfect_the_blind_and_two_labels():
    perfect, blind = np.eye(3), np.tile([0.2, 0.5, 0.3], (3, 1))
    np.testing.assert_allclose(spammer_scores(np.stack([perfect, blind]), np.ones(3)), [1, 0], atol=1e-12)
    two = np.array([[[0.9, 0.1], [0.3, 0.7]]])
    assert spammer_scores(two, np.ones(2))[0] == pytest.approx((0.9 + 0.7 - 1) ** 2)
    unused = np.array([[[1, 0, 0], [0, 1, 0], [0.3, 0.3, 0.4]]])
    assert spammer_scores(unused, np.array([5, 5, 0.0]))[0] == pytest.approx(1), "labels without items do not count"
    assert spammer_scores(two, np.array([5, 0.0]))[0] == 0


def test_the_same_answers_in_another_order_give_the_same_bytes():
    votes, _, _ = made_crowd(4, items=40)
    places = zip(votes.item, votes.worker, votes.label, strict=True)
    names = [(votes.items[item], votes.workers[worker], votes.labels[label]) for item, worker, label in places]
    again = Votes.of(names[::-1], labels=votes.labels)
    for fit in FITS:
        assert fit(votes).posterior.tobytes() == fit(again).posterior.tobytes()


@pytest.mark.parametrize("fit", [fit_dawid_skene, fit_one_coin])
@pytest.mark.parametrize("smoothing", [0, -1, float("nan"), float("inf")])
def test_smoothing_out_of_range(fit, smoothing):
    with pytest.raises(UsageError, match="smoothing="):
        fit(SHAPES["one vote"], smoothing=smoothing)


def test_tiny_smoothing_is_no_trouble():
    for votes in SHAPES.values():
        for fit in (fit_dawid_skene, fit_one_coin):
            finite(fit(votes, smoothing=1e-300))


def test_arguments_out_of_range():
    votes = SHAPES["one vote"]
    for fit in (fit_one_coin, fit_dawid_skene, fit_glad):
        with pytest.raises(UsageError, match="rounds=0"):
            fit(votes, rounds=0)
        with pytest.raises(UsageError, match="tolerance=nan"):
            fit(votes, tolerance=float("nan"))
        with pytest.raises(UsageError, match="known: label 'q'"):
            fit(votes, known={"a": "q"})
    with pytest.raises(UsageError, match="pooling="):
        fit_dawid_skene(votes, pooling=-1)
    with pytest.raises(UsageError, match="ability="):
        fit_glad(votes, ability=float("inf"))


def test_more_than_fits_into_memory_is_refused_before_it_is_made():
    votes = Votes.of([("a", f"w{n}", "0") for n in range(30)], labels=[str(n) for n in range(1000)])
    for fit in FITS:
        with pytest.raises(UsageError, match="30,000,000 numbers"):
            fit(votes)


@pytest.mark.parametrize("fit", [fit_dawid_skene, fit_one_coin])
def test_hastening_comes_to_the_same_end(fit, monkeypatch):
    votes, _, _ = made_crowd(9, items=400, workers=60, each=3, right=(0.35, 0.8))
    hastened = fit(votes, tolerance=1e-8, rounds=5000)
    monkeypatch.setattr("overpaint.review.crowd._label_em.PATIENCE", 10**9)
    plain = fit(votes, tolerance=1e-8, rounds=5000)
    assert 40 < hastened.iterations < plain.iterations and hastened.converged and plain.converged
    np.testing.assert_allclose(hastened.posterior, plain.posterior, atol=1e-4)
    assert hastened.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-4)


def test_rounds_run_out():
    votes, _, _ = made_crowd(5)
    fit = fit_dawid_skene(votes, rounds=2)
    assert fit.iterations == 2 and not fit.converged
    assert LABELS[0] in fit.best().values()
