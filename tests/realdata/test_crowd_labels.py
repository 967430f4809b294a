"""Label models on real crowds, beside crowd-kit 1.4.2 (Apache-2.0), measured once on the same files."""

import csv
import json
from collections import Counter

import numpy as np
import pytest

from overpaint.review.crowd import (
    Votes,
    agreement,
    calibrated,
    fit_dawid_skene,
    fit_glad,
    fit_majority,
    fit_one_coin,
    next_step,
    posterior_of,
    spammer_interval,
)

pytestmark = pytest.mark.realdata

# crowd-kit 1.4.2: OneCoinDawidSkene(n_iter=100), GLAD(n_iter=100) and DawidSkene(n_iter=100, tol=-1e9), which runs
# until nothing moves. With its default tolerance its DawidSkene stops on bluebirds after two rounds (.88889): what
# it watches falls there, as the prior is added once an answer instead of once an item.
CROWD_KIT = {
    "imagenet_dogs_4class": {fit_one_coin: 0.83024, fit_dawid_skene: 0.84263, fit_glad: 0.83395},
    "bluebirds_binary": {fit_one_coin: 0.58333, fit_dawid_skene: 0.89815, fit_glad: 0.72222},
}
MAJORITY = {"imagenet_dogs_4class": 0.81165, "bluebirds_binary": 0.75926}
TWO_ROUNDS_ON_BLUEBIRDS = 0.88889


def read(realdata, name):
    with (realdata / "crowd" / f"{name}_labels.csv").open() as file:
        rows = [(row["item"], row["worker"], row["label"]) for row in csv.DictReader(file)]
    with (realdata / "crowd" / f"{name}_gold.csv").open() as file:
        gold = {row["item"]: row["gold"] for row in csv.DictReader(file)}
    return rows, gold, Votes.of(rows, labels=sorted({label for _, _, label in rows}))


def right(best, gold):
    return np.mean([best[item] == truth for item, truth in gold.items()])


@pytest.mark.parametrize("name", CROWD_KIT)
def test_as_right_as_crowd_kit(realdata, name):
    _, gold, votes = read(realdata, name)
    for fit, theirs in CROWD_KIT[name].items():
        assert round(right(fit(votes).best(), gold), 3) == round(theirs, 3), fit.__name__
    # a majority differs by who wins a tie only
    counts = votes.counts()
    ties = ((counts == counts.max(axis=1, keepdims=True)).sum(axis=1) > 1).mean()
    assert abs(right(fit_majority(votes).best(), gold) - MAJORITY[name]) <= ties + 1e-5


def test_stopped_as_early_as_crowd_kit_it_is_as_right(realdata):
    _, gold, votes = read(realdata, "bluebirds_binary")
    fit = fit_dawid_skene(votes, rounds=2, smoothing=1e-10)
    assert round(right(fit.best(), gold), 3) == round(TWO_ROUNDS_ON_BLUEBIRDS, 3)


@pytest.mark.parametrize("name", CROWD_KIT)
def test_a_planted_spammer_is_told_from_the_others(realdata, name):
    rows, _, votes = read(realdata, name)
    rng = np.random.default_rng(0)
    items = rng.choice(votes.items, 60, replace=False).tolist()
    rows += [(item, "blind", votes.labels[rng.integers(len(votes.labels))]) for item in items]
    rows += [(item, "stubborn", votes.labels[0]) for item in items]
    rows += [(item, "copy", label) for item, worker, label in rows if worker == "w00003"]
    fit = fit_dawid_skene(Votes.of(rows, labels=votes.labels))
    skills = fit.to_skills()
    assert all(spammer_interval(skills, worker)[2] < 0.2 for worker in ("blind", "stubborn"))
    score = dict(zip(fit.votes.workers, fit.spammer, strict=True))
    busy = {worker for worker, count in Counter(worker for _, worker, _ in rows).items() if count >= 60}
    assert max(score["blind"], score["stubborn"]) < np.median([score[worker] for worker in busy])
    assert score["copy"] == pytest.approx(score["w00003"]), "answers that are copied look as good as they are"


