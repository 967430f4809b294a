import numpy as np
import pytest
from crowd_votes import small_votes
from hypothesis import given, settings
from hypothesis import strategies as st
from label_reference import alpha

from overpaint.errors import UsageError
from overpaint.review.crowd import Votes, agreement


def test_names_and_places():
    votes = Votes.of([("b", "ann", "no"), ("a", "ann", "yes"), ("a", "bob", "no")], labels=("no", "yes", "never"))
    assert votes.items == ("a", "b") and votes.workers == ("ann", "bob") and votes.labels == ("no", "yes", "never")
    assert votes.item.tolist() == [0, 0, 1] and votes.worker.tolist() == [0, 1, 0] and votes.label.tolist() == [1, 0, 0]
    assert repr(votes) == "<3 votes of 2 workers on 2 items, 3 labels>"
    assert len(votes) == 3 and votes.counts().tolist() == [[1, 1, 0], [1, 0, 0]]


def test_of_a_workers_votes_on_an_item_the_last_counts():
    votes = Votes.of([("a", "ann", "no"), ("a", "ann", "yes")], labels=("no", "yes"))
    assert len(votes) == 1 and votes.label.tolist() == [1]


@settings(max_examples=50, deadline=None)
@given(st.permutations([(f"i{n % 4}", f"w{n // 4}", "xy"[n % 2]) for n in range(12)]))
def test_the_order_of_the_answers_does_not_matter(triples):
    votes, sorted_ones = Votes.of(triples, labels="xy"), Votes.of(sorted(triples), labels="xy")
    assert all(np.array_equal(getattr(votes, n), getattr(sorted_ones, n)) for n in ("item", "worker", "label"))
    assert votes.items == sorted_ones.items and votes.workers == sorted_ones.workers


def test_no_votes_are_votes():
    votes = Votes.of([], labels=("no", "yes"))
    assert len(votes) == 0 and votes.items == () and votes.counts().shape == (0, 2)


@pytest.mark.parametrize(
    ("triples", "labels", "said"),
    [
        ([("a", "w", "maybe")], ("no", "yes"), "'maybe' is none of the 2"),
        ([], (), "labels: 0 given"),
        ([], [str(n) for n in range(1001)], "labels: 1001 given"),
        ([], ("no", "no"), "labels: a name stands there twice"),
    ],
)
def test_what_cannot_be_votes(triples, labels, said):
    with pytest.raises(UsageError, match=said):
        Votes.of(triples, labels=labels)


@pytest.mark.parametrize(
    ("item", "worker", "label", "said"),
    [
        ([0], [0], [2], "label: a number is no place"),
        ([-1], [0], [0], "item: a number is no place"),
        ([0, 0], [0, 0], [0, 1], "twice on one item"),
        ([0], [0, 0], [0], "worker: give an int64 array"),
    ],
)
def test_arrays_that_do_not_fit(item, worker, label, said):
    with pytest.raises(UsageError, match=said):
        Votes(*(np.array(x, np.int64) for x in (item, worker, label)), ("a",), ("w",), ("no", "yes"))


def test_arrays_of_another_kind_are_refused():
    with pytest.raises(UsageError, match="int64"):
        Votes(*(np.array([0], np.int32),) * 3, ("a",), ("w",), ("no",))


@settings(max_examples=50, deadline=None)
@given(small_votes(), st.sampled_from(["nominal", "ordinal"]))
def test_alpha_is_the_definitions(votes, scale):
    slow, told = alpha(votes, scale), agreement(votes, scale=scale, draws=20)
    assert (told.alpha is None) == (slow is None)
    if slow is not None:
        assert told.alpha == pytest.approx(slow, abs=1e-9)
        assert told.low is None or -1 <= told.low <= told.high <= 1 + 1e-9


def test_alpha_of_those_who_agree_and_of_those_who_guess():
    alike = Votes.of([(f"i{n}", w, "xy"[n % 2]) for n in range(40) for w in "abc"], labels="xy")
    assert agreement(alike).alpha == pytest.approx(1) and agreement(alike).low == pytest.approx(1)
    rng = np.random.default_rng(0)
    blind = Votes.of([(f"i{n}", w, "xy"[rng.integers(2)]) for n in range(300) for w in "abc"], labels="xy")
    told = agreement(blind)
    assert abs(told.alpha) < 0.1 and told.low < 0 < told.high and (told.items, told.answers) == (300, 900)


def test_ratings_that_are_near_agree_more_than_labels_that_differ():
    near = [(f"i{n}", w, str(1 + (n + (w == "b")) % 5)) for n in range(40) for w in "ab" if n % 5 < 4]
    votes = Votes.of(near, labels="12345")
    assert agreement(votes, scale="ordinal").alpha > 0.5 > agreement(votes).alpha


def test_alpha_that_cannot_be_told():
    lonely = Votes.of([("a", "w", "x"), ("b", "v", "y")], labels="xy")
    assert agreement(lonely).alpha is None and agreement(lonely).items == 0
    one_label = Votes.of([("a", "w", "x"), ("a", "v", "x")], labels="xy")
    assert agreement(one_label).alpha is None and agreement(one_label).low is None
    with pytest.raises(UsageError, match="scale="):
        agreement(lonely, scale="interval")
    with pytest.raises(UsageError, match="draws="):
        agreement(lonely, draws=-1)
