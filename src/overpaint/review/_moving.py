"""Answers and keys that come in from other tools, and what goes out to them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

from overpaint.errors import UsageError
from overpaint.review import exchange
from overpaint.review._bench import Bench, lane_word
from overpaint.review._open import opened
from overpaint.review._own_gold import choose_own_gold
from overpaint.review._questions import Question, boxes_of, checked
from overpaint.review._tending import tend
from overpaint.review._words import Kind
from overpaint.review.exchange import Format, Labelled
from overpaint.review.store import Stored, Worker
from overpaint.review.trust import key_checked

__all__ = ["Exported", "Taken", "add_answers", "add_gold", "export"]

_PAGE = 1_000
_IMPORT = b"overpaint: answers from files".ljust(32, b".")  # the hash of no token: nobody enters by this link


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken from a file: answers (or keys), people, and what was left out, by reason and line by line."""

    answers: int
    people: int
    left: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"answers": self.answers, "people": self.people, "left": dict(self.left), "notes": list(self.notes)}

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        lines = [f"{self.answers} were taken in, of {self.people} people"]
        lines += [f"  left out: {count} ({reason})" for reason, count in sorted(self.left.items())]
        return [*lines, *(f"  {note}" for note in self.notes)]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written for another tool."""

    files: int
    answers: int
    questions: int
    left: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        lines = [f"{self.answers} answers and {self.questions} questions were written to {self.files} files"]
        return lines + [f"  left out: {count} ({reason})" for reason, count in sorted(self.left.items())]


def add_answers(
    review: str | PathLike[str],
    file: str | PathLike[str],
    *,
    format: Format | None = None,  # noqa: A002 - the word of the command line
    worker: str | None = None,
    images: str = "",
    thing: str | None = None,
    empties: bool = False,
    frame: str | None = None,
) -> Taken:
    """Take in answers that were given in another tool; our quality control then weighs them as any others.

    Parameters
    ----------
    review
        A run, a folder of candidates or a review's directory.
    file
        A file, or a directory of them.
    format
        ``csv``, ``coco``, ``cvat``, ``label-studio`` or ``voc``; found by content unless given.
    worker
        Whose answers they are, where the file does not say. Names are kept as keyed hashes alone.
    images
        What the names of pictures begin with before the key.
    thing
        What the boxes are of, where the file does not say.
    empties
        Pictures that the file lists without boxes were looked at, though it does not say so.
    frame
        ``stored`` or ``upright``: what boxes are about, where the file does not tell.
    """
    left: Counter[str] = Counter()
    with opened(review) as (place, bench):
        known = _Known(bench)
        reading = _reading(known, file, format, worker, images, thing, frame, empties=empties)
        link = _link(bench)
        people: dict[str, Worker] = {}
        taken = 0
        for one in reading:
            stored = known.asked(one)
            if stored is None:
                left["no-such-question"] += 1
                continue
            if one.worker not in people:
                outside = hashlib.blake2b(one.worker.encode(), key=place.secret(), digest_size=32).digest()
                people[one.worker] = bench.store.worker_for(link, outside, now=bench.clock())
            now = one.at if one.at is not None else bench.clock()
            lease = bench.store.hand(people[one.worker].id, stored.id, now=now, lease_seconds=3600.0)
            if lease is None:
                left["answered-before"] += 1
                continue
            value = checked(stored.question, dict(one.value))
            receipt = bench.store.answer(lease.token, value, seconds=one.seconds or 0.0, now=now)
            taken += receipt.state == "kept"
            if lane_word(stored.question, value):
                bench.hold(stored.question)
        if taken:
            tend(bench, everything=True)
            for stored in known.touched():
                bench.rule(stored.id)
        return Taken(taken, len(people), dict(left + Counter(reading.left)), tuple(reading.lines))


def add_gold(
    review: str | PathLike[str],
    file: str | PathLike[str] | None = None,
    *,
    choose: int = 0,
    visible: bool = False,
    format: Format | None = None,  # noqa: A002 - the word of the command line
    images: str = "",
    thing: str | None = None,
    empties: bool = False,
    frame: str | None = None,
) -> Taken:
    """Make questions gold: a maintainer's answers are their keys, which never leave the store.

    Parameters
    ----------
    choose
        So many of the settled questions that all who answered are certain of, instead of a file: copies of them, of
        all sizes and answers, which nobody is served who answered the original.
    visible
        For training: people are told how they did. Else nobody is told which questions these are.
    file, format, images, thing, empties, frame
        As in `add_answers`.
    """
    if (file is None) == (choose == 0):
        raise UsageError("give a file of right answers, or --choose with a number")
    left: Counter[str] = Counter()
    with opened(review) as (_, bench):
        if file is None:
            tend(bench, everything=True)
            return Taken(choose_own_gold(bench, count=choose, visible=visible), 0)
        known = _Known(bench)
        reading = _reading(known, file, format, "maintainer", images, thing, frame, empties=empties)
        taken = 0
        for one in reading:
            stored = known.asked(one)
            if stored is None or stored.given:
                left["no-such-question" if stored is None else "answered-before"] += 1
                continue
            if lane_word(stored.question, one.value):  # no key: nobody is shown it
                left["no-view-lane"] += 1
                bench.hold(stored.question)
                continue
            key = key_checked(stored.question, _key(stored.question, one))
            bench.store.add_gold(stored.name, key, visible=visible)
            taken += 1
        return Taken(taken, 1 if taken else 0, dict(left + Counter(reading.left)), tuple(reading.lines))


def export(
    review: str | PathLike[str],
    dest: str | PathLike[str],
    *,
    format: Format = "csv",  # noqa: A002 - the word of the command line
    images: str = "",
    tasks: bool = False,
) -> Exported:
    """Write answers, under pseudonyms, and with ``tasks`` the questions that are open, for another tool.

    What is in the no-view lane is not written, nor are keys of gold and who failed them.
    """
    with opened(review) as (place, bench):
        for sample in place.in_lane():  # put there by other ways than this review
            bench.store.withdraw(sample, reason="lane", now=bench.clock())
            bench.store.erase(sample, known_as=place.erased(sample))
        questions = (stored.question for stored in _all(bench, state="open")) if tasks else ()
        written = exchange.write(_labelled(bench), dest, format=format, images=images, questions=questions)
        return Exported(len(written.files), written.records, written.questions, dict(written.skipped))


def _key(question: Question, one: Labelled) -> dict[str, Any]:
    value = dict(one.value)
    match question.kind:
        case Kind.BOXES:
            return {"boxes": [[b.x0, b.y0, b.x1, b.y1] for b in boxes_of(value)]}
        case Kind.FLAGS:
            return {"flags": value["flags"]}
        case Kind.RATE_LABEL:
            return {"safety": [value["safety"]], "imageability": [value["imageability"]] * 2}
        case _:
            return {"choice": value["choice"]}


class _Known:
    """The questions of a review by what they ask, and their pictures by name."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._by_name: dict[str, int] = {}
        self._by_place: dict[tuple[str, str, str, int], int] = {}
        self._found: set[int] = set()
        pictures: dict[str, exchange.Picture] = {}
        for stored in _all(bench):
            question = stored.question
            self._by_name[stored.name] = stored.id
            where = question.sample, question.kind, question.thing, question.page
            if not question.output or where not in self._by_place:  # what other tools show is the source
                self._by_place[where] = stored.id
            if question.sample:
                size = (question.width, question.height, question.orientation)
                pictures[question.sample] = exchange.Picture(question.sample, *size)
        self.names = exchange.Names(pictures.values())

    def asked(self, one: Labelled) -> Stored | None:
        number = self._by_name.get(one.question)
        if number is None:
            number = self._by_place.get((one.sample, one.kind, one.thing, one.page))
        if number is None:
            return None
        self._found.add(number)
        return self._bench.store.question(number)

    def touched(self) -> Iterator[Stored]:
        for number in sorted(self._found):
            stored = self._bench.store.question(number)
            if stored is not None:
                yield stored


