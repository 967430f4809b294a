"""Whether one more person should draw the boxes of an image."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from overpaint.errors import UsageError
from overpaint.review.crowd._box_consensus import BoxConsensus, ConsensusBox
from overpaint.review.crowd._box_model import LOOK_ALIKES, TAKEN, placed
from overpaint.review.crowd._box_skills import NODES, SHARES, BoxSkills, logistic
from overpaint.review.crowd._boxing import size_of
from overpaint.review.crowd._stopping import Step

__all__ = ["certainty_of", "next_step_boxes"]

AHEAD: Final = 3
"""How many answers are thought ahead: one alone often changes no mind, a few may."""


def certainty_of(consensus: BoxConsensus) -> float:
    """The probability that asking more people would change nothing.

    It is that each accepted box is an object and overlaps it by half, that each other one is none, and that nothing is
    missing but what nobody of the crowd would draw.
    """
    right = math.prod(one.probability * one.placed for one in consensus.accepted())
    return consensus.complete * math.exp(consensus.beyond) * right


def next_step_boxes(
    consensus: BoxConsensus,
    skills: BoxSkills,
    *,
    target: float,
    cost: float,
    given: int,
    limit: int,
    budget: float | None = None,
) -> Step:
    """Ask one more person to draw an image's boxes, or stop.

    Parameters
    ----------
    consensus
        From the answers so far.
    skills
        Whose crowd the next answer comes from.
    target
        Sure enough: the probability that all is right (`certainty_of`), above 0 to 1.
    cost
        What an answer costs, in boxes: 0.02 asks on while an answer is expected to put right 0.02 boxes (wrong ones
        accepted, or objects left out). With 0 it is asked until the target or the limit.
    given, limit
        How many answers there are, and how many there may be.
    budget
        How many answers may still be asked for, over all images. None: as many as wanted.
    """
    if not 0 < target <= 1:
        raise UsageError(f"target={target}: give a probability above 0, at most 1")
    if not cost >= 0 or not math.isfinite(cost):
        raise UsageError(f"cost={cost}: give 0 or more")
    if given < 0 or limit < 0:
        raise UsageError("given and limit: give 0 or more")
    if certainty_of(consensus) >= target:
        return Step(ask=False, reason="sure", expected_gain=0.0)
    if given >= limit:
        return Step(ask=False, reason="limit", expected_gain=0.0)
    gain = _gain(consensus, skills, given, min(AHEAD, limit - given))
    if budget is not None and budget < 1:
        return Step(ask=False, reason="budget", expected_gain=gain)
    if gain < cost:
        return Step(ask=False, reason="not-worth-it", expected_gain=gain)
    return Step(ask=True, reason="unsure", expected_gain=gain)


def _gain(consensus: BoxConsensus, skills: BoxSkills, given: int, ahead: int) -> float:
    """By how many boxes one more answer is expected to put things right: the best of the next few, per answer."""
    gains = np.zeros(ahead)
    for one in consensus.boxes:
        # what is as good as certain stays so
        if 1e-4 < one.probability < 1 - 1e-4:
            gains += _of_being(one, skills, ahead)
        if one.probability >= 0.5 and one.placed < 1 - 1e-4:
            gains += one.probability * _of_place(one, skills, ahead)
    left = sum(one.probability for one in consensus.boxes if one.probability < 0.5)
    unseen = max(0.0, consensus.expected_missed - consensus.beyond - left)
    gains += unseen * _found(skills, given, ahead)
    return float((gains / np.arange(1, ahead + 1)).max(initial=0.0))


def _of_being(one: ConsensusBox, skills: BoxSkills, ahead: int) -> np.ndarray:
    crowd, size = skills.crowd, size_of(one.box.width, one.box.height)
    seen, given = len(one.seen_by), one.given
    miss = logistic(crowd.miss[size] + NODES)
    # how hard it is, if it is an object
    hard = SHARES * miss ** (given - seen) * (1 - miss) ** seen
    hard /= hard.sum()
    # whether others could take it for an object, too, if it is none
    alike = LOOK_ALIKES * sum(crowd.objects) / 3 * TAKEN * (1 - TAKEN) ** (given - 1)
    shared = 1.0 if seen != 1 else alike / (alike + crowd.false[size])
    gains = np.zeros(ahead)
    for count in range(1, ahead + 1):
        ways = [math.comb(count, drew) for drew in range(count + 1)]
        wrong = 0.0
        for drew, way in enumerate(ways):
            real = way * float((hard * (1 - miss) ** drew * miss ** (count - drew)).sum())
            none = way * shared * TAKEN**drew * (1 - TAKEN) ** (count - drew) + (1 - shared) * (drew == 0)
            wrong += min(one.probability * real, (1 - one.probability) * none)
        gains[count - 1] = min(one.probability, 1 - one.probability) - wrong
    return gains


def _of_place(one: ConsensusBox, skills: BoxSkills, ahead: int) -> np.ndarray:
    area = one.box.area
    jitter = skills.crowd.jitter * math.sqrt(area + skills.crowd.floor**2)
    corners = np.array([[one.box.x0, one.box.y0, one.box.x1, one.box.y1]])
    later = [1 / math.sqrt(1 / max(one.spread, 1e-9) ** 2 + count / jitter**2) for count in range(1, ahead + 1)]
    return np.array([placed(corners, np.array([spread]))[0] - one.placed for spread in later])


def _found(skills: BoxSkills, given: int, ahead: int) -> np.ndarray:
    """The share of objects that nobody of so many drew, that somebody of the next few does."""
    miss = logistic(np.array(skills.crowd.miss)[:, None] + NODES)
    unseen = np.array(skills.crowd.objects)[:, None] * SHARES * miss**given
    left = [float((unseen * miss**count).sum() / unseen.sum()) for count in range(1, ahead + 1)]
    return 1 - np.array(left)
