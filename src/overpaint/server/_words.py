"""Sentences that people are shown before their first question, and the words of a kind of question."""

from __future__ import annotations

from typing import Any

from overpaint.review import FLAGS, THINGS, Help, Kind, Question, Settings, help_for
from overpaint.review.store import Link

__all__ = ["NOT_SHOWN", "STOPPED", "asked", "disclosure", "help_told", "names_of"]

NOT_SHOWN = "This picture cannot be shown. Go on with the next one."
"""Said of every picture that cannot be shown: nobody can tell one of the no-view lane from a torn file."""

STOPPED = "Your answers are not used for this task."


def disclosure(settings: Settings, link: Link | None, *, words: bool = False) -> list[str]:
    """What people are told before they agree to begin; ``words``: some questions ask them to rate words."""
    known = "" if link is None or link.role != "worker" else str(link.settings.get("worker_field") or "")
    lines = [
        "It is recorded which questions you were asked, what you answered, when, and how long it took.",
        "Your answers are compared with those of others; how often you agree decides how much they count.",
        "Some questions have an answer that is known already. You are not told which ones they are.",
        "Where answers seem too unreliable, they are not used. You are told, and can ask that a person looks again.",
        "You may skip any question and leave at any time, without a reason and without a disadvantage.",
        "You are known by a pseudonym. Your network address is not stored.",
    ]
    if known:
        lines.append(f"The id in your link ({known}) is stored only as a keyed hash, to know you when you come back.")
    if settings.retention_days:
        lines.append(f"After {settings.retention_days} days it is forgotten who gave an answer and how long it took.")
    else:
        lines.append("Who gave an answer is kept until the people who run this review delete it.")
    if words:
        lines.append("You are shown words to rate, some of them slurs or insults. You may skip any of them.")
        lines.append("What you think of a word counts as much as what anybody else thinks of it.")
    lines.append("Pictures are not yours to keep: do not save, copy or show them.")
    return lines


def names_of(question: Question) -> tuple[str, str, str]:
    """What a question is about in words: one, many, and what a box of it holds."""
    words = THINGS.get(question.thing)
    if words is not None and not question.title:
        return words.one, words.many, words.holds
    title = question.title or question.thing
    return title, title, words.holds if words is not None else f"all that can be seen of {title}"


def asked(question: Question) -> str:
    """The question itself."""
    one, many, holds = names_of(question)
    return help_for(question.kind).ask.format(one=one, many=many, holds=holds)


def help_told(kind: Kind, question: Question) -> dict[str, Any]:
    """Instructions, keys and examples of a kind of question, with the thing's words filled in."""
    one, many, holds = names_of(question)

    def filled(text: str) -> str:
        return text.format(one=one, many=many, holds=holds)

    words: Help = help_for(kind)
    told: dict[str, Any] = {
        "title": words.title,
        "ask": filled(words.ask),
        "instructions": [filled(line) for line in words.instructions],
        "keys": [{"key": key, "does": does, "words": filled(said)} for key, does, said in words.keys],
        "examples": [{"drawing": one, "right": right, "words": filled(said)} for one, right, said in words.examples],
    }
    if kind is Kind.FLAGS:
        told["flags"] = list(FLAGS)
    return told
