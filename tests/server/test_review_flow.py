"""From the link to the answer, as a browser goes."""

import pytest
from review_house import boxes, category, flags, made

from overpaint.records import Box
from overpaint.review import Kind, Question


@pytest.fixture
def world(tmp_path):
    world = made(tmp_path, questions=[boxes("a.jpg", harm=3.0), category("b.jpg"), flags("c.jpg", harm=0.5)])
    yield world
    world.store.close()


def test_from_link_to_answer(world):
    worker = world.browser()
    about = worker.enter(world.link("worker", completion_code="ABC", completion_url="https://example.org/done")).json()
    assert about["role"] == "worker" and about["consented"] is False and len(about["disclosure"]) >= 8
    assert worker.post("/api/next", {}).status_code == 403  # nothing before they agreed
    assert worker.post("/api/consent").status_code == 200
    assert worker.get("/api/me").json()["consented"] is True

    (task,) = worker.tasks()
    assert (task["kind"], task["one"], task["training"], task["sensitive"]) == ("boxes", "a face", False, False)
    assert task["ask"] == "Put a box around each of the faces."
    assert (task["image"]["width"], task["image"]["height"]) == (300, 400)
    # stored 400 x 300, turned by 90 degrees: x is 300 - y, y is x
    assert task["boxes"] == [{"box": [210.0, 40.0, 270.0, 80.0], "from": 3}]
    picture = worker.get(task["image"]["url"])
    assert picture.content == b"\xff\xd8picture of a.jpg" and picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["cache-control"] == "no-store"

    value = {"boxes": [{"box": [210, 40, 270, 80], "from": 3}, {"box": [0, 0, 30, 40]}], "nothing": False}
    told = worker.post("/api/answer", {"lease": task["lease"], "value": value, "seconds": 4.5}).json()
    assert told["state"] == "kept" and told["feedback"] is None and told["progress"]["answered"] == 1
    (kept,) = world.store.answers(1)
    assert kept.value == {
        "boxes": [{"box": [40.0, 30.0, 80.0, 90.0], "from": 3}, {"box": [0.0, 270.0, 40.0, 300.0], "from": None}],
        "nothing": False,
    }
    again = worker.post("/api/answer", {"lease": task["lease"], "value": value, "seconds": 4.5}).json()
    assert again["state"] == "already" and len(world.store.answers(1)) == 1

    for choice in ({"choice": "yes"}, {"flags": ["violent"], "nothing": False}):
        (task,) = worker.tasks()
        told = worker.post("/api/answer", {"lease": task["lease"], "value": choice, "seconds": 1}).json()
        assert told["state"] == "kept"


def test_nothing_of_a_question_but_what_is_asked_reaches_the_browser(world):
    world.store.add([category("g.jpg", harm=9.0)])
    gold = world.store.find(category("g.jpg").name)
    world.store.add_gold(gold.name, {"choice": "yes"}, visible=False)
    world.desk.bench.set_settings({"gold": 0.5})
    worker = world.of("worker")
    seen = {}
    for _ in range(12):
        told = worker.post("/api/next", {"count": 1}).json()
        if told["state"] != "tasks":
            break
        (task,) = told["tasks"]
        seen[worker.get(task["image"]["url"]).content] = task
        value = {
            "boxes": {"boxes": [], "nothing": True},
            "category": {"choice": "no"},
            "flags": {"flags": [], "nothing": True},
        }[task["kind"]]
        reply = worker.post("/api/answer", {"lease": task["lease"], "value": value, "seconds": 1}).json()
        assert reply["feedback"] is None and set(reply) <= {"state", "feedback", "progress", "hint"}
    hidden = next(task for picture, task in seen.items() if picture.endswith(b"g.jpg"))
    ordinary = next(task for picture, task in seen.items() if picture.endswith(b"b.jpg"))
    assert hidden.keys() == ordinary.keys()
    differ = {name for name in hidden if hidden[name] != ordinary[name]}
    assert differ <= {"lease", "image", "expires"}
    assert gold.name not in str(seen) and "harm" not in str(seen) and "verdict" not in str(seen)


