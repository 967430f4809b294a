"""No statement that people wait for reads a table from end to end, however little the database knows of its size."""

import pytest
import sqlalchemy as sa
from store_world import LEASE, NOW, YES, ask, people, reply, take

from overpaint.review import Kind
from overpaint.review.store._queue import WINDOW


@pytest.fixture
def statements(store):
    """Everything that is asked of the database while a test runs, once each."""
    asked = {}

    def note(connection, cursor, statement, parameters, context, many):
        if statement.split()[0] in {"SELECT", "UPDATE", "DELETE", "INSERT"}:
            asked[statement] = parameters[0] if many else parameters

    sa.event.listen(store._database.engine, "before_cursor_execute", note)
    yield asked
    sa.event.remove(store._database.engine, "before_cursor_execute", note)


def reads(connection, statement, parameters):
    """The whole tables that a statement's plan reads, and whether it sorts rows of questions."""
    if connection.dialect.name == "sqlite":
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        whole = [step.split()[1] for step in plan if step.startswith("SCAN ") and " USING " not in step]
        small = {"tally", "setting", "link", "CONSTANT", "json_each"}
        return [name for name in whole if name not in small and not name.startswith(("anon_", "(subquery"))], [
            step for step in plan if "TEMP B-TREE FOR ORDER BY" in step
        ]
    plan = [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]
    whole = [step.split(" on ")[1].split()[0] for step in plan if "Seq Scan on" in step]
    return [name for name in whole if name not in {"tally", "setting", "link"}], [
        step for step in plan if step.strip().startswith(("Sort ", "->  Sort "))
    ]


def test_everything_that_people_wait_for_walks_an_index(store, statements):
    kinds = [Kind.CATEGORY, Kind.AUDIT]
    store.add([ask(f"a{i}", kind=kinds[i % 2], harm=i % 7, sensitive=i % 3 == 0) for i in range(6 * WINDOW)], wanted=2)
    parent = ask("p", harm=99)
    store.add([parent, ask("c", parent=parent.name)], wanted=2)
    store.add_gold(ask("a0", kind=kinds[0]).name, YES, visible=False)
    link, (one, two) = people(store, 2)
    statements.clear()
    for _ in range(2 * WINDOW):
        take(store, one, kinds=[Kind.CATEGORY], sensitive=False)
    first = take(store, two, exclude_samples=["a4", "a8"])
    reply(store, first)
    store.amend(first.token, {"choice": "no"}, seconds=1, now=NOW + 2, within=60)
    store.judge(first.question.id, state="settled", wanted=1, verdict={"answer": "yes"}, now=NOW)
    second = take(store, two)
    store.renew(second.token, now=NOW, lease_seconds=LEASE)
    store.skip(second.token, now=NOW)
    take(store, two, gold=True)
    take(store, one, kinds=[Kind.BOXES], now=NOW + 2 * LEASE)
    store.leases(two, now=NOW)
    store.lease(second.token)
    store.expire(now=NOW + 9 * LEASE)
    store.withdraw("a9", reason="gone", now=NOW)
    store.answers(first.question.id)
    store.answers_since(0, kind="category")
    store.questions(state="settled", limit=5)
    store.questions(kind="category", thing="dog", after=7, limit=5)
    store.find(parent.name)
    store.use_answers(two, used=False)
    store.set_worker(one, state="stopped")
    store.open_session(two, cookie_hash=b"c", csrf_hash=b"t", expires=NOW * 2, now=NOW)
    store.session(b"c", NOW)
    store.link_by_hash(b"worker2")
    store.worker_for(link.id, b"worker-1", now=NOW)
    store.counts()
    asked = dict(statements)
    assert len(asked) > 40
    wrong = {}
    with store._database.engine.connect() as connection:
        for statement, parameters in asked.items():
            whole, sorts = reads(connection, statement, parameters)
            if whole or (sorts and "FROM question" in statement and "ORDER BY question.rank" in statement):
                wrong[" ".join(statement.split())[-300:]] = (whole, sorts)
    assert wrong == {}
