"""What judging, stopping, revoking and withdrawing do to questions and to those who have them in hand."""

import pytest
from store_world import NO, NOW, YES, ask, people, reply, take

from overpaint.errors import ReviewError
from overpaint.review import Kind


def judge(store, question, answer="yes", *, state="settled", wanted=1, **more):
    return store.judge(question.id, state=state, wanted=wanted, verdict={"answer": answer}, now=NOW, **more)


def chain(store):
    """any person? → any face? → any child?, of one sample."""
    person = ask("a", thing="person", harm=3)
    face = ask("a", thing="face", harm=2, parent=person.name)
    child = ask("a", thing="child", harm=1, parent=face.name)
    store.add([child, face, person], wanted=1)
    return [store.find(one.name) for one in (person, face, child)]


def states(store, *which):
    return [store.question(one.id).state for one in which]


def test_a_hierarchy_opens_step_by_step(store):
    person, face, child = chain(store)
    assert states(store, person, face, child) == ["open", "waiting", "waiting"]
    _, (one,) = people(store, 1)
    assert [lease.question.id for lease in store.take(one, now=NOW, lease_seconds=1, count=9)] == [person.id]
    assert judge(store, person)
    assert states(store, face, child) == ["open", "waiting"]
    assert judge(store, face, "no")
    assert states(store, person, face, child) == ["settled", "settled", "pruned"]
    assert store.counts() == {
        ("category", "person", "settled"): 1,
        ("category", "face", "settled"): 1,
        ("category", "child", "pruned"): 1,
    }


def test_a_no_prunes_all_below_and_takes_it_out_of_hands(store):
    person, face, child = chain(store)
    judge(store, person)
    _, (one,) = people(store, 1)
    lease = take(store, one)
    assert lease.question.id == face.id
    judge(store, person, "no")
    assert states(store, face, child) == ["pruned", "pruned"]
    assert store.lease(lease.token).state == "revoked"
    assert reply(store, lease).state == "refused"
    judge(store, person)
    assert states(store, face, child) == ["open", "waiting"]


def test_a_parent_that_is_asked_again_holds_back_what_nobody_began(store):
    person, face, child = chain(store)
    judge(store, person)
    judge(store, face)
    assert states(store, face, child) == ["settled", "open"]
    judge(store, face, state="open", wanted=2)
    assert states(store, face, child) == ["open", "waiting"]
    judge(store, face)
    _, (one,) = people(store, 1)
    lease = take(store, one, exclude_samples=[])
    assert lease.question.id == child.id
    judge(store, face, state="open", wanted=2)
    assert states(store, child) == ["open"]
    assert reply(store, lease).state == "kept"


def test_what_was_settled_is_settled_again_when_its_parent_comes_back(store):
    person, face, child = chain(store)
    judge(store, person)
    judge(store, face, "yes")
    judge(store, person, "no")
    assert states(store, face, child) == ["pruned", "pruned"]
    judge(store, person)
    assert states(store, face, child) == ["settled", "open"]


def test_children_that_come_later_find_their_parent_as_it_is(store):
    parent = ask("p")
    late = [ask(f"c{i}", parent=parent.name, wants=wants) for i, wants in enumerate(["yes", "no"])]
    store.add([parent])
    judge(store, store.find(parent.name), "no")
    store.add(late)
    assert [store.find(one.name).state for one in late] == ["pruned", "open"]
    orphan = ask("o", parent="nobody's name")
    store.add([orphan])
    assert store.find(orphan.name).state == "waiting"


def test_questions_that_are_each_others_parents_wait_for_ever(store):
    ring = [ask("a", parent=ask("b").name), ask("b", parent=ask("a").name), ask("c", parent=ask("c").name)]
    store.add(ring)
    one = store.find(ask("c").name)
    assert one.state == "waiting" and not judge(store, one)
    store.withdraw("a", reason="gone", now=NOW)
    assert store.find(ask("b").name).state == "pruned"


def test_gold_opens_its_children(store):
    person, face, child = chain(store)
    store.add_gold(person.name, YES, visible=False)
    assert states(store, face, child) == ["open", "waiting"]
    later = ask("z", parent=person.name, wants="no")
    store.add([later])
    assert store.find(later.name).state == "open"


def test_more_wanted_asks_again_and_settled_asks_no_more(store):
    store.add([ask("a")], wanted=1)
    _, (one, two, three) = people(store, 3)
    lease = take(store, one)
    reply(store, lease)
    assert take(store, two) is None
    assert judge(store, lease.question, state="open", wanted=2, given=1)
    second = take(store, two)
    assert take(store, three) is None
    assert not judge(store, lease.question, wanted=2, given=0)
    assert judge(store, lease.question, wanted=1, given=1)
    assert store.question(lease.question.id).settled_at == NOW
    assert reply(store, second).state == "refused"
    assert take(store, three) is None
    with pytest.raises(ReviewError, match="open or settled"):
        judge(store, lease.question, state="pruned")
    with pytest.raises(ReviewError, match="no question 77"):
        store.judge(77, state="open", wanted=1, verdict={}, now=NOW)
    with pytest.raises(ReviewError, match="negative"):
        judge(store, lease.question, wanted=-1)


def test_an_answer_in_hand_is_kept_when_others_settled_with_room_for_it(store):
    store.add([ask("a")], wanted=2)
    _, (one, two) = people(store, 2)
    first, second = take(store, one), take(store, two)
    reply(store, first)
    judge(store, first.question, wanted=2)
    assert reply(store, second).state == "kept"


