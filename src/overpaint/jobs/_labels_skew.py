"""``labels skew``: who is in a dataset, class by class, before and after it is filtered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from overpaint import labels, pipeline, reports
from overpaint.errors import RunError
from overpaint.jobs._labels_shown import Means, names_of
from overpaint.jobs._labels_skew_told import skew_lines
from overpaint.rundir import Run, write_bytes

__all__ = ["Skew", "skew_labels"]


@dataclass(frozen=True, slots=True)
class Skew:
    """What was counted, and where the page is; ``note`` says how many terms are withheld."""

    facts: reports.SkewFacts
    page: Path | None = None
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return self.facts.to_dict()

    def lines(self) -> list[str]:
        """For a terminal."""
        return [*skew_lines(self.facts), *filter(None, [self.note, f"page: {self.page}" if self.page else ""])]


def skew_labels(
    run: str | PathLike[str],
    *,
    labels: str | PathLike[str] | None = None,
    attributes: str | PathLike[str] | None = None,
    taxonomy: str | PathLike[str] | None = None,
    ratings: Sequence[str | PathLike[str]] = (),
    label_list: str | None = None,
    root: str | None = None,
    page: str | PathLike[str] | None = None,
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
    page
        Write a page to read here, as HTML.
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
    planner = None if labels is None else _Planner(labels, means)
    facts = reports.skew_of(
        the_run,
        names=means.names,
        taxonomy=means.taxonomy,
        plan=planner,
        in_force=None if labelling is None else labelling.plan,
        root=root,
        attributes=None if attributes is None else Path(attributes),
        show_small=show_small,
    )
    if page is not None:
        plan = planner.made if planner is not None else None if labelling is None else labelling.plan
        told = reports.LabelsFacts(plan=None if plan is None else reports.plan_facts_of(plan, means.names), skew=facts)
        note = means.terms.note()
        write_bytes(Path(page), reports.labels_page(replace(told, withheld=note)).encode())
    return Skew(facts, None if page is None else Path(page), means.terms.note())


class _Planner:
    """Makes the plan of a policy, and keeps it."""

    def __init__(self, policy: str | PathLike[str], means: Means) -> None:
        self._policy, self._means = labels.load_label_policy(Path(policy)), means
        self.made: labels.LabelPlan | None = None

    def __call__(self, catalogue: Sequence[labels.LabelCount]) -> labels.LabelPlan:
        means = self._means
        self.made = labels.plan_labels(
            catalogue, self._policy, taxonomy=means.taxonomy, ratings=means.ratings, lists=labels.known_lists()
        )
        return self.made
