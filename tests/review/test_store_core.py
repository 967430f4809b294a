"""Questions in, leases out, answers kept once: on both databases."""

import pytest
from store_world import LEASE, NO, NOW, YES, ask, boxed, people, reply, take

from overpaint.errors import ReviewError
from overpaint.review import Kind
from overpaint.review.store import Added, Gold


def test_a_question_comes_back_as_it_was_put_in(store):
    asked = boxed("dir/\udcff\\name\x00.jpg")
    assert store.add([asked], wanted=9) == Added(1, 0)
    kept = store.find(asked.name)
    assert kept.question == asked and kept.name == asked.name == kept.question.name
    assert (kept.state, kept.wanted, kept.given, kept.out) == ("waiting", 3, 0, 0)
    assert store.question(kept.id) == kept
    assert store.question(99) is None and store.find("nobody") is None


def test_the_same_question_is_there_once(store):
    first = [ask(f"a{i}") for i in range(5)]
    assert store.add([*first, first[0]]) == Added(5, 1)
    assert store.add([ask("a0", harm=7.0), ask("b")]) == Added(1, 1)
    assert store.counts() == {("category", "dog", "open"): 6}
    with pytest.raises(ReviewError, match="finite"):
        store.add([ask("c", harm=float("nan"))])
    with pytest.raises(ReviewError, match="at least one"):
        store.add([], wanted=0)


def test_questions_are_paged_by_number_and_sifted(store):
    store.add([ask(f"a{i}", thing="dog" if i % 2 else "cat") for i in range(9)] + [ask("b", kind=Kind.AUDIT)])
    found, after = [], 0
    while page := store.questions(after=after, limit=4):
        found += page
        after = page[-1].id
    assert [one.question.sample for one in found] == [f"a{i}" for i in range(9)] + ["b"]
    assert len(store.questions(kind="category", thing="cat")) == 5
    assert len(store.questions(kind="audit", state="open")) == 1
    assert store.questions(state="settled") == []


def test_the_most_harmful_comes_first_then_the_oldest(store):
    store.add([ask("a", harm=1), ask("b", harm=3), ask("c", harm=3), ask("d", harm=2, sensitive=True)])
    _, (worker,) = people(store, 1)
    given = store.take(worker, now=NOW, lease_seconds=LEASE, count=9)
    assert [lease.question.question.sample for lease in given] == ["b", "c", "d", "a"]
    assert {lease.question.out for lease in given} == {1}
    assert len({lease.token for lease in given}) == 4


def test_only_what_was_asked_for_is_handed_out(store):
    store.add([ask("a", harm=3, sensitive=True), ask("b", harm=2), ask("c", kind=Kind.AUDIT, harm=1)])
    _, (worker,) = people(store, 1)
    assert take(store, worker, kinds=[]) is None
    assert take(store, worker, kinds=[Kind.FLAGS]) is None
    assert take(store, worker, sensitive=False, exclude_samples={"b", "x"}).question.question.sample == "c"
    assert take(store, worker, sensitive=False).question.question.sample == "b"
    assert take(store, worker, kinds=[Kind.CATEGORY]).question.question.sample == "a"


def test_nobody_gets_a_question_twice_and_no_more_than_wanted(store):
    store.add([ask("a")], wanted=2)
    _, (one, two, three) = people(store, 3)
    first = take(store, one)
    assert take(store, one) is None
    assert take(store, two) is not None
    assert take(store, three) is None
    assert reply(store, first).state == "kept"
    assert take(store, one) is None and take(store, three) is None


def test_a_resend_keeps_one_answer(store):
    store.add([ask("a")])
    _, (one,) = people(store, 1)
    lease = take(store, one)
    receipt = reply(store, lease)
    again = reply(store, lease, NO)
    assert (again.state, again.answer, again.question) == ("already", receipt.answer, receipt.question)
    (kept,) = store.answers(lease.question.id)
    assert (kept.value, kept.worker, kept.seconds, kept.used) == (YES, one, 2.0, True)
    assert reply(store, type(lease)("made-up", lease.question, one, NOW, NOW)).state == "refused"


