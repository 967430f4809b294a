"""Questions that depend on the answer to another one: they wait, open, or become needless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from overpaint.review.store._holding import release
from overpaint.review.store._rows import WHOLE
from overpaint.review.store._schema import question
from overpaint.review.store._tally import Tally
from overpaint.review.store._types import Line

__all__ = ["Resolution", "resolve_children", "resolved", "set_state"]

_CHILDREN = (
    WHOLE.where(question.c.parent == sa.bindparam("parent"), sa.text("parent <> ''"))
    .order_by(question.c.id)
    .with_for_update(key_share=True)
)
_BY_NAME = WHOLE.where(question.c.name == sa.bindparam("name"))
_SET_STATE = sa.update(question).where(question.c.id == sa.bindparam("one")).values(state=sa.bindparam("to"))


@dataclass(frozen=True, slots=True)
class Resolution:
    """What is known of a parent: an answer, ``all`` its children opened (gold), or none of them needed."""

    answer: str = ""
    every: bool = False

    def opens(self, wants: str) -> bool:
        """Whether a child that needs this answer is asked."""
        return self.every or (self.answer != "" and self.answer == wants)


def resolved(state: str, *, gold: bool, verdict: Mapping[str, Any] | None) -> Resolution | None:
    """What a parent means to its children; None while they have to wait."""
    if gold and state != "withdrawn":
        return Resolution(every=True)
    if state == "settled":
        return Resolution(str((verdict or {}).get("answer", "")))
    return Resolution() if state in {"pruned", "withdrawn"} else None


def set_state(connection: sa.Connection, row: Line, state: str, tally: Tally) -> None:
    """Write a question's new state; needless ones are taken out of people's hands."""
    connection.execute(_SET_STATE, {"one": row.id, "to": state})
    if not row.gold:
        tally.move(row.kind, row.thing, row.state, state)
    if state in {"pruned", "waiting"} and row.held:
        release(connection, [row.id], state="revoked")


def resolve_children(connection: sa.Connection, name: str, tally: Tally) -> None:
    """Bring all that depend on a question into line with it, and what depends on those.

    - The parent is settled as the child needs it: the child opens, or is settled again if it was before.
    - It is settled otherwise, pruned or withdrawn: the child is pruned, whatever was said of it.
    - It is open again: a pruned child waits, and so does an open one that nobody has begun.

    Parents hold names, so that nothing keeps them from forming a ring; each question is visited once.
    """
    pending, visited = [name], {name}
    while pending:
        parent = connection.execute(_BY_NAME, {"name": pending.pop()}).one_or_none()
        if parent is None:
            continue
        resolution = resolved(parent.state, gold=bool(parent.gold), verdict=parent.verdict)
        for child in connection.execute(_CHILDREN, {"parent": parent.name}).all():
            state = _state(child, resolution)
            if state != child.state and not child.gold:
                set_state(connection, child, state, tally)
                if child.name not in visited:
                    visited.add(child.name)
                    pending.append(child.name)


def _state(child: Line, parent: Resolution | None) -> str:
    if child.state == "withdrawn":
        return "withdrawn"
    if parent is None:
        begun = child.given > 0 or child.held > 0
        return "waiting" if child.state == "pruned" or (child.state == "open" and not begun) else str(child.state)
    if not parent.opens(child.wants):
        return "pruned"
    if child.state in {"waiting", "pruned"}:
        return "open" if child.settled_at is None else "settled"
    return str(child.state)
