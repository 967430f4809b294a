"""What the decisions in force may cost, image by image: the order in which people are asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from overpaint.records import Box, python_key
from overpaint.review._words import THINGS

__all__ = ["FALSE", "MISSED", "SENSITIVE", "Subject", "counts_for", "subjects_of", "thing_of"]

MISSED = 1.0
"""What it costs to leave something that should go."""

FALSE = 0.2
"""What it costs to paint over something that is not there."""

_DOUBT = 0.5  # a rule says that people shall look: at least as harmful as a coin's toss
SENSITIVE = frozenset({"nudity", "gore"})
"""Kinds of findings whose pictures people are warned of."""

_FLAGGED = frozenset({"nudity", "gore", "text-adult", "text-document"})


def thing_of(kind: str) -> str | None:
    """What people are asked to draw for a kind of finding; ``flags`` where they are asked about the whole picture.

    None: names in metadata, which no picture shows.
    """
    if kind in _FLAGGED:
        return "flags"
    if kind == "text-plate":
        return "plate"
    if kind.startswith("text-"):
        return "text"
    return kind if kind in THINGS else None


def counts_for(kind: str, asked: str) -> bool:
    """Whether a kind of finding is of the kind that an audit asks about: a thing that is drawn, or ``nudity``."""
    return kind == asked if asked == "nudity" else thing_of(kind) == asked


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that detectors saw in a sample: its best box, what is decided, and what a mistake would cost."""

    kind: str
    number: int
    box: Box | None
    confidence: float
    treatment: str
    review: bool

    @property
    def harm(self) -> float:
        """The cost of a mistake times its probability, if the confidence is right."""
        kept = self.treatment == "keep"
        cost = self.confidence * MISSED if kept else (1 - self.confidence) * FALSE
        return max(cost, _DOUBT * (MISSED if kept else FALSE)) if self.review else cost


def subjects_of(findings: Any, decisions: Any) -> Iterator[tuple[str, list[Subject]]]:
    """The subjects of each sample of a shard, from its tables of findings and decisions; keys as Python has them."""
    decided: dict[tuple[str, str, int], Mapping[str, Any]] = {}
    for row in decisions.to_pylist():
        decided.setdefault((row["key"], row["kind"], row["subject"]), row)
    best: dict[tuple[str, str, int], dict[str, Any]] = {}
    for row in findings.to_pylist():
        place = (row["key"], row["kind"], row["subject"])
        known = best.get(place)
        if known is None or (row["x0"] is not None, row["score"]) > (known["x0"] is not None, known["score"]):
            best[place] = row | {"confidence": max(row["confidence"], known["confidence"] if known else 0.0)}
    here: dict[str, list[Subject]] = {}
    for (key, kind, number), row in best.items():
        decision = decided.get((key, kind, number), {})
        box = None if row["x0"] is None else Box(row["x0"], row["y0"], row["x1"], row["y1"], row["page"] or 0)
        treatment = decision.get("treatment") or "keep"
        subject = Subject(kind, number, box, row["confidence"], treatment, bool(decision.get("review")))
        here.setdefault(key, []).append(subject)
    for key, subjects in here.items():
        yield python_key(key), subjects