def test_what_ran_out_comes_back_and_a_late_answer_is_kept_if_there_is_room(store):
    store.add([ask("a")])
    _, (one, two) = people(store, 2)
    lease = take(store, one)
    assert take(store, two, now=NOW + LEASE - 1) is None
    second = take(store, two, now=NOW + LEASE)
    assert second is not None
    assert reply(store, lease, now=NOW + LEASE + 1).state == "refused"
    assert store.skip(second.token, now=NOW + LEASE + 2)
    assert reply(store, lease, now=NOW + LEASE + 3).state == "late"
    assert reply(store, lease, now=NOW + LEASE + 4).state == "already"
    assert store.question(lease.question.id).given == 1


def test_a_late_answer_is_kept_when_nobody_asked_for_the_place_or_the_same_person_has_it_again(store):
    store.add([ask("a"), ask("b")])
    _, (one,) = people(store, 1)
    lease, other = take(store, one), take(store, one)
    assert reply(store, lease, now=NOW + LEASE + 5).state == "late"
    assert store.expire(now=NOW + LEASE + 5) == 1
    again = take(store, one, now=NOW + LEASE + 6)
    assert again.question.id == other.question.id
    assert reply(store, other, now=NOW + LEASE + 7).state == "late"
    assert reply(store, again, now=NOW + LEASE + 8).state == "already"
    assert store.question(other.question.id).out == 0


def test_renewing_and_skipping(store):
    store.add([ask("a")])
    _, (one, two) = people(store, 2)
    lease = take(store, one)
    assert store.renew(lease.token, now=NOW + 500, lease_seconds=LEASE)
    assert store.lease(lease.token).expires == NOW + 500 + LEASE
    assert store.expire(now=NOW + LEASE) == 0
    assert store.skip(lease.token, now=NOW, reason="no idea") and store.skip(lease.token, now=NOW)
    assert not store.renew(lease.token, now=NOW, lease_seconds=1)
    assert store.lease(lease.token).state == "skipped"
    assert take(store, one) is None
    assert take(store, two) is not None
    assert not store.skip("made-up", now=NOW) and not store.renew("made-up", now=NOW, lease_seconds=1)
    assert reply(store, lease).state == "refused"


def test_a_closed_browser_goes_on_with_what_it_had(store):
    store.add([ask("a"), ask("b")])
    _, (one,) = people(store, 1)
    old = [take(store, one), take(store, one)]
    held = store.leases(one, now=NOW + 1)
    assert [lease.question.id for lease in held] == [lease.question.id for lease in old]
    assert reply(store, held[0]).state == "kept"
    assert reply(store, old[0]).state == "already"
    assert reply(store, old[1]).state == "kept"
    assert store.leases(one, now=NOW + 1) == []


def test_gold_is_handed_out_only_as_gold_and_its_key_is_nowhere_else(store):
    store.add([ask("a", harm=9), ask("b"), ask("c")], wanted=1)
    store.add_gold(ask("a").name, {"choice": "sesame"}, visible=False)
    store.add_gold(ask("b").name, {"choice": "sesame"}, visible=True)
    _, (one, two) = people(store, 2)
    assert take(store, one).question.question.sample == "c"
    assert take(store, one) is None
    hidden = take(store, one, gold=True)
    assert hidden.question.gold and hidden.question.question.sample == "a"
    assert take(store, one, gold=True) is None
    assert take(store, two, gold=True).question.id == hidden.question.id
    assert take(store, two, gold=True, gold_visible=True).question.question.sample == "b"
    assert reply(store, hidden).state == "kept"
    assert store.gold_key(hidden.question.id) == Gold({"choice": "sesame"}, visible=False)
    assert store.gold_key(3) is None
    assert not store.judge(hidden.question.id, state="settled", wanted=1, verdict={"answer": "yes"}, now=NOW)
    assert store.counts() == {("category", "dog", "open"): 1, ("category", "dog", "gold"): 2}
    told = [store.question(1), store.questions(gold=None), store.lease(hidden.token), store.answers(1), store.counts()]
    assert "sesame" not in repr(told)
    with pytest.raises(ReviewError, match="add it first"):
        store.add_gold("nobody", {}, visible=True)


def test_gold_of_no_preference_comes_when_there_is_nothing_else(store):
    store.add([ask("a"), ask("b", sensitive=True)])
    store.add_gold(ask("b", sensitive=True).name, YES, visible=False)
    _, (one,) = people(store, 1)
    assert take(store, one, gold=None).question.question.sample == "a"
    assert take(store, one, gold=None, sensitive=False) is None
    assert take(store, one, gold=None, exclude_samples=["b"]) is None
    assert take(store, one, gold=None).question.gold
