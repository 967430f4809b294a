"""Skills and objects from answers alone, in turns, until neither changes (EM)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from overpaint.records import Box
from overpaint.review.crowd._box_consensus import BoxConsensus, consensus_of
from overpaint.review.crowd._box_model import Posterior, Where, located, posterior
from overpaint.review.crowd._box_skills import COLUMNS, NODES, WIDTH, BoxCrowd, BoxSkills, BoxTally, Rates, rates_from
from overpaint.review.crowd._boxing import Boxing, ordered
from overpaint.review.crowd._evidence import Evidence, Floats, Proposals

__all__ = ["BoxFit", "fit_boxes", "tallied"]

_FIRST: Final = 10.0  # what the crowd we start from is worth, in images
_FEW: Final = 2.0
_KNOWN: Final = 100.0  # known objects that the belief in what nobody draws is worth
_LEAST: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class BoxFit:
    """What `fit_boxes` found.

    Attributes
    ----------
    consensus
        By image.
    skills
        Of everybody who answered, and of the crowd.
    """

    consensus: Mapping[str, BoxConsensus]
    skills: BoxSkills
    iterations: int
    converged: bool


def fit_boxes(
    answers: Sequence[Boxing],
    *,
    proposals: Mapping[str, Proposals] | None = None,
    truth: Mapping[str, Sequence[Box]] | None = None,
    start: BoxCrowd | None = None,
    most: int = 100,
    tolerance: float = 1e-3,
) -> BoxFit:
    """EM over which boxes are objects, and each worker's miss rates, false boxes, systematic errors and jitter.

    Parameters
    ----------
    answers
        Each worker's whole answer on each image, in any order.
    proposals
        By image: boxes that were shown, each with the probability that it is of an object.
    truth
        By image: its objects, where they are known (gold questions).
    start
        What is believed of the crowd before anything is known; counts like ten images.
    most
        Iterations.
    tolerance
        Converged when no group's probability changes by more than this.

    Raises
    ------
    UsageError
        Somebody answered twice on one image, or a box is no rectangle.
    """
    gold = {image: [(box, 1.0) for box in boxes] for image, boxes in (truth or {}).items()}
    evidence = Evidence.of(ordered(answers), {**(proposals or {}), **gold}, known=gold)
    first = start or BoxCrowd()
    crowd, rows = first, np.zeros((len(evidence.workers), WIDTH))
    before, rounds, changed = np.full(len(evidence.group_image), np.inf), 0, np.inf
    while rounds < most and changed > tolerance:
        rates = rates_from(rows, crowd)
        found = posterior(evidence, rates, crowd)
        changed = float(np.abs(found.objects - before).max(initial=0.0))
        where = located(evidence, rates, crowd)
        rows = tallied(evidence, rates, found, where)
        crowd = _learned(evidence, rows, found, crowd, first)
        before, rounds = found.objects, rounds + 1
    skills = BoxSkills(crowd, {name: BoxTally.of(row) for name, row in zip(evidence.workers, rows, strict=True)})
    return BoxFit(consensus_of(evidence, skills), skills, rounds, changed <= tolerance)


def tallied(evidence: Evidence, rates: Rates, found: Posterior, where: Where) -> Floats:
    """What each worker of the evidence did, in expected numbers: one row of `COLUMNS` each."""
    count, group = len(evidence.workers), evidence.box_group
    at = (evidence.pair_worker, evidence.group_size[evidence.pair_group])
    real = found.objects[evidence.pair_group]
    tried, drew, missed, alone = np.zeros((count, 3, len(NODES))), *np.zeros((3, count, 3))
    np.add.at(tried, at, (found.objects[:, None] * found.difficulty)[evidence.pair_group])
    np.add.at(tried, evidence.answer_worker, found.unseen[evidence.answer_image])
    np.add.at(drew, at, np.where(evidence.pair_drew, real, 0.0))
    np.add.at(missed, at, np.where(evidence.pair_drew, 0.0, real))
    np.add.at(missed, evidence.answer_worker, found.unseen.sum(axis=2)[evidence.answer_image])
    np.add.at(alone, (evidence.box_worker, evidence.group_size[group]), found.alone[group])
    rows = np.zeros((count, WIDTH))
    rows[:, COLUMNS["false"]] = np.bincount(evidence.box_worker, 1 - found.objects[group], count)[:, None]
    rows[:, COLUMNS["tried"]] = tried.reshape(count, 3 * len(NODES))
    rows[:, COLUMNS["drew"]], rows[:, COLUMNS["missed"]], rows[:, COLUMNS["alone"]] = drew, missed, alone
    rows[:, COLUMNS["answers"]] = np.bincount(evidence.answer_worker, minlength=count)[:, None]
    _add_errors(rows, evidence, rates, found, where)
    return rows


def _add_errors(rows: Floats, evidence: Evidence, rates: Rates, found: Posterior, where: Where) -> None:
    """Errors of edges, where others drew the same; the consensus box's own uncertainty is part of them."""
    group = evidence.box_group
    known = evidence.group_prior == 1.0
    corners = np.where(known[:, None], evidence.group_anchor, where.corners)
    shared = (np.bincount(group, minlength=len(known)) > 1) | known
    weight = (found.objects * shared)[group]
    off = (evidence.corners - corners[group]) / where.scale[group, None]
    # of an edge that the picture cuts off, what would have been is only expected
    cut, shift, spread = evidence.cut, rates.shift[evidence.box_worker], rates.jitter[evidence.box_worker, None] ** 2
    off = np.where(cut, shift, off)
    own_spread = (cut * spread).sum(axis=1)
    trusted, own = weight * where.trust, np.where(known, 0.0, where.variance)[group]
    worker, count = evidence.box_worker, len(rows)
    sums = [_summed(worker, trusted * off[:, edge], count) for edge in range(4)]
    edges, trust = (_summed(worker, value, count) for value in (4 * weight, trusted))
    squares = _summed(worker, trusted * (off**2).sum(axis=1) + weight * (own_spread + 4 * own), count)
    total = np.stack(sums, axis=1)
    if not known.any():
        # nobody knows where edges are; those who jitter least are right, on average over them
        weight = (trust / (trust + 1) / rates.jitter**2)[:, None]
        lean = (weight * total / (trust + 1)[:, None]).sum(axis=0) / max(float(weight.sum()), _LEAST)
        squares += (trust[:, None] * lean**2 - 2 * lean * total).sum(axis=1)
        total -= trust[:, None] * lean
    rows[:, COLUMNS["edges"]], rows[:, COLUMNS["trust"]] = edges[:, None], trust[:, None]
    rows[:, COLUMNS["squares"]], rows[:, COLUMNS["off"]] = squares[:, None], total


