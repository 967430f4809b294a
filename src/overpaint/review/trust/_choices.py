"""Answers that are labels: given blindly, always the same, or wrong in the same places as somebody else's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overpaint.review._questions import votes_of
from overpaint.review._words import Kind
from overpaint.review.trust._beta import chernoff_at_least
from overpaint.review.trust._copying import told_apart
from overpaint.review.trust._many import Tested
from overpaint.review.trust._records import Record

__all__ = ["Table", "always_the_same", "answering_blindly", "copied_labels", "scores_of", "tables_of"]

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

_LEAST = 15
_SAME = 0.97
_LEAST_COMMON = 15
_LEAST_WRONG = 6
_SAME_WRONG = 0.85
_SAME_ALL = 0.93
_MORE = 1.25
_BLIND = 0.25
"""An answer is blind that closes less than this share of the way from blind to usual agreement."""


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
        Whether blind answering can be told from it: of boxes, only whether there is any is looked at here.
    """

    workers: tuple[str, ...]
    item: Longs
    worker: Longs
    label: Longs
    at: Floats
    counts: Floats
    random: bool

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
        for aspect, label in votes:
            rows[f"{one.kind}:{aspect}"].append((one.question, one.worker, label, one.at))
    return {name: _table(rows[name], random=not name.startswith(f"{Kind.BOXES}:")) for name in sorted(rows)}


def _table(rows: Sequence[tuple[str, str, str, float]], *, random: bool) -> Table:
    names: list[tuple[str, ...]] = []
    places = []
    for column in ([row[part] for row in rows] for part in (0, 1, 2)):
        names.append(tuple(sorted({str(name) for name in column})))
        place = {name: i for i, name in enumerate(names[-1])}
        places.append(np.array([place[str(name)] for name in column], np.int64))
    item, worker, label = places
    kept = np.bincount(item)[item] >= 3
    item, worker, label = item[kept], worker[kept], label[kept]
    at = np.array([row[3] for row in rows])[kept]
    counts = np.zeros((len(names[0]), len(names[2])))
    np.add.at(counts, (item, label), 1)
    return Table(names[1], item, worker, label, at, counts, random)


def answering_blindly(table: Table) -> list[Tested]:
    """Agreement hardly above that of somebody who gives the same labels as often, but does not look.

    Blind agreement of a worker is the share of each label they give, times how often the others give it. The bar lies
    a quarter of the way from there to the median worker's agreement. Each answer is one trial between 0 and 1.
    """
    if not table.random or len(table.item) == 0:
        return []
    others, shares = table.others, table.counts.sum(axis=0) / table.counts.sum()
    found = []
    for place, rows in _by_worker(table):
        given = np.bincount(table.label[rows], minlength=len(shares)) / len(rows)
        found.append((place, len(rows), float(others[rows].mean()), float(given @ shares)))
    gain = float(np.median([agreed - blind for _, _, agreed, blind in found])) if found else 0.0
    tests = []
    for place, count, agreed, blind in found:
        bar = blind + _BLIND * max(gain, 0.0)
        p = chernoff_at_least(count * (1 - agreed), [1 - bar] * count)
        evidence = {"answers": float(count), "agreement": agreed, "blind": blind}
        tests.append(Tested(table.workers[place], None, "random", p, gain > 0, evidence))
    return tests


def always_the_same(table: Table) -> list[Tested]:
    """One label nearly always, where the others' answers vary.

    The chance of it, question by question, is the share of the others who gave that label (and half of what is left).
    """
    tests = []
    total = table.counts.sum(axis=1)
    for place, rows in _by_worker(table):
        given = np.bincount(table.label[rows], minlength=table.counts.shape[1])
        label = int(given.argmax())
        mine = (table.label[rows] == label).astype(np.float64)
        share = (table.counts[table.item[rows], label] - mine + 0.5) / total[table.item[rows]]
        hits = int(given[label])
        p = chernoff_at_least(hits, (share + (1 - share) / 4).tolist())
        evidence = {"answers": float(len(rows)), "same": float(hits), "expected": float(share.sum())}
        matters = hits >= _SAME * len(rows) and float(share.mean()) <= 0.9
        tests.append(Tested(table.workers[place], None, "same-answer", p, matters, evidence))
    return tests


def copied_labels(table: Table, spans: dict[str, list[tuple[float, float]]]) -> list[Tested]:
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
        tests.append(Tested(worker, other, kind, p, matters, evidence))
    return tests


def scores_of(table: Table) -> Iterator[tuple[str, float, float]]:
    """(worker, time, agreement less the usual one on that question), for drift."""
    if table.random and len(table.item):
        total = table.counts.sum(axis=1)
        # Of two answers to a question, how often they are the same.
        usual = (table.counts * (table.counts - 1)).sum(axis=1) / np.maximum(total * (total - 1), 1)
        for row, agreed in enumerate(table.others - usual[table.item]):
            yield table.workers[table.worker[row]], float(table.at[row]), float(agreed)


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
