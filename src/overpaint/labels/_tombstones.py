"""Tombstones: what is left of a label that went, so that its removal can be studied and other copies be mended."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overpaint.errors import LabelsError
from overpaint.labels._json_text import json_text
from overpaint.labels._plan_facts import LabelDecision, Origin
from overpaint.labels._plan_model import LabelPlan
from overpaint.labels._policy_model import ACTIONS, Action

__all__ = ["Tombstone", "Tombstones", "read_tombstones"]

VERSION = 1
MOST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One label that is no class any more.

    Attributes
    ----------
    label
        Its identifier; for a label that is only words, ``label-NNN`` (its place in the old class list): the words and
        what could be computed from them stay in the private half.
    images
        How many images bore it.
    action, to
        What happened to it, and the class (identifier or label) that its images are under now.
    safety, imageability, source, date
        What people said of it, who, and when; None and empty where nobody did.
    clause, reason
        By which clause of the policy, and why.
    lists
        Known class lists that have it: whoever uses these inherited it.
    """

    label: str
    images: int
    action: Action
    to: str | None
    safety: str | None
    imageability: float | None
    source: str
    date: str
    clause: str
    reason: str
    lists: tuple[str, ...]


@dataclass(frozen=True)
class Tombstones:
    """The tombstones of one plan; nothing in them is of a sample, so that they may be published with the dataset."""

    origin: Origin
    rows: tuple[Tombstone, ...]

    @staticmethod
    def of(plan: LabelPlan) -> Tombstones:
        """One for each label that was removed, quarantined, held, merged or moved up; a new name leaves none."""
        return Tombstones(plan.origin, tuple(_rows(plan)))

    def to_json(self) -> str:
        """The file, one tombstone a line."""
        head = {"version": VERSION, "kind": "label-tombstones", "policy": dataclasses.asdict(self.origin)}
        rows = ",\n".join("  " + json_text({word: getattr(row, word) for word in row.__slots__}) for row in self.rows)
        return f'{json.dumps(head, indent=1, ensure_ascii=False)[:-2]},\n "tombstones": [\n{rows}\n]}}\n'

    @staticmethod
    def from_json(text: str, *, name: str = "tombstones") -> Tombstones:
        """Read what `to_json` wrote; ``name`` is how errors call the file.

        Raises
        ------
        LabelsError
            For anything else.
        """
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise LabelsError(f"{name}: is no JSON; get the file again") from None
        if not isinstance(found, dict) or found.get("kind") != "label-tombstones" or found.get("version") != VERSION:
            raise LabelsError(f"{name}: are no label tombstones of version {VERSION}; name such a file")
        try:
            if not all(isinstance(value, str) for value in found["policy"].values()):
                raise TypeError
            return Tombstones(Origin(**found["policy"]), tuple(_row(row) for row in found["tombstones"]))
        except (KeyError, TypeError, ValueError, AttributeError) as wrong:
            raise LabelsError(f"{name}: is damaged ({type(wrong).__name__}); get the file again") from None


def read_tombstones(path: Path | str) -> Tombstones:
    """The tombstones that lie beside a dataset.

    Raises
    ------
    LabelsError
        Where the file cannot be read as such.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as wrong:
        raise LabelsError(f"{path}: cannot be read ({wrong.strerror}); name a file of label tombstones") from None
    if len(content) > MOST_BYTES:
        raise LabelsError(f"{path}: is larger than any file of label tombstones")
    return Tombstones.from_json(content.decode("utf-8", "replace"), name=str(path))


def _rows(plan: LabelPlan) -> Iterable[Tombstone]:
    meaning = {one.label: one.id or one.label for one in plan.classes}
    for decision in plan.decisions:
        if not decision.stays:
            yield _of(decision, plan.stand_ins[decision.label], None if decision.to is None else meaning[decision.to])


def _of(decision: LabelDecision, label: str, to: str | None) -> Tombstone:
    rating = decision.rating
    return Tombstone(
        label=label,
        images=decision.images,
        action=decision.action,
        to=to,
        safety=rating.safety if rating else None,
        imageability=rating.imageability if rating else None,
        source=rating.source if rating else "",
        date=rating.date if rating else "",
        clause=decision.clause,
        reason=decision.reason,
        lists=decision.lists,
    )


def _row(row: dict[str, Any]) -> Tombstone:
    texts = ("label", "source", "date", "clause", "reason")
    if not all(isinstance(row[word], str) for word in texts) or row["action"] not in ACTIONS:
        raise ValueError
    if isinstance(row["images"], bool) or not isinstance(row["images"], int):
        raise TypeError
    if not all(value is None or isinstance(value, str) for value in (row["to"], row["safety"])):
        raise TypeError
    if not isinstance(row["lists"], list) or not all(isinstance(name, str) for name in row["lists"]):
        raise TypeError
    return Tombstone(**(row | {"lists": tuple(row["lists"])}))
