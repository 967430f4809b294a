"""A review in numbers: what is asked and answered, how long it takes, what that pays, and how far people agree."""

from __future__ import annotations

import statistics
from typing import Any

from overpaint.review._bench import Bench
from overpaint.review._person import Person
from overpaint.review._words import told_counts

__all__ = ["summarise"]

_PAGE = 1_000


def summarise(bench: Bench) -> dict[str, Any]:
    """Aggregates only; JSON.

    ``questions``: one row for each kind, thing and state. ``people``: how many of each state, the median of their
    median seconds an answer, and the hourly pay that makes. ``trust``: how many lie below the bar, above it, or across.
    """
    settings = bench.settings()
    rows = [
        {"kind": kind, "thing": thing, "state": state, "questions": count}
        for kind, thing, state, count in told_counts(bench.store.counts())
    ]
    states: dict[str, int] = {}
    sure = {"above": 0, "across": 0, "below": 0}
    medians, exposed, after = [], 0, 0
    while page := bench.store.workers(after=after, limit=_PAGE):
        for who in page:
            after = who.id
            states[who.state] = states.get(who.state, 0) + 1
            person = Person.of(who.trust)
            seconds = person.median_seconds()
            if seconds is not None:
                medians.append(seconds)
            exposed += person.sensitive_on(bench.clock())
            if person.answered:
                trust = person.trust
                place = "above" if trust.low >= settings.bar else "below" if trust.high < settings.bar else "across"
                sure[place] += 1
    median = statistics.median(medians) if medians else None
    hourly = settings.pay * 3600 / median if median and settings.pay else None
    return {
        "questions": rows,
        "answers": bench.store.answered(),
        "budget": settings.budget or None,
        "people": states,
        "trust": sure,
        "median_seconds": None if median is None else round(median, 1),
        "hourly_pay": None if hourly is None else round(hourly, 2),
        "currency": settings.currency,
        "sensitive_seen_today": exposed,
    }
