"""Open a review: make its place, and put the questions into its store."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from overpaint.errors import UsageError
from overpaint.review._bench import Bench
from overpaint.review._desk import Desk
from overpaint.review._of_candidates import Asked, of_candidates
from overpaint.review._of_errors import candidates_of, of_errors
from overpaint.review._of_labels import LEAST, of_labels
from overpaint.review._of_run import Wish, decided, of_run
from overpaint.review._pictures import Pictures
from overpaint.review._place import Aside, Place
from overpaint.review._questions import Question
from overpaint.review._readers import FolderReader, RunReader
from overpaint.review._settings import Settings
from overpaint.review._words import Kind, told_counts
from overpaint.review.store import Store
from overpaint.rundir import Run

__all__ = ["Opened", "configure", "open_desk", "open_review", "opened"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening a review did.

    Attributes
    ----------
    review
        Its directory.
    new, known
        Questions that were put in now, and that were there already.
    questions
        How many there are, by kind, thing and state.
    """

    review: str
    new: int
    known: int
    questions: tuple[tuple[str, str, str, int], ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        rows = [dict(zip(("kind", "thing", "state", "questions"), row, strict=True)) for row in self.questions]
        return {"review": self.review, "new": self.new, "known": self.known, "questions": rows}

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        lines = [f"{self.new} questions were put in, {self.known} were there already"]
        lines += [f"  {kind}{f' ({thing})' if thing else ''}: {n} {state}" for kind, thing, state, n in self.questions]
        return [*lines, f"answer them: overpaint review serve {self.review}"]


def open_review(
    target: str | PathLike[str],
    *,
    question: Sequence[str] = (),
    thing: Sequence[str] = (),
    label: str | None = None,
    title: str = "",
    definition: str = "",
    harm: float = 0.05,
    spot: int = 0,
    audit: int = 0,
    labels: str | None = None,
    certainty: float | None = None,
    store: str | None = None,
    progress: Progress | None = None,
) -> Opened:
    """Put questions to people about a run, about a folder of candidates for a class, or about labels themselves.

    Opening again adds what is new and asks nothing twice.

    Parameters
    ----------
    target
        A run directory on which something was decided; with ``question=["category"]``, a folder of pictures; with
        ``question=["rate-label"]``, a run or any path: ``PATH.review`` is made beside it.
    question
        Of a run: ``boxes``, ``tight``, ``missed``, ``flags``; usually ``boxes`` and ``flags``. ``category``: is there
        one of ``label`` in the picture? ``label``, of a run: of the two labels of each candidate that
        `overpaint labels errors` found, which fits? ``rate-label``: is this word, said of a person,
        offensive, sensitive or safe?
    thing
        Boxes of what: ``face``, ``person``, ``text``, ``plate``, ``code``; all that the run has findings of.
    label, title, definition
        The class that candidates are for; how the question names it (“a malamute”); what belongs to it.
    harm
        Pictures are asked about from this expected harm on: the cost of a wrong decision times its probability.
    spot
        So many pictures by chance as well, whatever was found in them.
    audit
        So many written pictures by chance: could anyone still be recognised?
    labels
        What ``rate-label`` asks about: a file with one identifier or label a line (or a names file: CSV, JSON, YAML),
        or ``unrated:ROOT@LIST``: what is under ROOT in a class list and has no rating (``under:ROOT@LIST``: all of it).
    certainty
        How sure the questions that are put in now shall be settled; as the review's settings say unless given.
    store
        ``postgresql+psycopg://HOST/NAME``; a file in the review's directory unless given.
    progress
        Called with what is going on and how many questions are in.

    Raises
    ------
    ReviewError
        Nothing is decided yet, or the store cannot be opened.
    UsageError
        The arguments do not go together.
    """
    path = Path(target)
    kinds = _kinds(question, label, labels)
    if labels is not None:
        if thing or spot or audit or title or definition:
            raise UsageError("--labels goes with --question rate-label alone; what words mean is looked up")
        questions = iter(of_labels(labels, certainty=certainty))
        place = _place_of_words(path, store)
    elif label is None:
        run = Run.open(path)
        found = candidates_of(run) if Kind.LABEL in kinds else {}
        others = tuple(kind for kind in kinds if kind != Kind.LABEL)
        wish = Wish(others or (Kind.BOXES, Kind.FLAGS), tuple(thing) or None, harm, spot, audit, certainty)
        of_findings = others or spot or audit or not kinds
        if of_findings:
            decided(run)  # before anything is made
        place = Place.make(run=run, store=store)
        questions = itertools.chain(
            of_run(run, wish) if of_findings else (), of_errors(run, found, certainty=certainty) if found else ()
        )
    else:
        if thing or spot or audit:
            raise UsageError("--thing, --spot and --audit are for a run; candidates are asked about one --label")
        asked = Asked(label, title=title, definition=definition)
        if not path.is_dir():
            raise UsageError(f"{path} is no folder of candidates")
        place = Place.make(candidates=path, store=store)
        aside = place.aside()
        made = of_candidates(place, path, asked, certainty=certainty)
        questions = (question for question in made if not aside.held(question.sample))
    with _store(place, create=True) as kept:
        least = Bench.settings_of(kept).least
        wanted = least if labels is None else max(least, LEAST)
        added = kept.add(_counted(questions, progress), wanted=wanted)
        rows = told_counts(kept.counts())
    return Opened(str(path), added.new, added.known, rows)


def _place_of_words(path: Path, store: str | None) -> Place:
    """A run's own review, or one that has no pictures."""
    if (path / "plan.toml").is_file():
        return Place.make(run=Run.open(path), store=store)
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path}: the folder that it shall lie in is not there; make it first")
    return Place.make(words=path, store=store)


