"""Links, sessions and pseudonyms: what is kept of people, what ends when, and what nobody is told."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from review_house import SECRET, category, made

from overpaint.server._tokens import Keys, digest, new_token


@pytest.fixture
def world(tmp_path):
    world = made(tmp_path, questions=[category(f"{n}.jpg") for n in range(9)], wanted=3)
    yield world
    world.store.close()


def everything(world) -> bytes:
    """All that the store has on the disk."""
    with world.store._database.engine.connect() as connection:
        connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
    place = world.store._database.engine.url.database
    return Path(place).read_bytes()


def test_no_token_no_cookie_and_no_outside_id_is_stored(world):
    maintainer = world.of("maintainer")
    body = {"role": "worker", "worker_field": "PROLIFIC_PID", "completion_code": "C-1", "label": "Prolific, May"}
    url = maintainer.post("/api/maintain/link", body).json()["url"]
    token = url.partition("#k=")[2]
    assert len(token) == 43 and "?" not in url  # 256 bits, in the fragment alone
    worker = world.browser().ready(token, PROLIFIC_PID="5f2b7c9d1e", STUDY_ID="study-61", SESSION_ID="session-72")
    (task,) = worker.tasks()
    kept = everything(world)
    assert b"Prolific, May" in kept  # we do look at the right file
    cookie = next(iter(worker.cookies.values()))
    for secret in (token, cookie, worker.csrf, "5f2b7c9d1e", "study-61", "session-72", task["lease"], "127.0.0.1"):
        assert secret.encode() not in kept, secret
    assert digest(token) in kept and digest(cookie) in kept


def test_the_workforces_id_makes_the_same_person_and_is_needed(world):
    link = world.link("worker", worker_field="PROLIFIC_PID")
    told = world.browser().enter(link)
    assert told.status_code == 422 and "PROLIFIC_PID" in told.json()["error"]
    names = [world.browser().enter(link, PROLIFIC_PID=name).json()["pseudonym"] for name in ("anna", "bo", "anna")]
    assert names[0] == names[2] != names[1]
    other = world.link("worker", worker_field="PROLIFIC_PID")
    assert world.browser().enter(other, PROLIFIC_PID="anna").json()["pseudonym"] not in names


def test_without_an_id_a_browser_stays_who_it_was_and_another_is_somebody_new(world):
    link = world.link("worker")
    one = world.browser()
    first = one.enter(link).json()["pseudonym"]
    old = dict(one.cookies)
    assert one.enter(link).json()["pseudonym"] == first  # the link was opened again
    assert one.cookies != old  # in a new session: none can be planted
    assert world.browser().enter(link).json()["pseudonym"] != first
    mine = world.link("reviewer", worker_field="PROLIFIC_PID")  # one person's own link: the same on their phone
    assert len({world.browser().enter(mine).json()["pseudonym"] for _ in range(3)}) == 1


def test_links_end(world):
    short = world.link("worker", days=1)
    worker = world.browser().ready(short)
    world.clock.at += 86_399
    assert worker.get("/api/me").status_code == 401  # the session ended before
    worker.ready(short)
    assert worker.get("/api/me").status_code == 200
    world.clock.at += 2
    assert worker.get("/api/me").status_code == 401  # no session outlives its link
    told = world.browser().enter(short)
    assert told.status_code == 401 and "does not work" in told.json()["error"]


def test_revoking_ends_sessions_leases_and_pictures_at_once(world):
    link = world.link("worker")
    worker, other, maintainer = world.browser().ready(link), world.of("worker"), world.of("maintainer")
    (task,), (kept,) = worker.tasks(), other.tasks()
    assert worker.get(task["image"]["url"]).status_code == 200
    (number,) = [one["id"] for one in maintainer.get("/api/maintain/links").json()["links"] if one["id"] == 1]
    assert maintainer.post("/api/maintain/revoke", {"link": number}).status_code == 200
    answer = {"lease": task["lease"], "value": {"choice": "yes"}, "seconds": 1}
    for told in (worker.get(task["image"]["url"]), worker.get("/api/me"), worker.post("/api/answer", answer)):
        assert told.status_code == 401
    assert world.browser().enter(link).status_code == 401
    assert not world.store.answers(1) and world.store.question(1).out == 1
    assert other.get(kept["image"]["url"]).status_code == 200
    assert maintainer.post("/api/maintain/revoke", {"link": 999}).status_code == 404


def test_a_picture_is_bound_to_session_lease_and_minutes(world):
    worker, other = world.of("worker"), world.of("worker")
    (task,) = worker.tasks()
    url = task["image"]["url"]
    assert worker.get(url).status_code == 200
    assert other.get(url).status_code == 404
    assert world.browser().get(url).status_code == 401
    for cut in (
        url[:-1],
        url[:-2] + "A",
        url.replace("/img/t.", "/img/g."),
        url.replace("/img/t.", "/img/a."),
        "/img/x",
    ):
        assert worker.get(cut).status_code == 404, cut
    parts = url.split(".")
    later = ".".join([*parts[:2], f"{int(parts[2], 16) + 600:x}", parts[3]])
    assert worker.get(later).status_code == 404
    world.clock.at += 60 * 10
    assert worker.get(url).status_code == 404
    (again,) = worker.tasks()  # the same question, with a fresh address
    assert worker.get(again["image"]["url"]).status_code == 200
    worker.post("/api/answer", {"lease": again["lease"], "value": {"choice": "yes"}, "seconds": 1})
    assert worker.get(again["image"]["url"]).status_code == 404  # answered


def test_another_session_of_the_same_person_has_addresses_of_its_own(world):
    link = world.link("reviewer")
    one, two = world.browser().ready(link), world.browser().ready(link)
    (task,) = one.tasks()
    assert two.get(task["image"]["url"]).status_code == 404
    (same,) = two.tasks()
    assert two.get(same["image"]["url"]).status_code == 200
    assert one.get(task["image"]["url"]).status_code == 200


def test_signed_tokens():
    keys, now = Keys(SECRET), 1000.0
    token = keys.picture("t", "lease", session=b"s" * 32, expires=1010)
    read = keys.read_picture(token, session=b"s" * 32, now=now)
    assert (read.of, read.name, read.expires) == ("t", "lease", 1010)
    assert keys.read_picture(token, session=b"t" * 32, now=now) is None
    assert keys.read_picture(token, session=b"s" * 32, now=1010) is None
    assert Keys(SECRET[::-1]).read_picture(token, session=b"s" * 32, now=now) is None
    for odd in ("", ".", "t...", "t.a.zz.", "t.a.1.ü", "t.a.1." + "A" * 500, "\udc80", "t.lease.3f2.\x00"):
        assert keys.read_picture(odd, session=b"s" * 32, now=0) is None
    assert len({new_token() for _ in range(50)}) == 50
    assert keys.csrf("a") != keys.csrf("b") and keys.outside(1, "x") != keys.outside(2, "x")
    with pytest.raises(ValueError, match="32"):
        Keys(b"short")


def test_workers_are_pseudonyms_even_to_the_maintainer(world):
    link = world.link("worker", worker_field="PROLIFIC_PID")
    worker = world.browser().ready(link, PROLIFIC_PID="5f2b7c9d1e")
    (task,) = worker.tasks()
    worker.post("/api/answer", {"lease": task["lease"], "value": {"choice": "yes"}, "seconds": 1})
    maintainer = world.of("maintainer")
    for path in ("workers", "events", "links", "summary"):
        assert "5f2b7c9d1e" not in maintainer.get(f"/api/maintain/{path}").text
    rows = maintainer.get("/api/maintain/workers").json()["workers"]
    assert all(row["pseudonym"].startswith("w-") for row in rows)
    assert maintainer.get("/api/maintain/workers?after=-1").status_code == 422
    (row,) = [row for row in rows if row["role"] == "worker"]
    assert row["answered"] == 1 and {"low", "high", "mean"} <= set(row["trust"])


def test_the_disclosure_says_what_is_recorded(world):
    worker = world.browser()
    told = " ".join(
        worker.enter(world.link("worker", worker_field="PROLIFIC_PID"), PROLIFIC_PID="a").json()["disclosure"]
    )
    for word in ("how long", "agree", "known already", "365 days", "keyed hash", "PROLIFIC_PID", "looks again", "skip"):
        assert word in told, word
    for word in ("anonym", "safe", "spam"):
        assert word not in told.lower()
    assert [event.event for event in world.store.events()].count("consent") == 0
    worker.post("/api/consent")
    worker.post("/api/consent")
    assert [event.event for event in world.store.events()].count("consent") == 1
    assert world.store.worker(1).consented_at == world.clock.at
    maintainer = world.browser()
    assert maintainer.enter(world.link("maintainer")).json()["consented"] is True


def test_settings_are_checked(world):
    maintainer = world.of("maintainer")
    assert maintainer.post("/api/maintain/settings", {"blurred": True, "pay": 0.12}).json()["pay"] == 0.12
    assert maintainer.get("/api/me").json()["settings"]["blurred"] is True
    assert maintainer.get("/api/maintain/summary").json()["settings"]["pay"] == 0.12
    for wrong in ({"nonsense": 1}, {"certainty": 7}, {"pay": "much"}, {str(n): 1 for n in range(99)}):
        assert maintainer.post("/api/maintain/settings", wrong).status_code == 422
    for wrong in (
        {"role": "owner"},
        {"role": "worker", "days": 5000},
        {"role": "worker", "completion_url": "javascript:1"},
    ):
        assert maintainer.post("/api/maintain/link", wrong).status_code == 422


def test_the_hourly_pay_is_told(world):
    maintainer, worker = world.of("maintainer"), world.of("worker")
    maintainer.post("/api/maintain/settings", {"pay": 0.05, "currency": "EUR"})
    for _ in range(3):
        (task,) = worker.tasks()
        world.clock.at += 10
        worker.post("/api/answer", {"lease": task["lease"], "value": {"choice": "yes"}, "seconds": 9})
    told = maintainer.get("/api/maintain/summary").json()
    assert told["hourly_pay"] == 20.0 and told["currency"] == "EUR" and told["median_seconds"] == 9.0
    (row,) = [row for row in maintainer.get("/api/maintain/workers").json()["workers"] if row["role"] == "worker"]
    assert row["hourly_pay"] == 20.0 and row["median_seconds"] == 9.0
