"""What a page about labels says, in three parts of which each may be missing: census, policy, skew."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from overpaint.labels import PERSON, LabelCount, LabelDecision, LabelPlan, Rating
from overpaint.reports._skew_facts import SkewFacts
from overpaint.reports._skew_parts import Names
from overpaint.reports._skew_tree import Above, Hierarchy, order, worth_telling

__all__ = ["Branch", "Census", "Fallen", "LabelsFacts", "PlanFacts", "Step", "census_of", "plan_facts_of"]


@dataclass(frozen=True, slots=True)
class Branch:
    """A subtree: how many labels it has in the dataset, and images, of which one with two labels in it counts twice."""

    who: str
    name: str
    depth: int
    labels: int
    images: int


@dataclass(frozen=True, slots=True)
class Census:
    """The labels of a dataset as they stand there.

    ``known`` of ``labels`` mean one thing of the taxonomy. ``people`` are those in the person subtree; ``rated`` counts
    them, and whatever else was rated, by what raters said (``unrated`` where nobody did): labels and images.
    """

    images: int
    unlabelled: int
    labels: int
    known: int
    people: int
    rated: dict[str, tuple[int, int]]
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What a clause does: to how many labels, and to how many images that bear them."""

    clause: str
    action: str
    reason: str
    labels: int
    images: int


@dataclass(frozen=True, slots=True)
class Fallen:
    """A label that is no class of its own any more; ``to`` is where its images went, as it is shown."""

    who: str
    name: str
    images: int
    action: str
    to: str | None
    said: str
    clause: str
    lists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A label policy and what it does; ``fallen`` has a row for each label that goes, moves or is held."""

    title: str
    use: str
    community: str
    revision: str
    digest: str
    taxonomy: str
    labels: int
    labels_after: int
    images: int
    actions: dict[str, tuple[int, int]]
    steps: tuple[Step, ...]
    without_labels: str
    with_other_labels: str
    fallen: tuple[Fallen, ...]
    notes: tuple[str, ...]

    def of(self, *actions: str) -> tuple[Fallen, ...]:
        """Labels to which one of these happens."""
        return tuple(one for one in self.fallen if one.action in actions)


@dataclass(frozen=True, slots=True)
class LabelsFacts:
    """What a page says. ``index_table`` is the name of the table from old to new numbers, beside the page."""

    title: str = "Labels, and who they are about"
    census: Census | None = None
    plan: PlanFacts | None = None
    skew: SkewFacts | None = None
    index_table: str | None = None
    withheld: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        told = {"census": self.census, "plan": self.plan}
        plain = {name: None if part is None else dataclasses.asdict(part) for name, part in told.items()}
        return plain | {"skew": None if self.skew is None else self.skew.to_dict(), "index_table": self.index_table}


def census_of(
    counts: Sequence[LabelCount],
    *,
    images: int,
    unlabelled: int,
    names: Names,
    taxonomy: Hierarchy | None,
    ratings: Mapping[str, Rating],
) -> Census:
    """Labels that were counted, as a page tells them.

    Parameters
    ----------
    counts
        Every label with its images.
    images, unlabelled
        How many images there are, and how many without a label.
    names, taxonomy
        What labels mean, and what that is a kind of.
    ratings
        What people said of them.
    """
    above = Above(taxonomy, None)
    members: dict[str, set[str]] = {}
    weight: Counter[str] = Counter()
    rated: dict[str, tuple[int, int]] = {}
    known = people = 0
    for count in counts:
        chain = above.of(count.id)
        known += count.id is not None
        people += PERSON in chain
        for node in chain:
            members.setdefault(node, set()).add(count.label)
            weight[node] += count.images
        rating = ratings.get(count.id or count.label)
        if PERSON in chain or (rating is not None and rating.safety is not None):
            said = rating.safety if rating is not None and rating.safety is not None else "unrated"
            labels, many = rated.get(said, (0, 0))
            rated[said] = labels + 1, many + count.images
    told = worth_telling({node: frozenset(own) for node, own in members.items()}, above)
    branches = tuple(
        Branch(node, names.of_id(node), depth, len(members[node]), weight[node])
        for node, depth in order(told, above, weight)
    )
    return Census(images, unlabelled, len(counts), known, people, rated, branches)


def plan_facts_of(plan: LabelPlan, names: Names) -> PlanFacts:
    """A label plan as a page tells it."""
    steps: dict[tuple[str, str, str], list[int]] = {}
    actions: dict[str, tuple[int, int]] = {}
    for decision in plan.decisions:
        labels, images = actions.get(decision.action, (0, 0))
        actions[decision.action] = labels + 1, images + decision.images
        if decision.clause:
            step = steps.setdefault((decision.clause, decision.action, decision.reason), [0, 0])
            step[0] += 1
            step[1] += decision.images
    origin = plan.origin
    return PlanFacts(
        title=origin.title,
        use=origin.use,
        community=origin.community,
        revision=origin.revision,
        digest=origin.digest,
        taxonomy=origin.taxonomy,
        labels=len(plan.decisions),
        labels_after=len(plan.classes),
        images=sum(decision.images for decision in plan.decisions),
        actions=actions,
        steps=tuple(Step(*key, *sums) for key, sums in sorted(steps.items(), key=lambda item: (-item[1][1], item[0]))),
        without_labels=plan.images.without_labels,
        with_other_labels=plan.images.with_other_labels,
        fallen=tuple(_fallen(plan.decisions, names)),
        notes=plan.notes,
    )


def _fallen(decisions: Iterable[LabelDecision], names: Names) -> Iterable[Fallen]:
    """The largest first."""
    gone = (decision for decision in decisions if decision.action != "keep")
    for decision in sorted(gone, key=lambda one: (-one.images, one.label)):
        who, name = names.shown(decision.label, decision.id)
        to = None if decision.to is None else " ".join(dict.fromkeys(names.shown(decision.to, decision.to_id)))
        yield Fallen(
            who, name, decision.images, decision.action, to, _said(decision.rating), decision.clause, decision.lists
        )


def _said(rating: Rating | None) -> str:
    """What people said, in words."""
    if rating is None:
        return "not rated"
    parts = [rating.safety or "", "" if rating.imageability is None else f"imageability {rating.imageability:.1f}"]
    return ", ".join(part for part in parts if part) or "not rated"