def _kinds(question: Sequence[str], label: str | None, labels: str | None) -> tuple[Kind, ...]:
    try:
        kinds = tuple(Kind(one) for one in question)
    except ValueError:
        raise UsageError(f"--question: there are {', '.join(Kind)}") from None
    if (Kind.CATEGORY in kinds) != (label is not None) or (label is not None and len(kinds) != 1):
        raise UsageError("--question category and --label go together: which class are the candidates for?")
    if (Kind.RATE_LABEL in kinds) != (labels is not None) or (labels is not None and len(kinds) != 1):
        raise UsageError("--question rate-label and --labels go together: which labels shall people rate?")
    return kinds


def _counted(questions: Iterator[Question], progress: Progress | None) -> Iterator[Question]:
    for number, question in enumerate(questions, 1):
        if progress and number % 100 == 0:
            progress("asking", number, 0)
        yield question


@contextlib.contextmanager
def _store(place: Place, *, create: bool = False) -> Iterator[Store]:
    with contextlib.closing(Store.open(place.store, create=create)) as store:
        yield store


def configure(review: str | PathLike[str], *, changes: Sequence[str] = ()) -> Settings:
    """Change settings of a review (``NAME=VALUE``, as `overpaint.review.Settings` names them); all of them then."""
    told: dict[str, Any] = {}
    for change in changes:
        name, sign, value = change.partition("=")
        if not sign:
            raise UsageError(f"{change}: write NAME=VALUE")
        told[name] = _value(name, value)
    with opened(review) as (_, bench):
        return bench.set_settings(told) if told else bench.settings()


def _value(name: str, text: str) -> Any:
    usual = getattr(Settings(), name, None)
    try:
        if isinstance(usual, bool):
            return {"true": True, "false": False}[text.lower()]
        return int(text) if isinstance(usual, int) else float(text) if isinstance(usual, float) else text
    except (ValueError, KeyError):
        raise UsageError(f"{name}={text}: it is a {type(usual).__name__}, such as {usual!r}") from None


@contextlib.contextmanager
def opened(target: str | PathLike[str]) -> Iterator[tuple[Place, Bench]]:
    """A review's place and bench, for whoever needs no pictures."""
    place = Place.of(Path(target))
    aside = place.aside()
    with _store(place) as store:
        yield place, Bench(store, lane=lambda question: aside.put(question.sample))


class _Aside:
    """A reader of pictures that looks at the review's own list first."""

    def __init__(self, reader: RunReader | FolderReader, aside: Aside) -> None:
        self._reader = reader
        self._aside = aside
        self.max_pixels = reader.max_pixels

    def held(self, sample: str) -> bool:
        return self._aside.held(sample) or self._reader.held(sample)

    def version(self, question: Question) -> str:
        return self._reader.version(question)

    def read(self, question: Question) -> bytes:
        return self._reader.read(question)


@contextlib.contextmanager
def open_desk(target: str | PathLike[str], *, lane: Callable[[Question], None] | None = None) -> Iterator[Desk]:
    """A review's desk, with its pictures.

    Parameters
    ----------
    lane
        Called with a question whose picture shall go into the no-view lane; the review's own list keeps it out of
        sight from that moment on, whatever becomes of the call.
    """
    place = Place.of(Path(target))
    aside = place.aside()
    if place.words:
        with _store(place) as store:
            yield Desk(store)
        return
    reader: RunReader | FolderReader
    if place.run is not None:
        reader = RunReader(Run.open(place.run))
    else:
        assert place.candidates is not None
        reader = FolderReader(place.candidates)

    def into_lane(question: Question) -> None:
        aside.put(question.sample)
        pictures.forget(question.sample)
        if lane is not None:
            lane(question)

    with contextlib.closing(reader), _store(place) as store:
        pictures = Pictures(_Aside(reader, aside))
        yield Desk(store, pictures, lane=into_lane)
