"""The bench: judges questions by their answers and people by what they answered, and sees to what follows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from overpaint.review._judge import Given, Judge, Ruling, family_of
from overpaint.review._of_run import escalation
from overpaint.review._person import Person
from overpaint.review._questions import Question
from overpaint.review._settings import Settings
from overpaint.review._words import Kind
from overpaint.review.store import Answer, Store, Stored, Worker

__all__ = ["Bench", "given", "lane_word"]

_AGAIN = 5
_ASKED = 100_000  # questions whose content is kept in memory
_FRESH = 2.0  # seconds that settings are believed for


class Bench:
    """What answers mean, over one store; may be used by many threads.

    Parameters
    ----------
    store
        Questions, answers and people.
    lane
        Called with a question whose picture people say shows a minor sexually: it goes into the lane for everybody.
    clock
        Time in seconds since the epoch.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        lane: Callable[[Question], None] | None = None,
    ) -> None:
        self.store = store
        self.judge = Judge()
        self.clock = clock
        self._lane = lane
        self._lock = threading.Lock()
        self._remembered: set[str] = set()
        self._new: dict[tuple[str, Kind], int] = {}
        self._ruling = [threading.Lock() for _ in range(64)]  # a question is judged by one thread at a time
        self._hands = [threading.Lock() for _ in range(64)]
        self._settings: tuple[float, Settings] | None = None
        self._counted: tuple[float, int] | None = None
        self._done: dict[str, float] = {}
        self._asked: dict[int, Question | None] = {}

    def settings(self) -> Settings:
        """The review's settings, as they were a moment ago."""
        known = self._settings
        if known is None or not 0 <= self.clock() - known[0] < _FRESH:
            known = self._settings = (self.clock(), self.settings_of(self.store))
        return known[1]

    @staticmethod
    def settings_of(store: Store) -> Settings:
        """The settings that a store keeps."""
        return Settings.of(store.settings().get("review", {}))

    def set_settings(self, changes: Mapping[str, Any]) -> Settings:
        """Change some settings; `UsageError` where one makes no sense."""
        settings = self.settings_of(self.store).changed(changes)
        self.store.set_settings({"review": settings.to_dict()})
        self._settings = None
        return settings

    # ------------------------------------------------------------------ people

    def hand(self, worker: int) -> threading.Lock:
        """Hold it from reading what is known of somebody until it is kept: one thread of this process at a time."""
        return self._hands[worker % len(self._hands)]

    def weigh(self, who: Worker, person: Person, settings: Settings) -> bool:
        """What follows from what is known of somebody: a hint once, or (True) their answers are left out from now on.

        The hint comes with their next ordinary answer: after a hidden control question it would give that away.
        """
        standing = person.standing(settings)
        if standing.state == "warned" and standing.reason not in person.warned:
            person = replace(person, warned=(*person.warned, standing.reason), hint=standing.words)
        self.note(who, person)
        stops = standing.state == "stopped" and not person.vouched
        stopped = stops and who.role == "worker" and who.state == "active"
        if stopped:
            self.stop(who.id, standing.words)
        return stopped

    def stop(self, worker: int, words: str) -> None:
        """Leave somebody's answers out, past ones too; questions that rest on them are asked again."""
        now = self.clock()
        self.store.set_worker(worker, state="stopped", reason=words)
        self.store.log("worker-stopped", who=None, what={"worker": worker}, now=now)
        for question in self.store.use_answers(worker, used=False):
            self.rule(question)

    def readmit(self, worker: int) -> None:
        """Take somebody's appeal: their answers count again, and what is known already does not stop them anew."""
        with self.hand(worker):
            who = self.store.worker(worker)
            if who is not None:
                self.note(who, replace(Person.of(who.trust), vouched=True))
        self.store.set_worker(worker, state="active", reason="", appeal="")
        self.store.log("worker-readmitted", who=None, what={"worker": worker}, now=self.clock())
        for question in self.store.use_answers(worker, used=True):
            self.rule(question)

    def note(self, who: Worker, person: Person) -> None:
        """Keep what is known of somebody."""
        self.store.set_worker(who.id, trust=person.to_dict())

    # ------------------------------------------------------------------ questions

    def consider(self, stored: Stored, answer: Mapping[str, Any]) -> None:
        """What an ordinary answer sets in motion."""
        question = stored.question
        if lane_word(question, answer):
            self.hold(question)
            return
        key = (family_of(question), question.kind)
        with self._lock:
            self._new[key] = self._new.get(key, 0) + 1
        self.rule(stored.id)

    def fresh(self) -> dict[tuple[str, Kind], int]:
        """How many answers came in since each family's skills were learned."""
        with self._lock:
            return dict(self._new)

    def learned(self, family: str, kind: Kind) -> None:
        """Its skills were learned just now: keep them."""
        kept = self.judge.kept(family)
        known = bool(kept["labels"]) or "boxes" in kept
        with self._lock:
            self._new.pop((family, kind), None)
            if known:
                self._remembered.add(family)
        if known:  # else its answers are forgotten by now, and what was learned from them stays
            self.store.set_skills(family, kept)

    def hold(self, question: Question) -> None:
        """Into the no-view lane with a picture, at once: nobody is asked about it, and nothing of it is shown again."""
        self.store.withdraw(question.sample, reason="lane", now=self.clock())
        with self._lock:
            self._asked.clear()
        if self._lane is not None:
            self._lane(question)

    def rule(self, number: int) -> None:
        """Judge a question by the answers it has, and put what follows into the store."""
        for _ in range(_AGAIN):  # another process may take an answer in while this one judges
            with self._ruling[number % len(self._ruling)]:
                stored = self.store.question(number)
                if stored is None or stored.gold or stored.state not in {"open", "settled"}:
                    return
                ruling = self.ruling(stored)
                done = self.store.judge(
                    number,
                    state="settled" if ruling.settled else "open",
                    wanted=ruling.wanted,
                    verdict=ruling.verdict,
                    now=self.clock(),
                    given=ruling.verdict["given"],
                )
            if done:
                if ruling.settled:
                    self._follow(stored.question, ruling.verdict)
                return

    def ruling(self, stored: Stored) -> Ruling:
        """What a question's answers say now; changes nothing."""
        self.remember(family_of(stored.question))
        answers = [given(one) for one in self.store.answers(stored.id)]
        if len(answers) < stored.given and stored.state == "settled" and stored.verdict:
            # some are forgotten (`Store.forget`): what they came to stays
            return Ruling(settled=True, wanted=stored.given, verdict=stored.verdict | {"given": stored.given})
        return self.judge.rule(stored.question, answers, self._limits(stored))

    def _limits(self, stored: Stored) -> Settings:
        settings = self.settings()
        if self.spent():  # what is there must do
            return replace(settings, least=1, most=max(1, stored.given))
        return settings

    def spent(self) -> bool:
        """Whether as many answers are there as the budget allows: then nobody is asked anything more."""
        budget = self.settings().budget
        return bool(budget) and self._answered() >= budget

    def _answered(self) -> int:
        """All answers, as they were counted a moment ago: counting takes a while where there are many."""
        known = self._counted
        if known is None or not 0 <= self.clock() - known[0] < _FRESH:
            known = self._counted = (self.clock(), self.store.answered())
        return known[1]

    def _follow(self, question: Question, verdict: Mapping[str, Any]) -> None:
        """A check that says "wrong" has the boxes drawn; a child in a sensitive picture is the lane's."""
        wrong = "no" if question.kind == Kind.TIGHT else "yes"
        more = escalation(question)
        if more is not None and verdict["answer"] == wrong:
            self.store.add([more], wanted=self.settings().least)
        child = question.kind == Kind.CATEGORY and question.thing == "child" and verdict["answer"] == "yes"
        both = question.kind == Kind.FLAGS and all(
            verdict["aspects"][flag]["yes"] >= 0.5 for flag in ("sexual", "minor")
        )  # though nobody said both
        if both or (child and question.sensitive):
            self.hold(question)

    def due(self, what: str, seconds: float) -> bool:
        """Whether something was not done for so long; then it counts as done now. The first time is not yet."""
        now = self.clock()
        with self._lock:
            last = self._done.setdefault(what, now)
            if now - last < seconds:
                return False
            self._done[what] = now
            return True

    def asked(self, number: int) -> Question | None:
        """What a question asks, which never changes; None for gold and for what is not there."""
        with self._lock:
            if number in self._asked:
                return self._asked[number]
        stored = self.store.question(number)
        question = None if stored is None or stored.gold or stored.state == "withdrawn" else stored.question
        with self._lock:
            if len(self._asked) >= _ASKED:
                self._asked.clear()
            self._asked[number] = question
        return question

    def remember(self, family: str) -> None:
        """Take a family's skills from the store, once."""
        with self._lock:
            if family in self._remembered:
                return
            self._remembered.add(family)
        kept = self.store.skills(family)
        if kept:
            self.judge.remember(family, kept)


def lane_word(question: Question, answer: Mapping[str, Any]) -> bool:
    """Whether somebody says that a picture shows a minor sexually."""
    return question.kind == Kind.FLAGS and {"sexual", "minor"} <= set(answer["flags"])


def given(answer: Answer) -> Given:
    """An answer as the models see it."""
    return Given(str(answer.worker), answer.question, answer.value)
