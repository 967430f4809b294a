"""Findings + policy → decisions, one shard at a time; no Python loop over samples that nothing was found in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from overpaint.policy._answers import DENIED, NOT_THERE, PEOPLE, Said, by_people, with_answers
from overpaint.policy._model import Policy
from overpaint.policy._parts import heads
from overpaint.policy._subjects import Subjects
from overpaint.records import DECISIONS, Treatment

__all__ = ["NO_BOX", "NO_RULE", "NO_RULE_REASON", "SAMPLE_KIND", "decide"]

NO_RULE = "no-rule"
NO_RULE_REASON = "No rule of the policy speaks of this finding."
NO_BOX = " It has no box to paint over, so the sample is held back."
SAMPLE_KIND = "sample"
HELD_BACK = "People said so, and no rule of the policy speaks of it: held back."

_NOT_THERE, _HELD_BACK = -1, -2
_Clause = tuple[str, str, str, bool]  # treatment, basis, reason, and whether people are asked
_SAID: dict[int, _Clause] = {
    _NOT_THERE: (str(Treatment.KEEP), "", NOT_THERE, False),
    _HELD_BACK: (str(Treatment.QUARANTINE), "", HELD_BACK, False),
}


def decide(samples: pa.Table, findings: pa.Table, policy: Policy, *, answers: pa.Table | None = None) -> pa.Table:
    """Decide one shard.

    A *subject* (findings of one key, kind and subject number) is decided once; in an animation (``frame`` is set) once
    for each frame that has boxes of it, for all of them are to be painted. Rules are tried in order; a rule
    matches a subject when one of its findings meets every condition, ``confidence`` being the subject's (the highest
    written). The box is that of the matching finding with the highest score, one with a box before one without;
    equals go by detector name, then by box. Where no rule matches, the subject is kept with basis ``no-rule``.
    A ``redact`` of a finding without a box becomes ``quarantine``, for there is nothing to paint. Then what would not
    be kept is kept where an allow-list entry or a consent covers that kind and box. Samples on a list of removals get
    a row of their own (kind ``sample``, subject -1).

    What people said is laid over the findings first (`overpaint.policy._answers`): the rules then see their probability
    as score and confidence. What they deny is kept, whatever a rule says of it; what they say of a whole sample and no
    rule speaks of is held back. The basis begins with ``people:`` and how many they were, and they are not asked again.

    Parameters
    ----------
    samples
        Columns ``key, label, split, width, height`` (and ``orientation``, for heads) of `overpaint.records.SAMPLES`, in
        the shard's order.
    findings
        `overpaint.records.FINDINGS` of these samples, in any order.
    policy
        The policy, with its day.
    answers
        `overpaint.records.ANSWERS` of these samples.

    Returns
    -------
    pyarrow.Table
        `overpaint.records.DECISIONS`, by the order of ``samples``, then subject, then kind. A sample without a row is
        kept.

    Raises
    ------
    RunError
        A finding names no sample of the shard, or holds a number that is none.
    """
    parts = [_removals(samples, policy)]
    findings, said = with_answers(findings, answers)
    if findings.num_rows:
        parts.append(_decisions(Subjects.of(samples, findings), policy, said))
    parts = [part for part in parts if part[1].num_rows]
    if not parts:
        return DECISIONS.empty_table()
    if len(parts) == 1:
        return parts[0][1]
    # Removals come first, and the sort is stable: subject -1 stands before the others of its sample.
    order = np.argsort(np.concatenate([places for places, _ in parts]), kind="stable")
    return pa.concat_tables([table for _, table in parts]).combine_chunks().take(pa.array(order))


def _removals(samples: pa.Table, policy: Policy) -> tuple[NDArray[np.int64], pa.Table]:
    """One row for each sample that a list removes, with the sample's place in the shard."""
    listed = policy.removed
    names = [key for key in samples.column("key").to_pylist() if key in listed] if listed else []
    if not names:
        return np.empty(0, np.int64), DECISIONS.empty_table()
    places = np.asarray(pc.index_in(pa.array(names, pa.string()), value_set=samples.column("key").combine_chunks()))
    told = [listed[key] for key in names]
    nothing = pa.nulls(len(names), pa.float32())
    columns = [
        pa.array(names, pa.string()),
        pa.repeat(pa.scalar(str(Treatment.REMOVE)), len(names)),
        pa.repeat(pa.scalar(SAMPLE_KIND), len(names)),
        *[nothing] * 4,
        pa.nulls(len(names), pa.int32()),
        pa.array([basis for basis, _ in told], pa.string()),
        pa.array([reason for _, reason in told], pa.string()),
        pa.repeat(pa.scalar(-1, pa.int32()), len(names)),
        pa.nulls(len(names), pa.bool_()),
        pa.nulls(len(names), pa.list_(pa.string())),
    ]
    return places.astype(np.int64), pa.Table.from_arrays(columns, schema=DECISIONS)


