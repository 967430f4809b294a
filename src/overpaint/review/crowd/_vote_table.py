"""ImageNet's vote table: how likely an image is right, given so many who said yes and so many who said no."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from overpaint.errors import UsageError
from overpaint.review.crowd._votes import FloatArray, IntArray

__all__ = ["MOST_VOTES", "Verdict", "VoteTable"]

Verdict = Literal["accept", "reject", "ask"]

MOST_VOTES = 30
"""Votes of each kind that the table knows; more of a kind count as so many."""

MOST_COUNTED = 100_000
FEWEST = 10
WEIGHT = 2.0
UNSEEN = 1e-3  # a cell without items weighs next to nothing where the table is made to rise and fall
ROUNDS = 200


@dataclass(frozen=True, slots=True, eq=False)
class VoteTable:
    """P(correct | yes votes, no votes), from a sample with many votes on each item.

    Attributes
    ----------
    probability
        Yes votes x no votes, 0 to 30 of each; never falls with more yes, never rises with more no.
    seen
        How many items of the sample each cell rests on, counted in parts: an item with 7 yes and 3 no came through
        (2, 1) in some of the orders in which its votes may have come.
    items
        How many items were in the sample.
    accept, reject
        At or above ``accept`` an item is taken, at or below ``reject`` it is not.
    """

    probability: FloatArray
    seen: FloatArray
    items: int
    accept: float = 0.95
    reject: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.reject < self.accept <= 1:
            raise UsageError(f"accept={self.accept}, reject={self.reject}: give 0 <= reject < accept <= 1")

    @classmethod
    def of(
        cls,
        counts: Iterable[tuple[int, int]],
        *,
        truths: Sequence[float] | None = None,
        fewest: int = FEWEST,
        accept: float = 0.95,
        reject: float = 0.05,
    ) -> VoteTable:
        """The table of a sample.

        Each item counts in every cell that it may have passed, as often as the orders of its votes have it there. Cells
        that few items passed are drawn towards what equal, independent voters would give (worth two items); then the
        table is made to rise with yes and to fall with no.

        Parameters
        ----------
        counts
            ``(yes, no)`` of each item.
        truths
            Of each item, the probability that it is right, where something better is known (experts, `LabelFit`). By
            default the majority of its votes decides, which is what the paper did; a tie is half right.
        fewest
            Items with fewer votes are left out; the paper's ten.
        accept, reject
            What `decide` goes by.

        Raises
        ------
        UsageError
            No item has enough votes, a count is out of range, or ``truths`` does not fit.

        References
        ----------
        Deng et al., "ImageNet: A Large-Scale Hierarchical Image Database", CVPR 2009, section 3.2.
        """
        given = np.array([(yes, no) for yes, no in counts], np.int64).reshape(-1, 2)
        if (given < 0).any() or (given > MOST_COUNTED).any():
            raise UsageError(f"counts: an item has fewer than 0 or more than {MOST_COUNTED:,} votes of a kind")
        yes, no = given.T
        right = np.where(yes == no, 0.5, yes > no) if truths is None else np.asarray(truths, np.float64)
        if right.shape != yes.shape or not ((right >= 0) & (right <= 1)).all():
            raise UsageError(f"truths: give {len(yes)} probabilities, one for each item")
        many = yes + no >= max(1, fewest)
        yes, no, right = yes[many], no[many], right[many]
        if not len(yes):
            raise UsageError(f"counts: no item has {fewest} votes or more; collect them on a sample first")
        seen, good = _passed(yes, no, right)
        drawn = (good + WEIGHT * _independent(yes, no, right)) / (seen + WEIGHT)
        probability = _monotone(drawn, seen + UNSEEN)
        return cls(probability, seen, len(yes), accept, reject)

    def p(self, yes: int, no: int) -> float:
        """P(correct | yes, no); above 30 of a kind, as with 30."""
        if yes < 0 or no < 0:
            raise UsageError(f"yes={yes}, no={no}: numbers of votes are not negative")
        return float(self.probability[min(yes, MOST_VOTES), min(no, MOST_VOTES)])

    def decide(self, yes: int, no: int) -> Verdict:
        """Take the item, leave it, or ask one more person."""
        probability = self.p(yes, no)
        return "accept" if probability >= self.accept else "reject" if probability <= self.reject else "ask"


def _passed(yes: IntArray, no: IntArray, right: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Items, and right items, that came through each cell: the share of orders, C(Y, y) C(N, n) / C(Y + N, y + n)."""
    side = np.arange(MOST_VOTES + 1)
    seen, good = np.zeros((len(side), len(side))), np.zeros((len(side), len(side)))
    pairs, which = np.unique(np.stack([yes, no], axis=1), axis=0, return_inverse=True)
    items = np.bincount(which.ravel(), minlength=len(pairs))
    right_ones = np.bincount(which.ravel(), weights=right, minlength=len(pairs))
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, int((yes + no).max()) + 1)))])
    for (ayes, noes), count, correct in zip(pairs.tolist(), items.tolist(), right_ones.tolist(), strict=True):
        up, across = side[: min(ayes, MOST_VOTES) + 1], side[: min(noes, MOST_VOTES) + 1]
        chosen = (up[:, None] + across[None, :]).astype(np.int64)
        log_share = (
            (logs[ayes] - logs[up] - logs[ayes - up])[:, None]
            + (logs[noes] - logs[across] - logs[noes - across])[None, :]
            - (logs[ayes + noes] - logs[chosen] - logs[ayes + noes - chosen])
        )
        share = np.exp(log_share)
        seen[: len(up), : len(across)] += count * share
        good[: len(up), : len(across)] += correct * share
    return seen, good


