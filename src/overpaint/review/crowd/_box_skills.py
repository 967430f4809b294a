"""What is known of each worker who draws boxes: sums over their answers, and the rates that follow from them.

A worker's tally is also one row of numbers (`COLUMNS`), so that rates of many workers are worked out at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "COLUMNS",
    "NODES",
    "SHARES",
    "WIDTH",
    "BoxCrowd",
    "BoxSkill",
    "BoxSkills",
    "BoxTally",
    "Rates",
    "logistic",
    "rates_from",
    "rates_of",
]

Floats = NDArray[np.float64]
Three = tuple[float, float, float]
Two = tuple[float, float]
Four = tuple[float, float, float, float]

DIFFICULTY: Final = 1.5
"""Standard deviation of an object's difficulty, in logits of being missed: of one size, some are harder."""
_POINTS, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
NODES: Final[Floats] = DIFFICULTY * _POINTS
SHARES: Final[Floats] = _WEIGHTS / _WEIGHTS.sum()
"""Difficulties that stand for all (Gauss and Hermite), and the share of objects of each."""

_APART: Final = 1.0  # standard deviation between workers, in logits of missing an object
_IMAGES: Final = 10.0  # how many answers the crowd's rates weigh against a worker's own: images; objects for jitter
_EDGES: Final = 4.0  # two boxes: workers' jitters lie far apart, so that the crowd's says little of one's own
_LEAST_JITTER: Final = 0.01
_STEPS: Final = 8
_ROOTS: Final = (24.0, 96.0)

COLUMNS: Final = {
    "drew": slice(0, 3),
    "missed": slice(3, 6),
    "alone": slice(6, 9),
    "answers": slice(9, 10),
    "tried": slice(10, 31),
    "false": slice(31, 32),
    "edges": slice(32, 33),
    "trust": slice(33, 34),
    "squares": slice(34, 35),
    "off": slice(35, 39),
}
"""Where a tally's numbers are in a row of them."""
WIDTH: Final = 39


@dataclass(frozen=True, slots=True)
class BoxCrowd:
    """What the crowd is like, which is what is believed of somebody new.

    Attributes
    ----------
    miss
        Logit of missing an object of middling difficulty, by size class.
    false
        Boxes that a worker draws where there is nothing, per image and size class.
    jitter, floor
        Standard deviation of an edge over the object's scale, which is the root of its area and of the square of the
        floor: a hand does not get better with smaller objects.
    objects, evenness
        Objects on an image by size class, and the shape of the gamma distribution of that number over images.
    first
        Objects on an image where none was found, as far as it is not known that there are none.
    beyond
        Share of objects that nobody of this crowd draws, however many are asked. Answers cannot tell; gold can.
    """

    miss: Three = (-0.4, -1.4, -2.5)
    false: Three = (0.02, 0.02, 0.02)
    jitter: float = 0.05
    floor: float = 32.0
    objects: Three = (0.4, 0.4, 0.4)
    evenness: float = 1.0
    first: float = 1.2
    beyond: float = 0.03


@dataclass(frozen=True, slots=True)
class BoxTally:
    """What one worker did, in expected numbers; tallies of different answers can be added.

    Attributes
    ----------
    drew, missed
        Objects, by size class: small, medium, large.
    false, alone
        Boxes where there was nothing; of these, those that nobody else drew, by size class.
    answers
        Images.
    tried
        Objects by size class and difficulty (`NODES`), flat.
    edges, trust, squares, off
        Edges of boxes of objects that others drew, too; the sum of the boxes' robust weights; the weighted sum of
        squared errors; the weighted sums of errors of x0, y0, x1, y1. Errors are over the object's scale.
    """

    drew: Three = (0.0, 0.0, 0.0)
    missed: Three = (0.0, 0.0, 0.0)
    false: float = 0.0
    answers: int = 0
    alone: Three = (0.0, 0.0, 0.0)
    tried: tuple[float, ...] = (0.0,) * 21
    edges: float = 0.0
    trust: float = 0.0
    squares: float = 0.0
    off: Four = (0.0, 0.0, 0.0, 0.0)

    def row(self) -> tuple[float, ...]:
        """All numbers, as `COLUMNS` has them."""
        moments = (self.edges, self.trust, self.squares, *self.off)
        return (*self.drew, *self.missed, *self.alone, self.answers, *self.tried, self.false, *moments)

    @classmethod
    def of(cls, row: Floats) -> BoxTally:
        """From such numbers."""
        return cls(
            drew=_three(row[COLUMNS["drew"]]),
            missed=_three(row[COLUMNS["missed"]]),
            alone=_three(row[COLUMNS["alone"]]),
            answers=int(row[9]),
            tried=tuple(row[COLUMNS["tried"]].tolist()),
            false=float(row[31]),
            edges=float(row[32]),
            trust=float(row[33]),
            squares=float(row[34]),
            off=_four(row[COLUMNS["off"]]),
        )


