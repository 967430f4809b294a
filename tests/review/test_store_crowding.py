"""Many at once, and some of them killed: nothing is lost, nothing doubled, and the counts add up."""

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from store_world import LEASE, NOW, YES, ask, people, reply, take

from overpaint.errors import ReviewError
from overpaint.review.store import Store

CROWD = Path(__file__).with_name("store_crowd.py")


def all_answers(store):
    found, after = [], 0
    while page := store.answers_since(after, 500):
        found += page
        after = page[-1].id
    return found


def test_sixteen_threads_get_each_question_as_often_as_wanted(store):
    threads, wanted = 16, 3
    store.add([ask(f"a{i}", harm=i % 5) for i in range(24)], wanted=wanted)
    _, workers = people(store, threads)
    start = threading.Barrier(threads)

    def work(worker):
        rng = random.Random(worker)
        start.wait()
        had, receipts = [], []
        while lease := take(store, worker):
            had.append(lease.question.id)
            for _ in range(rng.choice([1, 1, 2])):  # some send twice
                receipts.append((reply(store, lease).state, lease.question.id))
        return had, receipts

    with ThreadPoolExecutor(threads) as pool:
        done = list(pool.map(work, workers))
    for had, receipts in done:
        assert len(had) == len(set(had))
        assert Counter(state for state, _ in receipts)["kept"] == len(had)
        assert {state for state, _ in receipts} <= {"kept", "already"}
    assert Counter(one for had, _ in done for one in had) == dict.fromkeys(range(1, 25), wanted)
    assert Counter(answer.question for answer in all_answers(store)) == dict.fromkeys(range(1, 25), wanted)
    assert {question.given for question in store.questions()} == {wanted}


def test_the_same_person_in_many_tabs_gets_each_question_once(store):
    store.add([ask(f"a{i}") for i in range(20)], wanted=5)
    _, (one,) = people(store, 1)

    def work(_):
        had = []
        while lease := take(store, one):
            had.append(lease.question.id)
        return had

    with ThreadPoolExecutor(8) as pool:
        had = [one for some in pool.map(work, range(8)) for one in some]
    assert sorted(had) == list(range(1, 21))


def test_one_answer_sent_by_many_connections_is_kept_once(store):
    store.add([ask("a")], wanted=5)
    _, (one,) = people(store, 1)
    lease = take(store, one)
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: reply(store, lease), range(8)))
    assert sorted(receipt.state for receipt in receipts) == ["already"] * 7 + ["kept"]
    assert len({receipt.answer for receipt in receipts}) == 1


def test_everything_at_once_adds_up(store):
    """Taking, answering, skipping, judging, stopping, withdrawing, expiring, adding: all at the same time."""
    store.add([ask(f"a{i % 25}", thing=f"t{i}", harm=i % 3) for i in range(60)], wanted=2)
    link, workers = people(store, 6)
    clock = [NOW]

    def work(worker):
        rng = random.Random(worker)
        for turn in range(15):
            clock[0] += 5.0
            now = clock[0]
            got = store.take(worker, now=now, lease_seconds=LEASE / 4, count=2)
            for lease in got:
                if rng.random() < 0.2:
                    store.skip(lease.token, now=now)
                elif rng.random() < 0.8:
                    store.answer(lease.token, YES, seconds=1, now=now + rng.choice([1, LEASE]))
                    told = store.question(lease.question.id)
                    state = rng.choice(["open", "settled"])
                    store.judge(told.id, state=state, wanted=rng.choice([1, 2, 3]), verdict={"answer": "yes"}, now=now)
            chosen = rng.random()
            if chosen < 0.05:
                store.withdraw(f"a{rng.randrange(25)}", reason="gone", now=now)
            elif chosen < 0.1:
                other = rng.choice(workers)
                store.set_worker(other, state="stopped")
                store.use_answers(other, used=False)
            elif chosen < 0.2:
                store.set_worker(rng.choice(workers), state="active")
                store.use_answers(rng.choice(workers), used=True)
            elif chosen < 0.3:
                store.expire(now=now)
            elif chosen < 0.35:
                store.add([ask(f"a{rng.randrange(30)}", thing=f"more{worker}-{turn}")], wanted=2)
            elif chosen < 0.4:
                store.forget(before=NOW + 50)

    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(work, workers))
    assert store.check() == []
    pairs = [(answer.question, answer.worker) for answer in all_answers(store)]
    assert len(pairs) == len(set(pairs))
    store.revoke_link(link.id, NOW)
    assert {question.out for question in store.questions()} == {0}


def test_processes_that_are_killed_leave_nothing_half_done(store_url, tmp_path):
    wanted, questions = 2, 80
    with Store.open(store_url) as store:
        store.add([ask(f"a{i}") for i in range(questions)], wanted=wanted)
        link, _ = people(store, 1)
    logs = [tmp_path / f"log{i}" for i in range(3)]
    crowd = []
    for seed, log in enumerate(logs):
        with log.open("wb") as out:
            arguments = [sys.executable, str(CROWD), store_url, str(link.id), str(seed)]
            crowd.append(subprocess.Popen(arguments, stdout=out, env={**os.environ, "PYTHONUNBUFFERED": "1"}))
    doomed = crowd[:2]
    deadline = time.monotonic() + 60
    few = 8  # whoever starts late may find little left, and end by itself
    while any(log.read_bytes().count(b"kept") < few for log in logs[:2]) and time.monotonic() < deadline:
        if any(process.poll() is not None for process in doomed):
            break
        time.sleep(0.02)
    for process in doomed:
        process.kill()
    for process in crowd:
        process.wait(timeout=60)
    assert [process.returncode for process in crowd[2:]] == [0]
    told = [line.split() for log in logs for line in log.read_text().splitlines() if line.count(" ") == 2]
    kept = {(int(question), int(worker)) for word, question, worker in told if word == "kept"}
    with Store.open(store_url) as store:
        assert store.check() == []
        there = {(answer.question, answer.worker) for answer in all_answers(store)}
        assert kept <= there
        assert len(there) <= len(kept) + len(doomed)  # at most one that a process did not live to hear of
        assert all(question.given + question.out <= wanted for question in store.questions())
        # what they had in hand comes back
        later = NOW + 7200
        fresh = [store.worker_for(link.id, None, now=NOW).id for _ in range(wanted)]
        for worker in fresh:
            while lease := take(store, worker, now=later):
                store.answer(lease.token, YES, seconds=1, now=later)
        assert all(question.given == wanted for question in store.questions() if question.state == "open")
        assert store.check() == []


def test_a_database_that_went_away_and_came_back_is_found_again(postgres, postgres_url):
    with Store.open(postgres_url) as store:
        store.set_settings({"before": 1})
        postgres.stop()
        with pytest.raises(ReviewError, match="is not to be reached"):
            store.settings()
        postgres.start()
        assert store.settings()["before"] == 1
        store.set_settings({"before": 2})
        postgres.stop()
        postgres.start()
        store.set_settings({"before": 3})  # on a connection that has died since
        assert store.settings()["before"] == 3
        store.set_settings({"before": None})
