"""Defects that a reviewer found: each of these failed once."""

import shutil
import threading

import pytest
from desk_world import NO, YES, World, category

from overpaint.review import Bench, Done, Kind, Question, tend
from overpaint.review._own_gold import choose_own_gold
from overpaint.review._tending import verdicts
from overpaint.review.store import Store


@pytest.fixture
def world(sqlite_file, tmp_path):
    path = tmp_path / "answers.sqlite"
    shutil.copy(sqlite_file, path)
    with Store.open(f"sqlite:///{path}") as store:
        yield World(store)


def with_gold(world, count, *, first=100):
    for n in range(first, first + count):
        world.store.add([category(n)])
        world.store.add_gold(category(n).name, YES, visible=False)


def test_hidden_gold_is_served_where_there_is_no_training(world):
    world.settings(gold=0.5, certainty=0.9)
    world.store.add([category(n) for n in range(60)])
    with_gold(world, 20)
    who = world.person()
    assert any(world.answer(who, YES)[0].question.gold for _ in range(20))


def test_a_budget_that_is_used_up_ends_the_asking(world):
    world.settings(gold=0.0, training=0, budget=5)
    world.store.add([category(n) for n in range(20)])
    who = world.person()
    while not isinstance(world.take(who), Done):
        world.answer(who, YES)
    assert world.store.answered() == 5


def test_skipping_a_sensitive_picture_counts_as_having_seen_it(world):
    world.settings(gold=0.0, training=0)
    world.store.add([category(n, sensitive=True, harm=0.9) for n in range(5)])
    world.store.add([category(n) for n in range(5, 9)])
    who = world.person()
    lease = world.take(who)
    assert lease.question.question.sensitive
    world.desk.skip(who, lease.token)
    assert not world.take(who).question.question.sensitive


def test_whoever_a_maintainer_took_back_is_not_stopped_again_by_what_was_known(world):
    world.settings(gold=0.5, training=0)
    world.store.add([category(n) for n in range(40)])
    with_gold(world, 30)
    bad, good = world.person(), world.person()
    while world.store.worker(bad).state == "active":
        world.answer(bad, NO)
    world.answer(good, YES)
    world.desk.bench.readmit(bad)
    tend(world.desk.bench, everything=True)
    for _ in range(8):
        world.answer(bad, NO)
    assert world.store.worker(bad).state == "active"


def test_taking_an_answer_back_does_not_tell_which_questions_are_gold(world):
    world.settings(gold=0.5, training=0)
    world.store.add([category(n) for n in range(30)])
    with_gold(world, 10)
    who, told = world.person(), {}
    while len(told) < 2:
        lease, _ = world.answer(who, YES)
        told[lease.question.gold] = world.desk.submit(who, lease.token, NO, seconds=1).state
    assert told[True] == told[False]


def test_what_was_settled_stays_so_when_its_answers_are_forgotten(world):
    world.settings(gold=0.0, training=0, certainty=0.9, least=3)
    world.store.add([category(n) for n in range(3)], wanted=3)
    for who in [world.person() for _ in range(3)]:
        for _ in range(3):
            world.answer(who, NO)
    bench = world.desk.bench
    tend(bench, everything=True)
    before = [(stored.name, told["answer"]) for stored, told in verdicts(bench)]
    assert [answer for _, answer in before] == ["no"] * 3
    kept = world.store.skills("category:cat")
    world.store.forget(before=world.time + 1)
    tend(Bench(world.store, clock=lambda: world.time), everything=True)
    assert [(stored.name, told["answer"]) for stored, told in verdicts(bench)] == before
    assert world.store.skills("category:cat") == kept


def test_sexual_by_one_and_minor_by_another_is_for_the_lane_too(world):
    world.settings(gold=0.0, training=0, least=4, most=4)
    world.store.add([Question(Kind.FLAGS, "", "s1.jpg", 400, 300)], wanted=4)
    for flag in ("sexual", "minor", "sexual", "minor"):
        world.answer(world.person("reviewer"), {"flags": [flag], "nothing": False})
    assert world.aside == {"s1.jpg"}


def test_what_was_seen_yesterday_is_not_told_as_of_today(world):
    world.settings(gold=0.0, training=0)
    world.store.add([category(1, sensitive=True)])
    world.answer(world.person(), YES)
    assert world.desk.summary()["sensitive_seen_today"] == 1
    world.time += 86_400
    assert world.desk.summary()["sensitive_seen_today"] == 0


def test_learning_does_not_undo_what_somebody_does_meanwhile(world, monkeypatch):
    world.settings(gold=0.0, training=0, least=2)
    world.store.add([category(n) for n in range(9)], wanted=2)
    one, other = world.person(), world.person()
    for who in (one, other) * 2:
        world.answer(who, YES)
    bench, real, threads = world.desk.bench, world.desk.bench.weigh, []

    def slow(*told):
        if not threads:  # somebody answers between the reading and the keeping of what is known of them
            threads.append(threading.Thread(target=world.answer, args=(told[0].id, YES)))
            threads[0].start()
            threads[0].join(0.3)
        return real(*told)

    monkeypatch.setattr(bench, "weigh", slow)
    tend(bench, everything=True)
    threads[0].join()
    assert sorted(world.desk.progress(who).answered for who in (one, other)) == [2, 3]


def test_whoever_left_and_comes_back_is_not_served_a_copy_of_what_they_answered(world):
    world.settings(gold=0.0, training=0, least=3, most=3, certainty=0.9)
    world.store.add([category(n) for n in range(3)], wanted=3)
    people = [world.person() for _ in range(3)]
    for who in people * 3:
        world.answer(who, YES)
    world.store.set_worker(people[0], state="left", now=world.time)
    tend(world.desk.bench, everything=True)
    assert choose_own_gold(world.desk.bench, count=3, visible=False)
    world.store.set_worker(people[0], state="active")
    for who in people:
        assert not world.store.take(who, now=world.time, lease_seconds=60, gold=True)
    assert world.store.take(world.person(), now=world.time, lease_seconds=60, gold=True)
    assert world.store.check() == []


def test_the_log_does_not_name_what_went_into_the_lane(world):
    world.store.add([category(1)])
    world.store.log("audit-request", who=None, what={"sample": "s1.jpg", "reason": "look"}, now=1.0)
    world.store.log("audit-request", who=None, what={"sample": "s2.jpg", "reason": "look"}, now=1.0)
    world.store.withdraw("s1.jpg", reason="lane", now=2.0)
    world.store.erase("s1.jpg", known_as="hash")
    assert [one.what["sample"] for one in world.store.events()] == ["", "s2.jpg"]
