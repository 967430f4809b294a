"""The questions of an audit, put to people; and what they answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike

from overpaint.jobs._measure_residual_draw import Drawn
from overpaint.jobs._measure_residual_frame import Frame, Sight, sights
from overpaint.jobs._measure_residual_seen import Rule, Seen, seen_by_people
from overpaint.records import Box
from overpaint.review import AuditPicture, Proposal, ask_audit, audit_answers, counts_for, place_of_audit
from overpaint.rundir import Run

__all__ = ["by_people"]


def by_people(
    run: Run, frame: Frame, drawn: Drawn, rules: Sequence[Rule], *, review: str | PathLike[str] | None
) -> tuple[dict[str, list[Seen | None]], tuple[int, int]]:
    """What people saw in the drawn images, by kind, None where they have not answered; and what they were asked now.

    Raises
    ------
    ReviewError
        The review cannot be opened.
    UsageError
        It is about something else.
    """
    place_of_audit(run, review)  # says so before anything is read
    wanted = {frame.keys[index]: frame.tokens[index] for index in drawn.audit.chosen}
    shards = {frame.shards[index] for index in drawn.audit.chosen}
    seen = {sight.key: sight for sight in sights(run, shards=shards) if sight.key in wanted}
    order = [seen[frame.keys[index]] for index in drawn.audit.chosen]
    kinds = [rule.kind for rule in rules]
    pictures = [_picture(sight, wanted[sight.key], kinds, written=frame.written) for sight in order]
    asked = ask_audit(run, pictures, kinds, review=review)
    counted: dict[str, list[Seen | None]] = {}
    for rule in rules:
        answers = audit_answers(run, pictures, rule.kind, review=review)
        counted[rule.kind] = [seen_by_people(*each, rule) for each in zip(order, answers, strict=True)]
    return counted, asked


def _picture(sight: Sight, token: str, kinds: Sequence[str], *, written: bool) -> AuditPicture:
    width, height, orientation = sight.size
    shown = written and sight.row["output"] is not None  # an overlay holds no copy of what stays as it is
    return AuditPicture(
        sight.key,
        sight.shard,
        width,
        height,
        orientation,
        token,
        shown,
        {} if written else {kind: _would_be_painted(sight, kind) for kind in kinds},
        frozenset(row["kind"] for row in sight.findings),
        sight.row["label"] or "",
    )


def _would_be_painted(sight: Sight, kind: str) -> tuple[Proposal, ...]:
    """The best box of each thing that is decided to be painted over, by number."""
    best: dict[tuple[str, int], Mapping[str, float]] = {}
    for row in sight.findings:
        subject = row["kind"], row["subject"]
        boxed = row["x0"] is not None and not row["page"] and counts_for(row["kind"], kind)
        if boxed and subject in sight.treated and row["score"] > best.get(subject, {"score": -1.0})["score"]:
            best[subject] = row
    return tuple(
        Proposal(Box(row["x0"], row["y0"], row["x1"], row["y1"]), round(float(row["confidence"]), 4), number)
        for (_, number), row in sorted(best.items(), key=lambda each: each[0][1])
    )
