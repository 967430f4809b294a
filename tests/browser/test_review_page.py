"""The review's page in a real browser: every question by mouse, by keys and by fingers; undo; zoom."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fake_review import task
from review_desk import BOX, KINDS, PHONE, Desk, near

# --- each kind, by keys and by mouse


def test_choices(desk: Desk) -> None:
    kinds = ("tight", "missed", "category", "audit")
    page = desk.open(*(task(kind, n, boxes=[BOX]) for n, kind in enumerate(kinds * 2, 1)))
    for n, key in enumerate("ynyn", 1):
        desk.on(f"lease-{n}")
        page.keyboard.press(key)
    for n, answer in enumerate(["no", "yes", "yes", "no"], 5):
        desk.on(f"lease-{n}")
        page.locator(f"button[data-choice={answer}]").click()
    page.wait_for_selector("text=C0FFEE")
    answers = desk.kept(*(f"lease-{n}" for n in range(1, 9)))
    said = [answers[f"lease-{n}"]["choice"] for n in range(1, 9)]
    assert said == ["yes", "no", "yes", "no", "no", "yes", "yes", "no"]
    assert all(0 <= sent["seconds"] < 60 for sent in desk.fake.sent("/api/answer"))


def test_flags(desk: Desk) -> None:
    page = desk.open(*(task("flags", n) for n in (1, 2, 3)))
    desk.on("lease-1")
    for key in ("4", "1", "1", "6", "Enter"):
        page.keyboard.press(key)
    desk.on("lease-2")
    page.keyboard.press("Enter")  # says nothing: not sent
    page.wait_for_selector("text=Mark at least one")
    page.keyboard.press("n")
    desk.on("lease-3")
    page.get_by_label("violent", exact=False).check()
    page.get_by_role("button", name="Send").click()
    answers = desk.kept("lease-1", "lease-2", "lease-3")
    assert answers == {
        "lease-1": {"flags": ["watermark", "other"], "nothing": False},
        "lease-2": {"flags": [], "nothing": True},
        "lease-3": {"flags": ["violent"], "nothing": False},
    }


def test_rating_a_word(desk: Desk) -> None:
    page = desk.open(*(task("rate-label", n, title=f"word{n}") for n in (1, 2)))
    page.wait_for_selector(".word:text-is('word1')")
    page.keyboard.press("o")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Answer both")
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    page.wait_for_selector(".word:text-is('word2')")
    page.get_by_role("radio", name="Sensitive").check()
    page.get_by_role("radio", name="2", exact=True).check()
    page.get_by_role("button", name="Send").click()
    assert desk.kept("lease-1", "lease-2") == {
        "lease-1": {"safety": "offensive", "imageability": 4},
        "lease-2": {"safety": "sensitive", "imageability": 2},
    }


def test_which_of_two_labels(desk: Desk) -> None:
    """The order on the page is not that of the answers: which label is the dataset's does not show."""
    page = desk.open(*(task("label", n) for n in range(1, 6)))
    desk.on("lease-1")
    assert page.locator(".choices button").all_inner_texts()[0].startswith("a first thing\nIt is round")
    for n, key in enumerate(("1", "2", "b", "n"), 1):
        desk.on(f"lease-{n}")
        page.keyboard.press(key)
    desk.on("lease-5")
    page.get_by_role("button", name="a second thing").click()
    said = desk.kept("lease-1", "lease-2", "lease-3", "lease-4", "lease-5")
    assert [said[f"lease-{n}"]["choice"] for n in range(1, 6)] == ["guessed", "given", "both", "neither", "given"]


def test_boxes_by_mouse(desk: Desk) -> None:
    page = desk.open(task("boxes", 1, boxes=[BOX, {"box": [300, 200, 340, 250], "from": 4}]))
    desk.on("lease-1")
    desk.drag((400, 300), (460, 380))  # a new one
    page.mouse.click(*desk.stage(140, 130))  # selects the first
    desk.drag((140, 130), (150, 140))  # moves it
    page.mouse.click(*desk.stage(320, 225))
    desk.drag((340, 250), (360, 280))  # a corner of the second
    page.mouse.click(*desk.stage(430, 340))
    page.get_by_role("button", name="Send 3 boxes").click()
    boxes = desk.kept("lease-1")["lease-1"]["boxes"]
    assert [one["from"] for one in boxes] == [3, 4, None]
    assert near(boxes[0]["box"], [110, 90, 190, 190])
    assert near(boxes[1]["box"], [300, 200, 360, 280], 8)
    assert near(boxes[2]["box"], [400, 300, 460, 380])


def test_a_box_inside_another_can_be_drawn_and_selected(desk: Desk) -> None:
    page = desk.open(task("boxes", 1, boxes=[{"box": [50, 50, 500, 400], "from": 1}]))
    desk.on("lease-1")
    desk.drag((200, 200), (240, 250))
    assert len(desk.labels()) == 2
    page.mouse.click(*desk.stage(100, 100))
    page.mouse.click(*desk.stage(20, 20))
    page.mouse.click(*desk.stage(220, 225))
    assert (
        page.locator("[role=option][aria-selected=true]").get_attribute("aria-label").startswith("box 2 of 2, 40 by 50")
    )