def _reading(
    known: _Known,
    file: str | PathLike[str],
    format_: Format | None,
    worker: str | None,
    images: str,
    thing: str | None,
    frame: str | None,
    *,
    empties: bool,
) -> exchange.Reading:
    if frame not in {None, "stored", "upright"}:
        raise UsageError(f"--frame {frame}: give stored or upright")
    return exchange.read(
        file,
        samples=known.names,
        format=format_,
        worker=worker,
        images=images,
        thing=thing,
        kind=Kind.BOXES if thing is not None else None,
        empties="all" if empties else "told",
        frame=frame,  # type: ignore[arg-type]
    )


def _link(bench: Bench) -> int:
    known = bench.store.link_by_hash(_IMPORT)
    if known is None:
        told = {"label": "answers from files"}
        known = bench.store.add_link(role="worker", token_hash=_IMPORT, expires=4e9, settings=told, now=bench.clock())
    return known.id


def _all(bench: Bench, *, state: str | None = None) -> Iterator[Stored]:
    after = 0
    while page := bench.store.questions(state=state, after=after, limit=_PAGE):
        after = page[-1].id
        yield from (stored for stored in page if stored.state != "withdrawn")


def _labelled(bench: Bench) -> Iterable[Labelled]:
    after, names, asked = 0, dict[int, str](), dict[int, Stored | None]()
    while page := bench.store.answers_since(after, _PAGE):
        for answer in page:
            after = answer.id
            if answer.question not in asked:
                if len(asked) > 100_000:
                    asked.clear()
                stored = bench.store.question(answer.question)
                left_out = stored is None or stored.state == "withdrawn" or stored.gold
                asked[answer.question] = None if left_out else stored
            known = asked[answer.question]
            if not answer.used or known is None:
                continue
            if answer.worker not in names:
                who = bench.store.worker(answer.worker)
                names[answer.worker] = who.pseudonym if who is not None else "forgotten"
            question = known.question
            yield Labelled(
                question.sample,
                question.width,
                question.height,
                question.orientation,
                names[answer.worker],
                question.kind,
                question.thing,
                answer.value,
                answer.seconds,
                answer.at,
                known.name,
                question.page,
            )
