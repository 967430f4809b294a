"""What somebody is told after a visible gold question (training), in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from overpaint.review._questions import Question
from overpaint.review._words import THINGS, Kind
from overpaint.review.trust._gold import GoldScore, key_checked

__all__ = ["feedback_words"]

_CHOICES = {
    (Kind.TIGHT, "yes"): "Here it is yes: the box fits.",
    (Kind.TIGHT, "no"): "Here it is no: the box does not fit.",
    (Kind.MISSED, "yes"): "Here it is yes: at least one has no box.",
    (Kind.MISSED, "no"): "Here it is no: each has a box.",
    (Kind.CATEGORY, "yes"): "Here it is yes: there is one.",
    (Kind.CATEGORY, "no"): "Here it is no: there is none.",
    (Kind.AUDIT, "yes"): "Here it is yes: somebody could be recognised.",
    (Kind.AUDIT, "no"): "Here it is no: nobody could be recognised.",
}


def feedback_words(question: Question, key: Mapping[str, Any], score: GoldScore) -> str:
    """A sentence or three on an answer to a visible gold question; the page shows the key beside it."""
    key = key_checked(question, key)
    match question.kind:
        case Kind.BOXES:
            return _of_boxes(question, score)
        case Kind.FLAGS:
            if score.passed:
                return "Right."
            shows = _listed([flag.replace("-", " ") for flag in key["flags"]], "and") or "nothing of the list"
            open_ = _listed([flag.replace("-", " ") for flag in key["either"]], "and")
            return f"This picture shows {shows}." + (f" Whether it shows {open_} is open." if open_ else "")
        case Kind.RATE_LABEL:
            low, high = key["imageability"]
            span = str(low) if low == high else f"{low} to {high}"
            told = f"Here we take {_listed(key['safety'], 'or')}, and {span} for how easily it calls up a picture."
            return "Right." if score.passed else told
        case _:
            return "Right." if score.passed else _CHOICES[question.kind, key["choice"]]


def _of_boxes(question: Question, score: GoldScore) -> str:
    known = THINGS.get(question.thing)
    one = known.one if known else question.title or question.thing
    many = known.many if known else one
    if score.of == 0:
        return f"Right: there is no {one.removeprefix('a ')} here." if score.passed else _extra(score.extra, "any")
    said = []
    if score.found == score.of:
        said.append(f"You found all {score.of} {many}." if score.of > 1 else "You found it.")
    else:
        said.append(f"You found {score.found} of {score.of} {many}." if score.of > 1 else "You missed it.")
    missed = score.small_of - score.small_found
    if missed and score.of > 1:
        said.append(f"{missed} that {'is' if missed == 1 else 'are'} small {'was' if missed == 1 else 'were'} missed.")
    if score.extra:
        said.append(_extra(score.extra, "one that counts"))
    return " ".join(said)


def _extra(count: int, what: str) -> str:
    return f"{count} {'box is' if count == 1 else 'boxes are'} where there is not {what}."


def _listed(words: list[str], last: str) -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
