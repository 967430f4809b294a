"""Scores sorted once, so that each round of a bootstrap by person is a few passes over them."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from overpaint.measures._reid_scores import Scores

__all__ = ["Ranks"]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CHOICES: Final = 10  # gallery pictures tried for each probe: more change the mean little and cost time


class Ranks:
    """The pairs of some scores, sorted.

    Attributes
    ----------
    people, genuine, impostors
        How many people, and pairs of pictures, each counted once whatever the direction.
    chance
        Rank-1 of guessing.
    everyone
        The round in which everybody was drawn once: 1 x people.
    """

    def __init__(self, scores: Scores, *, seed: int = 0, choices: int = CHOICES) -> None:
        people, similarity = scores.people, scores.similarity
        rows, columns = scores.pairs()
        told = similarity[rows, columns].astype(np.float64)
        first, second = people[rows], people[columns]
        same = first == second
        order = np.argsort(told[~same], kind="stable")
        self._impostor = told[~same][order]
        self._pair = np.stack([first[~same][order], second[~same][order]])
        order = np.argsort(told[same], kind="stable")
        self._genuine, self._person = told[same][order], first[same][order]
        self._below = np.searchsorted(self._impostor, self._genuine, "left")
        self._upto = np.searchsorted(self._impostor, self._genuine, "right")
        self.people = int(people.max()) + 1
        self.chance = 1 / self.people
        both_ways = 1 if scores.symmetric else 2
        self.genuine, self.impostors = len(self._genuine) // both_ways, len(self._impostor) // both_ways
        self.everyone: Doubles = np.ones((1, self.people))
        self._first, self._owner, self._each = _firsts(similarity, people, choices, seed)

    def auc(self, times: Doubles) -> Doubles:
        """Area under the curve for rounds in which each person was drawn so many times (R x people): R values.

        The share of (genuine, impostor) pairs in the right order, ties a half (Mann and Whitney 1947), weighted.
        """
        values = np.full(len(times), np.nan)
        for number, drawn in enumerate(times):
            weight = drawn[self._person]
            upto = self._cumulated(drawn)
            if weight.sum() and upto[-1]:
                right = weight @ (upto[self._below] + upto[self._upto]) / 2
                values[number] = right / (weight.sum() * upto[-1])
        return values

    def tar(self, times: Doubles, *, far: float) -> Doubles:
        """Share of genuine pairs above the lowest threshold that `far` of the impostors exceed at most: R values."""
        values = np.full(len(times), np.nan)
        for number, drawn in enumerate(times):
            weight = drawn[self._person]
            upto = self._cumulated(drawn)
            if weight.sum() and upto[-1]:
                place = int(np.searchsorted(upto, (1 - far) * upto[-1] * (1 - 1e-12), "left"))
                threshold = self._impostor[max(0, place - 1)]
                accepted = weight[np.searchsorted(self._genuine, threshold, "right") :].sum()
                values[number] = accepted / weight.sum()
        return values

    def rank1(self, times: Doubles) -> Doubles:
        """How often the right one of all people scores highest, probes weighted by how often their people were drawn.

        The gallery stays all people: with people missing from it, as in each round of a bootstrap, naming the right
        one would be easier. R values.
        """
        values = np.full(len(times), np.nan)
        weight = times[:, self._owner] * self._each
        total = weight.sum(axis=1)
        values[total > 0] = (weight @ self._first)[total > 0] / total[total > 0]
        return values

    def _cumulated(self, drawn: Doubles) -> Doubles:
        """Weight of the impostors up to each, a 0 first."""
        weights = drawn[self._pair[0]] * drawn[self._pair[1]]
        return np.concatenate([[0.0], np.cumsum(weights)])


def _firsts(
    similarity: npt.NDArray[np.float32], people: Ints, choices: int, seed: int
) -> tuple[Doubles, Ints, Doubles]:
    """For each probe and choice of its person's gallery picture: how likely that scores highest, the person, a weight.

    For a gallery picture with score s, another person with k pictures, one of them drawn, stays below with the share
    of the k that score less; pictures are drawn independently, so the shares multiply. Weights of a probe's choices
    sum to 1. Equal scores are told apart by chance, as an attacker would who has to name one.
    """
    draw = np.random.default_rng(seed)
    order = np.argsort(people, kind="stable")
    starts = np.flatnonzero(np.diff(people[order], prepend=-1))
    counts = np.diff(np.r_[starts, len(people)])
    firsts, owners, weights = [], [], []
    for probe, person in enumerate(people if choices else people[:0]):
        told = similarity[probe].astype(np.float64) + 1e-9 * draw.random(len(people))
        told = np.where(np.arange(len(people)) == probe, np.inf, told)  # never below: its person is left out anyway
        own = np.flatnonzero((people == person) & (np.arange(len(people)) != probe))
        if len(own) > choices:
            own = draw.choice(own, choices, replace=False)
        for chosen in own:
            below = np.add.reduceat((told[order] < told[chosen]).astype(np.float64), starts) / counts
            firsts.append(float(np.prod(np.delete(below, person))))
            owners.append(int(person))
            weights.append(1 / len(own))
    return np.asarray(firsts), np.asarray(owners, np.int64), np.asarray(weights)
