"""What is kept of each worker, and what is drawn from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from overpaint.errors import UsageError
from overpaint.review.crowd._votes import FloatArray

__all__ = ["STRENGTH", "LabelSkill", "LabelSkills", "design_effect", "pooled_confusion"]

STRENGTH = 4.0
"""How many answers of each truth the crowd's own confusion weighs as in a worker's."""

MOST_CREW = 64
"""How many people are thought of when it comes to who may answer next."""


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
    """What a server keeps of a crowd: counts of each worker, from which skills are drawn. Nothing in it changes.

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
    correlation
        How far answers to one item go wrong together, 0 to 1: what `calibrated` finds from gold. k answers then weigh
        as k / (1 + (k − 1) correlation) independent ones. 0: as the models have it, which are far too sure.
    """

    labels: tuple[str, ...]
    truths: FloatArray
    counts: Mapping[str, FloatArray] = field(repr=False)  # names people
    crowd: FloatArray
    strength: float = STRENGTH
    correlation: float = 0.0
    _pooled: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _check_counts(self.truths, len(self.labels), dimensions=1)
        _check_counts(self.crowd, len(self.labels), dimensions=2)
        if not 0 < self.strength < np.inf:
            raise UsageError(f"strength={self.strength}: give more than 0, such as {STRENGTH}")
        if not 0 <= self.correlation <= 1:
            raise UsageError(f"correlation={self.correlation}: give 0 to 1")
        object.__setattr__(self, "_pooled", pooled_confusion(self.crowd))

    @classmethod
    def fresh(cls, labels: Sequence[str], *, strength: float = STRENGTH) -> LabelSkills:
        """Of a crowd that has not answered yet."""
        width = len(labels)
        return cls(tuple(labels), np.zeros(width), {}, np.zeros((width, width)), strength)

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
        raised = counts + self.strength * self._pooled
        return LabelSkill(worker, raised / raised.sum(axis=1, keepdims=True), float(counts.sum()))

    def crew(self, workers: Sequence[str] = ()) -> tuple[FloatArray, FloatArray]:
        """How each of those answers who may come next (people x truths x labels), and how likely each is to be the one.

        Parameters
        ----------
        workers
            Who is at work; each as likely as the others, and of more than 64 an even choice. By default all that are
            known, by how much they answered: the 64 who answered most. Of nobody, the crowd as it is assumed to be.
        """
        return _crew(self, tuple(workers[:: 1 + (len(workers) - 1) // MOST_CREW]) if workers else ())

    def to_plain(self) -> dict[str, Any]:
        """As plain JSON, for a store; `from_plain` gives it back exactly."""
        return {
            "labels": list(self.labels),
            "truths": self.truths.tolist(),
            "counts": {worker: counts.tolist() for worker, counts in self.counts.items()},
            "crowd": self.crowd.tolist(),
            "strength": self.strength,
            "correlation": self.correlation,
        }

    @classmethod
    def from_plain(cls, kept: Mapping[str, Any]) -> LabelSkills:
        """What `to_plain` gave; without strength and correlation they are as in the beginning.

        Raises
        ------
        UsageError
            It is something else.
        """
        try:
            labels = tuple(str(label) for label in kept["labels"])
            counts = {str(worker): np.array(rows, np.float64) for worker, rows in kept["counts"].items()}
            truths, crowd = np.array(kept["truths"], np.float64), np.array(kept["crowd"], np.float64)
            strength, correlation = float(kept.get("strength", STRENGTH)), float(kept.get("correlation", 0.0))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError("skills: this is not what LabelSkills.to_plain gave; fit the votes again") from error
        for rows in counts.values():
            _check_counts(rows, len(labels), dimensions=2)
        return cls(labels, truths, counts, crowd, strength, correlation)

    def place(self, label: str, *, what: str = "label") -> int:
        """Where a label stands.

        Raises
        ------
        UsageError
            It is none of the labels.
        """
        try:
            return self.labels.index(label)
        except ValueError:
            said = f"{what} {label[:80]!r} is none of the {len(self.labels)} that can be answered"
            raise UsageError(f"{said}; name it in labels") from None


def _check_counts(numbers: FloatArray, width: int, *, dimensions: int) -> None:
    if numbers.shape != (width,) * dimensions or not (numbers >= 0).all() or not np.isfinite(numbers).all():
        said = f"give counts of {width} labels in {dimensions} dimensions, finite and not negative"
        raise UsageError(f"skills: {said}")


@lru_cache(maxsize=16)
def _crew(skills: LabelSkills, workers: tuple[str, ...]) -> tuple[FloatArray, FloatArray]:
    if not workers:
        workers = tuple(sorted(skills.counts, key=lambda worker: (-skills.counts[worker].sum(), worker))[:MOST_CREW])
        chosen = [skills.of(worker) for worker in workers]
        weights = np.array([skill.answers for skill in chosen])
        if not weights.sum() > 0:
            return skills.pooled()[None], np.ones(1)
    else:
        chosen = [skills.of(worker) for worker in workers]
        weights = np.ones(len(chosen))
    return np.stack([skill.confusion for skill in chosen]), weights / weights.sum()


def design_effect(answers: int, correlation: float) -> float:
    """How many correlated answers weigh as one independent one (Kish, "Survey Sampling", 1965)."""
    return 1 + max(0, answers - 1) * correlation


def pooled_confusion(crowd: FloatArray) -> FloatArray:
    """How a crowd answers, from its counts (truths x labels); where there are none, three of four answers are right.

    That guess weighs as one answer of each truth.
    """
    width = len(crowd)
    guess = np.full((width, width), 0.25 / max(1, width - 1))
    np.fill_diagonal(guess, 0.75 if width > 1 else 1.0)
    return np.asarray((crowd + guess) / (crowd.sum(axis=1, keepdims=True) + 1), np.float64)
