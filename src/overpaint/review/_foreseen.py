"""What a review will still take: its open questions, the people so far and their times, played through."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

from overpaint.errors import UsageError
from overpaint.review._bench import Bench
from overpaint.review._forecast import Ask, Forecast, Span, forecast
from overpaint.review._judge import family_of
from overpaint.review._open import opened
from overpaint.review._words import Kind

__all__ = ["Foreseen", "foresee"]

_PAGE = 1_000
_TIMES = 5_000  # answers whose times are looked at, the latest
_LEAST_SIDE = 64


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A forecast in words: nine of ten reviews are expected within its intervals, if the model of people is right."""

    told: Forecast
    certainty: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        lines = [
            {
                "kind": line.kind.value,
                "thing": line.thing,
                "questions": line.count,
                "answers": _span(line.answers),
                "hours": _span(line.hours),
                "sure": round(line.sure, 4),
                "right": round(line.right, 4),
                "seconds": round(line.seconds, 1),
                "source": line.source,
            }
            for line in self.told.lines
        ]
        told = {"answers": _span(self.told.answers), "hours": _span(self.told.hours), "known": self.told.known}
        return told | {"certainty": self.certainty, "lines": lines}

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        told = self.told
        answers, hours = _words(told.answers, 0), _words(told.hours, 1)
        work = f"{answers} answers, {hours} hours of people's work (nine of ten reviews lie between)"
        lines = [f"for a certainty of {self.certainty:g}: {work}"]
        for line in told.lines:
            about = f" ({line.thing})" if line.thing else ""
            lines.append(
                f"  {line.kind}{about}: {line.count} questions, {_words(line.answers, 0)} answers of "
                f"{line.seconds:.1f} s ({line.source}); {line.sure:.0%} reach it"
            )
        if not told.known:
            lines.append("nobody has answered yet: people and times are guesses")
        return lines


def foresee(
    review: str | PathLike[str], *, certainty: float | None = None, people: int = 10, seed: int = 0
) -> Foreseen:
    """How many answers and hours the open questions of a review will take.

    Parameters
    ----------
    certainty
        How sure; as the review's settings say unless given.
    people
        How many will answer.
    seed
        Of the reviews that are played.

    Raises
    ------
    UsageError
        No question is open.
    """
    with opened(review) as (_, bench):
        settings = bench.settings()
        if certainty is not None:
            settings = settings.changed({"certainty": certainty, "certainty_boxes": certainty})
        asks = _asks(bench)
        if not asks:
            raise UsageError("no question is open: nothing is left to forecast")
        played = forecast(asks, bench.judge, settings, measured=_times(bench), people=people, seed=seed)
        return Foreseen(played, settings.certainty)


def _asks(bench: Bench) -> list[Ask]:
    """What is open, alike questions together; of waiting ones half will be asked."""
    counts: Counter[tuple[Kind, str, bool]] = Counter()
    sides: dict[tuple[Kind, str, bool], tuple[int, int]] = {}
    for state, share in (("open", 2), ("waiting", 1)):
        after = 0
        while page := bench.store.questions(state=state, after=after, limit=_PAGE):
            for stored in page:
                after, question = stored.id, stored.question
                bench.remember(family_of(question))
                words = question.kind in {Kind.RATE_LABEL, Kind.LABEL}  # each is a thing of its own
                key = (question.kind, "" if words else question.thing, bool(question.boxes))
                counts[key] += share
                if question.width >= _LEAST_SIDE and question.height >= _LEAST_SIDE:
                    sides.setdefault(key, (question.width, question.height))
    asks = [Ask(kind, thing, max(1, count // 2), shown) for (kind, thing, shown), count in sorted(counts.items())]
    sized = [sides.get((ask.kind, ask.thing, ask.shown)) for ask in asks]
    return [a if s is None else replace(a, width=s[0], height=s[1]) for a, s in zip(asks, sized, strict=True)]


def _times(bench: Bench) -> dict[Kind, list[float]]:
    times: dict[Kind, list[float]] = {}
    for kind in Kind:
        after, found = 0, list[float]()
        while page := bench.store.answers_since(after, _PAGE, kind=kind):
            after = page[-1].id
            found += [one.seconds for one in page if one.seconds]
        if found:
            times[kind] = found[-_TIMES:]
    return times


def _span(span: Span) -> dict[str, float]:
    return {"low": round(span.low, 2), "middle": round(span.middle, 2), "high": round(span.high, 2)}


def _words(span: Span, digits: int) -> str:
    return f"{span.middle:.{digits}f} ({span.low:.{digits}f}-{span.high:.{digits}f})"
