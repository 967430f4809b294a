"""Answers that are labels: given blindly, always the same, or wrong in the same places as somebody else's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overpaint.review._questions import boxes_of, votes_of
from overpaint.review._words import Kind
from overpaint.review.trust._beta import chernoff_at_least, student_below
from overpaint.review.trust._copying import told_apart
from overpaint.review.trust._many import Held, most_alike
from overpaint.review.trust._marks import AS_SHOWN
from overpaint.review.trust._records import Record

__all__ = ["Table", "always_the_same", "answering_blindly", "copied_labels", "scores_of", "table_of", "tables_of"]

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

_AS_SHOWN = f"{Kind.BOXES}:as shown"
_LEAST = 15
_SAME = 0.97
_LEAST_COMMON = 15
_LEAST_WRONG = 6
_SAME_WRONG = 0.85
_SAME_ALL = 0.93
_MORE = 1.25
_BLIND = 0.4
"""Whoever gains less than this share of what is usual, over not looking, answers blindly."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One row an answer to one aspect of one kind of question; only questions that three or more answered.

    Attributes
    ----------
    item, worker, label, at
        Places in names, and times.
    counts
        ``(items, labels)``: how often each was given.
    random
        Whether blind answering can be told from it. Of boxes, only whether there is any, and whether those that the
        question showed were left as they were, is looked at here.
    only
        The one label that is amiss when it is given always; empty: any. Always changing what is shown is not.
    """

    workers: tuple[str, ...]
    item: Longs
    worker: Longs
    label: Longs
    at: Floats
    counts: Floats
    random: bool
    only: str
    labels: tuple[str, ...]

    @property
    def others(self) -> Floats:
        """For each answer the share of the others on the same question that said the same."""
        total = self.counts[self.item].sum(axis=1)
        shared: Floats = (self.counts[self.item, self.label] - 1) / (total - 1)
        return shared


def tables_of(records: Sequence[Record]) -> dict[str, Table]:
    """By kind and aspect, in the order of names."""
    rows: dict[str, list[tuple[str, str, str, float]]] = defaultdict(list)
    for one in records:
        votes = votes_of(one.kind, one.value)
        if one.kind is Kind.BOXES:
            votes = [("any", "yes" if one.value["boxes"] else "no")]
            if one.shown:
                votes.append(("as shown", "yes" if _untouched(one) else "no"))
        for aspect, label in votes:
            rows[f"{one.kind}:{aspect}"].append((one.question, one.worker, label, one.at))
    return {name: table_of(name, rows[name]) for name in sorted(rows)}


def _untouched(record: Record) -> bool:
    """Sent as it was shown."""
    boxes = boxes_of(record.value, page=record.page)
    same = all(max(box.iou(shown) for shown in record.shown) >= AS_SHOWN for box in boxes)
    return len(boxes) == len(record.shown) and same


def table_of(name: str, rows: Sequence[tuple[str, str, str, float]]) -> Table:
    """From (question, worker, label, time)."""
    names: list[tuple[str, ...]] = []
    places = []
    for column in ([row[part] for row in rows] for part in (0, 1, 2)):
        names.append(tuple(sorted({str(name) for name in column})))
        place = {name: i for i, name in enumerate(names[-1])}
        places.append(np.array([place[str(name)] for name in column], np.int64))
    item, worker, label = places
    random, only = not name.startswith(f"{Kind.BOXES}:"), "yes" if name == _AS_SHOWN else ""
    kept = np.bincount(item)[item] >= 3
    item, worker, label = item[kept], worker[kept], label[kept]
    at = np.array([row[3] for row in rows])[kept]
    counts = np.zeros((len(names[0]), len(names[2])))
    np.add.at(counts, (item, label), 1)
    return Table(names[1], item, worker, label, at, counts, random, only, names[2])


def answering_blindly(table: Table) -> list[Held]:
    """Agreement hardly above that of somebody who gives the same labels as often, but does not look.

    Of an answer: the share of the others who said the same there, less the share of that label among all answers. Its
    mean is 0 for whoever does not look, whatever labels they prefer. The bar is two fifths of the median worker's mean,
    held against each worker's with Student's t.
    """
    if not table.random or len(table.item) == 0:
        return []
    gained = table.others - (table.counts.sum(axis=0) / table.counts.sum())[table.label]
    found = [(place, gained[rows]) for place, rows in _by_worker(table)]
    usual = float(np.median([own.mean() for _, own in found])) if found else 0.0
    tests = []
    for place, own in found:
        mean, error = float(own.mean()), float(own.std(ddof=1) / np.sqrt(len(own)))
        # Answers that are all alike have no spread to judge by: then it is that of the whole table.
        error = error or float(gained.std() / np.sqrt(len(own))) or 1.0
        p = student_below((mean - _BLIND * usual) / error, len(own) - 1)
        evidence = {"answers": float(len(own)), "gained": mean, "usual": usual}
        tests.append(Held(table.workers[place], None, "random", p, usual > 0, evidence))
    return tests


def always_the_same(table: Table) -> list[Held]:
    """One label nearly always, where the others' answers vary.

    The chance of it, question by question, is the share of the others who gave that label (and half of what is left).
    """
    tests = []
    total = table.counts.sum(axis=1)
    for place, rows in _by_worker(table):
        given = np.bincount(table.label[rows], minlength=table.counts.shape[1])
        label = int(given.argmax())
        if table.only not in {"", table.labels[label]}:
            continue
        mine = (table.label[rows] == label).astype(np.float64)
        share = (table.counts[table.item[rows], label] - mine + 0.5) / total[table.item[rows]]
        hits = int(given[label])
        p = chernoff_at_least(hits, (share + (1 - share) / 4).tolist())
        evidence = {"answers": float(len(rows)), "same": float(hits), "expected": float(share.sum())}
        matters = hits >= _SAME * len(rows) and float(share.mean()) <= 0.9
        tests.append(Held(table.workers[place], None, "same-answer", p, matters, evidence))
    return tests


def copied_labels(table: Table, spans: dict[str, list[tuple[float, float]]]) -> list[Held]:
    """The same wrong answers as somebody else: two who do not know it are seldom wrong in the same places.

    Wrong is what the others (without the two) mostly do not say. The chance that both are, question by question, comes
    from how often each of them is wrong and how often others are there, in log odds, and a quarter more. It matters
    only where nearly all is the same: people who share a mistaken idea of what is asked are wrong together, too.
    """
    error, hard = _errors(table)
    rows_of = {place: rows for place, rows in _by_worker(table, least=_LEAST_COMMON) if table.random}
    where = {place: dict(zip(table.item[rows].tolist(), rows.tolist(), strict=True)) for place, rows in rows_of.items()}
    partners, tests = _together(where), []
    for one, two in sorted(partners):
        common = partners[one, two]
        mine, theirs = (np.array([where[place][item] for item in common]) for place in (one, two))
        told = _shared_errors(table, mine, theirs)
        if told is None:
            continue
        both, wrong, used = told
        items = table.item[mine][used]
        chance = _MORE * _logistic(error[one] + hard[items]) * _logistic(error[two] + hard[items])
        hits = float(both.sum())
        p = min(1.0, chernoff_at_least(hits, np.minimum(chance, 0.95).tolist()) * max(1, len(where) - 1))
        alike = float((table.label[mine] == table.label[theirs]).mean())
        first = float((table.at[mine] <= table.at[theirs]).mean())
        worker, other, kind = told_apart(table.workers[one], table.workers[two], first, spans)
        evidence = {"questions": float(len(mine)), "same_wrong": hits, "expected": float(chance.sum()), "alike": alike}
        matters = hits >= max(_LEAST_WRONG, _SAME_WRONG * wrong) and alike >= _SAME_ALL
        tests.append(Held(worker, other, kind, p, matters, evidence))
    return most_alike(tests)


def scores_of(table: Table) -> Iterator[tuple[str, float, float, float]]:
    """(worker, time, agreement, the usual one on that question), for drift."""
    if table.random and len(table.item):
        total = table.counts.sum(axis=1)
        # Of two answers to a question, how often they are the same.
        usual = (table.counts * (table.counts - 1)).sum(axis=1) / np.maximum(total * (total - 1), 1)
        for row, agreed in enumerate(table.others):
            yield table.workers[table.worker[row]], float(table.at[row]), float(agreed), float(usual[table.item[row]])


def _by_worker(table: Table, least: int = _LEAST) -> Iterator[tuple[int, Longs]]:
    order = np.argsort(table.worker, kind="stable")
    number = np.bincount(table.worker, minlength=len(table.workers))
    for place, rows in enumerate(np.split(order, np.cumsum(number)[:-1])):
        if len(rows) >= least:
            yield place, rows


def _together(where: Mapping[int, Mapping[int, int]]) -> dict[tuple[int, int], list[int]]:
    """Pairs of workers with enough questions in common, and those questions."""
    at_item: dict[int, list[int]] = defaultdict(list)
    for place in sorted(where):
        for item in where[place]:
            at_item[item].append(place)
    pairs: dict[tuple[int, int], list[int]] = defaultdict(list)
    for item in sorted(at_item):
        here = at_item[item]
        for i, one in enumerate(here):
            for two in here[i + 1 :]:
                pairs[one, two].append(item)
    return {both: items for both, items in pairs.items() if len(items) >= _LEAST_COMMON}


def _shared_errors(
    table: Table, mine: Longs, theirs: Longs
) -> tuple[npt.NDArray[np.bool_], float, npt.NDArray[np.bool_]] | None:
    """Where both gave the same wrong label; how often the one who errs less is wrong; which questions can tell."""
    left = table.counts[table.item[mine]].copy()
    rows = np.arange(len(mine))
    left[rows, table.label[mine]] -= 1
    left[rows, table.label[theirs]] -= 1
    ranked = np.sort(left, axis=1)
    used = (left.sum(axis=1) >= 2) & (ranked[:, -1] > (ranked[:, -2] if left.shape[1] > 1 else 0))
    if used.sum() < _LEAST_COMMON:
        return None
    right = left.argmax(axis=1)
    a, b = (table.label[both] != right for both in (mine, theirs))
    same = a & b & (table.label[mine] == table.label[theirs])
    return same[used], float(max(a[used].sum(), b[used].sum())), used


def _errors(table: Table) -> tuple[Floats, Floats]:
    """Log odds that each worker is wrong, and how much more likely that is on each question, in log odds."""
    wrong = (table.label != table.counts.argmax(axis=1)[table.item]).astype(np.float64)
    everywhere = (wrong.sum() + 1) / (len(wrong) + 4)
    number = np.bincount(table.worker, minlength=len(table.workers))
    by_worker = (np.bincount(table.worker, wrong, len(table.workers)) + 4 * everywhere) / (number + 4)
    number = np.bincount(table.item, minlength=len(table.counts))
    by_item = (np.bincount(table.item, wrong, len(table.counts)) + 2 * everywhere) / (number + 2)
    usual = np.log(everywhere / (1 - everywhere))
    return np.log(by_worker / (1 - by_worker)), np.log(by_item / (1 - by_item)) - usual


def _logistic(x: Floats) -> Floats:
    value: Floats = 1 / (1 + np.exp(-x))
    return value
