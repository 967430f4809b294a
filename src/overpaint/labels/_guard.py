"""The guard of class numbers: what happened to somebody's list of class names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby

import numpy as np

from overpaint.labels._class_lists import ClassList
from overpaint.labels._guard_align import Ints
from overpaint.labels._guard_causes import Cause
from overpaint.labels._guard_findings import ListCheck, ListFinding
from overpaint.labels._guard_names import Meant, as_classes, meant
from overpaint.labels._guard_orders import Account, Orders, account

__all__ = ["checked", "common_classes", "compare_lists", "compare_numbers", "explained", "turned"]

_LOST_ORDER = 32  # moves; more than these, and than a tenth of the list, are called an order that is not known


def compare_lists(given: Sequence[str], true: ClassList | Sequence[str], *, ambiguous: bool = True) -> ListCheck:
    """Say how a list of class names differs from the true one, with as few mishaps as explain it.

    Parameters
    ----------
    given
        Names by their numbers: wnids, the first or all names of each class, with underscores or in other spellings.
        Names that are in no class are taken for the class of their place, as far as their neighbours agree.
    true
        What the numbers mean.
    ambiguous
        Whether classes that share a name in these words are listed.

    Returns
    -------
    ListCheck
        ``damaged`` where some number does not say what it means. The time is that of sorting the list.
    """
    classes = as_classes(true)
    return explained(meant(given, classes), given, classes, ambiguous=ambiguous)


def common_classes(given: Sequence[str], true: ClassList | Sequence[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The entries of a list that name classes of another, written as most of those that do; and those classes.

    Of classes that share a name, as many are taken as entries say it.
    """
    read = meant(given, as_classes(true))
    wanted = Counter(read.given.tolist())
    classes = []
    for at, token in enumerate(read.true.tolist()):
        if wanted[token] > 0:
            wanted[token] -= 1
            classes.append(at)
    return tuple(np.flatnonzero(read.given >= 0).tolist()), tuple(classes)


def explained(read: Meant, given: Sequence[str], classes: ClassList, *, ambiguous: bool = True) -> ListCheck:
    """As `compare_lists` of a list that is read already."""
    orders = Orders(classes.ids, lambda: _spelled(read, given, classes))
    found = account(read.given, read.true, orders)
    if read.others:
        read = read.by_place({p: t for each in found.rest if each.kind == "unknown" for p, t in _pairs(each)})
        found = account(read.given, read.true, orders)
    found = replace(found, rest=tuple(_believed(found.rest, read, given, classes)))
    findings = list(_whole(found, read.given, read.true, classes))
    if ambiguous:
        findings += [_about("ambiguous", (), group, classes) for group in read.twins]
    return checked(read.given, read.true, classes, read.words, findings)


def _spelled(read: Meant, given: Sequence[str], classes: ClassList) -> Sequence[str]:
    """The classes' names as they are written, because an order is one of what is written."""
    if read.words.startswith("wnids"):
        return classes.names
    where = {int(token): given[at] for at, token in enumerate(read.given)}
    return [where.get(token, name) for token, name in zip(read.true.tolist(), classes.names, strict=True)]


def compare_numbers(given: Ints, true: Ints, classes: ClassList, *, words: str) -> ListCheck:
    """As `compare_lists` for anything that tells classes apart: equal numbers are one class, -1 tells nothing.

    Parameters
    ----------
    words
        What the numbers are: how many images each class has, what its images look like.
    """
    found = account(given, true, Orders(classes.ids, lambda: classes.names))
    silent = {"unknown", "extra"} | ({"missing"} if (given < 0).any() else set())
    found = replace(found, rest=tuple(each for each in found.rest if each.kind not in silent))
    return checked(given, true, classes, words, list(_whole(found, given, true, classes)))


def checked(given: Ints, true: Ints, classes: ClassList, words: str, findings: Sequence[ListFinding]) -> ListCheck:
    """Findings with what they are of."""
    known, wrong = int((given >= 0).sum()), _wrong(given, true)
    return ListCheck(classes.name, len(given), len(true), known, words, wrong, tuple(findings))


def _wrong(given: Ints, true: Ints) -> int:
    size = min(len(given), len(true))
    return int(((given[:size] != true[:size]) & (given[:size] >= 0)).sum() + (given[size:] >= 0).sum())


