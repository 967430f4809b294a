"""The no-view lane and auditors: what is in the lane is shown to nobody, at once, whatever they hold already."""

import pytest
from review_house import category, flags, made


@pytest.fixture
def world(tmp_path):
    questions = [flags("a.jpg", harm=9.0), category("a.jpg", harm=8.0), category("b.jpg"), category("c.jpg", harm=0.5)]
    world = made(tmp_path, questions=questions, wanted=3)
    yield world
    world.store.close()


def test_a_reviewers_word_ends_it_for_everybody_at_once(world):
    one, other = world.of("reviewer"), world.of("worker")
    (seen,) = one.tasks()
    ahead = other.tasks(count=2)  # the second is loaded ahead
    assert {task["kind"] for task in ahead} == {"flags", "category"}
    urls = [task["image"]["url"] for task in ahead]
    assert [other.get(url).status_code for url in urls] == [200, 200]

    value = {"flags": ["sexual", "minor"], "nothing": False}
    assert one.post("/api/answer", {"lease": seen["lease"], "value": value, "seconds": 2}).json()["state"] == "kept"
    assert world.laned == ["a.jpg"] and "a.jpg" in world.pictures.forgotten

    assert [other.get(url).status_code for url in urls] == [404, 404]
    for task in ahead:
        answer = {"flags": [], "nothing": True} if task["kind"] == "flags" else {"choice": "yes"}
        body = {"lease": task["lease"], "value": answer, "seconds": 1}
        assert other.post("/api/answer", body).json()["state"] == "refused"
    told = other.post("/api/next", {"count": 2, "have": [task["lease"] for task in ahead]}).json()
    assert told["drop"] == [task["lease"] for task in ahead]  # out of the browser's memory, too
    (after,) = other.tasks()
    assert other.get(after["image"]["url"]).content.endswith((b"b.jpg", b"c.jpg"))

    assert one.get(seen["image"]["url"]).status_code == 404
    undone = one.post("/api/undo", {"lease": seen["lease"]})
    assert undone.status_code in {409, 422} or one.get(undone.json()["task"]["image"]["url"]).status_code == 404


def test_what_the_command_line_put_there_a_second_ago(world):
    worker = world.of("worker")
    (task,) = worker.tasks()
    assert worker.get(task["image"]["url"]).status_code == 200
    world.pictures.lane.add("a.jpg")  # the store knows nothing of it yet
    world.pictures.read.clear()
    told = worker.get(task["image"]["url"])
    assert told.status_code == 404 and world.pictures.read == []
    assert world.store.question(1).state == "withdrawn"
    assert not [event for event in world.store.events() if event.event == "picture-failed"]
    assert worker.get(task["image"]["url"]).status_code == 404
    value = {"flags": [], "nothing": True}
    assert (
        worker.post("/api/answer", {"lease": task["lease"], "value": value, "seconds": 1}).json()["state"] == "refused"
    )
    seen = set()
    for _ in range(2):
        (task,) = worker.tasks()
        seen.add(worker.get(task["image"]["url"]).content)
        worker.post("/api/answer", {"lease": task["lease"], "value": {"choice": "no"}, "seconds": 1})
    assert not any(picture.endswith(b"a.jpg") for picture in seen)
    assert worker.post("/api/next", {}).json()["state"] == "done"


def test_what_goes_there_while_it_is_being_read(world, monkeypatch):
    worker = world.of("worker")
    (task,) = worker.tasks()
    real = world.pictures.picture

    def reading(question):
        world.pictures.lane.add("a.jpg")
        return real(question)

    monkeypatch.setattr(world.pictures, "picture", reading)
    assert worker.get(task["image"]["url"]).status_code == 404
    assert world.store.question(1).state == "withdrawn"
    assert not [event for event in world.store.events() if event.event == "picture-failed"]


def test_an_answer_to_what_went_there_meanwhile_is_not_kept(world):
    worker = world.of("worker")
    (task,) = worker.tasks()
    world.pictures.lane.add("a.jpg")
    value = {"flags": [], "nothing": True}
    assert (
        worker.post("/api/answer", {"lease": task["lease"], "value": value, "seconds": 1}).json()["state"] == "refused"
    )
    assert not world.store.answers(1) and world.store.question(1).state == "withdrawn"


def test_a_torn_picture_is_given_back_and_says_no_more_than_one_of_the_lane(world):
    worker, other = world.of("worker"), world.of("worker")
    (torn,) = worker.tasks()
    (held,) = other.tasks()
    world.pictures.torn.add("a.jpg")
    said_torn = worker.get(torn["image"]["url"])
    world.pictures.lane.add("a.jpg")
    said_held = other.get(held["image"]["url"])
    assert said_torn.status_code == said_held.status_code == 404
    assert said_torn.json() == said_held.json() and "path" not in said_torn.text
    assert dict(said_torn.headers) == dict(said_held.headers)