def _independent(yes: IntArray, no: IntArray, right: FloatArray) -> FloatArray:
    """P(correct | yes, no) if all voters were alike and independent, with the rates of the sample."""
    votes = yes + no
    # a few votes are added of people who are right three times of four, so that no rate is 0 or 1
    ayes_if_right = ((right * yes).sum() + 3) / ((right * votes).sum() + 4)
    ayes_if_wrong = (((1 - right) * yes).sum() + 1) / (((1 - right) * votes).sum() + 4)
    share = (right.sum() + 1) / (len(right) + 2)
    side = np.arange(MOST_VOTES + 1)
    logit = (
        np.log(share / (1 - share))
        + side[:, None] * np.log(ayes_if_right / ayes_if_wrong)
        + side[None, :] * np.log((1 - ayes_if_right) / (1 - ayes_if_wrong))
    )
    return np.asarray(np.exp(-np.logaddexp(0, -logit)), np.float64)


def _monotone(table: FloatArray, weights: FloatArray) -> FloatArray:
    """The nearest table, by weighted squares, that rises with yes and falls with no.

    Rows and columns in turn (Dykstra & Robertson, "An Algorithm for Isotonic Regression for Two or More Independent
    Variables", 1982); what little is left to do after the last round is taken from above and below alike.
    """
    nearest, by_no, by_yes = table, np.zeros_like(table), np.zeros_like(table)
    for _ in range(ROUNDS):
        before = nearest
        falling = 1 - _rising(1 - (nearest + by_no), weights)
        by_no = nearest + by_no - falling
        nearest = _rising((falling + by_yes).T, weights.T).T
        by_yes = falling + by_yes - nearest
        if np.abs(nearest - before).max() < 1e-6:
            break
    above = np.maximum.accumulate(np.maximum.accumulate(nearest, axis=0)[:, ::-1], axis=1)[:, ::-1]
    below = np.minimum.accumulate(np.minimum.accumulate(nearest[::-1], axis=0)[::-1], axis=1)
    return np.asarray(np.clip((above + below) / 2, 0, 1), np.float64)


def _rising(lines: FloatArray, weights: FloatArray) -> FloatArray:
    """Each line's nearest one that never falls: at i, the largest over j <= i of the least mean of j to k >= i."""
    edges = np.zeros((len(lines), 1))
    sums = np.concatenate([edges, np.cumsum(lines * weights, axis=1)], axis=1)
    heavy = np.concatenate([edges, np.cumsum(weights, axis=1)], axis=1)
    ordered = np.tri(lines.shape[1], dtype=bool).T  # j <= k
    spans = np.where(ordered, heavy[:, None, 1:] - heavy[:, :-1, None], 1)
    means = np.where(ordered, (sums[:, None, 1:] - sums[:, :-1, None]) / spans, np.inf)
    least = np.minimum.accumulate(means[:, :, ::-1], axis=2)[:, :, ::-1]
    return np.asarray(np.where(ordered, least, -np.inf).max(axis=1), np.float64)
