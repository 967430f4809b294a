"""Votes for the tests: any small ones, and those of a made crowd whose truth is known."""

import numpy as np
from hypothesis import strategies as st

from overpaint.review.crowd import Votes

LABELS = ("cat", "dog", "fox", "owl")


@st.composite
def small_votes(draw, *, labels=(1, 4), items=(1, 6), workers=(1, 5), least=1):
    """Few items and workers, anything else goes: labels never used, workers alone, items that share nobody."""
    width = draw(st.integers(*labels))
    names = [f"i{n}" for n in range(draw(st.integers(*items)))]
    people = [f"w{n}" for n in range(draw(st.integers(*workers)))]
    one = st.tuples(st.sampled_from(names), st.sampled_from(people), st.sampled_from(LABELS[:width]))
    return Votes.of(draw(st.lists(one, min_size=least, max_size=25)), labels=LABELS[:width])


def made_crowd(seed, *, items=200, workers=20, each=5, width=3, right=(0.5, 0.95)):
    """Votes, the truth of each item, and how often each worker is right; wrong answers fall anywhere else."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, width, items)
    skill = rng.uniform(*right, workers)
    triples = []
    for item in range(items):
        for worker in rng.choice(workers, each, replace=False):
            hit = rng.random() < skill[worker]
            label = truth[item] if hit else (truth[item] + rng.integers(1, width)) % width
            triples.append((f"i{item:04d}", f"w{worker:03d}", LABELS[label]))
    names = {f"i{item:04d}": LABELS[one] for item, one in enumerate(truth)}
    return Votes.of(triples, labels=LABELS[:width]), names, skill


def accuracy(best, truths):
    return sum(best[item] == truth for item, truth in truths.items()) / len(truths)