@dataclass(frozen=True, slots=True)
class BoxSkill:
    """What is believed of one worker: means of the posterior, and its standard deviations.

    Attributes
    ----------
    miss, miss_sd
        Share of objects they do not draw, by size class: small, medium, large.
    false_per_image, false_sd
        Boxes they draw on an image where there is nothing.
    jitter, jitter_sd
        Standard deviation of an edge over the root of the object's area: small ones (24 x 24 pixels), others (96 x 96).
    shift, shift_sd
        What they are off by always: x0, y0, x1, y1 over the root of the area of objects of 96 x 96 pixels. Somebody who
        draws too large has the signs - - + +, somebody who draws too far right + 0 + 0.
    answers
        Images they answered; 0: everything here is the crowd's.
    """

    worker: str
    miss: Three
    miss_sd: Three
    false_per_image: float
    false_sd: float
    jitter: Two
    jitter_sd: Two
    shift: Four
    shift_sd: float
    answers: int


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Skills of several workers as arrays, one row a worker.

    Attributes
    ----------
    miss, sure
        Logits of missing an object of middling difficulty, shape ``(workers, 3)``, and their precision.
    false
        Boxes per image where there is nothing, ``(workers, 3)``.
    jitter, shift, shift_sd
        ``(workers,)``, ``(workers, 4)`` and ``(workers,)``, over the object's scale.
    """

    miss: Floats
    sure: Floats
    false: Floats
    jitter: Floats
    shift: Floats
    shift_sd: Floats


@dataclass(frozen=True, slots=True)
class BoxSkills:
    """The crowd, and each worker's tally; a worker nobody knows yet has the crowd's rates."""

    crowd: BoxCrowd = field(default_factory=BoxCrowd)
    tallies: Mapping[str, BoxTally] = field(default_factory=dict)

    @property
    def workers(self) -> tuple[str, ...]:
        """Everybody who answered."""
        return tuple(sorted(self.tallies))

    def of(self, worker: str) -> BoxSkill:
        """The skill of a worker; of one never seen, the crowd's."""
        tally, rates = self.tallies.get(worker, BoxTally()), rates_of(self, [worker])
        chance = logistic(rates.miss[0][:, None] + NODES)
        miss, slope = chance @ SHARES, (chance * (1 - chance)) @ SHARES
        jitter = float(rates.jitter[0])
        false = float(rates.false.sum()) + max(0.0, tally.false - sum(tally.alone)) / (tally.answers + _IMAGES)
        jitter_sd = jitter / math.sqrt(2 * (tally.edges + _EDGES))
        by_size = [math.hypot(1.0, self.crowd.floor / root) for root in _ROOTS]
        return BoxSkill(
            worker,
            miss=_three(miss),
            miss_sd=_three(slope / np.sqrt(rates.sure[0])),
            false_per_image=false,
            false_sd=math.sqrt(false / (tally.answers + _IMAGES)),
            jitter=(jitter * by_size[0], jitter * by_size[1]),
            jitter_sd=(jitter_sd * by_size[0], jitter_sd * by_size[1]),
            shift=_four(rates.shift[0] * by_size[1]),
            shift_sd=float(rates.shift_sd[0]) * by_size[1],
            answers=tally.answers,
        )

    def plus(self, tallies: Mapping[str, BoxTally]) -> BoxSkills:
        """With the tallies of more answers."""
        known = dict(self.tallies)
        for worker, tally in tallies.items():
            both = np.array(tally.row())
            if worker in known:
                both += np.array(known[worker].row())
            known[worker] = BoxTally.of(both)
        return replace(self, tallies=known)


def rates_of(skills: BoxSkills, workers: Sequence[str]) -> Rates:
    """The rates of these workers."""
    nobody = BoxTally()
    rows = [skills.tallies.get(worker, nobody).row() for worker in workers]
    return rates_from(np.array(rows, np.float64).reshape(-1, WIDTH), skills.crowd)


def rates_from(rows: Floats, crowd: BoxCrowd) -> Rates:
    """The most likely rates of workers with these tallies, given what the crowd is like.

    Miss rates have a normal prior in logits around the crowd's (Newton's method), false boxes a gamma prior, squared
    jitter an inverse gamma one, systematic errors a normal one in proportion to the worker's jitter: who is precise is
    expected to be right.
    """
    tried = rows[:, COLUMNS["tried"]].reshape(-1, 3, len(NODES))
    missed, prior = rows[:, COLUMNS["missed"]], np.array(crowd.miss)
    miss, sure = np.tile(prior, (len(rows), 1)), np.ones((len(rows), 3))
    for _ in range(_STEPS):
        chance = logistic(miss[:, :, None] + NODES)
        sure = (tried * chance * (1 - chance)).sum(axis=2) + _APART**-2
        slope = missed - (tried * chance).sum(axis=2) - (miss - prior) * _APART**-2
        miss = miss + np.clip(slope / sure, -1.0, 1.0)
    answers = rows[:, COLUMNS["answers"]]
    false = (rows[:, COLUMNS["alone"]] + _IMAGES * np.array(crowd.false)) / (answers + _IMAGES)
    trust, off = rows[:, COLUMNS["trust"]], rows[:, COLUMNS["off"]]
    shift = off / (trust + 1.0)
    # the sum of trust * (error - shift)^2, multiplied out
    squares = rows[:, COLUMNS["squares"]] + (trust * shift**2 - 2 * shift * off).sum(axis=1, keepdims=True)
    weight = _EDGES
    variance = (np.maximum(squares, 0.0) + weight * crowd.jitter**2) / (rows[:, COLUMNS["edges"]] + weight)
    jitter = np.maximum(np.sqrt(variance[:, 0]), _LEAST_JITTER)
    return Rates(miss, sure, false, jitter, shift, jitter / np.sqrt(trust[:, 0] + 1.0))


def logistic(value: Floats) -> Floats:
    """1 / (1 + exp(-value))."""
    found: Floats = 1 / (1 + np.exp(-value))
    return found


def _three(values: Floats) -> Three:
    return float(values[0]), float(values[1]), float(values[2])


def _four(values: Floats) -> Four:
    return float(values[0]), float(values[1]), float(values[2]), float(values[3])
