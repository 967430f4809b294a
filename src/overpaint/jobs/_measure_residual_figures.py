"""From what was seen in the audited images to figures with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from overpaint import measures
from overpaint.jobs._measure_residual_draw import Drawn
from overpaint.jobs._measure_residual_frame import Frame
from overpaint.jobs._measure_residual_seen import Seen

__all__ = ["figures_of", "numbers"]

_PEOPLE = ("person 1", "person 2")


def numbers(frame: Frame, drawn: Drawn) -> dict[str, Any]:
    """What the audit speaks of, and what it does not."""
    return {
        "published": len(frame.keys),
        "drawn": len(drawn.audit.chosen),
        "drawn_before": drawn.before,
        "for_certain": sum(chance >= 1 for chance in drawn.audit.probability),
        "in_the_lane": frame.lane,
        "drawn_and_gone_into_the_lane": drawn.gone,
        "left_out": dict(frame.left),
        "minors": "no rate is given",
    }


def figures_of(drawn: Drawn, rows: Sequence[Seen | None]) -> dict[str, Any]:
    """The figures of one kind; only how many wait, as long as some stratum has no answer."""
    known = [row for row in rows if row is not None]
    told: dict[str, Any] = {"answered": len(known), "unanswered": len(rows) - len(known)}
    counts = [None if row is None else len(row.visible) for row in rows]
    strata = {
        name: [c for c, s in zip(counts, drawn.audit.stratum, strict=True) if s == name] for name in drawn.audit.strata
    }
    waiting = [name for name, given in strata.items() if all(count is None for count in given)]
    if waiting or not known:
        return told | {"strata_without_an_answer": len(waiting)}
    told |= measures.estimate_residual(drawn.audit, counts).figures()
    told |= {
        "too_small": sum(row.small for row in known),
        "kept_on_purpose": sum(row.on_purpose for row in known),
        "unsettled": sum(row.unsettled for row in known),
        "overlooked": sum(row.overlooked for row in known),
        "recapture": _recapture(known),
    }
    seconds = [sum(row.seconds) for row in known if row.seconds and sum(row.seconds) > 0]
    if seconds:
        typical = median(seconds)
        efforts = measures.hours_per_finding(drawn.audit, counts, seconds=typical)
        told |= {"seconds_an_image": typical, "hours": [_effort(each) for each in efforts]}
    return told


def _effort(effort: Any) -> dict[str, Any]:
    return {name: getattr(effort, name) for name in type(effort).__slots__}


def _recapture(known: Sequence[Seen]) -> dict[str, Any]:
    """Capture-recapture of what is still visible, by detectors' doubts and two people who looked without each other.

    One person's answers alone cannot say what that person overlooked: whatever is known was seen by them.
    """
    twice = [row for row in known if row.people >= 2]
    detectors = {name for row in known for each in row.lookers for name in each if name not in _PEOPLE}
    rows, lookers = (twice, {*detectors, *_PEOPLE}) if twice else (known, detectors)
    things = [each for row in rows for each in row.lookers if each & lookers]
    if len(lookers) < 2 or not things:
        return {"not_measured": "it takes two who look without each other: two detectors, or two people an image"}
    found = measures.capture_recapture([each & lookers for each in things], lookers=sorted(lookers))
    return {
        "images": len(rows),
        "total": found.total,
        "unseen": found.unseen,
        "seen": found.seen,
        "by_looker": dict(found.by_looker),
        "label": found.label,
    }
