"""Skills and objects from answers alone, in turns, until neither changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from overpaint.review.crowd._box_model import (
    BoxConsensus,
    Posterior,
    Rates,
    consensus_of,
    located,
    posterior,
    rates_of,
)
from overpaint.review.crowd._box_skills import BoxCrowd, BoxSkills, BoxTally
from overpaint.review.crowd._boxing import Boxing, ordered
from overpaint.review.crowd._evidence import Evidence, Floats

__all__ = ["BoxFit", "fit_boxes", "tallied"]

_FIRST: Final = 10.0  # what the crowd we start from is worth: images, objects


@dataclass(frozen=True, slots=True)
class BoxFit:
    """What `fit_boxes` found."""

    consensus: Mapping[str, BoxConsensus]
    skills: BoxSkills
    iterations: int
    converged: bool


def fit_boxes(
    answers: Sequence[Boxing], *, start: BoxCrowd | None = None, most: int = 100, tolerance: float = 1e-4
) -> BoxFit:
    """EM over which boxes are objects, and each worker's miss rate, false boxes and jitter.

    Parameters
    ----------
    answers
        Each worker's whole answer on each image, in any order.
    start
        What is believed of the crowd before anything is known; counts like ten answers.
    most
        Iterations.
    tolerance
        Converged when no rate changes by more than this.

    Raises
    ------
    UsageError
        Somebody answered twice on one image, or a box is no rectangle.
    """
    evidence = Evidence.of(ordered(answers))
    first = start or BoxCrowd()
    skills, rounds, changed = BoxSkills(first), 0, np.inf
    rates = rates_of(skills, evidence.workers)
    while rounds < most and changed > tolerance:
        skills = _learned(evidence, rates, first)
        new = rates_of(skills, evidence.workers)
        pairs = (
            (new.miss, rates.miss),
            (new.false, rates.false),
            (new.objects, rates.objects),
            (new.jitter, rates.jitter),
        )
        changed = max((float(np.abs(a - b).max(initial=0.0)) for a, b in pairs), default=0.0)
        rates, rounds = new, rounds + 1
    return BoxFit(consensus_of(evidence, skills), skills, rounds, changed <= tolerance)


def tallied(evidence: Evidence, rates: Rates) -> tuple[dict[str, BoxTally], Posterior]:
    """What each worker did, in expected numbers at these rates."""
    found, workers = posterior(evidence, rates), len(evidence.workers)
    drew, missed = np.zeros((workers, 3)), np.zeros((workers, 3))
    at = (evidence.pair_worker, evidence.group_size[evidence.pair_group])
    real = found.objects[evidence.pair_group]
    np.add.at(drew, at, np.where(evidence.pair_drew, real, 0.0))
    np.add.at(missed, at, np.where(evidence.pair_drew, 0.0, real))
    np.add.at(missed, evidence.answer_worker, found.unseen[evidence.answer_image])
    false = np.bincount(evidence.box_worker, 1 - found.objects[evidence.box_group], workers)
    squares, edges = _errors(evidence, rates, found)
    count = np.bincount(evidence.answer_worker, minlength=workers)
    return {
        name: BoxTally(
            tuple(drew[w].tolist()),
            tuple(missed[w].tolist()),
            float(false[w]),
            int(count[w]),
            tuple(squares[w].tolist()),
            tuple(edges[w].tolist()),
        )
        for w, name in enumerate(evidence.workers)
    }, found


def _errors(evidence: Evidence, rates: Rates, found: Posterior) -> tuple[Floats, Floats]:
    """Squared errors of edges by worker and size, and how many: the box's own uncertainty is part of them (EM)."""
    where, variance, trust = located(evidence, rates)
    group = evidence.box_group
    scale = np.maximum(np.sqrt(np.maximum(np.prod(where[:, 2:] - where[:, :2], axis=1), 0.0)), 1.0)[group, None] ** 2
    shared = (np.bincount(group, minlength=len(where)) > 1)[group]
    weight = found.objects[group] * shared
    square = ((trust * (evidence.corners - where[group]) ** 2 + variance[group]) / scale).sum(axis=1)
    squares, edges = np.zeros((len(evidence.workers), 2)), np.zeros((len(evidence.workers), 2))
    at = (evidence.box_worker, np.minimum(evidence.group_size, 1)[group])
    np.add.at(squares, at, weight * square)
    np.add.at(edges, at, weight * 4.0)
    return squares, edges


def _learned(evidence: Evidence, rates: Rates, first: BoxCrowd) -> BoxSkills:
    """The M-step: tallies, and the crowd they make."""
    tallies, found = tallied(evidence, rates)
    images = len(evidence.images)
    every = tallies.values()
    drew, missed = (np.sum([getattr(t, name) for t in every] or [[0.0] * 3], axis=0) for name in ("drew", "missed"))
    miss = (missed + _FIRST * np.array(first.miss)) / (drew + missed + _FIRST)
    false = (sum(t.false for t in every) + _FIRST * first.false) / (sum(t.answers for t in every) + _FIRST)
    here = np.bincount(evidence.group_size, 1 - found.objects, 3) + _FIRST * first.false * np.array(first.false_sizes)
    squares, edges = (np.sum([getattr(t, name) for t in every] or [[0.0] * 2], axis=0) for name in ("squares", "edges"))
    jitter = np.sqrt((squares + 4 * _FIRST * np.square(first.jitter)) / (edges + 4 * _FIRST))
    objects = np.bincount(evidence.group_size, found.objects, 3) + found.unseen.sum(axis=0)
    objects = (objects + _FIRST * np.array(first.objects)) / (images + _FIRST)
    crowd = replace(
        first,
        miss=tuple(miss.tolist()),
        false=float(false),
        false_sizes=tuple((here / here.sum()).tolist()),
        jitter=tuple(jitter.tolist()),
        objects=tuple(objects.tolist()),
    )
    return BoxSkills(crowd, tallies)
