"""What is done now and then beside a review: skills learned again, leases taken back, old names forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from overpaint.records import Box
from overpaint.review._bench import Bench, given
from overpaint.review._judge import Given, Known, family_of
from overpaint.review._noticing import notice
from overpaint.review._person import Person
from overpaint.review._questions import Question, votes_of
from overpaint.review._words import ASPECTS, FLAGS, Kind
from overpaint.review.store import Answer, Stored
from overpaint.review.trust import Evidence

__all__ = ["Tended", "keys_as_verdicts", "learn", "tend", "verdicts"]

_AT_LEAST = 50  # new answers before skills are learned again,
_SHARE = 0.2  # and this share of those that were there: the work grows no faster than the answers
_LOOKED = 3600.0  # seconds between two looks for what is amiss
_RECENT = 300  # answers whose questions are judged again
_PAGE = 2_000
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Tended:
    """What was done: leases taken back, families learned again, people whose answers are left out from now on."""

    expired: int = 0
    learned: int = 0
    stopped: int = 0


def tend(bench: Bench, *, everything: bool = False) -> Tended:
    """One round: what has run out is taken back, and who can be believed is learned again where enough is new.

    With ``everything`` all families are learned again, whatever is new.
    """
    now = bench.clock()
    expired = bench.store.expire(now=now)
    days = bench.settings().retention_days
    if days:
        bench.store.forget(before=now - days * _DAY)
    learned = stopped = 0
    for family, kind in _families(bench, everything=everything):
        stopped += learn(bench, family, kind, look=everything)
        learned += 1
    return Tended(expired, learned, stopped)


def _families(bench: Bench, *, everything: bool) -> list[tuple[str, Kind]]:
    if everything:
        kinds = {(kind, thing) for kind, thing, _ in bench.store.counts()}
        return sorted({(family_of(Question(Kind(kind), thing)), Kind(kind)) for kind, thing in kinds})
    total = bench.store.answered()
    return [key for key, new in sorted(bench.fresh().items()) if new >= max(_AT_LEAST, _SHARE * total)]


def learn(bench: Bench, family: str, kind: Kind, *, look: bool = False) -> int:
    """Learn a family's skills from all its answers; judge again what is open; how many people were stopped by it.

    What is amiss is looked for with ``look``, and else once an hour.
    """
    said = list(_answers(bench, family, kind))
    if look or bench.due(f"notice {family}", _LOOKED):
        notice(bench, family, kind, said)
    answers = [(question, given(one)) for question, _, one in said]
    bench.judge.refit(family, kind, answers, _gold(bench, family, kind))
    bench.learned(family, kind)
    settings, stopped = bench.settings(), 0
    # what somebody thinks of a word is no error: there, only control questions tell who does not read them
    agreement = {} if kind == Kind.RATE_LABEL else _agreement(bench, family, kind, answers)
    for worker, agreed in agreement.items():
        with bench.hand(int(worker)):  # they may be answering just now
            who = bench.store.worker(int(worker))
            if who is not None and who.state == "active":
                person = Person.of(who.trust).with_agreement(family, agreed)
                stopped += bench.weigh(who, person, settings)
    # with ``look`` all: a server that was killed has left some that have their answers and were not judged
    for number in sorted({one.question for _, one in (answers if look else answers[-_RECENT:])}):
        stored = bench.store.question(number)
        if stored is not None and stored.state == "open":
            bench.rule(number)
    return stopped


def _answers(bench: Bench, family: str, kind: Kind) -> Iterator[tuple[Question, int, Answer]]:
    """All answers of a family that are used, without those to gold: the question, its number, the answer."""
    after = 0
    while page := bench.store.answers_since(after, _PAGE, kind=kind):
        for one in page:
            after = one.id
            question = bench.asked(one.question) if one.used else None
            if question is not None and family_of(question) == family:
                yield question, one.question, one


def _gold(bench: Bench, family: str, kind: Kind) -> Iterator[Known]:
    """Answers to hidden gold: what is known for certain of people, and how sure answers may make anybody."""
    after = 0
    while page := bench.store.questions(kind=kind, gold=True, after=after, limit=_PAGE):
        for stored in page:
            after, question = stored.id, stored.question
            gold = bench.store.gold_key(stored.id)
            if gold is None or gold.visible or family_of(question) != family or gold.key.get("ignore"):
                continue
            labels, boxes = (
                _right(kind, gold.key),
                [Box(x0, y0, x1, y1) for x0, y0, x1, y1 in gold.key.get("boxes", ())],
            )
            for answer in bench.store.answers(stored.id):
                yield Known(question, given(answer), labels, boxes)


def _right(kind: Kind, key: Mapping[str, Any]) -> dict[str, str]:
    """The right label of each aspect, where the key leaves no choice."""
    match kind:
        case Kind.FLAGS:
            open_ = set(key.get("either", ()))
            return {flag: "yes" if flag in key["flags"] else "no" for flag in FLAGS if flag not in open_}
        case Kind.RATE_LABEL:
            safety, (low, high) = key["safety"], key["imageability"]
            told = {"safety": safety[0]} if len(safety) == 1 else {}
            return told | ({"imageability": str(low)} if low == high else {})
        case Kind.BOXES:
            return {}
        case _:
            return {"": key["choice"]}


def _agreement(bench: Bench, family: str, kind: Kind, answers: list[tuple[Question, Given]]) -> dict[str, Evidence]:
    """How far each person agrees with what all say together."""
    if kind == Kind.BOXES:
        return {w: Evidence().with_boxes(tally) for w, tally in bench.judge.box_skills(family).tallies.items()}
    by_question: dict[int, list[tuple[Question, Given]]] = {}
    for question, one in answers:
        by_question.setdefault(one.question, []).append((question, one))
    found: dict[str, Evidence] = {}
    for members in by_question.values():
        question = members[0][0]
        if len(members) < 2:
            continue
        told = dict(bench.judge.posteriors(question, [one for _, one in members]))
        for _, one in members:
            agreed = 1.0
            for aspect, label in votes_of(kind, one.value):
                labels = bench.judge.label_skills(family, kind, aspect).labels
                agreed = min(agreed, float(told[aspect][labels.index(label)]))
            found[one.worker] = found.get(one.worker, Evidence()).with_choice(agreed)
    return found


def keys_as_verdicts(bench: Bench) -> Iterator[tuple[Stored, dict[str, Any]]]:
    """Every question whose answer a maintainer gave as a key, with that as its verdict: it is certain."""
    after = 0
    while page := bench.store.questions(gold=True, after=after):
        for stored in page:
            after, kind = stored.id, stored.question.kind
            gold = bench.store.gold_key(stored.id)
            if (
                gold is None or stored.state == "withdrawn" or stored.question.basis == "gold"
            ):  # a copy of a settled one
                continue
            told: dict[str, Any] = {"given": 1, "reason": "keys_as_verdicts", "probability": 1.0}
            if kind == Kind.BOXES:
                boxes = [{"box": list(box), "probability": 1.0, "seen_by": 1} for box in gold.key.get("boxes", ())]
                unsure = [{"box": list(box), "probability": 0.5, "seen_by": 1} for box in gold.key.get("ignore", ())]
                told |= {"answer": "yes" if boxes else "no", "boxes": boxes + unsure, "complete": 1.0}
            else:
                right = _right(kind, gold.key)
                told["aspects"] = {
                    aspect: {label: float(label == right[aspect]) for label in labels}
                    for aspect, labels in ASPECTS[kind].items()
                    if aspect in right
                }
                told["answer"] = right.get("", "")
            yield stored, told


def verdicts(bench: Bench) -> Iterator[tuple[Stored, dict[str, Any]]]:
    """Every settled question with what its answers say now that all of them are there; changes no question."""
    after = 0
    while page := bench.store.questions(state="settled", after=after):
        for stored in page:
            after = stored.id
            if stored.given:
                yield stored, bench.ruling(stored).verdict
