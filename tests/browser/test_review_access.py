"""The review's page for everybody: names, order, focus, contrast, large letters, little motion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fake_review import Fake, serving, task
from playwright.sync_api import Browser
from review_desk import BOX, CONTRAST, KINDS, NAMELESS


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def opened(browser: Browser, fake: Fake) -> Iterator[Callable[..., Any]]:
    contexts = []
    with serving(fake) as origin:

        def open_(*tasks: dict[str, Any], **device: Any) -> Any:
            fake.give(*tasks)
            contexts.append(browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | device)))
            page = contexts[-1].new_page()
            page.set_default_timeout(10_000)
            page.goto(f"{origin}/#k=good")
            return page

        yield open_
        for context in contexts:
            context.close()


def begin(page: Any) -> None:
    page.wait_for_selector("dialog")
    page.keyboard.press("Enter")
    page.wait_for_selector(".question:not(:has(.loading))")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_and_everything_has_a_name(opened: Callable[..., Any], fake: Fake, scheme: str) -> None:
    """WCAG 2.2, 1.4.3 and 4.1.2: every page of people who answer."""
    fake.me["consented"] = False
    fake.feedback["lease-9"] = {"right": False, "words": "One was missed.", "boxes": [{"box": [9, 9, 99, 99]}]}
    tasks = [task(kind, n, boxes=[BOX], title="a word", definition="a thing") for n, kind in enumerate(KINDS, 1)]
    warned = task("audit", 10, sensitive=True)
    page = opened(*tasks, task("boxes", 9, training=True), warned, color_scheme=scheme)

    def look(what: str) -> None:
        ratio, text = page.evaluate(CONTRAST)[0]
        assert ratio >= 4.5, f"{what}: {text!r} has a contrast of {ratio:.2f}"
        assert page.evaluate(NAMELESS) == [], what

    page.wait_for_selector(".disclosure")
    look("consent")
    page.get_by_role("button", name="I agree").click()
    keys = {"boxes": "Enter", "flags": "n", "rate-label": "o3", "label": "1"}
    for kind in KINDS:
        page.wait_for_selector("dialog")
        look(f"help of {kind}")
        begin(page)
        look(kind)
        for key in [keys.get(kind, "y")] if len(keys.get(kind, "y")) != 2 else ["o", "3", "Enter"]:
            page.keyboard.press(key)
    page.wait_for_selector(".question:not(:has(.loading)) .chip")
    page.keyboard.press("n")
    page.wait_for_selector("text=One was missed.")
    look("feedback")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=upsetting")
    look("warning")
    page.get_by_role("button", name="Go on").click()
    page.wait_for_selector(".stage:not(.loading) .veil")
    look("blurred")
    page.get_by_role("button", name="Options").click()
    look("options")
    fake.end = {"state": "stopped", "words": "Known boxes were missed."}
    page.keyboard.press("Escape")
    page.keyboard.press("y")
    page.wait_for_selector("textarea")
    look("stopped")


def test_boxes_and_their_frames_stand_out_from_any_picture(opened: Callable[..., Any]) -> None:
    """A dark line beside a light one: against whatever ground, one of the two has a contrast of 3 (WCAG 1.4.11)."""
    page = opened(task("boxes", 1, boxes=[BOX]))
    begin(page)
    colours = page.evaluate("['dark', 'line'].map(c => getComputedStyle(document.querySelector('.box .' + c)).stroke)")
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    widths = page.evaluate(
        "['dark', 'line'].map(c => parseFloat(getComputedStyle(document.querySelector('.box .' + c)).strokeWidth))"
    )
    assert widths[0] >= widths[1] + 2


def test_landmarks_headings_and_language(opened: Callable[..., Any]) -> None:
    page = opened(task("tight", 1, boxes=[BOX]))
    begin(page)
    assert page.locator("html").get_attribute("lang") == "en"
    for landmark in ("header", "main", "nav"):
        assert page.locator(landmark).count() == 1
    assert page.locator("h1").count() == 1
    assert page.title() == "Does the box hold a face, all of it and little else? – Review"
    assert page.locator("[role=status]").count() >= 2
    assert page.locator(".stage").get_attribute("aria-label").endswith("Picture, 640 by 480 pixels, 1 box")


def test_tab_goes_everywhere_in_order_and_can_be_seen(opened: Callable[..., Any]) -> None:
    page = opened(task("boxes", 1, boxes=[BOX, {"box": [300, 200, 340, 250], "from": 4}]))
    begin(page)
    page.locator("main").focus()
    page.keyboard.press("Tab")
    order = []
    for _ in range(13):
        order.append(
            page.evaluate(
                "(e => e.ariaLabel || e.querySelector('.words')?.textContent || e.textContent)(document.activeElement)"
            )
        )
        seen = page.evaluate(
            "(e => getComputedStyle(e).outlineStyle !== 'none' ||"
            " getComputedStyle(e.querySelector('.line') ?? e).strokeWidth === '4px')(document.activeElement)"
        )
        assert seen, order[-1]
        page.keyboard.press("Tab")
    assert [words.partition(",")[0] for words in order] == [
        "Put a box around each of the faces. Picture",
        "box 1 of 2",
        "box 2 of 2",
        "Zoom out",
        "Show all",
        "Zoom in",
        "Add",
        "Delete",
        "Undo",
        "Redo",
        "Nothing here",
        "Send 2 boxes",
        "Skip",
    ]


def test_what_happens_is_said_to_screen_readers(opened: Callable[..., Any]) -> None:
    page = opened(task("boxes", 1, boxes=[BOX]))
    begin(page)
    for key, said in [("a", "Box added, 2 boxes"), ("Delete", "Box deleted, 1 box left"), ("u", "Undone, 2 boxes")]:
        page.keyboard.press(key)
        assert page.locator(".heard").inner_text() == said
    page.keyboard.press("Tab")
    assert page.locator("[role=option][aria-selected=true]").count() == 1


def test_the_help_opens_and_closes_by_its_key_and_gives_the_focus_back(opened: Callable[..., Any]) -> None:
    page = opened(task("boxes", 1, boxes=[BOX]))
    begin(page)
    page.keyboard.press("?")
    dialog = page.locator("dialog[open]")
    assert dialog.locator("svg.drawing").count() == 5
    assert dialog.locator("kbd").count() >= 9
    page.keyboard.press("n")  # nothing is answered behind it
    page.keyboard.press("?")
    dialog.wait_for(state="detached")
    assert page.evaluate("document.activeElement.className") == "stage"
    assert page.locator("[role=option]").count() == 1


def test_single_keys_can_be_turned_off(opened: Callable[..., Any], fake: Fake) -> None:
    """WCAG 2.1.4: who dictates must not answer by a word."""
    page = opened(task("audit", 1), task("audit", 2))
    begin(page)
    page.get_by_role("button", name="Options").click()
    page.get_by_label("Single keys answer").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("y")
    page.keyboard.press("s")
    page.locator("button[data-choice=yes]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector('.stage:not(.loading) img[src="/img/2"]')
    page.wait_for_timeout(100)
    assert fake.answers == {"lease-1": {"choice": "yes"}}
    assert fake.sent("/api/skip") == []


def test_letters_twice_as_large_on_a_phone_do_not_scroll_sideways(opened: Callable[..., Any]) -> None:
    tasks = [task(kind, n, boxes=[BOX]) for n, kind in enumerate(KINDS, 1)]
    page = opened(*tasks, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    for kind in KINDS:
        begin(page)
        page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, kind
        assert page.locator(".stage, .word").bounding_box()["height"] >= 100, kind
        page.evaluate("() => { document.documentElement.style.fontSize = ''; }")
        page.keyboard.press("s")


def test_who_wants_little_motion_gets_none(opened: Callable[..., Any]) -> None:
    page = opened(task("audit", 1), reduced_motion="reduce")
    begin(page)
    moving = "[...document.querySelectorAll('*')].filter(e => getComputedStyle(e).transitionDuration !== '0s').length"
    assert page.evaluate(moving) == 0
