"""What is kept of each worker while answers arrive, and the posterior of one item at any moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from overpaint.errors import UsageError
from overpaint.review.crowd._label_em import normalised
from overpaint.review.crowd._votes import FloatArray

__all__ = ["LabelSkill", "LabelSkills", "posterior_of", "update"]

STRENGTH = 4.0
"""How many answers of each truth the crowd's own confusion weighs as, against a worker's."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelSkill:
    """How one worker answers.

    Attributes
    ----------
    worker
        The pseudonym.
    confusion
        Truths x labels; rows sum to 1. Drawn towards the crowd's, the more so the fewer answers there are.
    answers
        How many answers it rests on; 0 for somebody new.
    """

    worker: str
    confusion: FloatArray
    answers: float


@dataclass(frozen=True, slots=True, eq=False)
class LabelSkills:
    """What a server keeps of a crowd: counts of each worker, from which skills are drawn.

    Attributes
    ----------
    labels
        What can be answered.
    truths
        How many items were of each label, expected.
    counts
        Worker → truths x labels: how often the worker is expected to have said a label of each truth.
    crowd
        The sum of all workers' counts.
    strength
        How many answers of each truth the crowd's confusion weighs as in a worker's: a Dirichlet prior. With 4, two
        answers of a newcomer are a third of what is believed of them.
    """

    labels: tuple[str, ...]
    truths: FloatArray
    counts: Mapping[str, FloatArray]
    crowd: FloatArray
    strength: float = STRENGTH
    _pooled: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.strength > 0:
            raise UsageError(f"strength={self.strength}: give more than 0")
        object.__setattr__(self, "_pooled", _pooled(self.crowd))

    @property
    def prior(self) -> FloatArray:
        """The share of each label among items; one item of each is added, so that none is impossible."""
        raised = self.truths + 1
        return np.asarray(raised / raised.sum(), np.float64)

    def pooled(self) -> FloatArray:
        """How the crowd as a whole answers: truths x labels."""
        return self._pooled

    def of(self, worker: str) -> LabelSkill:
        """The skill of a worker; of one never seen, the crowd's."""
        counts = self.counts.get(worker)
        if counts is None:
            return LabelSkill(worker, self._pooled, 0.0)
        total = counts.sum(axis=1, keepdims=True)
        confusion = (counts + self.strength * self._pooled) / (total + self.strength)
        return LabelSkill(worker, confusion, float(total.sum()))

    def average(self, workers: Sequence[str] = ()) -> FloatArray:
        """How the next of these workers will answer, whoever it is: truths x labels. Of nobody named, the crowd."""
        if not workers:
            return self._pooled
        return np.asarray(np.mean([self.of(worker).confusion for worker in workers], axis=0), np.float64)


def posterior_of(
    votes: Iterable[tuple[str, str]], skills: LabelSkills, *, prior: FloatArray | Sequence[float] | None = None
) -> FloatArray:
    """How likely each label is for one item, from the answers so far.

    The expectation step of Dawid & Skene for one item, at the skills as they are: equal to that of a batch with the
    same confusion matrices and prior.

    Parameters
    ----------
    votes
        ``(worker, label)`` of one item; of a worker's several the last one counts.
    prior
        Of each label; by default the share that it had so far.
    """
    places = {name: at for at, name in enumerate(skills.labels)}
    shares = skills.prior if prior is None else np.asarray(prior, np.float64)
    if shares.shape != (len(places),) or not (shares >= 0).all() or not 0 < shares.sum() < np.inf:
        raise UsageError(f"prior: give {len(places)} numbers, none negative and not all 0")
    with np.errstate(divide="ignore"):
        log_joint = np.log(shares)
    for worker, label in dict(votes).items():
        if label not in places:
            raise UsageError(
                f"label {label[:80]!r} is none of the {len(places)} that can be answered; name it in labels"
            )
        log_joint = log_joint + np.log(skills.of(worker).confusion[:, places[label]])
    return normalised(log_joint)[0]


def update(
    skills: LabelSkills, votes: Iterable[tuple[str, str]], *, truth: str | None = None, prior: FloatArray | None = None
) -> LabelSkills:
    """Skills after one more item is finished: each answer counts for each truth by how likely that is.

    Parameters
    ----------
    votes
        All answers of the item, ``(worker, label)``.
    truth
        The label where it is known (a gold question); else the posterior stands for it.
    """
    given = dict(votes)
    places = {name: at for at, name in enumerate(skills.labels)}
    posterior = posterior_of(given.items(), skills, prior=prior)
    if truth is not None:
        if truth not in places:
            raise UsageError(f"truth {truth[:80]!r} is none of the labels that can be answered; name it in labels")
        posterior = np.eye(len(places))[places[truth]]
    counts, crowd = dict(skills.counts), skills.crowd.copy()
    for worker, label in given.items():
        held = counts[worker].copy() if worker in counts else np.zeros_like(crowd)
        held[:, places[label]] += posterior
        crowd[:, places[label]] += posterior
        counts[worker] = held
    return replace(skills, counts=counts, crowd=crowd, truths=skills.truths + posterior)


def _pooled(crowd: FloatArray) -> FloatArray:
    """The crowd's confusion; where little is known, three of four answers are right."""
    width = len(crowd)
    guess = np.full((width, width), 0.25 / max(1, width - 1))
    np.fill_diagonal(guess, 0.75 if width > 1 else 1.0)
    return np.asarray((crowd + guess) / (crowd.sum(axis=1, keepdims=True) + 1), np.float64)
