"""Questions from a run: what detectors are unsure of, by expected harm, and pictures by chance for what they missed."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from overpaint import formats
from overpaint.errors import ReviewError, UsageError
from overpaint.records import Box, python_key
from overpaint.review._harm import SENSITIVE, Subject, subjects_of, thing_of
from overpaint.review._questions import Proposal, Question
from overpaint.review._words import THINGS, Kind, hierarchy
from overpaint.rundir import Run, read_table

__all__ = ["Wish", "decided", "escalation", "of_run"]

SHOWN = 0.25
"""A detector's box is shown from this confidence, or where something was decided on it."""
_PAD = 1.0  # of a cropped question: this share of the box's longer side on each side


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a run.

    Attributes
    ----------
    kinds
        ``boxes``: draw them all; ``tight`` and ``missed``: are the detectors' boxes right, and is one missing, and
        draw only where they say so; ``flags``: where nudity, violence or documents are suspected.
    things
        What boxes are asked about; None: whatever the run has findings of.
    harm
        From this expected harm on, a picture is asked about.
    spot
        So many pictures by chance, whatever was found: first whether there is a person, a face, a child, then boxes.
    audit
        So many written pictures by chance: is anyone still recognisable?
    certainty
        How sure these questions shall be settled; None: as the review's settings say.
    """

    kinds: tuple[Kind, ...] = (Kind.BOXES, Kind.FLAGS)
    things: tuple[str, ...] | None = None
    harm: float = 0.05
    spot: int = 0
    audit: int = 0
    certainty: float | None = None

    def __post_init__(self) -> None:
        unknown = [kind for kind in self.kinds if kind not in {Kind.BOXES, Kind.TIGHT, Kind.MISSED, Kind.FLAGS}]
        if unknown:
            raise UsageError(
                f"--question {unknown[0]} is not asked of a run's findings; give boxes, tight, missed or flags"
            )
        for thing in self.things or ():
            if thing not in THINGS:
                raise UsageError(f"--thing {thing}: boxes are asked of {', '.join(THINGS)}")
        if self.certainty is not None and not 0.5 <= self.certainty <= 1:
            raise UsageError(f"--certainty {self.certainty}: give a probability from 0.5 to 1")
        if not 0 <= self.harm <= 1:
            raise UsageError(f"--harm {self.harm}: give a number from 0 to 1, such as 0.05")


def decided(run: Run) -> str:
    """The generation of decisions in force; `ReviewError` where nothing is decided yet."""
    generation = run.generation()
    if generation is None or not run.listed:
        raise ReviewError(
            f"{run.path}: nothing is decided yet; run `overpaint scan` and `overpaint decide`, or `scrub`"
        )
    return generation


def of_run(run: Run, wish: Wish) -> Iterator[Question]:
    """The questions, shard by shard; samples in the no-view lane, failed ones and removed ones are none's business.

    Raises
    ------
    ReviewError
        Nothing is decided yet.
    """
    generation = decided(run)
    drawn = _Drawn(run.secret(), wish)
    for ref in formats.read_shards(run.listing):
        file = run.decisions_dir(generation) / f"{ref.id}.parquet"
        if not run.marker(ref.id).get("scanned") or not file.exists():
            raise ReviewError(
                f"{run.path} is not finished; run the same scan or scrub again to finish it, then open the review"
            )
        samples = {python_key(row["key"]): row for row in read_table(run.shard_file("samples", ref.id)).to_pylist()}
        here = dict(subjects_of(read_table(run.shard_file("findings", ref.id)), read_table(file)))
        for key, row in samples.items():
            if row["lane"] or not row["width"] or not row["looked"]:
                continue
            about = _About(key, row, ref.id, wish.certainty)
            subjects = here.get(key, [])
            drawn.consider(about, subjects)
            yield from _uncertain(about, subjects, wish)
    yield from drawn.questions()


@dataclass(frozen=True, slots=True)
class _About:
    """A sample, and the questions that can be made of it."""

    key: str
    row: dict[str, Any]
    shard: str
    certainty: float | None = None

    def question(self, kind: Kind, thing: str, **more: Any) -> Question:
        row, sure = self.row, {} if self.certainty is None else {"certainty": self.certainty}
        return Question(
            kind,
            thing,
            self.key,
            row["width"],
            row["height"],
            row["orientation"] or 1,
            context=row["label"] or "",
            extra={"shard": self.shard} | sure | more.pop("extra", {}),
            **more,
        )


def _uncertain(about: _About, subjects: Sequence[Subject], wish: Wish) -> Iterator[Question]:
    sensitive = any(subject.kind in SENSITIVE for subject in subjects)
    grouped: dict[str, list[Subject]] = {}
    for subject in subjects:
        thing = thing_of(subject.kind)
        if thing is not None:
            grouped.setdefault(thing, []).append(subject)
    for thing, members in sorted(grouped.items()):
        harm = sum(subject.harm for subject in members)
        if harm < wish.harm:
            continue
        if thing == "flags":
            if Kind.FLAGS in wish.kinds:
                yield about.question(Kind.FLAGS, "", sensitive=sensitive, harm=harm)
        elif wish.things is None or thing in wish.things:
            for question in _of_boxes(about, thing, members, wish.kinds, sensitive=sensitive):
                if question.harm >= wish.harm:
                    yield question


def _of_boxes(
    about: _About, thing: str, members: Sequence[Subject], kinds: Collection[Kind], *, sensitive: bool
) -> Iterator[Question]:
    for page in sorted({subject.box.page for subject in members if subject.box is not None}):
        here = [subject for subject in members if subject.box is not None and subject.box.page == page]
        shown = proposals(here)
        harm = sum(subject.harm for subject in here)
        if Kind.BOXES in kinds:
            yield about.question(Kind.BOXES, thing, boxes=shown, harm=harm, sensitive=sensitive, page=page)
        if Kind.TIGHT in kinds:
            for subject, proposal in ((s, p) for p in shown for s in here if s.number == p.subject):
                crop = padded(proposal.box, about.row["width"], about.row["height"])
                more = {"boxes": (proposal,), "crop": crop, "sensitive": sensitive, "page": page}
                yield about.question(Kind.TIGHT, thing, harm=subject.harm, **more)
        if Kind.MISSED in kinds:
            yield about.question(Kind.MISSED, thing, boxes=shown, harm=harm, sensitive=sensitive, page=page)


def proposals(subjects: Sequence[Subject]) -> tuple[Proposal, ...]:
    """The boxes that people are shown, best first."""
    told = [s for s in subjects if s.box is not None and (s.confidence >= SHOWN or s.treatment != "keep" or s.review)]
    told.sort(key=lambda s: (-s.confidence, s.number))
    return tuple(Proposal(s.box, round(s.confidence, 4), s.number) for s in told if s.box is not None)


def padded(box: Box, width: int, height: int) -> Box:
    """A box with its surroundings, inside the frame."""
    pad = _PAD * max(box.width, box.height)
    return Box(box.x0 - pad, box.y0 - pad, box.x1 + pad, box.y1 + pad, box.page).clipped(width, height)


def escalation(question: Question) -> Question | None:
    """What is asked next where a check says that something is wrong: draw all boxes of the whole picture."""
    if question.kind not in {Kind.TIGHT, Kind.MISSED, Kind.AUDIT}:
        return None
    return Question(
        Kind.BOXES,
        question.thing if question.kind != Kind.AUDIT else "face",
        question.sample,
        question.width,
        question.height,
        question.orientation,
        question.page,
        boxes=question.boxes if question.kind == Kind.MISSED else (),
        context=question.context,
        sensitive=question.sensitive,
        harm=max(1.0, question.harm),
        limit=question.limit,
        extra={name: question.extra[name] for name in ("shard", "certainty") if name in question.extra},
    )


class _Drawn:
    """Pictures by chance: the run's key and the sample's decide, so that opening again draws the same."""

    def __init__(self, secret: bytes, wish: Wish) -> None:
        self._secret = secret
        self._wish = wish
        self._wanted = {"spot": wish.spot, "audit": wish.audit}
        self._held: dict[str, list[tuple[float, str, _About, list[Subject]]]] = {"spot": [], "audit": []}
        self.seen = 0

    def consider(self, about: _About, subjects: list[Subject]) -> None:
        self.seen += 1
        for what, wanted in self._wanted.items():
            if not wanted or (
                what == "audit" and about.row["outcome"] not in {"redacted", "re-encoded", "identical", "metadata-only"}
            ):
                continue
            told = hashlib.sha256(self._secret + f"{what}\0{about.key}".encode("utf-8", "surrogateescape")).digest()
            entry = (-int.from_bytes(told[:8]) / 2**64, about.key, about, subjects)
            held = self._held[what]
            if len(held) < wanted:
                heapq.heappush(held, entry)
            elif entry[:2] > held[0][:2]:
                heapq.heapreplace(held, entry)

    def questions(self) -> Iterator[Question]:
        for _, _, about, subjects in sorted(self._held["spot"], key=lambda one: one[:2], reverse=True):
            asked = any(
                one.kind == Kind.BOXES and one.thing == "face" for one in _uncertain(about, subjects, self._wish)
            )
            yield from _chain(about, subjects, boxes=not asked)
        for _, _, about, subjects in sorted(self._held["audit"], key=lambda one: one[:2], reverse=True):
            sensitive = any(subject.kind in SENSITIVE for subject in subjects)
            yield about.question(Kind.AUDIT, "person", output=True, sensitive=sensitive, harm=0.1)


def _chain(about: _About, subjects: Sequence[Subject], *, boxes: bool) -> Iterator[Question]:
    """Any person? any face? any child? and the boxes of faces where there is one, unless they are asked for anyway."""
    sensitive = any(subject.kind in SENSITIVE for subject in subjects)
    more: dict[str, Any] = {"sensitive": sensitive, "harm": 0.1, "extra": {"spot": True}}
    parent = ""
    for thing, title, definition in hierarchy():
        one = about.question(Kind.CATEGORY, thing, title=title, definition=definition, parent=parent, **dict(more))
        yield one
        parent = one.name
        if thing == "face" and boxes:
            faces = [s for s in subjects if thing_of(s.kind) == "face" and s.box is not None and s.box.page == 0]
            yield about.question(Kind.BOXES, "face", boxes=proposals(faces), parent=parent, **dict(more))