def test_training_says_so_and_shows_the_known_boxes(world):
    world.store.add([boxes("t.jpg", harm=9.0)])
    key = {"boxes": [[100, 100, 200, 200]]}
    world.store.add_gold(boxes("t.jpg").name, key, visible=True)
    world.desk.bench.set_settings({"training": 1})
    worker = world.of("worker")
    (task,) = worker.tasks()
    assert task["training"] is True
    value = {"boxes": [], "nothing": True}
    told = worker.post("/api/answer", {"lease": task["lease"], "value": value, "seconds": 1}).json()
    assert told["feedback"]["right"] is False
    assert told["feedback"]["boxes"] == [{"box": [100.0, 100.0, 200.0, 200.0]}]


def test_a_browser_that_was_closed_goes_on_and_have_keeps_from_telling_twice(world):
    worker = world.of("worker")
    first, second = worker.tasks(count=2)
    assert first["lease"] != second["lease"]
    again = worker.tasks(count=2)
    assert [task["kind"] for task in again] == [first["kind"], second["kind"]]
    told = worker.post("/api/next", {"count": 1, "have": [again[0]["lease"], again[1]["lease"]]}).json()
    assert told["state"] in {"tasks", "pause"} and told["drop"] == []
    kinds = {task["kind"] for task in told.get("tasks", [])}
    assert not kinds & {first["kind"], second["kind"]}


def test_undo_gives_the_answer_back_in_the_shown_picture(world):
    worker = world.of("worker")
    (task,) = worker.tasks()
    value = {"boxes": [{"box": [210, 40, 270, 80], "from": 3}], "nothing": False}
    worker.post("/api/answer", {"lease": task["lease"], "value": value, "seconds": 2})
    undone = worker.post("/api/undo", {"lease": task["lease"]}).json()["task"]
    assert undone["draft"] == {"boxes": [{"box": [210.0, 40.0, 270.0, 80.0], "from": 3}], "nothing": False}
    assert worker.get(undone["image"]["url"]).status_code == 200
    assert worker.get(task["image"]["url"]).status_code == 404  # the first address ended with the answer
    assert worker.post("/api/renew", {"lease": undone["lease"]}).status_code == 200
    told = worker.post(
        "/api/answer", {"lease": undone["lease"], "value": {"boxes": [], "nothing": True}, "seconds": 2}
    ).json()
    assert told["state"] in {"kept", "refused"}


def test_skip_renew_and_leave(world):
    link = world.link("worker")
    worker = world.browser().ready(link)
    (task,) = worker.tasks()
    world.clock.at += 100
    renewed = worker.post("/api/renew", {"lease": task["lease"]}).json()
    assert renewed["expires"] == world.clock.at + 900 > task["expires"]
    assert worker.post("/api/skip", {"lease": task["lease"], "reason": "cannot tell"}).json()["state"] == "kept"
    assert worker.post("/api/renew", {"lease": task["lease"]}).status_code == 409
    (other,) = worker.tasks()
    assert other["kind"] != task["kind"]
    old = dict(worker.cookies)
    assert worker.post("/api/leave").json() == {"left": True}
    assert worker.cookies == {} and world.store.question(2).out == 0
    worker.cookies = old
    assert worker.get("/api/me").status_code == 401
    assert worker.enter(link).status_code == 200  # they may come back


def test_seconds_cannot_be_longer_than_the_question_was_out(world):
    worker = world.of("worker")
    (task,) = worker.tasks()
    world.clock.at += 3
    worker.post("/api/answer", {"lease": task["lease"], "value": {"boxes": [], "nothing": True}, "seconds": 80_000})
    assert world.store.answers(1)[0].seconds == 3


def test_what_is_no_answer_is_told_in_a_sentence_and_the_lease_stays(world):
    worker = world.of("worker")
    (task,) = worker.tasks()
    for value in (None, {"boxes": "x"}, {"boxes": [{"box": [1, 2, 3]}], "nothing": False}, {"choice": "yes"}):
        told = worker.post("/api/answer", {"lease": task["lease"], "value": value, "seconds": 1})
        assert told.status_code == 422 and told.json()["error"].strip()
    assert not world.store.answers(1)
    assert worker.tasks()[0]["kind"] == "boxes"


