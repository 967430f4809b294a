"""What the times of answers give away: too fast to have looked, and good work that turns bad."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

import numpy as np
import numpy.typing as npt

from overpaint.review._words import Kind
from overpaint.review.trust._beta import chernoff_at_least
from overpaint.review.trust._many import Held
from overpaint.review.trust._records import Record

__all__ = ["drifting", "sittings", "too_fast"]

Floats = npt.NDArray[np.float64]

_FAST = 1 / 3
_HONEST_FAST = 0.25
_FAST_MATTERS = 0.5
_LEAST = 10
_INSTANT = 0.3
_PAUSE = 900.0
_MOST_BOXES = 12
_LEAST_DRIFT = 30
_EDGE = 10
_DROP = 0.25
_LAGS = 5


def sittings(records: Sequence[Record], *, pause: float = _PAUSE) -> dict[str, list[tuple[float, float]]]:
    """For each worker the times, from and to, in which they answered with no pause longer than `pause` seconds."""
    by_worker: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for one in records:
        by_worker[one.worker].append((one.at - (one.seconds or 0.0), one.at))
    found = {}
    for worker, spans in by_worker.items():
        joined: list[tuple[float, float]] = []
        for start, end in sorted(spans):
            if joined and start - joined[-1][1] <= pause:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((start, end))
        found[worker] = joined
    return found


def too_fast(records: Sequence[Record]) -> list[Held]:
    """Most answers in less than a third of what such questions take.

    What they take is the median over workers of each one's median, by kind of question and number of boxes: however
    many answers a program gives, it is one worker. A time is never taken for longer than the time since the same
    worker's answer before it, for the browser's clock is the worker's. A careful worker may be that fast in a quarter
    of the answers.
    """
    records = [one for one in records if one.seconds is not None]
    spent = _spent(records)
    usual = _usual(records, spent)
    fast: dict[str, list[bool]] = defaultdict(list)
    ratios: dict[str, list[float]] = defaultdict(list)
    for one, seconds in zip(records, spent, strict=True):
        normal = usual.get(_sort(one)) or usual.get((one.kind, -1))
        if normal is not None:
            fast[one.worker].append(seconds < max(_INSTANT, _FAST * normal))
            ratios[one.worker].append(seconds / max(normal, 1e-9))
    tests = []
    for worker in sorted(fast):
        trials, hits = len(fast[worker]), sum(fast[worker])
        if trials < _LEAST:
            continue
        p = chernoff_at_least(hits, [_HONEST_FAST] * trials)
        evidence = {"answers": float(trials), "fast": float(hits), "of_usual": median(ratios[worker])}
        tests.append(Held(worker, None, "too-fast", p, hits >= _FAST_MATTERS * trials, evidence))
    return tests


def drifting(scores: Mapping[str, Sequence[tuple[float, float, float]]]) -> list[Held]:
    """Agreement that fell and stayed low.

    The largest sum of deviations from the mean (CUSUM), over its long-run standard deviation (Newey & West 1987, 5
    lags), is the maximum of a Brownian bridge when nothing changed: P(max > x) = exp(-2x²). A change has ten
    answers or more before it and after it.

    Parameters
    ----------
    scores
        By worker: (time, agreement, agreement less what is usual on the same question). The last is tested: hard
        questions are nobody's fault. The agreement itself must have fallen, too: where others went astray, somebody
        who did not stands out less once those are gone.
    """
    tests = []
    for worker in sorted(scores):
        if len(scores[worker]) < _LEAST_DRIFT:
            continue
        raw, values = np.array([score[1:] for score in sorted(scores[worker])], np.float64).T
        centred = values - values.mean()
        sums = np.cumsum(centred)[:-1]
        place = int(np.argmax(sums[_EDGE - 1 : len(sums) - _EDGE + 1])) + _EDGE - 1
        early = np.arange(len(values)) <= place
        left = values - np.where(early, values[early].mean(), values[~early].mean())
        # Not below what it is without a change: a few bad answers at the end leave little spread on either side.
        spread = max(_long_run(left), float((centred**2).mean()))
        before, after = float(raw[early].mean()), float(raw[~early].mean())
        x = float(sums[place]) / math.sqrt(spread * len(values))
        p = math.exp(-2 * x * x) if x > 0 else 1.0
        evidence = {"answers": float(len(values)), "at": float(place + 1), "before": before, "after": after}
        tests.append(Held(worker, None, "drift", p, before - after >= _DROP, evidence))
    return tests


def _long_run(values: Floats) -> float:
    """Variance of a sum of such values, each, with what neighbours have in common; never below half the plain one."""
    plain = float((values**2).mean())
    raised = plain
    for lag in range(1, _LAGS + 1):
        raised += 2 * (1 - lag / (_LAGS + 1)) * float((values[lag:] * values[:-lag]).mean())
    # Hardly any spread at all makes chance look impossible: nobody's agreement is known better than to a twentieth.
    return max(raised, plain / 2, 0.05**2)


def _spent(records: Sequence[Record]) -> list[float]:
    """Seconds of each record, at most the time since the worker's last."""
    order = sorted(range(len(records)), key=lambda i: (records[i].worker, records[i].at))
    spent = [one.seconds or 0.0 for one in records]
    for earlier, later in pairwise(order):
        if records[earlier].worker == records[later].worker:
            spent[later] = min(spent[later], records[later].at - records[earlier].at)
    return spent


def _sort(record: Record) -> tuple[Kind, int]:
    return record.kind, min(len(record.value.get("boxes", ())), _MOST_BOXES)


def _usual(records: Sequence[Record], spent: Sequence[float]) -> dict[tuple[Kind, int], float]:
    """What each sort of question takes; (kind, -1) for all of a kind. Sorts that few answered have none."""
    times: dict[tuple[Kind, int], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for one, seconds in zip(records, spent, strict=True):
        times[_sort(one)][one.worker].append(seconds)
        times[one.kind, -1][one.worker].append(seconds)
    return {
        sort: median(median(own) for own in workers.values()) for sort, workers in times.items() if len(workers) >= 3
    }
