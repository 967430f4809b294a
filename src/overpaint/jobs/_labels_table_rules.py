"""Everything that a label policy is applied with, gathered once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from overpaint import labels

__all__ = ["Rules"]


@dataclass(frozen=True)
class Rules:
    """A policy, what labels mean, what people said of them, and the class lists that are known."""

    policy: labels.LabelPolicy
    taxonomy: labels.Taxonomy
    ratings: Mapping[str, labels.Rating]
    lists: tuple[labels.KnownList, ...]

    def plan(
        self, counts: Sequence[labels.LabelCount], *, order: Literal["kept", "sorted"], first_index: int = 0
    ) -> labels.LabelPlan:
        """What the policy makes of these labels."""
        return labels.plan_labels(
            counts,
            self.policy,
            taxonomy=self.taxonomy,
            ratings=self.ratings,
            lists=self.lists,
            order=order,
            first_index=first_index,
        )
