"""Explanations of damaged orders: each is true of the list, and none that is cheaper was overlooked."""

import functools
import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from overpaint.labels._guard_align import _UNIT, _chain, _likely, _pairs, _pieces, align
from overpaint.labels._guard_causes import causes, in_place
from overpaint.labels._guard_orders import Orders, account

LISTS = st.integers(2, 9).flatmap(
    lambda names: st.tuples(
        st.lists(st.integers(-1, names), max_size=9), st.lists(st.integers(0, names), min_size=1, max_size=9)
    )
)


def numbers(values):
    return np.array(values, np.int64)


def known(mine, true):
    """What is in no place of the true list is not known."""
    return numbers([name if name in true else -1 for name in mine])


def slow(mine, true, last):
    """The best that stretches explain: one for each name, less one for each change of the offset; by trying all."""

    @functools.cache
    def best(p, t, offset):
        found = 0 if offset == last else -1
        for q in range(p, len(mine)):
            for u in range(t, len(true)):
                if mine[q] == true[u]:
                    found = max(found, 1 - (u - q != offset) + best(q + 1, u + 1, u - q))
        return found

    return best(0, 0, 0)


def worth(chain, last):
    offsets = [0, *(t - g for g, t, _ in chain), last]
    return sum(length for *_, length in chain) - sum(a != b for a, b in itertools.pairwise(offsets))


@settings(max_examples=80)
@given(LISTS)
def test_the_chain_is_as_good_as_the_best_of_all(lists):
    mine, true = lists
    mine, last = known(mine, true), len(true) - len(mine)
    chain = _chain(_pieces(mine, numbers(true)), len(true), last)
    assert worth(chain, last) == slow(tuple(mine.tolist()), tuple(true), last)
    ends = [(0, 0), *((g + n, t + n) for g, t, n in chain)]
    for (g0, t0), (g, t, n) in zip(ends, chain, strict=False):
        assert g >= g0
        assert t >= t0
        assert mine[g : g + n].tolist() == true[t : t + n]


def test_ties_go_to_what_explains_more():
    assert _UNIT > 1 << 31
    found = align(numbers([0, 1, 3, 4, 2, 5]), np.arange(6))
    assert (found.home >= 0).sum() == 5


@given(LISTS)
def test_pairs_are_of_one_name(lists):
    mine, true = known(*lists), numbers(lists[1])
    g, t = _pairs(mine, true)
    assert set(zip(g.tolist(), t.tolist(), strict=True)) == {
        (p, q) for p, a in enumerate(mine) for q, b in enumerate(true) if a == b
    }


def test_a_crowd_is_not_tried_in_every_way():
    mine = true = numbers([7] * 1000)
    g, _ = _pairs(mine, true)
    assert len(g) <= 3000
    assert _likely([1, 5], [5, 6]) == {(5, 5), (1, 5), (5, 6)}


def claims(found, mine, true):
    """The class that an account gives each place, and the classes it says are at none."""
    n = len(true)
    frame = np.arange(n) if found.order is None else dict(orders(n).all)[found.order]
    frame = np.roll(frame, -found.turn)
    said = {p: {int(frame[p])} for p in range(min(len(mine), n))}
    for each in sorted(found.rest, key=lambda cause: cause.kind != "shifted"):
        if each.kind == "shifted":
            first, last = each.at
            offset = int(np.flatnonzero(frame == each.classes[0])[0]) - first
            for p in range(first, last + 1):
                said[p] = {int(frame[p + offset])}
        elif each.kind == "duplicated":
            said[each.at[0]] = set(each.classes)
        elif each.kind in ("moved", "swapped"):
            said |= {p: {t} for p, t in zip(each.at, each.classes, strict=True)}
        elif each.kind in ("unknown", "extra"):
            said |= dict.fromkeys(each.at)
    gone = {t for each in found.rest for t in (each.classes if each.kind == "missing" else each.lost)}
    return said, gone


@functools.cache
def orders(n):
    names = tuple(f"{(i * 7919) % 997:03}" for i in range(n))
    return Orders(tuple(f"n{i:08}" for i in range(n)), lambda: names)


def holds(mine, true, found):
    """What an account says is so: each place has the name of the class it says, and each class is told of."""
    said, gone = claims(found, mine, true)
    assert set(said) >= set(range(len(mine)))
    for p, name in enumerate(mine.tolist()):
        if said[p] is None:
            assert name == -1
        else:
            assert {int(true[t]) for t in said[p]} == {name}
    assert gone.isdisjoint(
        {t for p in said if p < len(mine) and said[p] and len(said[p]) == 1 for t in said[p]} - doubles(found)
    )
    told = {int(true[t]) for p in range(len(mine)) for t in said[p] or ()} | {int(true[t]) for t in gone}
    assert told == set(true.tolist())


def doubles(found):
    return {t for each in found.rest if each.kind == "duplicated" for t in each.classes}


@settings(max_examples=150)
@given(LISTS)
def test_what_is_said_of_any_list_is_so(lists):
    mine, true = known(*lists), numbers(lists[1])
    for found in (in_place(mine, true), align(mine, true)):
        told = causes(mine, true, found)
        assert len({p for each in told if each.kind != "missing" for p in each.at}) <= len(mine)
    holds(mine, true, account(mine, true, orders(len(true))))


MISHAPS = st.lists(
    st.tuples(
        st.sampled_from(["drop", "add", "strange", "swap", "over", "turn", "move", "text"]), *[st.integers(0, 39)] * 2
    ),
    min_size=1,
    max_size=3,
)


def befall(names, mishap):
    """One mishap, done to a list."""
    kind, i, j = mishap
    i, j = i % len(names), j % len(names)
    if kind == "drop" and len(names) > 1:
        del names[i]
    elif kind == "add":
        names.insert(i, names[j])
    elif kind == "strange":
        names.insert(i, -1)
    elif kind == "swap":
        names[i], names[j] = names[j], names[i]
    elif kind == "over":
        names[i] = names[j]
    elif kind == "turn":
        names[:] = names[i:] + names[:i]
    elif kind == "move":
        names.insert(j, names.pop(i))
    elif kind == "text":
        names[:] = [name for _, name in sorted(enumerate(names), key=lambda pair: str(pair[0]))]
    return names


@settings(max_examples=100)
@given(MISHAPS, st.sampled_from([40, 23]), st.sampled_from([1, 2]))
def test_mishaps_are_told_in_about_as_many_words(mishaps, n, twins):
    """What happened is never more than what is said: a drop is a shift and something missing, and so on."""
    kinds = [kind for kind, *_ in mishaps]
    assume("text" not in kinds or {*kinds} <= {"text", "swap", "over"})  # what is sorted is sorted as a whole, and once
    assume(kinds.count("text") < 2)
    true = np.arange(n) // twins
    mine = functools.reduce(befall, mishaps, true.tolist())
    found = account(known(mine, true), true, orders(n))
    holds(known(mine, true), true, found)
    assert found.cost <= 4 * len(mishaps)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_a_list_is_itself(n):
    assert account(np.arange(n), np.arange(n), orders(n)).cost == 0
