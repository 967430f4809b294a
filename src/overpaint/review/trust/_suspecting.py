"""Everything that careless and dishonest answering gives away, in one list with few false ones in it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median

import numpy as np

from overpaint.errors import UsageError
from overpaint.review._questions import boxes_of
from overpaint.review._words import Kind
from overpaint.review.crowd import BoxConsensus, Boxing, fit_boxes
from overpaint.review.trust._choices import (
    Table,
    always_the_same,
    answering_blindly,
    copied_labels,
    scores_of,
    tables_of,
)
from overpaint.review.trust._copying import copied_boxes
from overpaint.review.trust._habits import agreement_of, at_random, beside, missing_small
from overpaint.review.trust._many import Held, discovered
from overpaint.review.trust._marks import Marks, marks_of
from overpaint.review.trust._records import Record, Suspicion, ordered_records
from overpaint.review.trust._timing import drifting, sittings, too_fast

__all__ = ["suspicions"]

_MOST_STRENGTH = 300.0
_ROUNDS = 10


def suspicions(
    records: Sequence[Record],
    *,
    consensus: Mapping[str, BoxConsensus] | None = None,
    small: float | None = None,
    false_share: float = 0.05,
) -> list[Suspicion]:
    """Who answers in a way that honest and careful work does not explain. For a person to look at; nobody is named so.

    - ``too-fast``: most answers in under a third of what such questions take
    - ``copied``: boxes the same to the pixel as another's, or the same wrong labels, and later than theirs
    - ``two-names``: the same, each first at times, and never both at once
    - ``random``: hardly more agreement with the others than without looking
    - ``shifted``: boxes that are all moved, or all too large or too small, the same way
    - ``misses-small``: small things missed far more often than others miss them, large ones found
    - ``drift``: agreement that fell and stayed low
    - ``same-answer``: one answer nearly always, where the others' vary; "nothing here" and sending a question's own
      boxes back as they are count as answers

    Each worker is held against what the *others* answered, never against a consensus that holds their own vote; those
    who copied do not vouch for those they copied. All tests of all workers are weighed together (`discovered`), and an
    effect must be large as well as certain.

    Parameters
    ----------
    records
        Answers of one task: one kind of thing or class, over weeks. Gold questions may be among them.
    consensus
        Of the questions with boxes, from at least these answers; by default `overpaint.review.crowd.fit_boxes` is
        asked for it.
    small
        Root of the area in pixels below which a thing is small; by default the median of what was found.
    false_share
        Of the suspicions at most this share is false, on average, if people's honest differences are as assumed
        (docs/reference/trust.md says what was measured).

    Returns
    -------
    list
        By worker, the strongest first.

    Raises
    ------
    UsageError
        A worker answered a question twice, or a time is no number.
    """
    if not 0 < false_share < 1:
        raise UsageError(f"false_share={false_share!r}: give a share between 0 and 1, such as 0.05")
    given = ordered_records(records)
    if not given:
        return []
    spans, tables = sittings(given), list(tables_of(given).values())
    copying = copied_boxes(given, spans) + [one for table in tables for one in copied_labels(table, spans)]
    copied = {one.worker for one in discovered(copying, share=false_share)}
    marks = marks_of(given, _consensus(given) if consensus is None else consensus, without=copied)
    tests = copying + too_fast(given) + at_random(marks) + beside(marks) + missing_small(marks, small)
    for table in tables:
        tests += answering_blindly(table) + always_the_same(table)
    tests += drifting(_over_time(marks, tables))
    return _told(discovered(tests, share=false_share))


def _consensus(records: Sequence[Record]) -> Mapping[str, BoxConsensus]:
    boxings = [
        Boxing(one.question, one.worker, boxes_of(one.value, page=one.page))
        for one in records
        if one.kind is Kind.BOXES
    ]
    # Who drew what is settled by the first rounds; how skilled they are is not asked here.
    return fit_boxes(boxings, most=_ROUNDS).consensus if boxings else {}


def _over_time(marks: Marks, tables: Sequence[Table]) -> dict[str, list[tuple[float, float, float]]]:
    """By worker: time, agreement with the others, and that less what the others have on the same question."""
    scores: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    agreement = agreement_of(marks)
    seen = np.flatnonzero(~np.isnan(agreement))
    by_question: dict[int, list[int]] = defaultdict(list)
    for row in seen.tolist():
        by_question[int(marks.answer_question[row])].append(row)
    for rows in by_question.values():
        for row in rows:
            own, others = float(agreement[row]), [float(agreement[other]) for other in rows if other != row]
            usual = median(others) if others else own
            scores[marks.workers[marks.answer_worker[row]]].append((float(marks.answer_at[row]), own, own - usual))
    for table in tables:
        for worker, at, own, usual in scores_of(table):
            scores[worker].append((at, own, own - usual))
    return scores


def _told(found: Sequence[Held]) -> list[Suspicion]:
    """Of several tests with the same outcome the strongest one."""
    best: dict[tuple[str, str | None, str], Suspicion] = {}
    for one in found:
        strength = min(_MOST_STRENGTH, -math.log10(one.p)) if one.p > 0 else _MOST_STRENGTH
        told = Suspicion(one.worker, one.other, one.kind, one.evidence, strength)
        key = (one.worker, one.other, one.kind)
        if key not in best or best[key].strength < strength:
            best[key] = told
    return sorted(best.values(), key=lambda one: (one.worker, -one.strength, one.kind, one.other or ""))
