"""What the answers to a question say together, and whether one more person is asked: the crowd models at work."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from overpaint.records import Box
from overpaint.review._questions import Question, boxes_of, votes_of
from overpaint.review._settings import Settings
from overpaint.review._words import ASPECTS, Kind
from overpaint.review.crowd import (
    BoxConsensus,
    BoxCrowd,
    Boxing,
    BoxSkills,
    BoxTally,
    LabelSkills,
    Step,
    Votes,
    calibrated,
    fit_boxes,
    fit_dawid_skene,
    judge_boxes,
    next_step,
    next_step_boxes,
    posterior_of,
)

__all__ = ["Given", "Judge", "Known", "Ruling", "family_of"]

_ONE_FAMILY = frozenset({Kind.FLAGS, Kind.RATE_LABEL, Kind.LABEL})  # each word is a question, not a sort of them
_SURE = 0.98  # no detector counts for more than this, or for less than its opposite


@dataclass(frozen=True, slots=True)
class Given:
    """One answer, as the models see it: who, on what question (its number), and what."""

    worker: str
    question: int
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """An answer to a gold question: ``labels`` are right, by aspect; or ``boxes`` are."""

    question: Question
    given: Given
    labels: Mapping[str, str]
    boxes: Sequence[Box] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is made of a question's answers.

    ``settled``, or ``wanted`` answers in all. ``verdict`` is plain JSON: ``answer`` is what a question that depends on
    this one looks at, ``probability`` how likely it is, ``given`` and ``reason`` say from how many and why no more are
    asked; then ``aspects`` with the posterior of each label, or ``boxes`` with ``complete`` and ``missed``.
    """

    settled: bool
    wanted: int
    verdict: dict[str, Any]


def family_of(question: Question) -> str:
    """Questions of one family share their people's skills."""
    return f"{question.kind}:{question.thing}" if question.kind not in _ONE_FAMILY else str(question.kind)


class Judge:
    """The skills of each family of questions, and what follows from them; may be used by many threads."""

    def __init__(self) -> None:
        self._labels: dict[tuple[str, str], LabelSkills] = {}
        self._boxes: dict[str, BoxSkills] = {}
        self._lock = threading.Lock()

    # ------------------------------------------------------------------ one question

    def rule(self, question: Question, answers: Sequence[Given], settings: Settings) -> Ruling:
        """What the answers so far say, and whether to ask on."""
        most = min(question.limit, settings.most)
        usual = settings.certainty_boxes if question.kind == Kind.BOXES else settings.certainty
        least = min(most, max(settings.least, int(question.extra.get("least", 1))))
        settings = replace(settings, certainty=float(question.extra.get("certainty", usual)), least=least)
        if question.kind == Kind.BOXES:
            consensus = self.consensus(question, answers)
            step = next_step_boxes(
                consensus,
                self.box_skills(family_of(question)),
                target=settings.certainty,
                cost=settings.cost,
                given=len(answers),
                limit=most,
            )
            return _ruled(step, _of_boxes(consensus), len(answers), settings)
        aspects = self.posteriors(question, answers)
        # of a word's imageability the mean is what counts, and no number is the right one: it asks for no more answers
        asks = aspects[:1] if question.kind == Kind.RATE_LABEL else aspects
        steps = [self._step(question, name, posterior, len(answers), settings, most) for name, posterior in asks]
        step = next((one for one in steps if one.ask), steps[0])
        return _ruled(step, _of_labels(question, aspects), len(answers), settings)

    def _step(
        self, question: Question, aspect: str, posterior: np.ndarray, given: int, settings: Settings, most: int
    ) -> Step:
        skills = self.label_skills(family_of(question), question.kind, aspect)
        return next_step(posterior, skills, target=settings.certainty, cost=settings.cost, given=given, limit=most)

    def posteriors(self, question: Question, answers: Sequence[Given]) -> list[tuple[str, np.ndarray]]:
        """The posterior of each aspect's labels."""
        family, found = family_of(question), []
        for aspect in ASPECTS[question.kind]:
            votes = [(one.worker, dict(votes_of(question.kind, one.value))[aspect]) for one in answers]
            found.append((aspect, posterior_of(votes, self.label_skills(family, question.kind, aspect))))
        return found

    def consensus(self, question: Question, answers: Sequence[Given]) -> BoxConsensus:
        """What the drawn boxes say together."""
        skills = self.box_skills(family_of(question))
        return judge_boxes([_boxing(question, one) for one in answers], skills, proposals=_proposals(question))

    # ------------------------------------------------------------------ skills

    def label_skills(self, family: str, kind: Kind, aspect: str) -> LabelSkills:
        """What is known of the people who answered a family's questions, one aspect of them."""
        with self._lock:
            known = self._labels.get((family, aspect))
        labels = ASPECTS[kind][aspect]
        none = np.zeros((len(labels), len(labels)))
        return known if known is not None else LabelSkills(labels, np.zeros(len(labels)), {}, none)

    def box_skills(self, family: str) -> BoxSkills:
        """What is known of the people who drew a family's boxes."""
        with self._lock:
            return self._boxes.get(family) or BoxSkills()

    def refit(
        self, family: str, kind: Kind, answers: Iterable[tuple[Question, Given]], gold: Iterable[Known] = ()
    ) -> None:
        """Learn everybody's skills of a family again, from all its answers and from those to gold."""
        given, known = list(answers), list(gold)
        if not given and not known:
            return
        if kind == Kind.BOXES:
            boxings = [_boxing(question, one) for question, one in given]
            boxings += [_boxing(one.question, one.given) for one in known]
            shown = {str(one.question): _proposals(question) for question, one in given if question.boxes}
            truth = {str(one.given.question): one.boxes for one in known}
            skills = fit_boxes(boxings, proposals=shown, truth=truth).skills
            with self._lock:
                self._boxes[family] = skills
            return
        for aspect, labels in ASPECTS[kind].items():
            votes = [_vote(kind, aspect, one) for _, one in given] + [_vote(kind, aspect, one.given) for one in known]
            right = {str(one.given.question): one.labels[aspect] for one in known if aspect in one.labels}
            every = Votes.of(votes, labels=labels)
            learned = fit_dawid_skene(every, pooling=1.0, known=right).to_skills()
            if right:  # answers to one question resemble each other: how much, gold tells
                blind = fit_dawid_skene(every, pooling=1.0).to_skills()
                learned = replace(learned, correlation=calibrated(blind, every, right).correlation)
            with self._lock:
                self._labels[family, aspect] = learned

    # ------------------------------------------------------------------ kept

    def kept(self, family: str) -> dict[str, Any]:
        """The skills of a family as plain JSON, for the store."""
        with self._lock:
            labels = {aspect: skills for (name, aspect), skills in self._labels.items() if name == family}
            boxes = self._boxes.get(family)
        told: dict[str, Any] = {"labels": {aspect: skills.to_plain() for aspect, skills in labels.items()}}
        if boxes is not None:
            told["boxes"] = {"crowd": asdict(boxes.crowd), "tallies": {w: asdict(t) for w, t in boxes.tallies.items()}}
        return told

    def remember(self, family: str, kept: Mapping[str, Any]) -> None:
        """Take skills from the store."""
        with self._lock:
            for aspect, skills in kept.get("labels", {}).items():
                self._labels[family, aspect] = LabelSkills.from_plain(skills)
            if "boxes" in kept:
                crowd_ = BoxCrowd(**{name: _tuples(one) for name, one in kept["boxes"]["crowd"].items()})
                tallies = kept["boxes"]["tallies"].items()
                self._boxes[family] = BoxSkills(
                    crowd_, {w: BoxTally(**{name: _tuples(one) for name, one in t.items()}) for w, t in tallies}
                )


