"""Defects that a reviewer found: each of these failed once."""

import shutil

import pytest
from desk_world import YES, World, category

from overpaint.review.store import Store


@pytest.fixture
def world(sqlite_file, tmp_path):
    path = tmp_path / "answers.sqlite"
    shutil.copy(sqlite_file, path)
    with Store.open(f"sqlite:///{path}") as store:
        yield World(store)


def with_gold(world, count, *, visible=False, first=100):
    for n in range(first, first + count):
        question = category(n)
        world.store.add([question])
        world.store.add_gold(question.name, {"choice": "yes"}, visible=visible)


def test_hidden_gold_is_served_where_there_is_no_training(world):
    world.settings(gold=0.5, certainty=0.9)
    world.store.add([category(n) for n in range(60)])
    with_gold(world, 20)
    who = world.person()
    served = [world.answer(who, YES)[0].question.gold for _ in range(40)]
    assert any(served)