def test_stopping_early_costs_little(realdata):
    """Skills from half of the birds; the answers on the others are asked for one by one."""
    rows, gold, votes = read(realdata, "bluebirds_binary")
    asked, found, most = [], [], []
    for half in (0, 1):
        learned = Votes.of([row for row in rows if int(row[0][1:]) % 2 == half], labels=votes.labels)
        skills = fit_dawid_skene(learned).to_skills()
        for item in sorted({item for item, _, _ in rows if int(item[1:]) % 2 != half}):
            given = [(worker, label) for it, worker, label in rows if it == item]
            given = [given[at] for at in np.random.default_rng(int(item[1:])).permutation(len(given))]
            at, told = 0, {"target": 0.95, "cost": 0.0, "limit": len(given)}
            while next_step(posterior_of(given[:at], skills), skills, given=at, **told).ask:
                at += 1
            asked.append(at)
            found.append(votes.labels[int(posterior_of(given[:at], skills).argmax())] == gold[item])
            most.append(Counter(label for _, label in given).most_common(1)[0][0] == gold[item])
    assert np.mean(asked) < 10 < 39, "of 39 answers"
    assert np.mean(found) > np.mean(most) + 0.03, "and better than the majority of all 39"


def test_gold_makes_it_less_sure(realdata):
    rows, gold, votes = read(realdata, "imagenet_dogs_4class")
    skills = fit_dawid_skene(votes).to_skills()
    some = dict(list(gold.items())[:100])
    better = calibrated(skills, votes, some)
    gaps, given = [], {}
    for item, worker, label in rows:
        given.setdefault(item, []).append((worker, label))
    for one in (skills, better):
        sure, true = [], []
        for item in list(gold)[100:]:
            posterior = posterior_of(given[item], one)
            sure.append(posterior.max())
            true.append(votes.labels[int(posterior.argmax())] == gold[item])
        gaps.append(np.mean(sure) - np.mean(true))
    assert gaps[0] > 0.1 and abs(gaps[1]) < 0.06


def test_answers_without_gold_give_finite_numbers(realdata):
    """44,373 ratings of web pages, some of them by one and the same person on one page."""
    rows, _, votes = read(realdata, "adultcontent3_GPRX")
    assert len(votes) < len(rows) == 44_373
    for fit in (fit_majority, fit_one_coin, fit_dawid_skene, fit_glad):
        told = fit(votes)
        assert np.isfinite(told.posterior).all() and np.isfinite(told.confusion).all()
        assert np.isfinite(told.log_likelihood) and np.allclose(told.posterior.sum(axis=1), 1)
    ordered = Votes.of([row for row in rows if row[2] != "B"], labels="GPRX")  # B: the page could not be seen
    nominal, ordinal = agreement(ordered, draws=50), agreement(ordered, scale="ordinal", draws=50)
    assert 0 < nominal.low < nominal.alpha < ordinal.alpha < 1


def test_five_votes_an_image(realdata):
    """Anonymous votes: one skill for all, which is what the pooled confusion is."""
    images = json.loads((realdata / "crowd" / "imagenet_label_errors_mturk.json").read_text("utf-8"))
    rng, rows = np.random.default_rng(0), []
    for image in images:
        said = image["mturk"]
        five = rng.permutation([key for key, count in said.items() for _ in range(count)]).tolist()
        rows += [(f"{image['id']}", f"person {place}", label) for place, label in enumerate(five)]
    votes = Votes.of(rows, labels=("given", "guessed", "both", "neither"))
    fit = fit_dawid_skene(votes)
    most, best = fit_majority(votes).best(), fit.best()
    assert len(votes) == 5 * len(images) == 27_200
    assert np.mean([best[item] == most[item] for item in votes.items]) > 0.85
    assert np.ptp([np.trace(one) for one in fit.confusion]) < 0.3, "whoever comes first is like whoever comes last"