def test_boxes_by_keys_alone(desk: Desk) -> None:
    page = desk.open(task("boxes", 1, boxes=[BOX, {"box": [300, 200, 340, 250], "from": 4}]), task("boxes", 2))
    desk.on("lease-1")
    press = page.keyboard.press
    press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel").startswith("box 1 of 2, 80 by 100 pixels")
    press("Alt+ArrowRight")
    press("Alt+ArrowDown")
    press("Alt+Shift+ArrowRight")
    press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel").startswith("box 2 of 2, 40 by 50 pixels")
    press("Delete")
    press("a")
    assert desk.labels()[1].startswith("box 2 of 2")
    press("Escape")
    press("Enter")
    desk.on("lease-2")
    press("Enter")
    page.wait_for_selector("text=There is no box")
    press("n")
    answers = desk.kept("lease-1", "lease-2")
    boxes = answers["lease-1"]["boxes"]
    assert boxes[0] == {"box": [101, 81, 182, 181], "from": 3}
    assert [one["from"] for one in boxes] == [3, None]
    assert answers["lease-2"] == {"boxes": [], "nothing": True}


def test_nothing_here_takes_boxes_away_first_and_can_be_undone(desk: Desk) -> None:
    page = desk.open(task("boxes", 1, boxes=[BOX]))
    desk.on("lease-1")
    page.keyboard.press("n")
    page.wait_for_selector("text=taken away")
    assert desk.labels() == []
    page.keyboard.press("u")
    assert len(desk.labels()) == 1
    page.keyboard.press("Shift+U")
    page.keyboard.press("n")
    assert desk.kept("lease-1")["lease-1"] == {"boxes": [], "nothing": True}


# --- undo


def test_undo_within_a_question_and_to_the_one_before(desk: Desk) -> None:
    page = desk.open(task("boxes", 1), task("category", 2))
    desk.on("lease-1")
    desk.drag((100, 100), (200, 200))
    desk.drag((300, 300), (400, 400))
    page.keyboard.press("Control+z")
    assert len(desk.labels()) == 1
    page.keyboard.press("Enter")
    desk.on("lease-2")
    desk.kept("lease-1")
    page.keyboard.press("u")
    page.wait_for_selector("[role=option]")
    assert len(desk.labels()) == 1  # what was answered
    page.keyboard.press("Delete")
    page.keyboard.press("Tab")
    page.keyboard.press("Delete")
    page.keyboard.press("n")
    desk.on("lease-2")
    page.keyboard.press("y")
    page.wait_for_selector("text=C0FFEE")
    assert desk.kept("lease-1", "lease-2")["lease-1"] == {"boxes": [], "nothing": True}
    assert len(desk.fake.sent("/api/undo")) == 1


def test_undo_says_when_there_is_nothing(desk: Desk) -> None:
    page = desk.open(task("category", 1))
    desk.on("lease-1")
    page.keyboard.press("u")
    page.wait_for_selector("text=nothing to undo")


# --- zoom, touch


def test_zoom_by_wheel_keys_and_buttons(desk: Desk) -> None:
    page = desk.open(task("boxes", 1, boxes=[BOX]))
    desk.on("lease-1")

    def scale() -> float:
        return float(page.locator("img.picture").bounding_box()["width"]) / 640

    first = scale()
    page.keyboard.press("+")
    page.get_by_role("button", name="Zoom in").click()
    assert scale() > first * 1.7
    x, y = desk.stage(140, 130)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(50)
    assert near(list(desk.stage(140, 130)), [x, y], 1.5)  # what was under the pointer stays there
    desk.drag((145, 135), (160, 150))
    page.keyboard.press("0")
    assert scale() == pytest.approx(first)
    page.keyboard.press("Enter")
    boxes = desk.kept("lease-1")["lease-1"]["boxes"]
    assert boxes[0] == BOX
    assert near(boxes[1]["box"], [145, 135, 160, 150], 1)


def test_on_a_phone_fingers_draw_move_and_pinch(opened: Callable[..., Desk]) -> None:
    desk = opened(PHONE)
    page = desk.open(task("boxes", 1, boxes=[BOX]))
    desk.on("lease-1")
    start, end = desk.stage(300, 200), desk.stage(420, 330)
    desk.touch("touchStart", start)
    desk.touch("touchMove", end)
    desk.touch("touchEnd")
    assert len(desk.labels()) == 2
    before = page.locator("img.picture").bounding_box()["width"]
    x, y = desk.stage(320, 240)
    desk.touch("touchStart", (x - 20, y))
    desk.touch("touchStart", (x - 20, y), (x + 20, y))
    for apart in (30, 45, 60):
        desk.touch("touchMove", (x - apart, y), (x + apart, y))
    desk.touch("touchEnd")
    assert page.locator("img.picture").bounding_box()["width"] > before * 2
    assert len(desk.labels()) == 2  # the first finger drew nothing
    page.get_by_role("button", name="Show all").tap()
    page.get_by_role("button", name="Send 2 boxes").tap()
    boxes = desk.kept("lease-1")["lease-1"]["boxes"]
    assert boxes[0] == BOX
    assert near(boxes[1]["box"], [300, 200, 420, 330])


def test_a_phone_shows_each_question_whole(opened: Callable[..., Desk]) -> None:
    desk = opened(PHONE)
    page = desk.open(*(task(kind, n, boxes=[BOX], title="a thing") for n, kind in enumerate(KINDS, 1)))
    for kind in KINDS:
        ask = desk.fake.known[f"lease-{KINDS.index(kind) + 1}"]["ask"]
        page.wait_for_selector(f"h1:text-is({json.dumps(ask)})")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, kind
        assert page.evaluate("document.documentElement.scrollHeight") <= 740, kind
        small = page.locator("button:visible, label.mark:visible").evaluate_all(
            "all => all.map(b => b.getBoundingClientRect()).filter(r => r.width < 40 || r.height < 40).length"
        )
        assert small == 0, kind
        page.get_by_role("button", name="Skip").tap()
