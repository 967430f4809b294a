"""Orders that lists of classes are put into by accident, and the account of a damaged list that needs least."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from overpaint.labels._guard_align import Alignment, Ints, align
from overpaint.labels._guard_causes import Cause, causes, in_place

__all__ = ["Account", "Orders", "account"]

_TURNED, _SORTED = 1.5, 2.0  # what it costs to say that a whole list is turned round, or sorted
_FEW = 64  # wrong names, that are looked at where they stand before anything else
_PIECES = 4  # names in a stretch, on the average, from which on stretches are looked for before sorts
_MANY = 2_000  # mishaps, beyond which no order is looked for any more once a sort explains the list


@dataclass(frozen=True)
class Account:
    """What explains a list.

    Attributes
    ----------
    order
        The name of the order that the whole list is in, if it is in one that is not its own; ``"none"`` if it is in
        none that is known.
    turn
        By how many places the whole list is turned round.
    rest
        What else happened, or all of it.
    """

    order: str | None
    turn: int
    rest: tuple[Cause, ...]
    cost: float


@dataclass(frozen=True)
class Orders:
    """Orders of a list of n classes, each a permutation: which class stands at each place.

    Parameters
    ----------
    ids
        Of each class.
    spelled
        Gives the names as they are written in the list that is checked; asked when an order is looked for.
    """

    ids: tuple[str | None, ...]
    spelled: Callable[[], Sequence[str]]

    @cached_property
    def all(self) -> tuple[tuple[str, Ints], ...]:
        """Each order that differs from the true one and from those before it, by name."""
        found: list[tuple[str, Ints]] = []
        true = np.arange(len(self.ids))
        for name, order in self._each():
            if not any(np.array_equal(order, other) for _, other in [("", true), *found]):
                found.append((name, order))
        return tuple(found)

    def _each(self) -> Iterator[tuple[str, Ints]]:
        n, names = len(self.ids), self.spelled()
        keys: list[tuple[str, Sequence[object]]] = [
            ("number as text (0, 1, 10, 100)", [str(i) for i in range(n)]),
            ("number as text from 1 (1, 10, 100)", [str(i + 1) for i in range(n)]),
        ]
        if all(self.ids):
            keys.append(("wnid", self.ids))
        keys += [
            ("name", names),
            ("name, capitals as small letters", [name.casefold() for name in names]),
            ("name, underscores for spaces", [name.replace(" ", "_") for name in names]),
            ("name, letters and digits alone", [re.sub(r"[\W_]+", "", name.casefold()) for name in names]),
            ("length of name", [len(name) for name in names]),
        ]
        for name, key in keys:
            order = _by(key.__getitem__, n)
            yield name, order
            yield f"{name}, read backwards", _inverse(order)
        yield "last to first", np.arange(n)[::-1]


def _by(key: Callable[[int], object], n: int) -> Ints:
    return np.array(sorted(range(n), key=key), np.int64)  # type: ignore[arg-type]  # keys of one kind compare


def _inverse(order: Ints) -> Ints:
    inverse = np.empty_like(order)
    inverse[order] = np.arange(len(order))
    return inverse


def account(given: Ints, true: Ints, orders: Orders | None = None) -> Account:
    """The cheapest account of how ``given`` came from ``true``; both are names as numbers, -1 unknown.

    Names exchanged where they stand; stretches that moved together; the whole list turned round; the whole list in
    another order, where ``orders`` are given. Nothing else is tried once one thing explains everything.
    """
    if len(given) != len(true):
        # something was lost or won, and what comes after it has moved
        best = _plain(given, true, align(given, true))
        return best if best.cost <= _SORTED else _cheaper(best, _plain(given, true, in_place(given, true)))
    few = int((given != true).sum()) <= _FEW
    if few and (best := _plain(given, true, in_place(given, true))).cost <= 1:
        return best
    turned = _turned(given, true)
    if turned is not None and turned.cost <= _TURNED:
        return turned
    if not few and _breaks(given, true) < len(true) // _PIECES:
        best = _plain(given, true, align(given, true))
        if best.cost <= 2 * _SORTED:  # and many names are wrong: no other account is as short
            return best
    best = _plain(given, true, in_place(given, true))
    for name, order in orders.all if orders is not None and best.cost > _SORTED else ():
        if _explains(given, true[order]):
            found = _seen_through(given, true, order)
            best = _cheaper(best, Account(name, 0, found.rest, _SORTED + found.cost))
    if turned is not None:
        best = _cheaper(best, turned)
    if best.cost > _SORTED and (best.cost < _MANY or (best.order is None and not best.turn)):
        whole = best.order is not None or best.turn != 0
        best = _cheaper(best, _plain(given, true, align(given, true)), equal=whole)
    return best


def _breaks(given: Ints, true: Ints) -> int:
    """How often a name is not followed by the one that should follow it."""
    place = np.full(int(max(true.max(), given.max())) + 1, -1, np.int64)
    place[true] = np.arange(len(true))
    there = np.where(given >= 0, place[given], -1)
    return int((np.diff(there) != 1).sum())


def _cheaper(a: Account, b: Account, *, equal: bool = False) -> Account:
    return b if b.cost < a.cost or (equal and b.cost == a.cost) else a


def _plain(given: Ints, true: Ints, found: Alignment) -> Account:
    told = tuple(causes(given, true, found))
    return Account(None, 0, told, sum(each.cost for each in told))


def _seen_through(given: Ints, true: Ints, order: Ints) -> Account:
    """The same against a list in another order; true positions are those of the list in its own."""
    there = true[order]
    best = _plain(given, there, in_place(given, there))
    if best.cost > 1:
        best = _cheaper(best, _plain(given, there, align(given, there)))
    return Account(None, 0, tuple(each.through(order) for each in best.rest), best.cost)


def _explains(given: Ints, there: Ints) -> bool:
    """Whether an order puts most of the known names where they stand."""
    return bool(2 * (given == there).sum() > (given >= 0).sum())


def _turned(given: Ints, true: Ints) -> Account | None:
    """The list turned round by the number of places that most names are off, if names came round the end."""
    n = len(true)
    if len(given) != n or n < 2:
        return None
    place = np.full(int(max(true.max(), given.max())) + 1, -1, np.int64)
    place[true] = np.arange(n)
    place[np.bincount(true, minlength=len(place)) != 1] = -1
    known = np.flatnonzero(given >= 0)
    known = known[place[given[known]] >= 0]
    if not len(known):
        return None
    turn = int(np.bincount((place[given[known]] - known) % n, minlength=n).argmax())
    order = (np.arange(n) + turn) % n
    if not turn or not _explains(given, true[order]):
        return None
    same = given == true[order]
    if not (same[: n - turn].any() and same[n - turn :].any()):
        return None
    found = _seen_through(given, true, order)
    return Account(None, turn if 2 * turn <= n else turn - n, found.rest, _TURNED + found.cost)
