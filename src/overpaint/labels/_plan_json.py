"""A `LabelPlan` as JSON and back: equal, and with the same digest."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, get_args

from overpaint.errors import LabelsError
from overpaint.labels._facts import Rating, Safety
from overpaint.labels._json_text import json_text
from overpaint.labels._plan_facts import Class, LabelDecision, Origin
from overpaint.labels._plan_model import LabelPlan
from overpaint.labels._policy_model import ACTIONS, ImageRule, WithOthers, Without

__all__ = ["plan_from_json", "plan_to_json"]

VERSION = 1
MOST_CHARACTERS = 512 << 20
MOST_LABELS = 5_000_000


def plan_to_json(plan: LabelPlan) -> str:
    """The plan as text, one decision a line; belongs to the private half of a run, for it names every label."""
    head = {
        "version": VERSION,
        "kind": "label-plan",
        "policy": dataclasses.asdict(plan.origin),
        "images": dataclasses.asdict(plan.images),
        "notes": list(plan.notes),
    }
    decisions = ",\n".join(_line(_of_decision(decision)) for decision in plan.decisions)
    classes = ",\n".join(_line(_flat(one)) for one in plan.classes)
    start = json.dumps(head, indent=1, ensure_ascii=False)[:-2]
    return f'{start},\n "decisions": [\n{decisions}\n],\n "classes": [\n{classes}\n]}}\n'


def plan_from_json(text: str, *, name: str = "label plan") -> LabelPlan:
    """Read what `plan_to_json` wrote; ``name`` is how errors call the file.

    Raises
    ------
    LabelsError
        For anything else.
    """
    if len(text) > MOST_CHARACTERS:
        raise LabelsError(f"{name}: too large for a label plan")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise LabelsError(f"{name}: is no JSON; make the plan again") from None
    if not isinstance(found, dict) or found.get("kind") != "label-plan":
        raise LabelsError(f"{name}: is no label plan; make the plan again")
    if found.get("version") != VERSION:
        raise LabelsError(f"{name}: is of a version that this overpaint does not read; make the plan again")
    try:
        plan = LabelPlan(
            origin=Origin(**{word: _is(value, str) for word, value in found["policy"].items()}),
            decisions=tuple(_decision(row) for row in _rows(found["decisions"])),
            classes=tuple(_class(row) for row in _rows(found["classes"])),
            images=ImageRule(
                without_labels=_among(found["images"]["without_labels"], get_args(Without)),
                with_other_labels=_among(found["images"]["with_other_labels"], get_args(WithOthers)),
            ),
            notes=tuple(_is(note, str) for note in found["notes"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise LabelsError(f"{name}: is damaged ({type(wrong).__name__}); make the plan again") from None
    if {d.to for d in plan.decisions} - {None} != set(plan.after) or len(plan.after) != len(set(plan.after)):
        raise LabelsError(f"{name}: its classes are not those its decisions lead to; make the plan again")
    return plan


def _line(row: dict[str, Any]) -> str:
    return "  " + json_text(row)


def _flat(row: LabelDecision | Class | Rating) -> dict[str, Any]:
    """As `dataclasses.asdict`, which copies deeply and takes ten times as long."""
    return {field: getattr(row, field) for field in row.__slots__}


def _of_decision(decision: LabelDecision) -> dict[str, Any]:
    return _flat(decision) | {"rating": None if decision.rating is None else _flat(decision.rating)}


def _rows(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > MOST_LABELS or not all(isinstance(row, dict) for row in value):
        raise ValueError
    return value


def _is(value: Any, kind: type) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError
    return value


def _or_none(value: Any, kind: type) -> Any:
    return None if value is None else _is(value, kind)


def _among(value: Any, words: tuple[str, ...]) -> Any:
    if value not in words:
        raise ValueError
    return value


def _decision(row: dict[str, Any]) -> LabelDecision:
    checked = dict(row)
    for word in ("label", "clause", "reason"):
        _is(row[word], str)
    for word in ("id", "to", "to_id", "through"):
        _or_none(row[word], str)
    _or_none(row["index"], int)
    _is(row["images"], int)
    _is(row["held"], bool)
    _among(row["action"], ACTIONS)
    checked["lists"] = tuple(_is(name, str) for name in _is(row["lists"], list))
    checked["rating"] = None if row["rating"] is None else _rating(row["rating"])
    return LabelDecision(**checked)


def _rating(row: dict[str, Any]) -> Rating:
    for word in ("id", "source", "date"):
        _is(row[word], str)
    if row["safety"] is not None:
        _among(row["safety"], get_args(Safety))
    _or_none(row["imageability"], int if isinstance(row["imageability"], int) else float)
    _or_none(row["raters"], int)
    _or_none(row["agreement"], int if isinstance(row["agreement"], int) else float)
    return Rating(**row)


def _class(row: dict[str, Any]) -> Class:
    return Class(_is(row["index"], int), _is(row["label"], str), _or_none(row["id"], str))
