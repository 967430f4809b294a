"""Plain words: for workers after a visible gold question (training), for maintainers about a suspicion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from overpaint.review._questions import Question
from overpaint.review._words import THINGS, Kind
from overpaint.review.trust._gold import GoldScore
from overpaint.review.trust._keys import key_checked
from overpaint.review.trust._records import Suspicion

__all__ = ["feedback_words", "suspicion_words"]

_CHOICES = {
    (Kind.TIGHT, "yes"): "Here it is yes: the box fits.",
    (Kind.TIGHT, "no"): "Here it is no: the box does not fit.",
    (Kind.MISSED, "yes"): "Here it is yes: at least one has no box.",
    (Kind.MISSED, "no"): "Here it is no: each has a box.",
    (Kind.CATEGORY, "yes"): "Here it is yes: there is one.",
    (Kind.CATEGORY, "no"): "Here it is no: there is none.",
    (Kind.AUDIT, "yes"): "Here it is yes: somebody could be recognised.",
    (Kind.AUDIT, "no"): "Here it is no: nobody could be recognised.",
    (Kind.LABEL, "given"): "Here one of the two fits, and the other does not.",
    (Kind.LABEL, "guessed"): "Here one of the two fits, and the other does not.",
    (Kind.LABEL, "both"): "Here both labels fit.",
    (Kind.LABEL, "neither"): "Here neither of the two labels fits.",
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


_SUSPICIONS = {
    "too-fast": "{fast:.0f} of {answers:.0f} answers took less than a third of what such questions take.",
    "copied:boxes": (
        "On {same_to_the_pixel:.0f} of {questions:.0f} questions the boxes are the same to the pixel as those of "
        "{other}, who answered first; {expected:.1f} would be usual."
    ),
    "copied:labels": (
        "{same_wrong:.0f} answers that others contradict are the same as {other}'s, who mostly answered first; "
        "{expected:.1f} would be usual."
    ),
    "two-names": (
        "The answers are those of {other}, each first at times, and the two were never there at once: "
        "it may be one person."
    ),
    "random:boxes": (
        "The boxes of {answers:.0f} answers agree with the others' to {agreement:.0%}, where {usual:.0%} is usual."
    ),
    "random:labels": "{answers:.0f} answers agree with the others' hardly more often than without looking.",
    "shifted": (
        "{boxes:.0f} boxes are all off the same way: by {x:+.0%} of their width, {y:+.0%} of their height; "
        "their size by {width:+.0%} and {height:+.0%}."
    ),
    "misses-small": (
        "Of things smaller than {small:.0f} pixels {small_missed:.0%} have no box, of larger ones {large_missed:.0%}."
    ),
    "drift": "Agreement with the others fell by {fell:.2f} after answer {at:.0f} of {answers:.0f}, and stayed low.",
    "same-answer": (
        "{same:.0f} of {answers:.0f} answers are the same; the others gave it {expected:.0f} times on those questions."
    ),
}


def suspicion_words(suspicion: Suspicion) -> str:
    """What a suspicion rests on, for the maintainer who decides. Neither a verdict nor for the worker."""
    numbers = dict(suspicion.evidence)
    if suspicion.kind == "drift":
        numbers["fell"] = numbers["before"] - numbers["after"]
    if suspicion.kind == "shifted":
        numbers |= {side: math.expm1(numbers[side]) for side in ("width", "height")}
    key: str = suspicion.kind
    if key == "copied":
        key += ":boxes" if "same_to_the_pixel" in numbers else ":labels"
    elif key == "random":
        key += ":boxes" if "agreement" in numbers else ":labels"
    return _SUSPICIONS[key].format(other=suspicion.other, **numbers)
