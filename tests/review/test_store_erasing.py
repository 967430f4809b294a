"""What is left of a picture that went into the lane, and what was put in from elsewhere."""

import sqlalchemy as sa
from store_world import LEASE, NOW, YES, ask, people, reply, take

from overpaint.review.store._schema import metadata


def everything(store):
    with store._database.engine.connect() as connection:
        return repr([connection.execute(sa.select(table)).all() for table in metadata.sorted_tables])


def test_an_erased_sample_is_nowhere_and_the_store_adds_up(store):
    hidden = "secret/picture.jpg"
    first = ask(hidden, context="told of secret")
    store.add([first, ask(hidden, thing="cat"), ask(hidden, thing="gold"), ask("b", parent=first.name), ask("c")])
    store.add_gold(ask(hidden, thing="gold").name, YES, visible=False)
    _, (one, two) = people(store, 2)
    reply(store, take(store, one, exclude_samples=["c"]))
    held = take(store, two, exclude_samples=["c"])
    reply(store, take(store, two, gold=True))
    store.grant(auditor=two, sample=hidden, reason="r", by=one, expires=NOW * 2, now=NOW)
    assert store.withdraw(hidden, reason="lane", now=NOW) == 3
    assert store.withdrawn(reason="lane") == [hidden]
    assert store.erase(hidden, known_as="0" * 32) == 3
    assert store.erase(hidden, known_as="0" * 32) == 0
    assert "secret" not in everything(store) and first.name not in everything(store)
    assert store.find(ask("b").name).state == "pruned"
    assert store.check() == []
    assert store.withdrawn(reason="lane") == [] and store.lease(held.token) is None
    assert sum(store.counts().values()) == 5
    assert store.counts()["category", "gold", "withdrawn"] == 1
    assert reply(store, held).state == "refused"
    store.add([ask("0" * 32)])
    assert store.find(ask("0" * 32).name).state == "withdrawn"


def test_a_glance_tells_whether_anything_is_left_for_somebody(store):
    store.add([ask("a"), ask("b", sensitive=True)])
    _, (one, two) = people(store, 2)
    assert store.outstanding(one) and store.outstanding(one, sensitive=False)
    lease = take(store, one, sensitive=False)
    assert not store.outstanding(one, sensitive=False) and store.outstanding(one)
    assert store.outstanding(two, sensitive=False)  # it may come back
    reply(store, lease)
    assert store.answered() == 1


def test_an_answer_from_elsewhere_needs_no_place(store):
    store.add([ask("a"), ask("b")])
    _, (one, two) = people(store, 2)
    done = take(store, one)
    reply(store, done)
    store.judge(done.question.id, state="settled", wanted=1, verdict={"answer": "yes"}, now=NOW)
    assert store.hand(one, done.question.id, now=NOW, lease_seconds=LEASE) is None
    extra = store.hand(two, done.question.id, now=NOW, lease_seconds=LEASE)
    assert reply(store, extra).state == "kept"
    store.add_gold(ask("b").name, YES, visible=False)
    assert store.hand(one, 2, now=NOW, lease_seconds=LEASE) is None
    assert store.hand(one, 99, now=NOW, lease_seconds=LEASE) is None