def test_another_persons_lease_is_no_use(world):
    one, other = world.of("worker"), world.of("worker")
    (task,) = one.tasks()
    for path in ("answer", "skip", "undo", "renew"):
        body = {"lease": task["lease"]} | (
            {"value": {"boxes": [], "nothing": True}, "seconds": 1} if path == "answer" else {}
        )
        assert other.post(f"/api/{path}", body).status_code == 409, path
    assert other.get(task["image"]["url"]).status_code == 404
    assert not world.store.answers(1)


def test_done_gives_the_code_only_when_the_share_is_done(world):
    world.desk.bench.set_settings({"completion": 2})
    worker = world.of("worker", completion_code="DONE-77", completion_url="https://example.org/cc")
    for n in range(2):
        (task,) = worker.tasks()
        assert "DONE-77" not in str(task)
        value = {"boxes": {"boxes": [], "nothing": True}, "category": {"choice": "yes"}}[task["kind"]]
        reply = worker.post("/api/answer", {"lease": task["lease"], "value": value, "seconds": 1})
        assert "DONE-77" not in reply.text
        assert worker.get("/api/me").json()["progress"]["left"] == 1 - n
    told = worker.post("/api/next", {}).json()
    assert told["state"] == "done" and told["completion"] == {"code": "DONE-77", "url": "https://example.org/cc"}


def test_stopped_is_said_kindly_with_the_way_to_appeal(world):
    worker, maintainer = world.of("worker"), world.of("maintainer")
    (task,) = worker.tasks()
    number = next(w.id for w in world.store.workers() if w.role == "worker")
    assert (
        maintainer.post(
            "/api/maintain/worker", {"id": number, "state": "stopped", "reason": "Boxes are off."}
        ).status_code
        == 200
    )
    assert worker.post("/api/next", {}).json() == {"state": "stopped", "words": "Boxes are off."}
    assert worker.get(task["image"]["url"]).status_code == 404
    value = {"boxes": [], "nothing": True}
    assert (
        worker.post("/api/answer", {"lease": task["lease"], "value": value, "seconds": 1}).json()["state"] == "refused"
    )
    about = worker.get("/api/me").json()
    assert (about["state"], about["stopped_words"], about["can_appeal"]) == ("stopped", "Boxes are off.", True)
    assert "spam" not in str(about).lower()
    assert worker.post("/api/appeal", {"text": "I was careful."}).status_code == 200
    assert worker.get("/api/me").json()["appealed"] is True
    (row,) = [row for row in maintainer.get("/api/maintain/workers").json()["workers"] if row["id"] == number]
    assert row["appeal"] == "I was careful."
    assert maintainer.post("/api/maintain/appeal", {"id": number, "accept": True}).status_code == 200
    assert worker.get("/api/me").json()["state"] == "active"
    assert worker.post("/api/appeal", {"text": "again"}).status_code == 409


def test_help_in_the_words_of_the_thing(world):
    worker = world.of("worker")
    told = worker.get("/api/help/boxes?thing=plate").json()
    assert "number plates" in told["ask"] and told["keys"] and told["examples"]
    assert worker.get("/api/help/flags").json()["flags"][0] == "sexual"
    for kind in Kind:
        text = worker.get(f"/api/help/{kind}?thing=face").text
        assert "{one}" not in text and "{holds}" not in text
    assert worker.get("/api/help/nothing").status_code == 404
    assert worker.get("/api/help/boxes?thing=" + "x" * 300).status_code == 404


def test_a_crop_is_what_is_shown(world):
    world.store.add([Question(Kind.TIGHT, "face", "d.jpg", 400, 300, crop=Box(100, 100, 200, 150), harm=99.0)])
    (task,) = world.of("worker").tasks()
    assert (task["image"]["width"], task["image"]["height"]) == (100, 50)


def test_a_word_has_no_picture(world):
    world.store.add([Question(Kind.RATE_LABEL, "n10000000", title="a dancer", harm=99.0)])
    worker = world.of("worker")
    (task,) = worker.tasks()
    assert task["image"] is None and task["boxes"] == [] and task["title"] == "a dancer"
    value = {"safety": "safe", "imageability": 5}
    assert worker.post("/api/answer", {"lease": task["lease"], "value": value, "seconds": 1}).json()["state"] == "kept"
