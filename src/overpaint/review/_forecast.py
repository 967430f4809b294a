"""How many answers and hours a wanted certainty will take, before anybody is asked.

Reviews are played through with made-up people: the same judge that will decide decides when to stop. Where there are
no answers yet, the crowd and the time that an answer takes are guesses, and the interval is wide.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from overpaint.errors import UsageError
from overpaint.review._forecast_people import world_of
from overpaint.review._judge import Given, Judge, family_of
from overpaint.review._of_labels import LEAST
from overpaint.review._questions import Question
from overpaint.review._settings import Settings
from overpaint.review._words import Kind

__all__ = ["PUBLISHED", "Ask", "Forecast", "Line", "Span", "forecast"]

Source = Literal["measured", "published", "assumed"]

PUBLISHED: Mapping[Kind, float] = {Kind.BOXES: 25.5, Kind.TIGHT: 9.0, Kind.MISSED: 7.8}
"""Median seconds to draw one box, to judge one, and to judge whether all are there (Su, Deng & Fei-Fei 2012)."""

ROUNDS = 12
MOST_PLAYED = {Kind.BOXES: 40}
MOST_OTHERS = 90
"""Questions of a kind that a review is played with; of more, what the later half of these took stands for the rest."""

REFIT_AFTER = 25
ENOUGH = 20
"""Answers whose time was measured, from which on the published times are not used."""

_SPREAD = 0.8  # standard deviation of the log of an answer's time: a guess; the mean is above the median by it
_UNSURE = 0.4  # the same between crowds
_SURE = 1.645  # nine tenths lie within so many standard deviations


@dataclass(frozen=True, slots=True)
class Ask:
    """So many questions of one kind about one thing; ``shown``: with boxes that need only be confirmed."""

    kind: Kind
    thing: str
    count: int
    shown: bool = False
    width: int = 640
    height: int = 480


@dataclass(frozen=True, slots=True)
class Span:
    """The middle, and between what nine of ten reviews are expected to lie."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """What the questions of one kind about one thing take.

    Attributes
    ----------
    answers, hours
        Of people; gold questions among them, training not.
    sure
        Share of questions that reach the wanted certainty; the rest stops at the limit, or where asking on is not worth
        an answer.
    right
        Share whose verdict was right in the reviews played: what it would be if the model of people were true.
    seconds, source
        The mean of an answer, and where it comes from.
    """

    kind: Kind
    thing: str
    count: int
    answers: Span
    hours: Span
    sure: float
    right: float
    seconds: float
    source: Source


@dataclass(frozen=True, slots=True)
class Forecast:
    """What all questions take together, and each line.

    ``known`` says whether anybody's skill in any of the questions is known; else the crowd is a guess. The budget of
    the settings is not applied: it is what ``answers`` is to be held against.
    """

    answers: Span
    hours: Span
    lines: tuple[Line, ...]
    known: bool


def forecast(
    asks: Iterable[Ask],
    judge: Judge,
    settings: Settings,
    *,
    measured: Mapping[Kind, Sequence[float]] | None = None,
    people: int = 10,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> Forecast:
    """How many answers and person-hours it takes until every question is settled.

    Parameters
    ----------
    asks
        The open questions. Those that wait for another's answer are the caller's to count, as many as are expected.
    judge
        Its skills are those that will decide; one without any stands for a crowd that nobody knows.
    settings
        ``certainty``, ``least``, ``most``, ``cost``, ``gold`` and ``training`` are used.
    measured
        Seconds of answers of a kind, as they were measured; from 20 on they are used.
    people
        How many take part; each answers a question once.
    rounds
        So many reviews are played; each with a crowd of its own.
    seed
        The same seed gives the same forecast.

    Raises
    ------
    UsageError
        Counts are negative, or there are no people or fewer than 4 rounds.
    """
    asks = [ask for ask in asks if ask.count]
    if any(ask.count < 0 or ask.width < 32 or ask.height < 32 for ask in asks):
        raise UsageError("forecast: give counts of 0 or more and pictures of 32 pixels a side or more")
    if people < 1 or not 4 <= rounds <= 1000:
        raise UsageError("forecast: give at least one of the people and 4 to 1000 rounds")
    lines, answers, hours, known = [], np.zeros(rounds), np.zeros(rounds), False
    for index, ask in enumerate(asks):
        times = list((measured or {}).get(ask.kind, ()))
        rngs = [np.random.default_rng([seed, index, number]) for number in range(rounds)]
        played = [_play(ask, judge, settings, rng, people) for rng in rngs]
        seconds = [_seconds(ask, times, one.drawn, rng) for one, rng in zip(played, rngs, strict=True)]
        given = np.array([one.answers for one in played]) / (1 - settings.gold)
        taken = given * np.array(seconds) / 3600
        lines.append(
            Line(
                ask.kind,
                ask.thing,
                ask.count,
                _span(given),
                _span(taken),
                float(np.mean([one.sure for one in played])),
                float(np.mean([one.right for one in played])),
                round(math.exp(float(np.mean(np.log(seconds)))), 1),
                _source(ask.kind, times),
            )
        )
        # everybody is trained once, on questions like the first
        extra = settings.training * people if index == 0 else 0
        answers += given + extra
        hours += taken + extra * np.array(seconds) / 3600
        known |= bool(judge.kept(_family(ask)).get("labels") or judge.kept(_family(ask)).get("boxes"))
    return Forecast(_span(answers), _span(hours), tuple(lines), known)


@dataclass(frozen=True, slots=True)
class _Played:
    answers: float
    sure: float
    right: float
    drawn: float


def _family(ask: Ask) -> str:
    return family_of(Question(ask.kind, ask.thing))


def _play(ask: Ask, judge: Judge, settings: Settings, rng: np.random.Generator, people: int) -> _Played:
    """One review, in a world of its own; skills that are not known are learnt on the way, as the desk does."""
    extra = {"least": LEAST} if ask.kind is Kind.RATE_LABEL else {}
    question = Question(ask.kind, ask.thing, "played", ask.width, ask.height, limit=settings.most, extra=extra)
    family, own = family_of(question), Judge()
    kept = judge.kept(family)
    own.remember(family, kept)
    fresh = not (kept.get("labels") or kept.get("boxes"))
    world = world_of(question, own, rng, people)
    played = min(ask.count, MOST_PLAYED.get(ask.kind, MOST_OTHERS))
    counts, sure, right = np.zeros(played), np.zeros(played), np.zeros(played)
    past: list[tuple[Question, Given]] = []
    drawn = 0
    for number in range(played):
        truth = world.truth()
        given: list[Given] = []
        for person in rng.permutation(people).tolist():
            value = world.answer(person, truth)
            drawn += len(value.get("boxes", ()))
            given.append(Given(world.people[person], number, value))
            ruling = own.rule(question, given, settings)
            if ruling.settled:
                break
        counts[number], sure[number] = len(given), ruling.verdict["reason"] == "sure"
        right[number] = world.right(truth, ruling.verdict)
        past += [(question, one) for one in given]
        if fresh and number % REFIT_AFTER == REFIT_AFTER - 1:
            own.refit(family, ask.kind, past)
    later = played // 2 if ask.count > played else 0
    rest = ask.count - later
    answers = counts[:later].sum() + counts[later:].mean() * rest
    return _Played(answers, sure[later:].mean(), right[later:].mean(), drawn / counts.sum())


def _source(kind: Kind, times: Sequence[float]) -> Source:
    return "measured" if len(times) >= ENOUGH else "published" if kind in PUBLISHED else "assumed"


def _seconds(ask: Ask, times: Sequence[float], drawn: float, rng: np.random.Generator) -> float:
    """The mean time of an answer in one review.

    Measured: their mean without the longest hundredth, which are breaks, drawn as precisely as so many tell it.
    Else the published medians: a look at all of the picture, and for each box to draw or to confirm it.
    """
    if len(times) >= ENOUGH:
        kept = np.minimum(np.asarray(times, np.float64), np.quantile(times, 0.99))
        mean = max(float(kept.mean()), 0.1)
        return mean * math.exp(float(rng.normal(0, kept.std() / mean / math.sqrt(len(kept)))))
    median = PUBLISHED.get(ask.kind, PUBLISHED[Kind.TIGHT])
    if ask.kind is Kind.BOXES:
        each = PUBLISHED[Kind.TIGHT] if ask.shown else PUBLISHED[Kind.BOXES]
        median = PUBLISHED[Kind.MISSED] + each * drawn
    return median * math.exp(_SPREAD**2 / 2 + float(rng.normal(0, _UNSURE)))


def _span(values: np.ndarray) -> Span:
    """Between what the next review lies, nine times of ten: on the scale of logs, for none is below nothing."""
    if not (values > 0).all():
        return Span(0.0, float(values.mean()), float(values.max(initial=0.0)))
    logs = np.log(values)
    middle, width = logs.mean(), _SURE * logs.std(ddof=1) * math.sqrt(1 + 1 / len(logs))
    return Span(*(float(np.exp(one)) for one in (middle - width, middle, middle + width)))
