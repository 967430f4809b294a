"""``labels skew``: who is in a dataset, class by class, before and after it is filtered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from overpaint import labels, pipeline, reports
from overpaint.errors import RunError
from overpaint.jobs._labels_shown import names_of
from overpaint.jobs._labels_skew_told import skew_lines
from overpaint.rundir import Run

__all__ = ["Skew", "skew_labels"]


@dataclass(frozen=True, slots=True)
class Skew:
    """What was counted; ``note`` says how many terms are withheld."""

    facts: reports.SkewFacts
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return self.facts.to_dict()

    def lines(self) -> list[str]:
        """For a terminal."""
        return [*skew_lines(self.facts), *filter(None, [self.note])]


def skew_labels(
    run: str | PathLike[str],
    *,
    labels: str | PathLike[str] | None = None,
    attributes: str | PathLike[str] | None = None,
    taxonomy: str | PathLike[str] | None = None,
    ratings: Sequence[str | PathLike[str]] = (),
    label_list: str | None = None,
    root: str | None = None,
    show_small: bool = False,
    show_terms: bool = False,
) -> Skew:
    """Count images, people and faces by class and by subtree, before and after, and who loses most.

    Parameters
    ----------
    run
        A scanned run. Before: all its samples. After: those published under the decisions in force.
    labels
        A label policy that is not in force: after is then what it would leave of these.
    attributes
        Attributes of samples, by key, as CSV or Parquet. None is inferred from a picture.
    taxonomy
        Another hierarchy than WordNet.
    ratings
        Ratings before the installed ones.
    label_list
        What class numbers mean; as the run says unless given.
    root
        Tell only subtrees of this.
    show_small
        Tell groups of fewer than ten people by their number.
    show_terms
        Print words that would be withheld.

    Raises
    ------
    RunError
        There is no run, it is not scanned yet, or a file of it is damaged.
    LabelsError
        A policy, a taxonomy, ratings, attributes or the root are wrong.
    """
    the_run = Run.open(Path(run))
    if not the_run.listed:
        raise RunError(f"{the_run.path} has no listing yet; run `overpaint scan` or `overpaint scrub` first")
    means = names_of(
        taxonomy=taxonomy, ratings=ratings, label_list=label_list or the_run.plan().label_list, show_terms=show_terms
    )
    generation = the_run.generation()
    labelling = None if generation is None else pipeline.Labelling.of(the_run, generation)
    facts = reports.skew_of(
        the_run,
        names=means.names,
        taxonomy=means.taxonomy,
        plan=None if labels is None else _planner(labels, means),
        in_force=None if labelling is None else labelling.plan,
        root=root,
        attributes=None if attributes is None else Path(attributes),
        show_small=show_small,
    )
    return Skew(facts, note=means.terms.note())


def _planner(policy: str | PathLike[str], means: Any) -> Callable[[Sequence[labels.LabelCount]], labels.LabelPlan]:
    read = labels.load_label_policy(Path(policy))

    def plan(catalogue: Sequence[labels.LabelCount]) -> labels.LabelPlan:
        return labels.plan_labels(
            catalogue, read, taxonomy=means.taxonomy, ratings=means.ratings, lists=labels.known_lists()
        )

    return plan
