"""The page before the real server: what is answered arrives in the store, in pixels of the stored frame, and once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from real_review import Review, of_every_kind, question, reviewing
from review_desk import CONTRAST, NAMELESS

from overpaint.records import Box
from overpaint.review import Kind, Proposal

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
READY = ".question:not(:has(.loading)) .side"
READ = ["boxes", "tight", "missed", "category", "flags", "rate-label", "audit", "label"]


class People:
    """Browsers of several people; what their consoles said."""

    def __init__(self, browser: Browser) -> None:
        self.browser, self.said, self.contexts = browser, [], []  # type: ignore[var-annotated]

    def open(self, url: str) -> Any:
        context = self.browser.new_context(**DESK)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.add_init_script(
            "if (!sessionStorage.getItem('overpaint.prefs')) sessionStorage.setItem('overpaint.prefs',"
            f" JSON.stringify({{read: {READ}}}))"
        )
        page.goto(url)
        return page

    def worker(self, review: Review, **settings: Any) -> Any:
        page = self.open(review.link(**settings))
        page.get_by_role("button", name="I agree").click()
        page.wait_for_selector(READY)
        return page


@pytest.fixture
def people(browser: Browser) -> Iterator[People]:
    people = People(browser)
    yield people
    for context in people.contexts:
        context.close()


def asked(page: Any, words: str) -> None:
    page.wait_for_selector(f".question:not(:has(.loading)) h1:has-text('{words}')")


def test_every_kind_of_question_by_keys(tmp_path: Path, people: People) -> None:
    with reviewing(tmp_path, of_every_kind()) as review:
        page = people.worker(review, completion_code="CODE-1")
        for words, keys in {
            "Put a box": ["Tab", "Alt+ArrowRight", "a", "Enter"],
            "all of it and little else": ["y"],
            "without a box": ["n"],
            "Afghan hound": ["y"],
            "Mark what": ["4", "Enter"],
            "How is this word": ["o", "3", "Enter"],
            "still be recognised": ["n"],
            "Which of the two": ["b"],
        }.items():
            asked(page, words)
            for key in keys:
                page.keyboard.press(key)
        page.wait_for_selector("text=CODE-1")
        answers = review.answers()
        (boxes,) = answers.pop(("boxes", "1.jpg"))
        assert boxes["boxes"][0] == {"box": [101, 80, 181, 180], "from": 3}
        assert [one["from"] for one in boxes["boxes"]] == [3, None]
        assert answers == {
            ("tight", "2.jpg"): [{"choice": "yes"}],
            ("missed", "3.jpg"): [{"choice": "no"}],
            ("category", "4.jpg"): [{"choice": "yes"}],
            ("flags", "5.jpg"): [{"flags": ["watermark"], "nothing": False}],
            ("rate-label", "nincompoop"): [{"safety": "offensive", "imageability": 3}],
            ("audit", "6.jpg"): [{"choice": "no"}],
            ("label", "7.jpg"): [{"choice": "both"}],
        }
        seconds = [answer.seconds for answer in review.store.answers_since(0, 100)]
        assert all(0 < one < 30 for one in seconds)
    assert people.said == []


def test_boxes_of_a_picture_that_lies_on_its_side(tmp_path: Path, people: People) -> None:
    """Drawn upright, kept in the stored frame: turned by a quarter to the right for the eye, (x, y) is (y, 640 - x)."""
    known = (Proposal(Box(80, 460, 180, 540), 0.5, 3),)  # shown at 100, 80, 180, 180
    with reviewing(tmp_path, [question(Kind.BOXES, "1-6.jpg", boxes=known)]) as review:
        page = people.worker(review)
        label = page.locator("[role=option]").get_attribute("aria-label")
        assert label == "box 1 of 1, 80 by 100 pixels, 100 from the left, 80 from the top, from the program"
        frame = page.locator("img.picture").bounding_box()
        scale = frame["width"] / 640
        assert frame["height"] / scale == pytest.approx(480, abs=1)
        page.mouse.move(frame["x"] + 300 * scale, frame["y"] + 200 * scale)
        page.mouse.down()
        page.mouse.move(frame["x"] + 340 * scale, frame["y"] + 260 * scale)
        page.mouse.up()
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Thank you")
        (value,) = review.answers()["boxes", "1-6.jpg"]
        assert value["boxes"][0] == {"box": [80, 460, 180, 540], "from": 3}
        assert value["boxes"][1]["box"] == pytest.approx([200, 300, 260, 340], abs=2)
    assert people.said == []


def test_undo_lets_the_second_answer_count(tmp_path: Path, people: People) -> None:
    with reviewing(tmp_path, [question(Kind.AUDIT, f"{n}.jpg", harm=9.0 - n) for n in range(3)]) as review:
        page = people.worker(review)
        page.keyboard.press("y")
        page.wait_for_selector("text=1 answered")
        page.keyboard.press("u")
        page.wait_for_selector("text=You said yes before")
        page.keyboard.press("n")
        page.wait_for_selector(".was", state="detached")
        for count in (1, 2):
            page.wait_for_selector(f"text={count} answered")
            page.wait_for_selector(READY)
            page.keyboard.press("y")
        page.wait_for_selector("text=Thank you")
        first = review.store.find(question(Kind.AUDIT, "0.jpg").name)
        assert first is not None
        assert [dict(one.value) for one in review.store.answers(first.id)] == [{"choice": "no"}]
    assert people.said == []


def test_the_network_cut_loses_and_doubles_nothing(tmp_path: Path, people: People) -> None:
    with reviewing(tmp_path, [question(Kind.AUDIT, f"{n}.jpg", harm=9.0 - n) for n in range(6)]) as review:
        page = people.worker(review)
        lost: list[str] = []

        def lose(route: Any) -> None:
            """The server hears it, and what it says is lost."""
            lost.append(route.fetch().json()["state"])
            route.abort()

        page.route("**/api/answer", lose, times=2)
        page.keyboard.press("y")
        page.wait_for_selector("text=No connection: 1 answer waits")
        page.wait_for_selector("text=1 answered")
        page.context.set_offline(True)
        page.keyboard.press("n")
        page.wait_for_selector("text=No connection")
        page.context.set_offline(False)
        page.wait_for_selector("text=2 answered", timeout=30_000)
        for count in (3, 4, 5):
            page.wait_for_selector(READY)
            page.keyboard.press("y")
            page.wait_for_selector(f"text={count} answered")
        page.wait_for_selector(READY)
        page.keyboard.press("y")
        page.wait_for_selector("text=Thank you")
        assert lost[0] == "kept"
        assert set(lost[1:]) <= {"already"}
        assert sorted(len(one) for one in review.answers().values()) == [1] * 6
        choices = [review.answers()["audit", f"{n}.jpg"][0]["choice"] for n in range(6)]
        assert choices == ["yes", "no", "yes", "yes", "yes", "yes"]
    assert all("Failed to load resource" in line for line in people.said)


def test_training_draws_what_was_missed(tmp_path: Path, people: People) -> None:
    known = question(Kind.BOXES, "1-6.jpg")
    with reviewing(tmp_path, [known, question(Kind.AUDIT, "2.jpg")], training=1) as review:
        key = {"boxes": [[80, 460, 180, 540]]}
        review.store.add_gold(known.name, key, visible=True)
        page = people.worker(review)
        page.wait_for_selector(f"{READY}:has-text('Nothing')")
        page.keyboard.press("n")
        page.wait_for_selector("text=Not quite")
        label = page.locator(".box[data-look=missed]").get_attribute("aria-label")
        assert label == "box 1 of 1, 80 by 100 pixels, 100 from the left, 80 from the top, missed"
        page.keyboard.press("Enter")
        asked(page, "still be recognised")
    assert people.said == []


def test_a_maintainer_stops_somebody_kindly_and_takes_them_on_again(tmp_path: Path, people: People) -> None:
    with reviewing(tmp_path, [question(Kind.AUDIT, f"{n}.jpg") for n in range(5)]) as review:
        worker, maintainer = people.worker(review), people.open(review.url)
        worker.keyboard.press("y")
        worker.wait_for_selector("text=1 answered")
        maintainer.get_by_role("button", name="People").click()
        maintainer.get_by_role("button", name="Stop using the answers").click()
        maintainer.get_by_role("textbox").fill("Many boxes were too large.")
        maintainer.locator("dialog").get_by_role("button", name="Stop using the answers").click()
        maintainer.wait_for_selector("text=not used any more")
        worker.keyboard.press("y")
        worker.wait_for_selector("h1:text-is('Your answers are not used')")
        assert "Many boxes were too large." in worker.locator("main").inner_text()
        worker.get_by_label("If you think that this is wrong").fill("I looked <b>twice</b>.")
        worker.get_by_role("button", name="Ask to look again").click()
        worker.wait_for_selector("text=has arrived")
        maintainer.get_by_role("button", name="People").click()
        assert maintainer.locator("blockquote").inner_text() == "I looked <b>twice</b>."
        maintainer.get_by_role("button", name="Use the answers again").click()
        maintainer.wait_for_selector("text=The answers count again.")
        worker.reload()
        worker.wait_for_selector(READY)
    assert people.said == []


def test_links_are_made_and_revoked(tmp_path: Path, people: People) -> None:
    with reviewing(tmp_path, [question(Kind.AUDIT, f"{n}.jpg") for n in range(5)]) as review:
        maintainer = people.open(review.url)
        maintainer.get_by_role("button", name="Links").click()
        maintainer.get_by_label("Field with the workforce").fill("PROLIFIC_PID")
        maintainer.get_by_role("button", name="Make the link").click()
        url = maintainer.locator("output").inner_text()
        worker = people.open(url + "&PROLIFIC_PID=p1")
        worker.get_by_role("button", name="I agree").click()
        worker.wait_for_selector(READY)
        assert worker.url == review.origin + "/"
        maintainer.get_by_role("button", name="Links").click()
        maintainer.wait_for_selector("td:text-is('PROLIFIC_PID')")
        maintainer.locator("tr", has_text="PROLIFIC_PID").get_by_role("button", name="Revoke").click()
        maintainer.wait_for_selector("text=Revoked")
        worker.keyboard.press("y")
        worker.wait_for_selector("h1:text-is('Your session has ended')")
        other = people.open(url + "&PROLIFIC_PID=p2")
        other.wait_for_selector("h1:text-is('This link does not work')")
    assert all("Failed to load resource" in line for line in people.said)


def test_auditors_and_settings(tmp_path: Path, people: People) -> None:
    with reviewing(tmp_path, [question(Kind.AUDIT, f"{n}.jpg") for n in range(3)], pay=0.05, currency="EUR") as review:
        auditor, maintainer = people.open(review.link("auditor")), people.open(review.url)
        auditor.get_by_label("Which sample").fill("2.jpg")
        auditor.get_by_label("Why").fill("to see how it was painted")
        auditor.get_by_role("button", name="Ask the maintainer").click()
        auditor.wait_for_selector("text=Asked.")
        assert auditor.locator("img").count() == 0
        maintainer.get_by_role("button", name="Auditors").click()
        maintainer.get_by_role("button", name="Grant for a day").click()
        maintainer.wait_for_selector("text=Granted.")
        auditor.get_by_role("button", name="Look again").click()
        auditor.get_by_role("button", name="Show it").click()
        auditor.wait_for_function("() => document.querySelector('.granted img')?.naturalWidth === 640")
        assert "grant-viewed" in [event.event for event in review.store.events(0, 100)]
        for tab in ("Progress", "Links", "People", "Auditors", "Events", "Settings"):
            maintainer.get_by_role("button", name=tab, exact=True).click()
            maintainer.wait_for_selector(f"h1:text-is('{tab}')")
            ratio, text = maintainer.evaluate(CONTRAST)[0]
            assert ratio >= 4.5, f"{tab}: {text!r} has a contrast of {ratio:.2f}"
            assert maintainer.evaluate(NAMELESS) == []
        maintainer.get_by_label("Certainty", exact=True).fill("0.9")
        maintainer.get_by_label("Blurred").check()
        maintainer.get_by_role("button", name="Keep").click()
        maintainer.wait_for_selector("text=Kept.")
        settings = review.desk.bench.settings()
        assert (settings.certainty, settings.blurred, settings.pay) == (0.9, True, 0.05)  # only what was changed
        maintainer.get_by_role("button", name="Answer questions").click()
        maintainer.wait_for_selector(".stage.blurred")
    assert people.said == []