def _pairs(cause: Cause) -> Iterator[tuple[int, int]]:
    return zip(cause.at, cause.lost, strict=True)


def _believed(rest: Sequence[Cause], read: Meant, given: Sequence[str], classes: ClassList) -> Iterator[Cause]:
    """Another word for a class, alone in the wrong place, is more likely a word for the class of that place."""
    for each in rest:
        single = each.kind in ("duplicated", "moved") or (each.kind == "shifted" and each.at[0] == each.at[1])
        if single and (
            each.at[0] in read.others
            or (not read.strict and each.lost and each.lost[0] in classes.find(given[each.at[0]]))
        ):
            yield Cause("unknown", each.at[:1], (), each.lost or each.at[:1])
        else:
            yield each


def _gathered(rest: Iterable[Cause]) -> Iterator[Cause]:
    """Neighbours of one kind as one: 50 names twice are one mishap; and unknown names together."""

    def key(pair: tuple[int, Cause]) -> tuple[object, ...]:
        index, each = pair
        if each.kind not in ("duplicated", "missing", "extra") or len(each.classes) > 1:
            return (index,)
        step = each.classes[0] if each.kind == "missing" else each.at[0]
        return each.kind, bool(each.lost), step - index

    told = list(rest)
    known = [each for each in told if each.kind != "unknown"]
    for _, group in groupby(enumerate(known), key):
        yield _joined([each for _, each in group])
    if len(known) < len(told):
        yield _joined([each for each in told if each.kind == "unknown"])


def _joined(group: Sequence[Cause]) -> Cause:
    at, classes, lost = (tuple(chain.from_iterable(getattr(each, name) for each in group)) for name in _PLACES)
    return Cause(group[0].kind, at, classes, lost)


_PLACES = ("at", "classes", "lost")


def _whole(found: Account, given: Ints, true: Ints, classes: ClassList) -> Iterator[ListFinding]:
    """What happened to the list as a whole, if anything did, and then the rest."""
    wrong, n = _wrong(given, true), len(true)
    rest = [_finding(each, given, true, classes) for each in _gathered(found.rest)]
    moved = sum(each.wrong for each in rest if each.kind in ("swapped", "moved"))
    if found.turn:
        yield turned(found.turn, given, true, classes)
    elif found.order is not None or moved > max(_LOST_ORDER, n // 10):
        yield replace(_about("missorted", (), (), classes), wrong=wrong, order=found.order)
        if found.order is None:
            rest = [each for each in rest if each.kind not in ("swapped", "moved", "shifted")]
    yield from rest


def turned(by: int, given: Ints, true: Ints, classes: ClassList) -> ListFinding:
    """The whole list turned round by some places."""
    n = len(true)
    about = _about("shifted", (0, n - 1), (by % n, (by - 1) % n), classes)
    return replace(about, wrong=_wrong(given, true), by=by if 2 * by <= n else by - n, around=True)


def _finding(cause: Cause, given: Ints, true: Ints, classes: ClassList) -> ListFinding:
    about = _about(cause.kind, cause.at, cause.classes, classes, cause.lost)
    if cause.kind == "shifted":
        span = range(cause.at[0], cause.at[1] + 1)
        return replace(about, wrong=_differing(span, given, true), by=cause.classes[0] - cause.at[0])
    return about if cause.kind in ("missing", "unknown") else replace(about, wrong=_differing(cause.at, given, true))


def _differing(at: Sequence[int], given: Ints, true: Ints) -> int:
    places = np.asarray(at, np.int64)
    inside = places[places < len(true)]
    return int((given[inside] != true[inside]).sum()) + len(places) - len(inside)


def _about(
    kind: str, at: tuple[int, ...], which: tuple[int, ...], classes: ClassList, lost: tuple[int, ...] = ()
) -> ListFinding:
    told = [tuple(classes.at(each) for each in numbers) for numbers in (which, lost)]
    (ids, names), (lost_ids, lost_names) = (
        (tuple(id for id, _ in each), tuple(name for _, name in each))  # noqa: A001
        for each in told
    )
    return ListFinding(kind, at, which, ids, names, lost, lost_ids, lost_names)
