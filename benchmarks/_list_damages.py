"""Damages of a list of classes, each done to it once, and what the guard has to say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overpaint.labels import ListCheck

__all__ = ["KINDS", "Damage", "damages", "faults"]

Ints = NDArray[np.int64]
KINDS = (
    "turned",
    "between",
    "dropped",
    "strange",
    "doubled",
    "over-next",
    "over-last",
    "over-any",
    "swapped-next",
    "swapped-any",
)


@dataclass(frozen=True)
class Damage:
    """What was done: which class stands at each place now (-1: something strange), and where it was done."""

    kind: str
    order: Ints
    places: tuple[int, ...]


def damages(kind: str, n: int, *, step: int = 1, seed: int = 6) -> Iterator[Damage]:
    """Every damage of a kind, or each ``step``-th, and those at both ends."""
    rng = np.random.default_rng(seed)
    true = np.arange(n)
    for i in sorted({*range(0, n, step), 1, n - 2, n - 1}):
        j = int(rng.integers(n))
        if kind == "turned" and i:
            yield Damage(kind, np.roll(true, -i), (i,))
        elif kind == "between" and i != j:
            yield Damage(kind, np.insert(np.delete(true, i), j, -1), (i, j))
        elif kind == "dropped":
            yield Damage(kind, np.delete(true, i), (i,))
        elif kind == "strange":
            yield Damage(kind, np.insert(true, i, -1), (i,))
        elif kind == "doubled":
            yield Damage(kind, np.insert(true, i, j), (i, j))
        elif kind.startswith("over"):
            j = {"over-next": i + 1, "over-last": i - 1, "over-any": j}[kind]
            if 0 <= j < n and j != i:
                order = true.copy()
                order[j] = i
                yield Damage(kind, order, (i, j))
        elif kind.startswith("swapped"):
            j = i + 1 if kind == "swapped-next" else j
            if j < n and j != i:
                order = true.copy()
                order[[i, j]] = j, i
                yield Damage(kind, order, (i, j))


def faults(damage: Damage, names: Ints, check: ListCheck) -> str | None:
    """What a check fails to say of a damage; None where it says it, or lists it as one that cannot show.

    ``names`` are those of the true list as numbers, the same for the same name.
    """
    n = len(names)
    if len(damage.order) == n and (damage.order >= 0).all() and (names[damage.order] == names).all():
        if check.damaged:
            return "nothing changed, and damage is told"
        groups = [set(each.classes) for each in check.findings if each.kind == "ambiguous"]
        return None if any(group >= set(damage.places) for group in groups) else "not listed as ambiguous"
    return _CHECKS[damage.kind.partition("-")[0]](damage, names, check, n)


def _turned(damage: Damage, names: Ints, check: ListCheck, n: int) -> str | None:
    del names
    found = [each for each in check.findings if each.kind == "shifted"]
    if len(found) != 1 or not found[0].around or ((found[0].by or 0) - damage.places[0]) % n:
        return f"not told as turned by {damage.places[0]}"
    return None if check.kinds == ("shifted",) else "more is told"


def _between(damage: Damage, names: Ints, check: ListCheck, n: int) -> str | None:
    """A name lost at one number and something strange at another: those between are one off."""
    del n
    order, (i, j) = damage.order, damage.places
    wrong = np.flatnonzero((names[order] != names) & (order >= 0)).tolist()
    if not wrong:  # all between share a name
        return "damage is told" if check.damaged else None
    found = [each for each in check.findings if each.kind == "shifted"]
    if set(check.kinds) != {"shifted", "extra", "missing"} or len(found) != 1:
        return f"{check.kinds}, {len(found)} shifts"
    first, last = found[0].at
    told = found[0].by == (1 if i < j else -1) and first <= wrong[0] and wrong[-1] <= last
    return None if told and found[0].wrong == len(wrong) else f"shifted by {found[0].by} from {first} to {last}"


def _length(damage: Damage, names: Ints, check: ListCheck, n: int) -> str | None:
    """What was dropped or put in, and the shift of what follows; at a place where it can be told to have been."""
    by = 1 if damage.kind == "dropped" else -1
    order = damage.order
    size = min(n, len(order))
    wrong = (names[order[:size]] != names[:size]) | (order[:size] < 0)
    first = int(wrong.argmax()) if wrong.any() else size
    cause = {"dropped": "missing", "strange": "extra", "doubled": "duplicated"}[damage.kind]
    expected = {cause} | ({"shifted"} if first < size else set())
    if set(check.kinds) != expected:
        return f"{check.kinds} and not {expected}"
    of = {each.kind: each for each in check.findings}
    if "shifted" in expected:
        shift = of["shifted"]
        if shift.by != by or shift.at[0] != (first if by > 0 else first + 1) or shift.at[1] != len(order) - 1:
            return f"shifted by {shift.by} from {shift.at}"
    if cause == "missing":
        return None if names[of[cause].classes[0]] == names[damage.places[0]] else "another class is missing"
    return None if of[cause].at == (first,) else f"{cause} at {of[cause].at}, not {first}"


def _over(damage: Damage, names: Ints, check: ListCheck, n: int) -> str | None:
    del n
    i, j = damage.places
    found = [each for each in check.findings if each.kind == "duplicated"]
    if check.kinds != ("duplicated",) or len(found) != 1:
        return f"{check.kinds} and not duplicated"
    same = set(np.flatnonzero(names == names[i]).tolist())
    told = found[0].at == (j,) and set(found[0].classes) == same and found[0].lost == (j,)
    return None if told else f"duplicated {found[0].at} {found[0].classes} {found[0].lost}"


def _swapped(damage: Damage, names: Ints, check: ListCheck, n: int) -> str | None:
    del names, n
    found = [each for each in check.findings if each.kind == "swapped"]
    if check.kinds != ("swapped",) or len(found) != 1:
        return f"{check.kinds} and not swapped"
    return None if set(found[0].at) == set(damage.places) == set(found[0].classes) else f"swapped {found[0].at}"


_CHECKS: dict[str, Callable[[Damage, Ints, ListCheck, int], str | None]] = {
    "turned": _turned,
    "between": _between,
    "dropped": _length,
    "strange": _length,
    "doubled": _length,
    "over": _over,
    "swapped": _swapped,
}
