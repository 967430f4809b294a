"""AUC, rank-1 and TAR: fast against slow and obvious, by person; and what they are of scores that say nothing."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.measures import Scores, excess, figures_of
from overpaint.measures._reid_ranks import Ranks
from overpaint.measures._reid_scores import MOST_FACES, numbered


def drawn_pairs(scores, times):
    """Every pair, as often as it stands in a round of the bootstrap: (score, whether it is one person's)."""
    rows, columns = scores.pairs()
    for i, j in zip(rows, columns, strict=True):
        a, b = scores.people[i], scores.people[j]
        count = times[a] if a == b else times[a] * times[b]
        yield from [(float(scores.similarity[i, j]), bool(a == b))] * int(count)


def slow_auc(scores, times):
    pairs = list(drawn_pairs(scores, times))
    genuine, impostor = ([s for s, same in pairs if same is wanted] for wanted in (True, False))
    if not genuine or not impostor:
        return np.nan
    return np.mean([(g > i) + (g == i) / 2 for g in genuine for i in impostor])


def slow_tar(scores, times, far):
    pairs = list(drawn_pairs(scores, times))
    genuine, impostor = ([s for s, same in pairs if same is wanted] for wanted in (True, False))
    if not genuine or not impostor:
        return np.nan
    passing = [t for t in impostor if np.mean([i > t for i in impostor]) <= far]
    return np.mean([g > min(passing) for g in genuine])


def slow_rank1(scores, times):
    """Every choice of one gallery picture a person, for every probe."""
    people, similarity = scores.people, scores.similarity
    hits, weights = [], []
    for probe, person in enumerate(people):
        pools = [[j for j in np.flatnonzero(people == p) if j != probe] for p in range(people.max() + 1)]
        if not pools[person]:
            continue
        tops = []
        for gallery in product(*pools):
            told = [similarity[probe, j] for j in gallery]
            tops.append(told[person] > max(t for p, t in enumerate(told) if p != person))
        hits.append(np.mean(tops))
        weights.append(times[person])
    return np.average(hits, weights=weights) if sum(weights) else np.nan


def made_scores(seed, counts, *, symmetric=False, ties=False):
    draw = np.random.default_rng(seed)
    people = draw.permutation(np.repeat(np.arange(len(counts)), counts))
    told = draw.random((len(people), len(people)))
    if symmetric:
        told = (told + told.T) / 2
    if ties:
        told = np.round(told, 1)
    return Scores("naive", told.astype(np.float32), people.astype(np.int64), symmetric)


COUNTS = st.lists(st.integers(1, 3), min_size=2, max_size=5).filter(lambda counts: max(counts) > 1)


@settings(max_examples=30)
@given(st.integers(0, 99), COUNTS, st.booleans(), st.booleans())
def test_auc_and_tar_are_those_of_every_pair(seed, counts, symmetric, ties):
    scores = made_scores(seed, counts, symmetric=symmetric, ties=ties)
    ranks = Ranks(scores)
    draw = np.random.default_rng(seed)
    times = np.stack([np.ones(len(counts)), draw.multinomial(len(counts), np.full(len(counts), 1 / len(counts)))])
    slow = [[slow_auc(scores, t), slow_tar(scores, t, 0.2)] for t in times]
    fast = np.stack([ranks.auc(times), ranks.tar(times, far=0.2)], axis=1)
    np.testing.assert_allclose(fast, slow)


@settings(max_examples=30)
@given(st.integers(0, 99), COUNTS)
def test_rank1_is_the_mean_over_every_gallery(seed, counts):
    scores = made_scores(seed, counts)
    times = np.stack([np.ones(len(counts)), np.random.default_rng(seed).integers(0, 3, len(counts))])
    np.testing.assert_allclose(Ranks(scores).rank1(times), [slow_rank1(scores, t) for t in times])


def test_a_perfect_attacker():
    people = np.repeat(np.arange(6), 3)
    alike = (people[:, None] == people[None]).astype(np.float32)
    figures = figures_of(Scores("parrot", alike, people, symmetric=True), rounds=50)
    assert (figures.auc.value, figures.rank1.value, figures.tar_at_far_1e2.value) == (1, 1, 1)
    assert (figures.auc.low, figures.auc.high) == (1, 1)
    assert (figures.people, figures.faces, figures.genuine, figures.impostors) == (6, 18, 18, 135)
    assert figures.chance == pytest.approx(1 / 6)


def test_pairs_both_ways_are_counted_once():
    people = np.repeat(np.arange(6), 3)
    one, both = (figures_of(Scores("x", np.eye(18, dtype=np.float32), people, way), rounds=5) for way in (True, False))
    assert (one.genuine, one.impostors) == (both.genuine, both.impostors) == (18, 135)


def test_scores_that_are_all_alike_say_nothing():
    people = np.repeat(np.arange(10), 4)
    figures = figures_of(Scores("naive", np.ones((40, 40), np.float32), people), rounds=50)
    assert (figures.auc.value, figures.tar_at_far_1e2.value) == (0.5, 0)
    assert figures.rank1.value == pytest.approx(0.1, abs=0.08)


def test_one_in_a_thousand_is_told_from_3000_impostors_on():
    few, many = (figures_of(made_scores(0, [2] * count), rounds=5) for count in (20, 40))
    assert few.impostors < 3000 <= many.impostors
    assert few.tar_at_far_1e3.value is None
    assert few.tar_at_far_1e3.method == "fewer than 3,000 impostor pairs"
    assert many.tar_at_far_1e3.value is not None


def test_intervals_are_wider_by_person_than_pairs_would_make_them():
    """People differ: the pairs of one person are not so many independent draws."""
    draw = np.random.default_rng(3)
    people = np.repeat(np.arange(12), 8)
    easy = (np.arange(12) % 2 * 3.0)[people]
    told = draw.standard_normal((96, 96)) + np.where(people[:, None] == people[None], easy[:, None], 0)
    figures = figures_of(Scores("x", told.astype(np.float32), people), rounds=300)
    assert figures.auc.high - figures.auc.low > 0.1
    assert figures.auc.low < figures.auc.value < figures.auc.high
    assert figures.auc.unit == "people"


def test_the_excess_over_the_control_is_paired():
    mine = made_scores(1, [3] * 12)
    same = excess(mine, mine, rounds=50)
    assert (same.value, same.low, same.high) == (0, 0, 0)
    more = Scores("x", mine.similarity + (mine.people[:, None] == mine.people[None]) * 0.5, mine.people)
    told = excess(more, mine, rounds=200)
    assert 0.2 < told.low < told.value < told.high
    assert excess(more, mine, figure="rank1", rounds=50).value > 0.2
    with pytest.raises(ValueError, match="other faces"):
        excess(mine, made_scores(1, [2] * 12))
    with pytest.raises(ValueError, match="figure is 'eer'"):
        excess(mine, mine, figure="eer")


def test_the_same_seed_gives_the_same_figures():
    scores = made_scores(5, [3] * 8, ties=True)
    assert figures_of(scores, rounds=60, seed=4).to_dict() == figures_of(scores, rounds=60, seed=4).to_dict()


def test_people_become_numbers_and_names_are_left_behind():
    assert numbered(["Zed", "Amy", "Zed"]).tolist() == [1, 0, 1]
    told = str(figures_of(made_scores(0, [2, 2, 2]), rounds=5).to_dict())
    assert "person" in told
    assert "similarity" not in told


@pytest.mark.parametrize("people", [[], ["a"], ["a", "a"], ["a", "b", "c"]])
def test_too_few_people_or_pictures(people):
    with pytest.raises(UsageError, match="two people and two faces of one of them"):
        numbered(people)


def test_too_many_faces():
    with pytest.raises(UsageError, match="all pairs are compared"):
        numbered(["a", "b"] * MOST_FACES)
