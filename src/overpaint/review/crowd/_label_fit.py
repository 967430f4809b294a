"""What a label model says: of items, of workers, and how it got there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from overpaint.review.crowd._label_em import expected_counts
from overpaint.review.crowd._skills import STRENGTH, LabelSkills
from overpaint.review.crowd._spammers import spammer_scores
from overpaint.review.crowd._votes import FloatArray, Votes

__all__ = ["LabelFit"]


@dataclass(frozen=True, slots=True, eq=False)
class LabelFit:
    """A label model fitted to votes; every number in it is finite.

    Attributes
    ----------
    votes
        What it was fitted to, with the names of items, workers and labels.
    posterior
        Items x labels: how likely each label is; rows sum to 1. (Of a majority: the shares of the votes.)
    prior
        The share of each label among the items.
    confusion
        Workers x truths x labels: how likely a worker says a label of an item of each truth; rows sum to 1.
    difficulty
        Of each item, above 0: GLAD's 1/β. None where the model knows no difficulty.
    iterations, converged
        Rounds of expectation-maximisation, and whether it stopped because no posterior moved any more.
    log_likelihood
        Natural logarithm of the probability of all votes under the model.
    spammer
        Of each worker, 0 (answers say nothing) to 1: `spammer_scores`.
    """

    votes: Votes
    posterior: FloatArray
    prior: FloatArray
    confusion: FloatArray
    iterations: int
    converged: bool
    log_likelihood: float
    difficulty: FloatArray | None = None
    spammer: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spammer", spammer_scores(self.confusion, self.posterior.sum(axis=0)))

    def best(self) -> dict[str, str]:
        """The most likely label of each item; of equally likely ones, the first in the order of the labels."""
        highest = np.argmax(self.posterior, axis=1).tolist()
        return {item: self.votes.labels[place] for item, place in zip(self.votes.items, highest, strict=True)}

    def to_skills(self, *, strength: float = STRENGTH) -> LabelSkills:
        """What a server keeps, to go on from here as answers arrive."""
        counts = expected_counts(self.votes, self.posterior)
        answered = np.bincount(self.votes.worker, minlength=len(self.votes.workers))
        return LabelSkills(
            labels=self.votes.labels,
            truths=self.posterior.sum(axis=0),
            counts={name: counts[at] for at, name in enumerate(self.votes.workers) if answered[at]},
            crowd=counts.sum(axis=0),
            strength=strength,
        )