def _summed(where: npt.NDArray[np.int64], values: Floats, count: int) -> Floats:
    """Sums by place; of nothing `np.bincount` gives integers."""
    return np.bincount(where, values, count).astype(np.float64)


def _learned(evidence: Evidence, rows: Floats, found: Posterior, crowd: BoxCrowd, first: BoxCrowd) -> BoxCrowd:
    """The crowd that workers with these sums make."""
    rates = rates_from(rows, crowd)
    # by how much each worker's own answers say what their miss rate is
    sure = rates.sure - rates.sure.min(axis=0, initial=1.0)
    miss = (sure * rates.miss).sum(axis=0) + _FEW * np.array(first.miss)
    miss /= sure.sum(axis=0) + _FEW
    answers = float(rows[:, COLUMNS["answers"]].sum())
    false = (rows[:, COLUMNS["alone"]].sum(axis=0) + _FIRST * np.array(first.false)) / (answers + _FIRST)
    edges = rows[:, COLUMNS["edges"]][:, 0]
    spread = (rates.jitter**2 * edges).sum() + 4 * _FIRST * first.jitter**2
    objects = found.unseen.sum(axis=(0, 2)) + _FIRST * np.array(first.objects)
    objects += np.bincount(evidence.group_size, found.objects, 3)
    return replace(
        crowd,
        miss=tuple(miss.tolist()),
        false=tuple(false.tolist()),
        jitter=float(np.sqrt(spread / (edges.sum() + 4 * _FIRST))),
        objects=tuple((objects / (len(evidence.images) + _FIRST)).tolist()),
        evenness=_evenness(evidence, found),
        first=_next_after_none(evidence, found),
        beyond=_beyond(evidence, first),
    )


def _next_after_none(evidence: Evidence, found: Posterior) -> float:
    """Objects expected on an image where none was found: images with one, for each with none (Robbins' estimate)."""
    count = np.bincount(evidence.group_image, found.objects, len(evidence.images))
    mean = float(count.mean()) if len(count) else 1.0
    none, one = float((count < 0.5).sum()), float(((count >= 0.5) & (count < 1.5)).sum())
    # like ten images more of a Poisson number
    return float((one + _FIRST * mean * np.exp(-mean)) / (none + _FIRST * np.exp(-mean)))


def _beyond(evidence: Evidence, first: BoxCrowd) -> float:
    """Of the known objects that three or more were asked about, the share that nobody drew."""
    count = len(evidence.group_image)
    asked = np.bincount(evidence.pair_group, minlength=count) >= 3
    known = (evidence.group_prior == 1.0) & asked
    missed = known & (np.bincount(evidence.box_group, minlength=count) == 0)
    return float((missed.sum() + _KNOWN * first.beyond) / (known.sum() + _KNOWN))


def _evenness(evidence: Evidence, found: Posterior) -> float:
    """Shape of the gamma distribution of the number of objects on an image, by its mean and variance."""
    count = np.bincount(evidence.group_image, found.objects, len(evidence.images)) + found.unseen.sum(axis=(1, 2))
    mean, images = float(count.mean()) if len(count) else 0.0, len(count)
    beyond = float(count.var()) - mean if images else 0.0
    # like ten images more of a gamma distribution with shape 1
    shape = (images * mean**2 + _FIRST * mean**2) / max(images * max(beyond, 0.0) + _FIRST * mean**2, 1e-9)
    return float(np.clip(shape, 0.1, 100.0))
