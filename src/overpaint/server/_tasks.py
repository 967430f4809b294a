"""A question as the browser gets it, and its answers on the way in and out.

Nothing of it tells a question of which the answer is known from any other: no number, name, harm or verdict leaves the
server. The one exception is training, where feedback follows and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from overpaint.records import Box
from overpaint.review import FLAGS, Feedback, Kind, Question, pair_of
from overpaint.review._shown import MAX_SIDE, Shown
from overpaint.review.store import Lease
from overpaint.server._house import Caller, House
from overpaint.server._words import asked, names_of

__all__ = ["feedback", "shown_of", "task"]


def shown_of(house: House, question: Question) -> Shown | None:
    """Where boxes lie in the shown picture."""
    return Shown.of(question, max_side=MAX_SIDE if house.pictures is None else house.pictures.max_side)


def task(house: House, who: Caller, lease: Lease, *, draft: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One question for the browser; ``draft``: the answer of it that was taken back."""
    question = lease.question.question
    shown = shown_of(house, question)
    one, many, _ = names_of(question)
    house.handed.put(lease.token, lease)
    gold = house.desk.store.gold_key(lease.question.id) if lease.question.gold else None
    again = draft is not None
    expires = house.now() + house.desk.bench.settings().undo_seconds if again else lease.expires
    told: dict[str, Any] = {
        "lease": lease.token,
        "expires": expires,
        "kind": question.kind,
        "thing": question.thing,
        "one": one,
        "many": many,
        "ask": asked(question),
        "title": question.title or one,
        "definition": question.definition,
        "context": question.context,
        "sensitive": question.sensitive,
        "training": gold is not None and gold.visible,
        "image": _image(house, who, question, lease.token, expires, shown, again=again),
        "boxes": _boxes(question, shown),
    }
    if question.kind is Kind.FLAGS:
        told["flags"] = list(FLAGS)
    if question.kind is Kind.LABEL:
        told |= {"thing": "", "one": "", "many": "", "title": "", "labels": _labels(question)}
    if draft is not None:
        told["draft"] = _value(question, draft, shown)
    return told


def feedback(question: Question, shown: Shown | None, given: Feedback | None) -> dict[str, Any] | None:
    """How somebody did in training, with the known boxes in the shown picture."""
    if given is None:
        return None
    told: dict[str, Any] = {"right": given.right, "words": given.words}
    if question.kind is Kind.BOXES and shown is not None:
        told["boxes"] = [{"box": list(shown.to_shown(Box(*corners)))} for corners in given.key.get("boxes", ())]
    return told


def _image(
    house: House, who: Caller, question: Question, token: str, expires: float, shown: Shown | None, *, again: bool
) -> dict[str, Any] | None:
    if not question.sample:
        return None
    until = int(min(expires, house.now() + 60 * house.settings.picture_minutes))
    address = house.keys.picture("a" if again else "t", token, session=who.session, expires=until)
    sides = (None, None) if shown is None else (shown.width, shown.height)
    return {"url": f"/img/{address}", "width": sides[0], "height": sides[1]}


def _boxes(question: Question, shown: Shown | None) -> list[dict[str, Any]]:
    if shown is None:
        return []
    placed = ((proposal.subject, shown.inside(proposal.box)) for proposal in question.boxes)
    return [{"box": list(box), "from": subject} for subject, box in placed if box is not None]


def _labels(question: Question) -> list[dict[str, str]]:
    """The two labels in an order that says nothing of which is which, but stays the same."""
    words = question.extra.get("words") or [{"title": one, "definition": ""} for one in pair_of(question.thing)]
    both = [{"is": which} | dict(told) for which, told in zip(("given", "guessed"), words, strict=True)]
    return both[::-1] if int(question.name[-1], 16) % 2 else both


def _value(question: Question, value: Mapping[str, Any], shown: Shown | None) -> dict[str, Any]:
    return dict(value) if shown is None else shown.value_to_shown(question.kind, value)