def test_what_cannot_be_read_is_skipped_for_that_person(world):
    world.pictures.torn.add("b.jpg")
    world.pictures.gone.add("c.jpg")
    worker, got = world.of("worker"), []
    for _ in range(8):
        told = worker.post("/api/next", {}).json()
        if told["state"] != "tasks":
            break
        (task,) = told["tasks"]
        picture = worker.get(task["image"]["url"])
        if picture.status_code == 200:
            got.append(picture.content)
            value = {"flags": [], "nothing": True} if task["kind"] == "flags" else {"choice": "no"}
            worker.post("/api/answer", {"lease": task["lease"], "value": value, "seconds": 1})
    assert len(got) == 2 and all(picture.endswith(b"a.jpg") for picture in got)
    assert told["state"] == "done"
    failed = [event for event in world.store.events() if event.event == "picture-failed"]
    assert {event.what["reason"] for event in failed} == {"undecodable", "vanished"}
    assert "secret" not in str(failed) and ".jpg" not in str(failed)


# ------------------------------------------------------------------ auditors


def granted(world, sample="b.jpg", hours=1.0):
    auditor, maintainer = world.of("auditor"), world.of("maintainer")
    number = next(one.id for one in world.store.workers() if one.role == "auditor")
    body = {"auditor": number, "sample": sample, "hours": hours, "reason": "complaint 12"}
    return auditor, maintainer, maintainer.post("/api/maintain/grant", body)


def test_an_auditor_sees_figures_and_single_pictures_by_grant_alone(world):
    worker = world.of("worker")
    (task,) = worker.tasks()
    auditor, maintainer, told = granted(world)
    assert told.status_code == 200
    assert auditor.get(task["image"]["url"]).status_code == 404
    summary = auditor.get("/api/audit/summary").json()
    assert ".jpg" not in str(summary) and "w-" not in str(summary)
    (grant,) = auditor.get("/api/audit/grants").json()
    assert grant["reason"] == "complaint 12" and "b.jpg" not in str(grant)
    picture = auditor.get(grant["image"]["url"])
    assert picture.content.endswith(b"b.jpg") and picture.headers["cache-control"] == "no-store"
    assert maintainer.get(grant["image"]["url"]).status_code == 404
    other = world.of("auditor")
    assert other.get("/api/audit/grants").json() == [] and other.get(grant["image"]["url"]).status_code == 404
    events = maintainer.get("/api/maintain/events").json()["events"]
    (given,) = [event for event in events if event["event"] == "grant"]
    (viewed,) = [event for event in events if event["event"] == "grant-viewed"]
    assert given["what"]["reason"] == "complaint 12" and given["who"]["pseudonym"].startswith("w-")
    assert viewed["what"]["grant"] == given["what"]["grant"]
    world.clock.at += 3601
    assert auditor.get("/api/audit/grants").json() == []
    assert auditor.get(grant["image"]["url"]).status_code == 404


def test_no_grant_shows_the_lane(world):
    auditor, _, _ = granted(world)
    (grant,) = auditor.get("/api/audit/grants").json()
    world.pictures.lane.add("b.jpg")
    assert auditor.get(grant["image"]["url"]).status_code == 404
    assert auditor.get("/api/audit/grants").json() == []
    assert not [event for event in world.store.events() if event.event == "grant-viewed"]
    before = len(world.store.events())
    asked = [auditor.post("/api/audit/request", {"sample_id": one, "reason": "look"}) for one in ("b.jpg", "c.jpg")]
    assert asked[0].json() == asked[1].json()  # the answer tells nothing
    events = world.store.events()[before:]
    assert [event.what["sample"] for event in events] == ["c.jpg"]  # and the log does not name one of the lane


def test_no_grant_for_the_lane_for_nothing_or_to_others(world):
    world.pictures.lane.add("a.jpg")
    world.pictures.gone.add("gone.jpg")
    _, maintainer, told = granted(world, sample="a.jpg")
    (_, _, missing) = granted(world, sample="gone.jpg")
    assert told.status_code == missing.status_code == 404 and told.json() == missing.json()
    world.of("worker")
    number = next(one.id for one in world.store.workers() if one.role == "worker")
    body = {"auditor": number, "sample": "b.jpg", "hours": 1, "reason": "complaint"}
    assert maintainer.post("/api/maintain/grant", body).status_code == 409
    auditor = next(one.id for one in world.store.workers() if one.role == "auditor")
    for wrong in ({"reason": ""}, {"hours": 0}, {"hours": 10_000}, {"sample": ""}):
        assert maintainer.post("/api/maintain/grant", body | {"auditor": auditor} | wrong).status_code == 422