def _decisions(subjects: Subjects, policy: Policy, said: Said) -> tuple[NDArray[np.int64], pa.Table]:
    """One row for each subject, with its sample's place in the shard."""
    count = len(subjects.starts)
    chosen = subjects.starts.copy()
    clause = np.full(count, len(policy.rules), np.int64)
    open_ = np.ones(count, np.bool_)
    for number, rule in enumerate(policy.rules):
        matching = np.flatnonzero(subjects.matches(rule) & open_[subjects.group])
        # Findings stand best first within their subject, so that the first match of each is the one to take.
        groups, first = np.unique(subjects.group[matching], return_index=True)
        chosen[groups] = matching[first]
        clause[groups] = number
        open_[groups] = False
    told = [(str(rule.treatment), f"rule:{rule.name}", rule.reason, rule.review) for rule in policy.rules]
    told.append((str(Treatment.KEEP), NO_RULE, NO_RULE_REASON, False))
    redacts = np.array([treatment == Treatment.REDACT for treatment, *_ in told])
    boxless = redacts[clause] & ~subjects.boxed[chosen]
    clause[boxless] += len(told)  # the second half of the list: the same clauses, of findings without a box
    told += [(str(Treatment.QUARANTINE), basis, reason + NO_BOX, review) for _, basis, reason, review in told]
    by_rule = clause.copy()
    by_rule[_as_people_said(subjects, said, chosen=chosen, clause=clause, told=told)] = -1
    by_rule[_exempt(subjects, policy, chosen=chosen, clause=clause, told=told)] = -1
    table = _heads_only(_table(subjects, chosen, clause, told), subjects, policy, chosen, by_rule)
    return subjects.place[chosen], table


def _as_people_said(
    subjects: Subjects,
    said: Said,
    *,
    chosen: NDArray[np.int64],
    clause: NDArray[np.int64],
    told: list[_Clause],
) -> NDArray[np.int64]:
    """Keep what people deny, and say of the rest that it rests on them, adding clauses to ``told``; who was denied."""
    numbers: dict[tuple[int, int], int] = {}
    denied = []
    for subject, probability, people in by_people(subjects.findings.take(pa.array(chosen)), said):
        was = int(clause[subject]) if probability >= DENIED else _NOT_THERE
        if was >= 0 and told[was][1] == NO_RULE and not subjects.boxed[chosen[subject]]:
            was = _HELD_BACK
        place = numbers.setdefault((was, people), len(told))
        clause[subject] = place
        if place == len(told):
            treatment, basis, reason, _ = told[was] if was >= 0 else _SAID[was]
            told.append((treatment, f"{PEOPLE}:{people} {basis}".rstrip(), reason, False))
        if was == _NOT_THERE:
            denied.append(subject)
    return np.array(denied, np.int64)


def _heads_only(
    table: pa.Table, subjects: Subjects, policy: Policy, chosen: NDArray[np.int64], clause: NDArray[np.int64]
) -> pa.Table:
    """The decisions with the head's box where a rule wants no more of a person."""
    numbers = [number for number, rule in enumerate(policy.rules) if rule.part == "head"]
    wanted = np.flatnonzero(np.isin(clause, numbers))
    if not wanted.size:
        return table
    boxes = np.asarray(heads(subjects, chosen[wanted], subjects.orientation), np.float32)
    for place, name in enumerate(("x0", "y0", "x1", "y1")):
        values = np.asarray(pc.fill_null(table.column(name), 0.0), np.float32).copy()
        values[wanted] = boxes[:, place]
        column = pa.array(values, pa.float32(), mask=np.asarray(table.column(name).is_null()))
        table = table.set_column(table.schema.get_field_index(name), table.schema.field(name), column)
    return table


def _exempt(
    subjects: Subjects,
    policy: Policy,
    *,
    chosen: NDArray[np.int64],
    clause: NDArray[np.int64],
    told: list[_Clause],
) -> NDArray[np.int64]:
    """Turn what the allow-list and the consents keep to ``keep``, adding their clauses to ``told``; which they are."""
    kept: list[int] = []
    if not policy.exemptions:
        return np.array(kept, np.int64)
    touched = np.array([treatment != Treatment.KEEP for treatment, *_ in told])
    numbers: dict[tuple[str, str], int] = {}
    candidates = np.flatnonzero(touched[clause])
    keys = subjects.findings.column("key").take(pa.array(chosen[candidates])).to_pylist()
    for subject, key in zip(candidates.tolist(), keys, strict=True):
        if not policy.exemptions.names(key):
            continue
        row = int(chosen[subject])
        box = subjects.box_of(row)
        exemption = policy.exemptions.first(key, subjects.kind_of(row), box)
        if exemption is not None:
            clause[subject] = numbers.setdefault((exemption.basis, exemption.reason), len(told))
            if clause[subject] == len(told):
                told.append((str(Treatment.KEEP), exemption.basis, exemption.reason, False))
            kept.append(subject)
    return np.array(kept, np.int64)


def _table(subjects: Subjects, chosen: NDArray[np.int64], clause: NDArray[np.int64], told: list[_Clause]) -> pa.Table:
    rows = subjects.findings.select(["key", "kind", "x0", "y0", "x1", "y1", "page", "subject"]).take(pa.array(chosen))
    *texts, review = zip(*told, strict=True)
    treatment, basis, reason = (pa.array(words, pa.string()).take(pa.array(clause)) for words in texts)
    asked = pa.array([True if one else None for one in review], pa.bool_()).take(pa.array(clause))
    unchanged = pa.nulls(len(chosen), pa.list_(pa.string()))
    made = {"treatment": treatment, "basis": basis, "reason": reason, "review": asked, "labels": unchanged}
    columns = [made[name] if name in made else rows.column(name).combine_chunks() for name in DECISIONS.names]
    return pa.Table.from_arrays(columns, schema=DECISIONS)
