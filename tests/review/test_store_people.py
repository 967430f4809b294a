"""People, sessions, grants, the log, settings, and forgetting."""

import pytest
from store_world import LEASE, NO, NOW, YES, ask, people, reply, take

from overpaint.errors import ReviewError
from overpaint.review.store import Forgotten


def test_the_same_outside_id_is_the_same_worker_under_one_link(store):
    link, (one,) = people(store, 1)
    other, (two,) = people(store, 1, role="reviewer")
    assert store.worker_for(link.id, b"worker-0", now=NOW).id == one
    assert store.worker_for(other.id, b"worker-0", now=NOW).id not in {one, two}
    assert store.worker_for(link.id, None, now=NOW).id != store.worker_for(link.id, None, now=NOW).id
    pseudonyms = {worker.pseudonym for worker in store.workers()}
    assert len(pseudonyms) == 5 and all(name.startswith("w-") for name in pseudonyms)
    assert [worker.role for worker in store.workers(after=one, limit=1)] == ["reviewer"]


def test_links_live_until_they_run_out_or_are_revoked(store):
    link = store.add_link(role="auditor", token_hash=b"h", expires=NOW + 10, settings={"days": 3}, now=NOW)
    assert store.link_by_hash(b"h") == link == store.links()[0]
    assert link.settings == {"days": 3} and link.live(NOW + 9) and not link.live(NOW + 10)
    assert store.link_by_hash(b"other") is None
    with pytest.raises(ReviewError, match="not in force"):
        store.worker_for(link.id, None, now=NOW + 10)
    with pytest.raises(ReviewError, match="not in force"):
        store.worker_for(99, None, now=NOW)
    with pytest.raises(ReviewError, match="no role 'boss'"):
        store.add_link(role="boss", token_hash=b"i", expires=NOW, settings={}, now=NOW)
    with pytest.raises(ReviewError):
        store.add_link(role="worker", token_hash=b"h", expires=NOW, settings={}, now=NOW)


def test_a_worker_changes_by_what_is_given(store):
    _, (one,) = people(store, 1)
    store.set_worker(one, consented_at=NOW)
    store.set_worker(one, state="stopped", reason="below the bar", trust={"mean": 0.25})
    store.set_worker(one, appeal="I looked \x00 closely")
    told = store.worker(one)
    assert (told.state, told.reason, told.consented_at) == ("stopped", "below the bar", NOW)
    assert (told.appeal, told.trust) == ("I looked \x00 closely", {"mean": 0.25})
    assert store.worker(99) is None
    with pytest.raises(ReviewError, match="no worker 99"):
        store.set_worker(99, state="left")
    with pytest.raises(ReviewError, match="active, stopped, left"):
        store.set_worker(one, state="spammer")
    with pytest.raises(ReviewError, match="at most 4,000"):
        store.set_worker(one, appeal="x" * 4001)


def test_sessions_end(store):
    _, (one, two) = people(store, 2)
    store.open_session(one, cookie_hash=b"c1", csrf_hash=b"t1", expires=NOW + 10, now=NOW)
    store.open_session(two, cookie_hash=b"c2", csrf_hash=b"t2", expires=NOW + 99, now=NOW)
    assert (store.session(b"c1", NOW).worker, store.session(b"c1", NOW).csrf_hash) == (one, b"t1")
    assert store.session(b"c1", NOW + 10) is None and store.session(b"none", NOW) is None
    store.close_session(b"c2")
    assert store.session(b"c2", NOW) is None


def test_a_grant_is_logged_and_runs_out(store):
    _, (boss,) = people(store, 1, role="maintainer")
    _, (auditor,) = people(store, 1, role="auditor")
    made = store.grant(auditor=auditor, sample="a\udc80", reason="appeal", by=boss, expires=NOW + 60, now=NOW)
    (grant,) = store.grants(auditor, NOW)
    assert (grant.id, grant.sample, grant.by) == (made, "a\udc80", boss)
    assert store.grants(auditor, NOW + 60) == [] == store.grants(boss, NOW)
    store.log("view", who=auditor, what={"grant": made}, now=NOW + 1)
    assert [(event.event, event.who) for event in store.events()] == [("grant", boss), ("view", auditor)]
    assert [event.event for event in store.events(after=1, limit=5)] == ["view"]
    assert "a\udc80" not in repr(store.events())


def test_settings_and_skills_are_kept_by_name(store):
    store.set_settings({"bar": 0.7, "kinds": ["boxes"], "rest": None})
    store.set_settings({"bar": 0.8, "note": {"a": [1, "\ud800"]}})
    assert store.settings() == {"bar": 0.8, "kinds": ["boxes"], "note": {"a": [1, "\ud800"]}}
    store.set_settings({"kinds": None})
    assert set(store.settings()) == {"bar", "note"}
    assert store.skills("boxes:face") == {}
    store.set_skills("boxes:face", {"1": [0.5, 2.0]})
    store.set_skills("boxes:face", {"1": [0.75, 2.0]})
    assert store.skills("boxes:face") == {"1": [0.75, 2.0]}
    with pytest.raises(ReviewError, match="plain JSON"):
        store.set_skills("boxes:face", {"1": float("inf")})


def test_tokens_are_kept_only_as_hashes(store):
    store.add([ask("a")])
    _, (one,) = people(store, 1)
    lease = take(store, one)
    (again,) = store.leases(one, now=NOW)
    import sqlalchemy as sa

    from overpaint.review.store._schema import metadata

    with store._database.engine.connect() as connection:
        every = repr([connection.execute(sa.select(table)).all() for table in metadata.sorted_tables])
    assert lease.token not in every and again.token not in every
    assert len({lease.token, again.token}) == 2 and len(lease.token) >= 43


def test_forgetting_leaves_the_verdict_and_no_person(store):
    store.add([ask("old", harm=3), ask("open", harm=2), ask("new", harm=1)], wanted=2)
    _, (one, two) = people(store, 2)
    for who in (one, two):
        for _ in range(3):
            lease = take(store, who, exclude_samples=["new"] if who == two else [])
            if lease is not None and not (who == two and lease.question.question.sample == "open"):
                late = NOW + 5000 if lease.question.question.sample == "new" else NOW + 1
                reply(store, lease, YES if who == one else NO, now=late)
    old, middle, new = (store.find(ask(name).name) for name in ("old", "open", "new"))
    for one_question in (old, new):
        store.judge(one_question.id, state="settled", wanted=2, verdict={"answer": "yes"}, now=NOW + 6000)
    store.open_session(one, cookie_hash=b"c", csrf_hash=b"t", expires=NOW + 1, now=NOW)
    assert store.forget(before=NOW + 1000) == Forgotten(answers=2, leases=2, sessions=1, outside=1, seconds=1)
    assert store.answers(old.id, used_only=False) == []
    kept = store.question(old.id)
    assert (kept.verdict, kept.given, kept.state) == ({"answer": "yes"}, 2, "settled")
    assert [(answer.worker, answer.value, answer.seconds) for answer in store.answers(middle.id)] == [(one, YES, None)]
    assert [answer.seconds for answer in store.answers(new.id)] == [2.0]
    assert store.check() == []
    link = store.worker(two).link
    assert store.worker_for(link, b"worker-1", now=NOW + 7000).id != two
    assert store.worker_for(link, b"worker-0", now=NOW + 7000).id == one
    assert store.forget(before=NOW + 1000) == Forgotten(0, 0, 0, 0, 0)
    assert take(store, one, now=NOW + LEASE) is None
