"""The desk: hands out questions, takes answers in, and decides after each what follows from it.

It knows no web: the server, the tests and the simulated crowd use it alike. Its state is the store's, so that a killed
server costs nobody an answer; what it holds in memory (skills) is learned again from there.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Protocol

from overpaint.errors import AnswerError, ReviewError
from overpaint.review._bench import Bench
from overpaint.review._judge import family_of
from overpaint.review._person import Person
from overpaint.review._questions import Question, checked
from overpaint.review._replies import Done, Feedback, Outcome, Pause, Progress, Stopped
from overpaint.review._settings import Settings
from overpaint.review._summary import summarise
from overpaint.review.store import Lease, Store, Stored, Worker
from overpaint.review.trust import feedback_words, next_is_gold, score

__all__ = ["Desk"]

_WAIT = 20.0  # seconds until it is worth asking again for a question that somebody else has in hand
_GIVEN = 20_000  # leases that went out, remembered for a moment
_EMPTY = 60.0  # seconds until gold is looked for again where there was none for somebody
_AMONG = 50  # gold questions looked at for one to serve
_BETWEEN = 20.0  # seconds between two sensitive pictures where there is nothing else to show in between

UNSEEN = "picture"  # why a question is given back whose picture could not be shown
LEFT_OUT = "Your answers are not used for this task."
BREAK = "You have worked for a while without a break. Look at something far away; it goes on by itself."
SENSITIVE_NEXT = "The next pictures are sensitive ones. They are never shown one right after the other."
ELSEWHERE = "All questions are in somebody's hands just now."


class Held(Protocol):
    """Where pictures come from, as far as the desk cares."""

    def held(self, sample: str) -> bool:
        """Whether a sample is in the no-view lane."""
        ...


class Desk:
    """Hands out and takes in; may be used by many threads and, over one store, by several processes.

    Parameters
    ----------
    store
        Questions, leases, answers and people.
    pictures
        Asked before anything is handed out whether it is in the no-view lane; None where questions have no pictures.
    lane
        Called with a question whose picture people say shows a minor sexually: it goes into the lane for everybody.
    clock, rng
        Time in seconds since the epoch, and chance.
    """

    def __init__(
        self,
        store: Store,
        pictures: Held | None = None,
        *,
        lane: Callable[[Question], None] | None = None,
        clock: Callable[[], float] = time.time,
        rng: random.Random | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.bench = Bench(store, clock=clock, lane=lane)
        self.pictures = pictures
        self._rng = rng or random.SystemRandom()
        self._given: dict[str, Lease] = {}
        self._none: dict[tuple[int, str], float] = {}

    # ------------------------------------------------------------------ out

    def next(
        self, worker: int, *, count: int = 1, have: Collection[str] = (), sensitive: bool = True
    ) -> list[Lease] | Pause | Done | Stopped:
        """Up to ``count`` questions for somebody: first what they hold already, then by expected harm.

        Parameters
        ----------
        have
            Tokens of leases that their browser has in hand, which are not told again.
        sensitive
            False: they chose to see no sensitive picture.
        """
        now, who = self.clock(), self._worker(worker)
        if who.state == "stopped":
            return Stopped(who.reason or LEFT_OUT)
        if who.state == "left":
            return Done()
        settings, person = self.bench.settings(), Person.of(who.trust)
        if person.until > now:
            return Pause(person.until - now, BREAK)
        if settings.completion and person.answered >= settings.completion:
            return Done(self._code(who))
        held, handed = self._in_hand(worker, have, now)
        previous = person.last_sensitive or any(lease.question.question.sensitive for lease in held)
        room = count - len(held)
        spent = self.bench.spent()
        for _ in range(0 if spent else max(0, room)):
            allowed = sensitive and not previous and person.may_see_sensitive(now, settings)
            one = self._take(who, person, settings, now, sensitive=allowed)
            if one is None:
                break
            handed.append(one)
            previous = one.question.question.sensitive
            person = replace(person, last_sensitive=previous)
        if handed or held:
            return handed[:count]
        if spent:
            return Done(self._code(who))
        return self._nothing(who, person, settings, now, sensitive=sensitive)

    def _in_hand(self, worker: int, have: Collection[str], now: float) -> tuple[list[Lease], list[Lease]]:
        """What somebody holds, and what of it their browser has to be told: nothing, once it has some in hand."""
        if have:
            known = [self._given.get(token) or self.store.lease(token) for token in list(have)[:_AMONG]]
            held = [one for one in known if one is not None and one.worker == worker and one.state == "held"]
            return held, []
        held = [lease for lease in self.store.leases(worker, now=now) if not self._withdrawn(lease.question)]
        return held, list(held)

    def _hand(self, lease: Lease) -> Lease:
        """Remember a lease that goes out, so as not to ask for it again at once."""
        if len(self._given) >= _GIVEN:
            self._given.clear()
        self._given[lease.token] = lease
        return lease

    def _take(self, who: Worker, person: Person, settings: Settings, now: float, *, sensitive: bool) -> Lease | None:
        if who.role == "worker":
            found = self._take_gold(who, person, settings, now, sensitive=sensitive)
            if found is not None:
                return found
        for _ in range(_AMONG):
            leases = self.store.take(
                who.id, now=now, lease_seconds=settings.lease_seconds, gold=False, sensitive=sensitive
            )
            if not leases:
                return None
            if not self._withdrawn(leases[0].question):
                return self._hand(leases[0])
        return None

    def _take_gold(
        self, who: Worker, person: Person, settings: Settings, now: float, *, sensitive: bool
    ) -> Lease | None:
        """A question whose answer is known, if one is due. Where none is left to train with, hidden ones begin."""
        for training in dict.fromkeys((settings.training, 0)):
            sort = next_is_gold(
                person.history, rng=self._rng, share=settings.gold, training=training, trust=person.trust
            )
            if sort is not None and now - self._none.get((who.id, sort), -_EMPTY) >= _EMPTY:
                found = self.store.take(
                    who.id,
                    now=now,
                    lease_seconds=settings.lease_seconds,
                    gold=True,
                    gold_visible=sort == "training",
                    sensitive=sensitive,
                )
                if found:
                    return self._hand(found[0])
                self._none[who.id, sort] = now
            if sort != "training":
                return None
        return None

    def _nothing(self, who: Worker, person: Person, settings: Settings, now: float, *, sensitive: bool) -> Pause | Done:
        """Why there is no question now."""
        if sensitive and person.last_sensitive and not person.capped(now, settings):
            wait = person.last + _BETWEEN - now
            if wait <= 0:  # long enough ago: the next one may be sensitive again
                self.bench.note(who, replace(person, last_sensitive=False))
            if self.store.outstanding(who.id):
                return Pause(max(1.0, wait), SENSITIVE_NEXT)
        if self.store.outstanding(who.id, sensitive=sensitive and not person.capped(now, settings)):
            return Pause(_WAIT, ELSEWHERE)
        return Done(self._code(who))

    def _withdrawn(self, stored: Stored) -> bool:
        """Take back what is in the lane by now."""
        sample = stored.question.sample
        if sample and self.pictures is not None and self.pictures.held(sample):
            self.store.withdraw(sample, reason="lane", now=self.clock())
            return True
        return False

    def _code(self, who: Worker) -> str | None:
        for link in self.store.links():
            if link.id == who.link:
                code = link.settings.get("completion_code")
                return None if code is None else str(code)
        return None

    # ------------------------------------------------------------------ in

    def submit(self, worker: int, token: str, value: object, *, seconds: float) -> Outcome:
        """Take an answer in; another one to the same question, soon after, takes the place of the first.

        Raises
        ------
        AnswerError
            It is no answer to the question.
        ReviewError
            The lease is not this person's.
        """
        now, lease = self.clock(), self._lease(worker, token)
        stored, settings = lease.question, self.bench.settings()
        answer = checked(stored.question, value)
        seconds = min(max(0.0, float(seconds)), 86_400.0)
        receipt = self.store.answer(token, answer, seconds=seconds, now=now)
        self._given.pop(token, None)
        if receipt.state == "already":
            return self._again(worker, token, stored, answer, seconds, settings)
        if receipt.state == "refused":
            return Outcome("refused", stopped=self._worker(worker).state == "stopped")
        with self.bench.hand(worker):
            who = self._worker(worker)
            person = Person.of(who.trust).answering(now, seconds, sensitive=stored.question.sensitive)
            person = person.breaking(now, settings)
            if stored.gold:
                return self._scored(who, person, stored, answer, receipt.state, settings)
            self.bench.note(who, replace(person, hint=""))
        self.bench.consider(stored, answer)
        return Outcome(receipt.state, hint=person.hint, progress=_progress(person, settings))

    def _again(
        self, worker: int, token: str, stored: Stored, answer: Mapping[str, Any], seconds: float, settings: Settings
    ) -> Outcome:
        """The same answer once more is one that was sent twice; another one takes the place of what was taken back."""
        before = self.said(worker, stored)
        gold = self.store.gold_key(stored.id) if stored.gold else None
        if before is None or before == answer or (gold is not None and gold.visible):  # its key has been told
            return Outcome("already")
        receipt = self.store.amend(token, answer, seconds=seconds, now=self.clock(), within=settings.undo_seconds)
        if receipt.state == "kept" and gold is None:  # of hidden gold the first answer counts, and nothing tells
            self.bench.consider(stored, answer)
        return Outcome(receipt.state)

    def said(self, worker: int, stored: Stored) -> Mapping[str, Any] | None:
        """What somebody answered to a question."""
        said = [one for one in self.store.answers(stored.id, used_only=False) if one.worker == worker]
        return said[-1].value if said else None

    def _scored(
        self, who: Worker, person: Person, stored: Stored, answer: Mapping[str, Any], state: str, settings: Settings
    ) -> Outcome:
        gold = self.store.gold_key(stored.id)
        if gold is None:
            raise ReviewError("the key of a gold question is gone; add it again with `overpaint review gold`")
        result = score(stored.question, gold.key, answer)
        person = person.with_gold(family_of(stored.question), result, visible=gold.visible)
        if gold.visible:
            self.bench.note(who, person)
            words = feedback_words(stored.question, gold.key, result)
            return Outcome(state, Feedback(result.passed, words, gold.key))
        return Outcome(state, stopped=self.bench.weigh(who, person, settings))

    # ------------------------------------------------------------------ and the rest of it

    def undo(self, worker: int, token: str) -> Lease:
        """A question once more, which somebody answered a moment ago (`said` has their answer)."""
        lease = self._lease(worker, token)
        before = self.said(worker, lease.question)
        if before is None or self._withdrawn(lease.question):
            raise AnswerError("there is nothing to take back here")
        return lease

    def skip(self, worker: int, token: str, reason: str = "") -> bool:
        """Give a question back; nobody is asked why, and it costs nothing."""
        now, lease = self.clock(), self._lease(worker, token)
        self._given.pop(token, None)
        done = bool(self.store.skip(token, now=now, reason=reason[:200]))
        if done and lease.state == "held" and reason != UNSEEN:
            with self.bench.hand(worker):
                who = self._worker(worker)
                self.bench.note(who, Person.of(who.trust).seeing(now, sensitive=lease.question.question.sensitive))
        return done

    def progress(self, worker: int) -> Progress:
        """How far somebody is."""
        return _progress(Person.of(self._worker(worker).trust), self.bench.settings())

    def summary(self) -> dict[str, Any]:
        """Aggregates for the maintainer and the auditor: nothing of one person or one picture."""
        return summarise(self.bench)

    def appeal(self, worker: int, text: str) -> None:
        """Ask for a second look; a person reads it."""
        self.store.set_worker(worker, appeal=text.strip()[:2000] or "(no words)")
        self.store.log("appeal", who=worker, what={}, now=self.clock())

    def _worker(self, number: int) -> Worker:
        who = self.store.worker(number)
        if who is None:
            raise ReviewError("there is no such person in this review")
        return who

    def _lease(self, worker: int, token: str) -> Lease:
        lease = self.store.lease(token)
        if lease is None or lease.worker != worker:
            raise ReviewError("this question is not in your hands")
        return lease


def _progress(person: Person, settings: Settings) -> Progress:
    left = max(0, settings.completion - person.answered) if settings.completion else None
    return Progress(person.answered, person.median_seconds(), left)
