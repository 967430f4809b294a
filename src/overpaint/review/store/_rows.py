"""Between rows and facts."""

from __future__ import annotations

import hashlib
import math
import secrets
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from overpaint.errors import ReviewError
from overpaint.records import Box
from overpaint.review._questions import Proposal, Question
from overpaint.review._words import Kind
from overpaint.review.store._facts import Stored
from overpaint.review.store._schema import question
from overpaint.review.store._types import Line, Lines

__all__ = ["WHOLE", "digest", "inserting", "lines", "new_token", "question_row", "stored"]


def inserting(connection: sa.Connection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def new_token() -> str:
    """256 random bits for an address or a form."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is kept of a token: whoever steals the database cannot answer with it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def question_row(told: Question, *, wanted: int, state: str) -> dict[str, Any]:
    """The row of a new question."""
    if not math.isfinite(told.harm):
        raise ReviewError(f"the harm of a question about {told.thing!r} is no finite number")
    return {
        "name": told.name,
        "kind": told.kind.value,
        "thing": told.thing,
        "sample": told.sample,
        "sensitive": int(told.sensitive),
        "rank": -float(told.harm),
        "gold": 0,
        "state": state,
        "wanted": max(0, min(int(wanted), int(told.limit))),
        "given": 0,
        "held": 0,
        "forgotten": 0,
        "ceiling": int(told.limit),
        "parent": told.parent,
        "wants": told.wants,
        "body": _body(told),
    }


def _body(told: Question) -> dict[str, Any]:
    """What no statement asks for; what has its usual value is left out."""
    body: dict[str, Any] = {"size": [told.width, told.height, told.orientation, told.page], "basis": told.basis}
    if told.crop is not None:
        body["crop"] = _box(told.crop)
    if told.boxes:
        body["boxes"] = [[*_box(one.box), one.score, one.subject] for one in told.boxes]
    for name in ("title", "definition", "context"):
        if text := getattr(told, name):
            body[name] = text
    if told.output:
        body["output"] = True
    if told.extra:
        body["extra"] = dict(told.extra)
    return body


def _box(box: Box) -> list[float]:
    return [box.x0, box.y0, box.x1, box.y1, box.page]


def stored(row: Line) -> Stored:
    """The fact from a whole row of ``question``."""
    cells = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Stored(
        cells["id"],
        cells["name"],
        _question(cells),
        cells["state"],
        cells["wanted"],
        cells["given"],
        cells["held"],
        bool(cells["gold"]),
        cells["verdict"],
        cells["settled_at"],
    )


def _question(cells: sa.RowMapping) -> Question:
    body = cells["body"]
    width, height, orientation, page = body["size"]
    return Question(
        kind=Kind(cells["kind"]),
        thing=cells["thing"],
        sample=cells["sample"],
        width=width,
        height=height,
        orientation=orientation,
        page=page,
        crop=Box(*body["crop"]) if "crop" in body else None,
        boxes=tuple(Proposal(Box(*corners), score, subject) for *corners, score, subject in body.get("boxes", ())),
        title=body.get("title", ""),
        definition=body.get("definition", ""),
        context=body.get("context", ""),
        sensitive=bool(cells["sensitive"]),
        harm=0.0 - cells["rank"],
        parent=cells["parent"],
        wants=cells["wants"],
        output=body.get("output", False),
        limit=cells["ceiling"],
        basis=body["basis"],
        extra=body.get("extra", {}),
    )


def lines(connection: sa.Connection, statement: Lines, **values: Any) -> list[Stored]:
    """The questions that a SELECT of whole rows finds."""
    return [stored(row) for row in connection.execute(statement, values)]


WHOLE = sa.select(question)
"""A SELECT of whole questions, to be narrowed."""
