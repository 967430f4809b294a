"""The model of people who draw boxes, at given skills: which groups of boxes are objects, and where those are.

What is on an image, as the model has it:

- **Objects**, Poisson many of each size class. Each has a difficulty, normal in logits; a worker misses it with a
  probability of their own and of its size class, moved by that difficulty. So what few drew may be a hard object.
- **Look-alikes**: things that are none, but that one in four takes for one (a statue, a poster). For ten objects there
  are three.
- **False boxes** of one worker alone, Poisson many, at a rate of the worker and of the size class.

A group of boxes is one of these. An edge of a box is off by the worker's systematic error and a t-distributed one, both
in proportion to the root of the object's area; the consensus box weighs workers by the inverse of its variance.

Grouping people's boxes with miss rates, false boxes and jitter of each worker is due to Branson, Van Horn & Perona
("Lean crowdsourcing", 2017); difficulties of objects, look-alikes and who is right of those who lean are ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from overpaint.review.crowd._box_skills import NODES, SHARES, BoxCrowd, Rates, logistic
from overpaint.review.crowd._evidence import Evidence, Floats

__all__ = ["LOOK_ALIKES", "TAKEN", "Posterior", "Where", "located", "placed", "posterior"]

LOOK_ALIKES: Final = 0.3
"""Things taken for objects by some, for each object."""
TAKEN: Final = 0.25
"""Share of workers who take one for an object."""
TAKEN_AWAY: Final = 0.05
"""Share of the shown boxes of objects that even a good worker takes away, at least: not measured, a careful guess."""
FREEDOM: Final = 4.0
"""Degrees of freedom of the t distribution of errors."""
_ROUNDS: Final = 3
_MEAN_ERROR: Final = math.sqrt(2 / math.pi)  # of the absolute value of a normal error
_SD_ERROR: Final = math.sqrt(1 - 2 / math.pi)
_LEAST: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What the groups are, given the answers.

    Attributes
    ----------
    objects, alone
        Of each group the probability that it is an object, and that it is one worker's false box.
    difficulty
        Of each group, if it is an object, that of each of `NODES`.
    unseen
        Objects that nobody drew, expected, by image, size class and difficulty.
    more
        By what the number of those is larger where nothing at all was found, by image.
    beyond
        Objects that nobody of this crowd draws, expected, by image.
    """

    objects: Floats
    alone: Floats
    difficulty: Floats
    unseen: Floats
    more: Floats
    beyond: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Where:
    """Where each group's thing is.

    Attributes
    ----------
    corners, scale, variance
        Of each group; the variance is that of an edge over the scale.
    spread
        Of each group, the standard deviation of an edge in pixels, what is not known of the workers' shifts included.
    trust
        Of each box, its robust weight.
    """

    corners: Floats
    scale: Floats
    variance: Floats
    spread: Floats
    trust: Floats


def posterior(evidence: Evidence, rates: Rates, crowd: BoxCrowd) -> Posterior:
    """What each group is.

    Parameters
    ----------
    rates
        Of the evidence's workers, in their order.
    """
    size, image = evidence.group_size, evidence.group_image
    difficulty, real = _hardness(evidence, rates)
    fooled, by_chance = _mistakes(evidence, rates)
    proposed = ~np.isnan(evidence.group_prior)
    with np.errstate(divide="ignore", invalid="ignore"):
        prior = np.log(evidence.group_prior), np.log1p(-evidence.group_prior)
    mean = np.array(crowd.objects)
    each = np.tile(mean, (len(evidence.images), 1))
    # how many objects an image has is learned from the image, too; but of what one alone drew nothing follows for more
    shared = np.bincount(evidence.box_group, minlength=len(image)) > 1
    for _ in range(2):
        alike = LOOK_ALIKES * each.sum(axis=1)[image] / 3
        log_real = np.where(proposed, prior[0], np.log(each[image, size])) + real
        log_alike = np.where(proposed, prior[1], np.log(alike)) + fooled
        log_alone = np.where(proposed, -np.inf, by_chance)
        total = np.logaddexp(log_real, np.logaddexp(log_alike, log_alone))
        objects = np.exp(log_real - total)
        count = np.bincount(image, objects * shared, len(each))
        each = mean * ((crowd.evenness + count) / (crowd.evenness + mean.sum()))[:, None]
    each[evidence.known] = 0.0
    # where nothing is found: pictures are often chosen for having one at least, which no Poisson number knows
    nothing = np.exp(np.bincount(image, np.log1p(-np.minimum(objects, 1 - _LEAST)), len(each)))
    usual = each.sum(axis=1)
    more = nothing * np.maximum(crowd.first / np.maximum(usual, _LEAST), 1.0) + (1 - nothing)
    alone = np.where(evidence.group_prior == 0.0, 1.0, np.exp(log_alone - total))
    unseen = each[:, :, None] * _nobody(evidence, rates)
    return Posterior(objects, alone, difficulty, unseen, more, crowd.beyond * usual)


