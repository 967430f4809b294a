"""Defects that a reviewer found: each of these failed once."""

import shutil

import pytest
from desk_world import YES, World, category

from overpaint.review import Done
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
