"""What is known of each worker who draws boxes: tallies, and the rates that follow from them and from the crowd."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["BoxCrowd", "BoxSkill", "BoxSkills", "BoxTally"]

Three = tuple[float, float, float]
Two = tuple[float, float]
_START: Final = 10.0
_EDGES: Final = 4.0


@dataclass(frozen=True, slots=True)
class BoxCrowd:
    """What the crowd is like, which is what is believed of somebody new.

    Attributes
    ----------
    miss, miss_weight
        Share of objects a worker does not draw, by size class, and how many seen objects that belief is worth.
    false, false_weight
        Boxes a worker draws on an image where there is nothing, and how many images that belief is worth.
    false_sizes
        Of those, the shares by size class.
    jitter, jitter_weight
        Standard deviation of an edge over the root of the box's area (small boxes; others), and how many edges that
        belief is worth.
    objects, objects_weight
        Objects on an image by size class, and how many images the belief of one image's own number is worth.
    """

    miss: Three = (0.4, 0.2, 0.1)
    miss_weight: Three = (_START, _START, _START)
    false: float = 0.1
    false_weight: float = _START
    false_sizes: Three = (1 / 3, 1 / 3, 1 / 3)
    jitter: Two = (0.12, 0.08)
    jitter_weight: Two = (_EDGES * _START, _EDGES * _START)
    objects: Three = (0.5, 0.5, 0.5)


@dataclass(frozen=True, slots=True)
class BoxTally:
    """What one worker did, in expected numbers.

    Attributes
    ----------
    drew, missed
        Objects by size class.
    false
        Boxes where there was nothing.
    answers
        Images.
    squares, edges
        Sum of squared errors of edges over the root of the box's area, and how many edges (small boxes; others).
    """

    drew: Three = (0.0, 0.0, 0.0)
    missed: Three = (0.0, 0.0, 0.0)
    false: float = 0.0
    answers: int = 0
    squares: Two = (0.0, 0.0)
    edges: Two = (0.0, 0.0)

    def plus(self, other: BoxTally) -> BoxTally:
        """Both together."""
        drew, missed = (
            (one[0] + two[0], one[1] + two[1], one[2] + two[2])
            for one, two in ((self.drew, other.drew), (self.missed, other.missed))
        )
        squares, edges = (
            (one[0] + two[0], one[1] + two[1])
            for one, two in ((self.squares, other.squares), (self.edges, other.edges))
        )
        return BoxTally(drew, missed, self.false + other.false, self.answers + other.answers, squares, edges)


@dataclass(frozen=True, slots=True)
class BoxSkill:
    """What is believed of one worker.

    Attributes
    ----------
    miss, miss_sd
        Share of objects they do not draw, by size class (small, medium, large), and its posterior standard deviation.
    false_per_image, false_sd
        Boxes they draw on an image where there is nothing.
    jitter, jitter_sd
        Standard deviation of an edge over the root of the box's area: small boxes, others.
    answers
        Images they answered; 0: everything here is the crowd's.
    """

    worker: str
    miss: Three
    false_per_image: float
    jitter: Two
    answers: int
    miss_sd: Three
    false_sd: float
    jitter_sd: Two


@dataclass(frozen=True, slots=True)
class BoxSkills:
    """The crowd and its workers; a worker nobody knows yet has the crowd's rates.

    The rates are posterior means: miss rates of a beta, false boxes of a gamma, squared jitter of an inverse gamma,
    whose priors are the crowd's.
    """

    crowd: BoxCrowd = field(default_factory=BoxCrowd)
    tallies: Mapping[str, BoxTally] = field(default_factory=dict)

    def __getitem__(self, worker: str) -> BoxSkill:
        crowd, tally = self.crowd, self.tallies.get(worker, BoxTally())
        miss, miss_sd = [], []
        for c in range(3):
            a = crowd.miss[c] * crowd.miss_weight[c] + tally.missed[c]
            b = (1 - crowd.miss[c]) * crowd.miss_weight[c] + tally.drew[c]
            miss.append(a / (a + b))
            miss_sd.append(math.sqrt(a * b / (a + b + 1)) / (a + b))
        shape, rate = crowd.false * crowd.false_weight + tally.false, crowd.false_weight + tally.answers
        jitter, jitter_sd = [], []
        for c in range(2):
            n = crowd.jitter_weight[c] + tally.edges[c]
            variance = (crowd.jitter[c] ** 2 * crowd.jitter_weight[c] + tally.squares[c]) / n
            jitter.append(math.sqrt(variance))
            jitter_sd.append(math.sqrt(variance / (2 * n)))
        return BoxSkill(
            worker,
            (miss[0], miss[1], miss[2]),
            shape / rate,
            (jitter[0], jitter[1]),
            tally.answers,
            (miss_sd[0], miss_sd[1], miss_sd[2]),
            math.sqrt(shape) / rate,
            (jitter_sd[0], jitter_sd[1]),
        )

    def plus(self, tallies: Mapping[str, BoxTally]) -> BoxSkills:
        """With more answers."""
        known = dict(self.tallies)
        for worker, tally in tallies.items():
            known[worker] = known.get(worker, BoxTally()).plus(tally)
        return BoxSkills(self.crowd, known)
