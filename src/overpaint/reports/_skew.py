"""Who is in a dataset, class by class, before and after it is filtered; from a run's files to `SkewFacts`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from overpaint import policy as policies
from overpaint.errors import LabelsError
from overpaint.labels import LabelCount, LabelPlan
from overpaint.records import Treatment
from overpaint.reports._policy import policy_facts
from overpaint.reports._skew_count import LabelCounts, Row, counting
from overpaint.reports._skew_facts import Part, SkewFacts
from overpaint.reports._skew_groups import crossings, groups, held_by
from overpaint.reports._skew_parts import Fates, Names, Sorted, parts_of, tally
from overpaint.reports._skew_told import leans_of, losses_of, told_leans, told_losses
from overpaint.reports._skew_tree import Above, Hierarchy
from overpaint.rundir import Run

__all__ = ["skew_of"]

_CONFIDENCE = 0.5  # of a face or a person where no rule of the policy acts on them


def skew_of(
    run: Run,
    *,
    names: Names,
    taxonomy: Hierarchy | None,
    plan: Callable[[Sequence[LabelCount]], LabelPlan] | None = None,
    in_force: LabelPlan | None = None,
    root: str | None = None,
    attributes: Path | None = None,
    show_small: bool = False,
) -> SkewFacts:
    """Count a run by class, by subtree and by supplied attributes, before and after.

    Parameters
    ----------
    names
        What labels mean and how they are shown.
    taxonomy
        What subtrees are of; None: there are none.
    plan
        Makes a plan of the labels and how many images bear them; None: labels stay as they are.
    in_force
        What the decisions in force make of labels, if anything.
    root
        Only subtrees of this are told.
    attributes
        Attributes that a maintainer supplies. None is inferred.
    show_small
        Groups of fewer than ten people by their number.

    Raises
    ------
    RunError
        A file of the run is missing or damaged.
    LabelsError
        The attributes, the root or the label policy are wrong.
    """
    looked = _basis(run)
    face, person, basis = looked or (0.0, 0.0, "Nobody looked for people in any picture.")
    above = Above(taxonomy, root)
    with counting(run, face=face, person=person, attributes=attributes) as counts:
        every = counts.classes() if looked else tuple(row.unseen() for row in counts.classes())
        rows = [row for row in every if row.fate != "held"]
        made = None if plan is None else plan(_catalogue(rows, names))
        _fits(counts, made, in_force, attributes)
        fates = Fates(made, in_force)
        sorted_parts = parts_of(rows, fates, names, above)
        held = held_by((*counts.groups(), *counts.known()), fates)
        told = groups(counts.values, held, show_small=show_small)
        stays = {(row.labels, row.now): fates.stay(row.borne) for row in rows}
        has_after = counts.decided > 0 or made is not None
        whole = _total(rows, sorted_parts, fates)
        losses = losses_of(sorted_parts, whole, told, held) if has_after else []
        leans = leans_of(sorted_parts, counts.values, held, show_small=show_small)
        return SkewFacts(
            run=run.path.name,
            basis=basis,
            after=_after(run, counts, made),
            has_after=has_after,
            total=whole,
            held=sum(row.images for row in every if row.fate == "held"),
            summed=len(sorted_parts.small),
            classes=sorted_parts.classes,
            subtrees=sorted_parts.subtrees,
            losses=told_losses(losses),
            groups=told,
            leans=told_leans(leans),
            crossings=crossings(counts.pairs(stays), show_small=show_small),
            tested=dict(Counter([*(loss.kind for loss in losses), *(f"lean-{lean.kind}" for lean in leans)])),
            notes=tuple(_notes(counts, rows, made)),
            root=root,
            show_small=show_small,
        )


def _basis(run: Run) -> tuple[float, float, str] | None:
    """From which confidence on a face and a person count, and that in words; None where nobody looked for either."""
    plan, facts = run.plan(), policy_facts(run)
    policy = policies.of_run(run, run.generation())
    on_people = [r.min_confidence or 0.0 for r in policy.rules if r.kind == "person" and r.treatment != Treatment.KEEP]
    face, person = facts.threshold, min(on_people, default=None)
    if not plan.boxes_sha256 and {"face", "person"}.isdisjoint(plan.kinds):
        return None
    words = []
    if "face" in plan.kinds or plan.boxes_sha256:
        words.append(_at_least("face", face))
    if "person" in plan.kinds:
        words.append(_at_least("person", person))
    words.append("anything painted over")
    told = f"Images with people are those with {', or '.join(words)}, of those that were looked at."
    if "person" not in plan.kinds:
        told += " Nobody looked for people whose faces are not to be seen."
    return _CONFIDENCE if face is None else face, _CONFIDENCE if person is None else person, told


def _at_least(what: str, confidence: float | None) -> str:
    if confidence == 0:
        return f"any {what} that was found"
    return f"a {what} of confidence {_CONFIDENCE if confidence is None else confidence:g} or more"


def _catalogue(rows: Iterable[Row], names: Names) -> list[LabelCount]:
    counts: dict[str, int] = {}
    for row in rows:
        for label in row.borne:
            counts[label] = counts.get(label, 0) + row.images
    return [LabelCount(label, images, id=names.resolve(label)) for label, images in sorted(counts.items())]


def _fits(counts: LabelCounts, plan: LabelPlan | None, in_force: LabelPlan | None, attributes: Path | None) -> None:
    if plan is not None and (counts.relabelled or in_force is not None):
        raise LabelsError(
            "the decisions in force already go by a label policy; leave --labels out, for what they do is in the report"
        )
    if counts.rows and counts.rows == counts.strangers:
        raise LabelsError(
            f"--attributes {attributes}: none of its {counts.rows:,} keys is a sample of the run; keys are paths below "
            "the source, such as train/cat/1.jpg"
        )


def _after(run: Run, counts: LabelCounts, plan: LabelPlan | None) -> str:
    """What the numbers after it are under."""
    if not counts.decided:
        told = "Nothing is decided yet"
        return f"{told}; after: what the label policy alone would leave." if plan is not None else f"{told}."
    force = f"the decisions in force (generation {run.generation()})"
    also = "" if plan is None else f" and what the label policy “{plan.origin.title}” would leave of these"
    return f"After: what is published under {force}{also}."


def _total(rows: Sequence[Row], parts: Sorted, fates: Fates) -> Part:
    before, after = tally(rows, fates), tally([row for row in rows if fates.leaves(row)], fates)
    every = parts.by_label.values()
    classes = sum(part.before.images > 0 for part in every), sum(part.after.images > 0 for part in every)
    return Part("", "all images", None, before, after.images, after, classes=classes[0], classes_after=classes[1])


def _notes(counts: LabelCounts, rows: Sequence[Row], plan: LabelPlan | None) -> list[str]:
    notes = []
    if counts.reached < counts.shards:
        notes.append(f"{counts.shards - counts.reached:,} of {counts.shards:,} shards were not looked at; not counted.")
    if counts.decided and counts.acted < counts.reached:
        late = counts.reached - counts.acted
        notes.append(f"The decisions in force are not carried out yet in {late:,} of {counts.reached:,} shards.")
    waiting = sum(row.images for row in rows if row.fate == "waiting")
    if waiting and counts.decided:
        notes.append(f"{waiting:,} images wait for a decision; they are counted as left.")
    if counts.strangers:
        notes.append(f"{counts.strangers:,} of {counts.rows:,} values of attributes are of no sample of the run.")
    return notes + list(plan.notes if plan is not None else ())