def _hardness(evidence: Evidence, rates: Rates) -> tuple[Floats, Floats]:
    """Of each group, if it is an object: that of each difficulty, and the log chance of who drew it and who did not."""
    groups, at = len(evidence.group_image), (evidence.pair_worker, evidence.group_size[evidence.pair_group])
    chance = logistic(rates.miss[:, :, None] + NODES)
    told = np.where(evidence.pair_drew[:, None], np.log1p(_LEAST - chance)[at], np.log(chance + _LEAST)[at])
    hard = np.zeros((groups, len(NODES)))
    np.add.at(hard, evidence.pair_group, told)
    hard += np.log(SHARES)
    # the boxes of a gold question are known, and not shown
    shown = ~np.isnan(evidence.group_prior) & ~evidence.known[evidence.group_image]
    hard[shown] = np.where(NODES.min() < NODES, -np.inf, _shown(evidence, chance)[shown, None])
    top = hard.max(axis=1, initial=-np.inf, keepdims=True)
    difficulty = np.exp(hard - top)
    whole = difficulty.sum(axis=1, keepdims=True)
    return difficulty / whole, (top + np.log(whole))[:, 0]


def _mistakes(evidence: Evidence, rates: Rates) -> tuple[Floats, Floats]:
    """Of each group, if it is no object: the log chance of who drew it as a look-alike, and as one's false box."""
    groups, box_group = len(evidence.group_image), evidence.box_group
    drawn = np.bincount(box_group, minlength=groups)
    asked = np.bincount(evidence.pair_group, minlength=groups)
    fooled = drawn * np.log(TAKEN) + (asked - drawn) * np.log1p(-TAKEN)
    false = np.log(np.maximum(rates.false[evidence.box_worker, evidence.group_size[box_group]], _LEAST))
    return fooled, np.where(drawn == 1, np.bincount(box_group, false, groups), -np.inf)


def _nobody(evidence: Evidence, rates: Rates) -> Floats:
    """Of each image, the share of its objects of each size class and difficulty that nobody draws."""
    chance = logistic(rates.miss[:, :, None] + NODES)
    nobody = np.zeros((len(evidence.images), 3, len(NODES)))
    np.add.at(nobody, evidence.answer_image, np.log(chance + _LEAST)[evidence.answer_worker])
    share: Floats = SHARES * np.exp(nobody)
    return share


def _shown(evidence: Evidence, chance: Floats) -> Floats:
    """Of each group, the log chance of who left its box standing and who did not, if it is an object that was shown.

    Whoever takes a shown box away has seen it, so that how hard it is to find says nothing: a mistake is as rare as
    with the easiest objects, and no rarer than `TAKEN_AWAY`.
    """
    easy = np.maximum(chance[:, :, NODES.argmin()], TAKEN_AWAY)[
        evidence.pair_worker, evidence.group_size[evidence.pair_group]
    ]
    told = np.log(np.where(evidence.pair_drew, 1 - easy, easy))
    return np.bincount(evidence.pair_group, told, len(evidence.group_image)).astype(np.float64)


def located(evidence: Evidence, rates: Rates, crowd: BoxCrowd) -> Where:
    """Where each group's thing is, by iteratively re-weighted means."""
    count, group = len(evidence.group_image), evidence.box_group
    variance = rates.jitter[evidence.box_worker] ** 2
    shift = np.where(evidence.cut, 0.0, rates.shift[evidence.box_worker])
    nobody = np.bincount(group, minlength=count) == 0
    trust, scale = np.ones(len(group)), np.zeros(count)
    corners, precision = np.zeros((count, 4)), np.ones(count)
    for _ in range(_ROUNDS + 1):
        weight = trust / variance
        precision = np.maximum(np.bincount(group, weight, count), _LEAST)
        straight = evidence.corners - shift * scale[group, None]
        sums = [np.bincount(group, weight * straight[:, edge], count) for edge in range(4)]
        corners = np.where(nobody[:, None], evidence.group_anchor, np.stack(sums, axis=1) / precision[:, None])
        corners[:, 2:] = np.maximum(corners[:, 2:], corners[:, :2])
        scale = np.sqrt(np.prod(corners[:, 2:] - corners[:, :2], axis=1) + crowd.floor**2)
        off = (((straight - corners[group]) / scale[group, None]) ** 2).sum(axis=1) / variance
        trust = (FREEDOM + 4) / (FREEDOM + off)
    shifted = np.bincount(group, (weight * rates.shift_sd[evidence.box_worker]) ** 2, count)
    spread = scale * np.sqrt(1 / precision + shifted / precision**2)
    return Where(corners, scale, 1 / precision, np.where(nobody, 0.0, spread), trust)


def placed(corners: Floats, spread: Floats) -> Floats:
    """The probability that each box overlaps its object by half (intersection over union), if there is one.

    Edges are off by normal errors. A box overlaps by half about when the errors of its edges, each over the box's own
    width or height, sum to two thirds: by a third at both sides where it is shifted, by more where it is larger.
    """
    sides = np.maximum(corners[:, 2:] - corners[:, :2], 1.0)
    mean = _MEAN_ERROR * spread * (2 / sides).sum(axis=1)
    deviation = _SD_ERROR * spread * np.sqrt((2 / sides**2).sum(axis=1))
    z = (2 / 3 - mean) / np.maximum(deviation, _LEAST)
    return np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in np.clip(z, -30, 30).tolist()], np.float64)
