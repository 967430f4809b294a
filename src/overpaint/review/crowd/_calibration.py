"""How sure a crowd may be, from questions whose answer is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from overpaint.errors import UsageError
from overpaint.review.crowd._label_em import normalised
from overpaint.review.crowd._skills import LabelSkills
from overpaint.review.crowd._votes import FloatArray, IntArray, Votes

__all__ = ["calibrated"]

CORRELATIONS = tuple(np.r_[np.linspace(0, 0.1, 11), np.linspace(0.12, 0.4, 15), np.linspace(0.45, 1, 12)].tolist())
EXPECTED = 0.3
MOST_NUMBERS = 20_000_000


def calibrated(skills: LabelSkills, votes: Votes, known: Mapping[str, str], *, seed: int = 0) -> LabelSkills:
    """Skills whose posteriors are as sure as they are right on the items that are known.

    The models take answers for independent, given the truth. They are not: an item that misleads one misleads others,
    and so the posteriors are far too sure. One number is fitted to gold, the correlation of answers to one item, so
    that the truths are as likely as can be after 1, 2, ... answers in a random order. A weak prior (exponential, mean
    0.3) keeps it from running away where there is little gold.

    Parameters
    ----------
    skills
        Fitted without being told the truths of these items (their votes may have been among others).
    votes
        With all answers of the known items.
    known
        Item → label. Items without votes do not count; where none has votes, the skills come back as they were given.
    seed
        Of the random orders.

    Raises
    ------
    UsageError
        The labels of votes and skills differ, a known label is none of them, or there are too many known answers.
    """
    if votes.labels != skills.labels:
        raise UsageError("votes: their labels are not those of the skills; make both of the same question")
    places, truths = votes.known(known)
    if not len(places):
        return skills
    said, truth, weight, earlier = _prefixes(skills, votes, places, truths, seed)
    log_prior, rows = np.log(skills.prior), np.arange(len(truth))
    losses = []
    for correlation in CORRELATIONS:
        posterior = normalised(log_prior + said / (1 + earlier[:, None] * correlation))[0]
        likely = np.maximum(posterior[rows, truth], np.finfo(np.float64).tiny)
        losses.append(float(-(weight * np.log(likely)).sum()) + correlation / EXPECTED)
    return replace(skills, correlation=CORRELATIONS[int(np.argmin(losses))])


def _prefixes(
    skills: LabelSkills, votes: Votes, places: IntArray, truths: IntArray, seed: int
) -> tuple[FloatArray, IntArray, FloatArray, IntArray]:
    """Log-likelihood of the first 1, 2, ... answers of each known item, its truth, weights, and answers before each."""
    truth_of = np.full(len(votes.items), -1, np.int64)
    truth_of[places] = truths
    chosen = np.flatnonzero(truth_of[votes.item] >= 0)
    if len(chosen) * len(votes.labels) > MOST_NUMBERS:
        raise UsageError(f"known: {len(chosen):,} answers are on known items; {MOST_NUMBERS // len(votes.labels):,} do")
    rng = np.random.default_rng(seed)
    chosen = chosen[np.lexsort((rng.random(len(chosen)), votes.item[chosen]))]
    item, worker, label = votes.item[chosen], votes.worker[chosen], votes.label[chosen]
    who, which = np.unique(worker, return_inverse=True)
    tables = np.stack([np.log(skills.of(votes.workers[one]).confusion) for one in who.tolist()])
    said = tables[which, :, label]
    running = np.cumsum(said, axis=0)
    first = np.flatnonzero(np.r_[True, item[1:] != item[:-1]])
    length = np.diff(np.r_[first, len(item)])
    before = np.repeat(running[first] - said[first], length, axis=0)
    earlier = np.arange(len(item)) - np.repeat(first, length)
    return running - before, truth_of[item], np.repeat(1 / length, length), earlier
