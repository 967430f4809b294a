"""Gold from a review's own settled questions: what all who answered are certain of becomes a key."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from overpaint.records import Box
from overpaint.review._bench import Bench
from overpaint.review._questions import Question
from overpaint.review._tending import verdicts
from overpaint.review._words import Kind
from overpaint.review.crowd import SIZES
from overpaint.review.store import Stored
from overpaint.review.trust import Candidate, choose_gold, key_checked

__all__ = ["choose_own_gold"]

_AT_LEAST = 2  # people who agree: what one said is no key
_IGNORED = 0.02  # boxes of a probability between this and its opposite count neither way
_BOUNDS = (32.0, 96.0)


def choose_own_gold(bench: Bench, *, count: int, visible: bool, rng: random.Random | None = None) -> int:
    """Make so many of the settled questions gold, as varied as can be; how many could be found.

    The question itself stays as it is settled: a copy becomes gold, and whoever answered it is never served the copy.
    """
    known: dict[str, tuple[Stored, Mapping[str, Any]]] = {}
    candidates = []
    for stored, verdict in verdicts(bench):
        if verdict["given"] >= _AT_LEAST and stored.question.basis != "gold":
            known[stored.name] = (stored, verdict)
            candidates.append(_candidate(stored, verdict))
    chosen = choose_gold(candidates, count=count, rng=rng or random.SystemRandom())
    for one in chosen:
        stored, told = known[one.name]
        copy = replace(stored.question, basis="gold", parent="", harm=0.0)
        key = key_checked(copy, _key(stored.question, told))
        bench.store.add([copy])
        made = bench.store.find(copy.name)
        if made is None or made.gold:
            continue
        for answer in bench.store.answers(stored.id, used_only=False):
            bench.store.bar(answer.worker, made.id, now=bench.clock(), reason="answered the original")
        bench.store.add_gold(copy.name, key, visible=visible)
    return len(chosen)


def _candidate(stored: Stored, verdict: Mapping[str, Any]) -> Candidate:
    question = stored.question
    boxes = _accepted(verdict) if question.kind == Kind.BOXES else []
    answer = str(len(boxes)) if question.kind == Kind.BOXES else str(verdict["answer"])
    roots = [max(0.0, Box(*one["box"]).area) ** 0.5 for one in boxes]
    size = SIZES[sum(min(roots) >= bound for bound in _BOUNDS)] if roots else ""
    return Candidate(
        stored.name, question.kind, f"{question.thing} {question.context}", answer, size, _certainty(question, verdict)
    )


def _accepted(verdict: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in verdict["boxes"] if one["probability"] >= 1 - _IGNORED]


def _certainty(question: Question, verdict: Mapping[str, Any]) -> float:
    if question.kind == Kind.BOXES:
        return float(verdict["complete"])
    if question.kind == Kind.RATE_LABEL:  # of its imageability nobody is certain
        return float(max(verdict["aspects"]["safety"].values()))
    return float(min(max(labels.values()) for labels in verdict["aspects"].values()))


def _key(question: Question, verdict: Mapping[str, Any]) -> dict[str, Any]:
    aspects = verdict.get("aspects", {})
    match question.kind:
        case Kind.BOXES:
            unsure = [one["box"] for one in verdict["boxes"] if _IGNORED < one["probability"] < 1 - _IGNORED]
            return {"boxes": [one["box"] for one in _accepted(verdict)], "ignore": unsure}
        case Kind.FLAGS:
            return {"flags": [flag for flag, labels in aspects.items() if labels["yes"] > labels["no"]]}
        case Kind.RATE_LABEL:
            numbers = aspects["imageability"]
            best = int(max(numbers, key=lambda label: numbers[label]))
            safety = aspects["safety"]
            return {
                "safety": [max(safety, key=lambda label: safety[label])],
                "imageability": [max(1, best - 2), min(5, best + 2)],
            }
        case _:
            return {"choice": verdict["answer"]}
