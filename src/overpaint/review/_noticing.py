"""What about people's answers a person should look at: suspicions, kept beside the skills for the maintainer's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from overpaint.review._bench import Bench
from overpaint.review._judge import family_of
from overpaint.review._questions import Question
from overpaint.review._words import Kind
from overpaint.review.store import Answer, Worker
from overpaint.review.trust import Record, suspicion_words, suspicions

__all__ = ["notice", "notices"]

_MOST = 200_000  # answers that are looked through, the latest


def notice(bench: Bench, family: str, kind: Kind, answers: Sequence[tuple[Question, int, Answer]]) -> int:
    """Look through a family's answers, and keep in words what gives reason to look closer; of how many people.

    Parameters
    ----------
    answers
        The question, its number, and the answer.
    """
    names = {who.id: who.pseudonym for who in _people(bench)}
    records = [
        Record(
            names.get(answer.worker, str(answer.worker)),
            str(number),
            question.sample,
            kind,
            answer.at,
            answer.seconds,
            answer.value,
            tuple(proposal.box for proposal in question.boxes),
            question.page,
        )
        for question, number, answer in answers[-_MOST:]
    ]
    found: dict[str, list[str]] = {}
    for one in suspicions(records):
        found.setdefault(one.worker, []).append(suspicion_words(one))
    bench.store.set_skills(f"noticed {family}", {"people": found})
    return len(found)


def notices(bench: Bench) -> Mapping[str, list[str]]:
    """What was noticed, in words, by pseudonym."""
    told: dict[str, list[str]] = {}
    for family in sorted({family_of(Question(Kind(kind), thing)) for kind, thing, _ in bench.store.counts()}):
        for who, words in bench.store.skills(f"noticed {family}").get("people", {}).items():
            told.setdefault(who, []).extend(word for word in words if word not in told.get(who, ()))
    return told


def _people(bench: Bench) -> Iterator[Worker]:
    after = 0
    while page := bench.store.workers(after=after, limit=1_000):
        after = page[-1].id
        yield from page