def test_withdrawing_revokes_at_once_and_for_good(store):
    store.add([ask("a"), ask("a", kind=Kind.AUDIT), ask("b"), ask("c", parent=ask("a").name)], wanted=2)
    _, (one, two) = people(store, 2)
    in_hand = [take(store, one, exclude_samples=["b"]), take(store, two, exclude_samples=["b"])]
    done = take(store, one, exclude_samples=["b"])
    reply(store, done)
    assert store.withdraw("a", reason="lane", now=NOW) == 2
    assert store.withdraw("a", reason="lane", now=NOW) == 0
    assert [store.lease(lease.token).state for lease in in_hand] == ["revoked", "revoked"]
    assert {reply(store, lease).state for lease in in_hand} == {"refused"}
    assert reply(store, done).state == "already"
    assert store.leases(one, now=NOW) == []
    store.add([ask("a", thing="cat")])
    assert store.find(ask("a", thing="cat").name).state == "withdrawn"
    assert store.find(ask("c").name).state == "pruned"
    assert take(store, one).question.question.sample == "b"
    assert take(store, one) is None
    assert not judge(store, in_hand[0].question)
    with pytest.raises(ReviewError, match="add it first"):
        store.add_gold(ask("a").name, YES, visible=False)
    with pytest.raises(ReviewError, match="no sample"):
        store.withdraw("", reason="", now=NOW)


def test_withdrawn_gold_is_not_handed_out(store):
    store.add([ask("a")])
    store.add_gold(ask("a").name, YES, visible=False)
    store.withdraw("a", reason="lane", now=NOW)
    _, (one,) = people(store, 1)
    assert take(store, one, gold=True) is None


def test_a_stopped_worker_has_nothing_in_hand_and_their_questions_are_asked_again(store):
    store.add([ask("a", harm=2), ask("b", harm=1)], wanted=1)
    _, (one, two) = people(store, 2)
    answered, held = take(store, one), take(store, one)
    reply(store, answered)
    store.set_worker(one, state="stopped", reason="gold")
    assert store.use_answers(one, used=False) == [answered.question.id]
    assert reply(store, held).state == "refused"
    assert take(store, one) is None and not store.renew(held.token, now=NOW, lease_seconds=1)
    assert store.answers(answered.question.id) == []
    assert [kept.used for kept in store.answers(answered.question.id, used_only=False)] == [False]
    assert take(store, two).question.id == answered.question.id
    assert take(store, two).question.id == held.question.id
    store.set_worker(one, state="active")
    assert store.use_answers(one, used=True) == [answered.question.id]
    assert store.use_answers(one, used=True) == []
    assert store.question(answered.question.id).given == 1


def test_a_settled_question_that_lost_its_answer_is_asked_again_when_judged(store):
    store.add([ask("a")])
    _, (one, two) = people(store, 2)
    lease = take(store, one)
    reply(store, lease)
    judge(store, lease.question)
    store.set_worker(one, state="stopped")
    store.use_answers(one, used=False)
    assert take(store, two) is None
    judge(store, lease.question, state="open", wanted=1)
    assert take(store, two).question.id == lease.question.id


def test_a_revoked_link_ends_sessions_leases_and_entry(store):
    store.add([ask("a")])
    link, (one,) = people(store, 1)
    lease = take(store, one)
    store.open_session(one, cookie_hash=b"c", csrf_hash=b"t", expires=NOW + 99, now=NOW)
    assert store.session(b"c", NOW).worker == one
    assert store.revoke_link(link.id, NOW) == 1
    assert store.session(b"c", NOW) is None
    assert reply(store, lease).state == "refused"
    assert take(store, one) is None
    assert not store.link_by_hash(b"worker1").live(NOW)
    with pytest.raises(ReviewError, match="not in force"):
        store.worker_for(link.id, None, now=NOW)
    _, (other,) = people(store, 1, role="reviewer")
    assert take(store, other) is not None


def test_undo_replaces_an_answer_within_time_and_before_others_settled_it(store):
    store.add([ask("a", harm=2), ask("b", harm=1)], wanted=2)
    _, (one, two) = people(store, 2)
    first, second = take(store, one), take(store, two)

    def amend(lease, value=NO, *, now=NOW + 2):
        return store.amend(lease.token, value, seconds=1, now=now, within=60).state

    assert amend(first) == "refused"
    reply(store, first)
    assert amend(first) == "kept"
    assert amend(first) == "already"
    assert [(kept.value, kept.used) for kept in store.answers(1, used_only=False)] == [(YES, False), (NO, True)]
    assert [kept.value for kept in store.answers(1)] == [NO]
    assert amend(first, YES, now=NOW + 63) == "refused"
    judge(store, first.question, wanted=2)
    assert amend(first, YES, now=NOW + 3) == "kept"
    reply(store, second)
    assert amend(first, NO, now=NOW + 4) == "refused"
    assert store.amend("made-up", NO, seconds=1, now=NOW, within=60).state == "refused"
    store.add_gold(ask("b").name, YES, visible=True)
    shown = take(store, one, gold=True, gold_visible=True)
    reply(store, shown)
    assert amend(shown) == "refused"


def test_answers_are_read_on_from_a_number(store):
    store.add([ask("a", harm=2), ask("b", kind=Kind.AUDIT, harm=1)])
    _, (one,) = people(store, 1)
    for _ in range(2):
        reply(store, take(store, one))
    every = store.answers_since(0)
    assert [kept.question for kept in every] == [1, 2]
    assert store.answers_since(every[0].id) == every[1:] == store.answers_since(0, kind=Kind.AUDIT)
    assert store.answers_since(0, 1) == every[:1]
