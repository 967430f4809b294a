"""What the label policy in force makes of a run's labels: aggregates, by clause; no label is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from overpaint import pipeline
from overpaint.rundir import Run

__all__ = ["LabelClause", "LabelFacts", "label_facts"]


@dataclass(frozen=True, slots=True)
class LabelClause:
    """What one clause does with how many classes. ``images`` counts labels on images: one with two counts twice."""

    clause: str
    action: str
    classes: int
    images: int
    reason: str


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """A label policy in force: whose it is, what it does by clause, and what became of images for their labels.

    ``removed`` and ``quarantined`` count images that go for their labels, whatever else is decided of them;
    ``relabelled`` those that stay and are labelled otherwise.
    """

    title: str
    use: str
    community: str
    revision: str
    digest: str
    classes: int
    classes_after: int
    relabelled: int
    removed: int
    quarantined: int
    clauses: tuple[LabelClause, ...]
    notes: tuple[str, ...]


def label_facts(run: Run, generation: str | None, decisions: Iterable[Mapping[str, Any]]) -> LabelFacts | None:
    """The facts of a generation; None where labels stay as they are.

    Parameters
    ----------
    decisions
        ``basis``, ``treatment``, ``kind`` and ``decisions`` (how many), as the query of that name gives them.
    """
    labelling = None if generation is None else pipeline.Labelling.of(run, generation)
    if labelling is None:
        return None
    plan = labelling.plan
    told = plan.summary()
    rows: list[Mapping[str, Any]] = told["by_clause"] if isinstance(told["by_clause"], list) else []
    counts: Counter[str] = Counter()
    for row in decisions:
        if row["kind"] == pipeline.LABEL_KIND:
            counts[row["treatment"]] += row["decisions"]
    return LabelFacts(
        title=plan.origin.title,
        use=plan.origin.use,
        community=plan.origin.community,
        revision=plan.origin.revision,
        digest=plan.origin.digest,
        classes=len(plan.decisions),
        classes_after=len(plan.classes),
        relabelled=counts["keep"],
        removed=counts["remove"],
        quarantined=counts["quarantine"],
        clauses=tuple(
            LabelClause(row["clause"], row["action"], row["classes"], row["images"], row["reason"]) for row in rows
        ),
        notes=plan.notes,
    )
