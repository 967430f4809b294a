"""Questions about a random sample of what a run published: what can still be seen there? And what people answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from overpaint.errors import ReviewError, UsageError
from overpaint.records import Box
from overpaint.review._bench import Bench
from overpaint.review._harm import SENSITIVE
from overpaint.review._open import opened
from overpaint.review._place import Place
from overpaint.review._questions import Proposal, Question, boxes_of
from overpaint.review._tending import keys_as_verdicts, tend
from overpaint.review._words import THINGS, Kind
from overpaint.review.store import Store, Stored
from overpaint.rundir import Run

__all__ = ["AuditAnswer", "AuditPicture", "ask_audit", "audit_answers", "audit_question", "place_of_audit"]

_HARM = 1.0  # before what detectors are unsure of: a sample of which the hard ones are left says nothing
_SHOWS = {
    "face": "an eye, a nose or a mouth of it shows",
    "person": "somebody who knows them would know them",
    "text": "a letter of it can be read",
    "plate": "a letter or digit of it can be read",
    "code": "a phone could read it",
    "watermark": "part of the mark shows",
}


@dataclass(frozen=True, slots=True)
class AuditPicture:
    """A picture that people shall look at.

    Attributes
    ----------
    sample, shard
        Its key, and where its row is.
    width, height, orientation
        Of the stored frame.
    token
        Changes with what is looked at: the answers to another picture of this key are no answers to this one.
    output
        What was written is shown; else the source, with ``boxes`` by kind: what would be painted, which people correct.
    kinds
        Of the findings, for a warning before what may be hard to look at.
    context
        Its class.
    """

    sample: str
    shard: str
    width: int
    height: int
    orientation: int
    token: str
    output: bool
    boxes: Mapping[str, tuple[Proposal, ...]] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    context: str = ""


@dataclass(frozen=True, slots=True)
class AuditAnswer:
    """What became of a question.

    Attributes
    ----------
    state
        ``settled``, ``open``, ``waiting``, ``withdrawn``; ``never`` where it was never asked.
    boxes
        What people say can be seen; of each how likely it is, or the share of them who drew it where that is more: what
        one person alone drew, a model of people hardly believes, and here that would count as nothing there.
    flagged
        How likely it is that the picture shows what is asked about, or the share of people who say so where that is
        more; of pictures that are flagged, not drawn on.
    people
        What each person drew, in the order of their answers.
    seconds
        What each answer took, as far as it is still known.
    answers
        How many there are that count; 0: nobody answered yet.
    overlooked
        What the crowd model expects all of them to have overlooked.
    """

    state: str
    boxes: tuple[tuple[Box, float], ...] = ()
    flagged: float | None = None
    people: tuple[tuple[Box, ...], ...] = ()
    seconds: tuple[float, ...] = ()
    overlooked: float = 0.0
    answers: int = 0


def audit_question(picture: AuditPicture, kind: str) -> Question:
    """What is asked of one picture: a thing of `THINGS` to be drawn, or ``nudity`` to be flagged."""
    more: dict[str, Any] = {}
    if kind == "nudity":
        asked, thing = Kind.FLAGS, ""
    else:
        asked, thing = Kind.BOXES, kind
        more["boxes"] = picture.boxes.get(kind, ())
        if picture.output:
            words = THINGS[kind]
            more["title"] = f"{words.many} that can still be seen"
            more["definition"] = (
                f"The picture was painted over. What the paint hides needs no box: draw one where {_SHOWS[kind]}."
            )
    return Question(
        asked,
        thing,
        picture.sample,
        picture.width,
        picture.height,
        picture.orientation,
        context=picture.context,
        sensitive=not SENSITIVE.isdisjoint(picture.kinds),
        harm=_HARM,
        output=picture.output,
        basis="audit",
        extra={"shard": picture.shard, "audit": picture.token},
        **more,
    )


def place_of_audit(run: Run, review: str | PathLike[str] | None) -> Place | None:
    """A run's review: its own, or the one that is named; None where it has none yet.

    Raises
    ------
    UsageError
        The one that is named is about something else.
    """
    if review is None:
        return Place.of(run.path) if (run.private / "review" / "review.toml").exists() else None
    place = Place.of(Path(review))
    if place.run is None or place.run.resolve() != run.path.resolve():
        about = "words" if place.words else place.run or place.candidates
        raise UsageError(f"--review {review} asks about {about}, not about {run.path}; leave it out for the run's own")
    return place


def ask_audit(
    run: Run, pictures: Iterable[AuditPicture], kinds: Sequence[str], *, review: str | PathLike[str] | None = None
) -> tuple[int, int]:
    """Put the questions of an audit into the run's review, in the order of the pictures; how many are new, and known.

    Nothing is asked twice.
    """
    place = place_of_audit(run, review) or Place.make(run=run)
    with Store.open(place.store, create=True) as store:
        least = Bench.settings_of(store).least
        questions = (audit_question(picture, kind) for picture in pictures for kind in kinds)
        added = store.add(questions, wanted=least)
    return added.new, added.known


def audit_answers(
    run: Run, pictures: Sequence[AuditPicture], kind: str, *, review: str | PathLike[str] | None = None
) -> list[AuditAnswer]:
    """What became of the question about each picture.

    Raises
    ------
    ReviewError
        The run has no review.
    """
    place = place_of_audit(run, review)
    if place is None:
        raise ReviewError(f"{run.path} has no review; make one with `overpaint measure residual {run.path}`")
    with opened(place.path) as (_, bench):
        tend(bench, everything=True)
        keys = {stored.name: verdict for stored, verdict in keys_as_verdicts(bench)}
        return [_answer(bench, audit_question(picture, kind).name, keys) for picture in pictures]


def _answer(bench: Bench, name: str, keys: dict[str, dict[str, Any]]) -> AuditAnswer:
    stored = bench.store.find(name)
    if stored is None:
        return AuditAnswer("never")
    if stored.state != "withdrawn" and name in keys:  # a maintainer's key is as good as any answer
        return _told(bench, stored, keys[name])
    if stored.state not in {"settled", "open"} or not stored.given:
        return AuditAnswer("open" if stored.state == "settled" else stored.state)
    # an open one that was answered counts, too: what is easy is settled first, and would be all that is counted
    return _told(bench, stored, bench.ruling(stored).verdict)


def _told(bench: Bench, stored: Stored, verdict: dict[str, Any]) -> AuditAnswer:
    question = stored.question
    given = bench.store.answers(stored.id)
    seconds = tuple(one.seconds for one in given if one.seconds is not None)
    if question.kind == Kind.FLAGS:
        sexual = float(verdict["aspects"].get("sexual", {}).get("yes", 0.0))
        said = sum("sexual" in one.value["flags"] for one in given) / max(1, len(given))
        return AuditAnswer(stored.state, flagged=max(sexual, said), seconds=seconds, answers=verdict["given"])
    drawn, asked = boxes_of(verdict, page=question.page), max(1, verdict["given"])
    boxes = tuple(
        (box, max(float(one["probability"]), min(1.0, one["seen_by"] / asked)))
        for box, one in zip(drawn, verdict["boxes"], strict=True)
    )
    people = tuple(boxes_of(one.value, page=question.page) for one in given)
    return AuditAnswer(stored.state, boxes, None, people, seconds, float(verdict.get("missed", 0.0)), asked)
