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


# the leases in hand are about as many as people, and their indexes hold no others
SMALL = ("tally", "setting", "link", "CONSTANT", "json_each", "anon_", "(subquery")


def whole_reads(connection, statement, parameters):
    """The steps of a statement's plan that read a table or an index from end to end."""
    if connection.dialect.name == "sqlite":
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        return [step for step in plan if step.startswith("SCAN ") and not step.split()[1].startswith(SMALL)]
    plan = [
        row[0].strip().removeprefix("->  ") for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    ]
    found = []
    for step, following in zip(plan, [*plan[1:], ""], strict=True):
        table = step.split(" on ")[-1].split()[0] if "Scan" in step and " on " in step else ""
        whole = step.startswith("Seq Scan") or ("Index" in step and not following.startswith("Index Cond"))
        in_hand = "using ix_lease_held" in step or "using ix_lease_expires" in step
        if table and whole and not in_hand and not table.startswith(SMALL):
            found.append(step)
    return found


def sorts(connection, statement, parameters):
    """Whether the plan puts rows in order that no index gives in order."""
    words = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    plan = [str(row[-1]) for row in connection.exec_driver_sql(f"{words} {statement}", parameters)]
    # the queues' heads of a few kinds are put in order in Python
    return [
        step for step in plan if "TEMP B-TREE FOR ORDER BY" in step or step.strip().startswith(("Sort", "->  Sort"))
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
    store.questions(sample="a7", limit=5)
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
            found = whole_reads(connection, statement, parameters)
            if "ORDER BY question.rank" in statement:
                found += sorts(connection, statement, parameters)
            if found:
                wrong[" ".join(statement.split())[-300:]] = found
    assert wrong == {}
    taking = [statement for statement in asked if "ORDER BY question.rank" in statement]
    assert len(taking) >= 5