def _vote(kind: Kind, aspect: str, one: Given) -> tuple[str, str, str]:
    return str(one.question), one.worker, dict(votes_of(kind, one.value))[aspect]


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _boxing(question: Question, one: Given) -> Boxing:
    return Boxing(str(one.question), one.worker, boxes_of(one.value, page=question.page))


def _proposals(question: Question) -> list[tuple[Box, float]]:
    """The boxes that people were shown: two who leave one standing have not found it twice."""
    return [(one.box, min(_SURE, max(1 - _SURE, one.score))) for one in question.boxes]


def _ruled(step: Step, verdict: dict[str, Any], given: int, settings: Settings) -> Ruling:
    if given < settings.least:
        step = replace(step, ask=True, reason="unsure")
    verdict |= {"given": given, "reason": step.reason}
    return Ruling(not step.ask, given + 1 if step.ask else given, verdict)


def _of_boxes(consensus: BoxConsensus) -> dict[str, Any]:
    boxes = [
        {
            "box": [round(side, 2) for side in (one.box.x0, one.box.y0, one.box.x1, one.box.y1)],
            "probability": round(one.probability, 4),
            "seen_by": len(one.seen_by),
        }
        for one in consensus.boxes
    ]
    return {
        "answer": "yes" if consensus.accepted() else "no",
        "probability": round(consensus.complete, 4),
        "boxes": boxes,
        "complete": round(consensus.complete, 4),
        "missed": round(consensus.expected_missed, 4),
    }


def _of_labels(question: Question, aspects: Sequence[tuple[str, np.ndarray]]) -> dict[str, Any]:
    told = {}
    for aspect, posterior in aspects:
        labels = ASPECTS[question.kind][aspect]
        told[aspect] = {label: round(float(p), 4) for label, p in zip(labels, posterior, strict=True)}
    first = next(iter(told.values()))
    answer = max(first, key=lambda label: first[label])
    return {"answer": answer, "probability": first[answer], "aspects": told}
