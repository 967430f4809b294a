"""From labels and a policy to a `LabelPlan`: pure, and the same whatever the order in which the labels come."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

from overpaint.errors import LabelsError
from overpaint.labels._class_lists import CLASS_LISTS, class_list
from overpaint.labels._facts import LabelCount, Rating
from overpaint.labels._plan_ends import End, Ends
from overpaint.labels._plan_facts import Class, LabelDecision, Origin
from overpaint.labels._plan_match import Judge, KnownList, Tree, Verdict
from overpaint.labels._plan_model import LabelPlan
from overpaint.labels._policy_model import Action, LabelPolicy

__all__ = ["known_lists", "plan_labels"]


def known_lists() -> tuple[KnownList, ...]:
    """The class lists that come with overpaint, as `plan_labels` takes them; others are added by their files."""
    return tuple(class_list(name) for name in CLASS_LISTS)


def plan_labels(
    catalogue: Sequence[LabelCount],
    policy: LabelPolicy,
    *,
    taxonomy: Tree,
    ratings: Mapping[str, Rating],
    lists: Sequence[KnownList] = (),
    order: Literal["kept", "sorted"] = "kept",
    first_index: int = 0,
) -> LabelPlan:
    """Decide what becomes of each label.

    Parameters
    ----------
    catalogue
        Every label of the data, once, with the number of images that bear it. A label without ``id`` that is itself
        an identifier of the taxonomy means that.
    policy
        What shall happen; the first clause that means a label decides.
    taxonomy, ratings
        What labels mean, and what people said of them (by identifier, or by the label itself).
    lists
        Known class lists: clauses may ask for them, tombstones tell which inherited a label (`known_lists`).
    order
        How the new class list is ordered: ``kept`` as the old one (a merged class stands where the label it is merged
        into stood, or, if that is new, where the first of its labels did); ``sorted`` by name, for loaders that number
        folders so (torchvision's ImageFolder).
    first_index
        The number of the first class of the new list (COCO counts from 1).

    Raises
    ------
    LabelsError
        For a label or a number that is there twice; for merges that go round in a circle, and merges or renamings that
        lead to a label which is itself removed, quarantined or held; for words of the policy that name nothing.
    """
    ordered = _ordered(catalogue, taxonomy)
    judge = Judge(ordered, policy, tree=taxonomy, ratings=ratings, lists=lists)
    ends = Ends(ordered, judge)
    found = [(count, ends.verdict(count.label), ends.end(count.label)) for count in ordered]
    staying = {end.label for count, verdict, end in found if end and end.label == count.label}
    several = _several(found)
    decisions = tuple(
        _decision(count, verdict, end, judge, merged=end is not None and end.label in several)
        for count, verdict, end in found
    )
    _check(decisions)
    classes = _classes(decisions, staying, order=order, first=first_index)
    return LabelPlan(
        origin=Origin(
            title=policy.title,
            use=policy.use,
            community=policy.community,
            revision=policy.revision.isoformat(),
            digest=policy.digest,
            taxonomy=f"{taxonomy.name} {taxonomy.version}".strip(),
        ),
        decisions=_with_ids(decisions, classes),
        classes=classes,
        images=policy.images,
        notes=(*_merged_by_name(found), *_unrated(policy, decisions), *_idle(policy, decisions)),
    )


def _ordered(catalogue: Sequence[LabelCount], taxonomy: Tree) -> tuple[LabelCount, ...]:
    """The old class list: by number, then those without one by name; each label and each number once."""
    labels: set[str] = set()
    numbers: set[int] = set()
    for count in catalogue:
        if count.label in labels or (count.index is not None and count.index in numbers):
            raise LabelsError(
                f"a label or a class number is there twice (number {count.index}); "
                "labels have to differ, so give a class list of identifiers (wnids) instead of names"
            )
        labels.add(count.label)
        if count.index is not None:
            numbers.add(count.index)
    ordered = sorted(catalogue, key=lambda count: (count.index is None, count.index or 0, count.label))
    return tuple(
        dataclasses.replace(count, id=count.label) if count.id is None and count.label in taxonomy else count
        for count in ordered
    )


Found = list[tuple[LabelCount, Verdict, End | None]]


def _several(found: Found) -> set[str]:
    """Names that more than one label keeps or is given: these become one class without anybody having said merge."""
    seen: set[str] = set()
    several: set[str] = set()
    for count, verdict, end in found:
        if end and (verdict.action == "rename" or end.label == count.label):
            (several if end.label in seen else seen).add(end.label)
    return several


def _decision(count: LabelCount, verdict: Verdict, end: End | None, judge: Judge, *, merged: bool) -> LabelDecision:
    action: Action = verdict.action
    reason = verdict.reason
    if action == "ancestor" and end is None:
        action = "remove"
        reason += " No kept ancestor was found, so it is removed."
    elif end and end.label == count.label:
        action = "keep"
    elif action == "rename" and merged:
        action = "merge"
    return LabelDecision(
        label=count.label,
        id=count.id,
        index=count.index,
        images=count.images,
        action=action,
        to=end.label if end else None,
        to_id=end.id if end else None,
        clause=verdict.clause,
        reason=reason,
        rating=judge.rating(count.label, count.id),
        held=action == "hold",
        through=verdict.through,
        lists=judge.known_in(count.id),
    )


def _check(decisions: Sequence[LabelDecision]) -> None:
    gone = {decision.label: decision for decision in decisions if decision.to is None}
    for decision in decisions:
        if decision.to in gone:
            other = gone[decision.to]
            raise LabelsError(
                f"clause '{decision.clause}' leads to a label that {other.action}s by clause '{other.clause}'; "
                "name another one in 'to', or keep that label by an earlier clause"
            )


def _classes(
    decisions: Sequence[LabelDecision], staying: set[str], *, order: Literal["kept", "sorted"], first: int
) -> tuple[Class, ...]:
    at: dict[str, int] = {}
    ids: dict[str, set[str | None]] = {}
    own: dict[str, str | None] = {}
    for place, decision in enumerate(decisions):
        if decision.to is None:
            continue
        ids.setdefault(decision.to, set()).add(decision.to_id)
        if decision.to == decision.label:
            own[decision.to] = decision.id
        if decision.to not in at or decision.to == decision.label:
            at[decision.to] = place
    names = sorted(at) if order == "sorted" else sorted(at, key=lambda name: (at[name], name not in staying))
    one = {
        name: own[name] if name in own else (min(found, key=str) if len(found) == 1 else None)
        for name, found in ids.items()
    }
    return tuple(Class(number, name, one[name]) for number, name in enumerate(names, first))


def _with_ids(decisions: Sequence[LabelDecision], classes: Sequence[Class]) -> tuple[LabelDecision, ...]:
    """The decisions with what the class that they lead to means."""
    ids = {one.label: one.id for one in classes}
    return tuple(dataclasses.replace(d, to_id=None if d.to is None else ids[d.to]) for d in decisions)


def _merged_by_name(found: Found) -> list[str]:
    several = _several(found)
    led: dict[str, list[str]] = {}
    for _, verdict, end in found:
        if end and end.label in several:
            led.setdefault(end.label, []).append(verdict.clause if verdict.action == "rename" else "")
    notes = []
    for clauses in led.values():
        named = ", ".join(f"'{clause}'" for clause in sorted(set(clauses) - {""}))
        notes.append(f"clause {named} gives {len(clauses)} labels one name: they become one class")
    return sorted(notes)


def _idle(policy: LabelPolicy, decisions: Sequence[LabelDecision]) -> list[str]:
    spoke = {decision.clause for decision in decisions}
    return [f"clause '{clause.name}' meant no label" for clause in policy.clauses if clause.name not in spoke]


def _unrated(policy: LabelPolicy, decisions: Sequence[LabelDecision]) -> list[str]:
    asks = any(
        clause.safety or clause.imageability_below is not None or clause.imageability_at_least is not None
        for clause in policy.clauses
    )
    if not asks or any(decision.rating for decision in decisions):
        return []
    return ["clauses ask for ratings, and no label has one: are any installed (overpaint labels ratings)?"]
