"""The review's page in a real browser: every question by mouse and by keys, on a phone, with the network cut."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fake_review import Fake, serving, task
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")  # as scripts/setup.sh looks for it
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
KINDS = ("boxes", "tight", "missed", "category", "flags", "rate-label", "audit")
BOX = {"box": [100, 80, 180, 180], "from": 3}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.fail("there is no Chromium: run `apt-get install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Desk:
    """A page before a fake server, and what it said on its console."""

    def __init__(self, browser: Browser, fake: Fake, origin: str, device: dict[str, Any]) -> None:
        self.fake, self.origin = fake, origin
        self.context = browser.new_context(**device)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.said: list[str] = []
        self.forgiven = 0
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def open(self, *tasks: dict[str, Any], read: bool = True, link: str = "#k=good") -> Any:
        """Opens the link; instructions count as read, unless a test looks at them."""
        self.fake.give(*tasks)
        if read:
            kinds = ", ".join(f'"{kind}"' for kind in KINDS)
            self.page.add_init_script(
                "if (!sessionStorage.getItem('overpaint.prefs'))"
                f" sessionStorage.setItem('overpaint.prefs', '{{\"read\": [{kinds}]}}')"
            )
        self.page.goto(f"{self.origin}/{link}")
        return self.page

    def on(self, lease: str) -> None:
        """Waits until the question of this lease is on the screen."""
        number = lease.rpartition("-")[2]
        self.page.wait_for_selector(f'.stage:not(.loading) img.picture[src="/img/{number}"]')

    def loaded(self, lease: str) -> None:
        """Waits until this question's picture has been sent ahead."""
        number = lease.rpartition("-")[2]
        self.page.wait_for_function(
            "url => performance.getEntriesByType('resource').some(r => r.name.endsWith(url) && r.responseEnd > 0)",
            arg=f"/img/{number}",
        )

    def kept(self, *leases: str) -> dict[str, Any]:
        """Waits until the answers have arrived; each of them did so once."""
        for _ in range(200):
            if set(leases) <= set(self.fake.answers):
                break
            self.page.wait_for_timeout(25)
        assert sorted(self.fake.answers) == sorted(leases)
        return self.fake.answers

    def stage(self, x: float, y: float) -> tuple[float, float]:
        """Where a pixel of the shown picture lies on the screen."""
        frame = self.page.locator("img.picture").bounding_box()
        width = self.page.evaluate("parseFloat(document.querySelector('img.picture').style.width)")
        scale = frame["width"] / width
        return frame["x"] + x * scale, frame["y"] + y * scale

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*self.stage(*start))
        mouse.down()
        mouse.move(*self.stage((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
        mouse.move(*self.stage(*end))
        mouse.up()

    def touch(self, kind: str, *points: tuple[float, float]) -> None:
        """Fingers at these points of the screen: ``touchStart``, ``touchMove``, ``touchEnd``."""
        if not hasattr(self, "cdp"):
            self.cdp = self.context.new_cdp_session(self.page)
        fingers = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        self.cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    def labels(self) -> list[str]:
        found: list[str] = self.page.locator("[role=option]").evaluate_all("all => all.map(o => o.ariaLabel)")
        return found


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []
    fake = Fake()
    with serving(fake) as origin:

        def make(device: dict[str, Any] = DESK) -> Desk:
            made.append(Desk(browser, fake, origin, device))
            return made[-1]

        yield make
        for desk in made:
            desk.context.close()
            wrong = [line for line in desk.said if not ("Failed to load resource" in line and desk.forgiven)]
            assert wrong == []


@pytest.fixture
def desk(opened: Callable[..., Desk]) -> Desk:
    return opened()


def near(box: list[float], wanted: list[float], by: float = 3) -> bool:
    return all(abs(a - b) <= by for a, b in zip(box, wanted, strict=True))


# --- each kind, by keys and by mouse


@pytest.mark.parametrize("kind", ["tight", "missed", "category", "audit"])
def test_choices(desk: Desk, kind: str) -> None:
    page = desk.open(*(task(kind, n, boxes=[BOX]) for n in (1, 2, 3)))
    desk.on("lease-1")
    page.keyboard.press("y")
    desk.on("lease-2")
    page.keyboard.press("n")
    desk.on("lease-3")
    page.locator("button[data-choice=no]").click()
    page.wait_for_selector("text=C0FFEE")
    answers = desk.kept("lease-1", "lease-2", "lease-3")
    assert [answers[f"lease-{n}"]["choice"] for n in (1, 2, 3)] == ["yes", "no", "no"]
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


# --- the network


def test_without_a_connection_answers_wait_and_arrive_once(desk: Desk) -> None:
    page = desk.open(*(task("category", n) for n in range(1, 5)))
    desk.forgiven = 1
    desk.on("lease-1")
    desk.loaded("lease-2")
    desk.context.set_offline(True)
    page.keyboard.press("y")
    desk.on("lease-2")
    page.keyboard.press("n")
    page.wait_for_selector("text=No connection: 2 answers wait")
    assert desk.fake.answers == {}
    assert page.evaluate("JSON.parse(sessionStorage.getItem('overpaint.outbox')).length") == 2
    desk.context.set_offline(False)
    desk.on("lease-3")
    desk.kept("lease-1", "lease-2")
    page.wait_for_function("() => sessionStorage.getItem('overpaint.outbox') === null")
    assert page.locator(".banner").is_hidden()
    page.keyboard.press("y")
    desk.on("lease-4")
    page.keyboard.press("y")
    page.wait_for_selector("text=C0FFEE")
    desk.kept(*(f"lease-{n}" for n in range(1, 5)))


def test_an_answer_whose_receipt_was_lost_is_sent_again_with_the_same_lease(desk: Desk) -> None:
    page = desk.open(task("category", 1), task("category", 2))
    desk.forgiven = 1
    desk.on("lease-1")
    desk.fake.lose_reply.add("/api/answer")
    page.keyboard.press("y")
    desk.on("lease-2")
    page.keyboard.press("n")
    page.wait_for_selector("text=C0FFEE")
    leases = [sent["lease"] for sent in desk.fake.sent("/api/answer")]
    assert leases == ["lease-1", "lease-1", "lease-2"]
    assert desk.kept("lease-1", "lease-2") == {"lease-1": {"choice": "yes"}, "lease-2": {"choice": "no"}}


def test_undo_without_a_connection_takes_back_what_has_not_left(desk: Desk) -> None:
    page = desk.open(task("category", 1), task("category", 2))
    desk.forgiven = 1
    desk.on("lease-1")
    desk.loaded("lease-2")
    desk.context.set_offline(True)
    page.keyboard.press("y")
    desk.on("lease-2")
    page.wait_for_selector("text=1 answer waits")
    page.keyboard.press("u")
    desk.on("lease-1")
    page.wait_for_selector("text=You said yes before")
    page.keyboard.press("n")
    desk.on("lease-2")
    desk.context.set_offline(False)
    assert desk.kept("lease-1")["lease-1"] == {"choice": "no"}
    assert desk.fake.sent("/api/undo") == []


def test_loading_the_page_anew_goes_on_with_what_was_in_hand(desk: Desk) -> None:
    page = desk.open(task("boxes", 1), task("category", 2))
    desk.on("lease-1")
    desk.drag((100, 100), (200, 200))
    page.goto(desk.origin + "/")
    desk.on("lease-1")
    assert len(desk.labels()) == 1  # as it was left
    page.keyboard.press("Enter")
    desk.on("lease-2")
    desk.kept("lease-1")


def test_answers_of_a_page_that_was_closed_offline_are_sent_by_the_next(desk: Desk) -> None:
    page = desk.open(task("category", 1), task("category", 2), task("category", 3))
    desk.forgiven = 1
    desk.on("lease-1")
    desk.loaded("lease-2")
    page.route("**/api/*", lambda route: route.abort())
    page.keyboard.press("y")
    desk.on("lease-2")
    page.wait_for_selector("text=1 answer waits")
    page.unroute("**/api/*")
    page.reload()
    desk.on("lease-2")
    desk.kept("lease-1")


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


@pytest.mark.parametrize("kind", KINDS)
def test_a_phone_shows_the_whole_question_without_scrolling_sideways(opened: Callable[..., Desk], kind: str) -> None:
    desk = opened(PHONE)
    page = desk.open(task(kind, 1, boxes=[BOX], title="a thing"))
    page.wait_for_selector(".side")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("document.documentElement.scrollHeight") <= 740
    small = page.locator("button:visible, label.mark:visible").evaluate_all(
        "all => all.map(b => b.getBoundingClientRect()).filter(r => r.width < 40 || r.height < 40).length"
    )
    assert small == 0


# --- care


def test_blurred_until_held(desk: Desk) -> None:
    desk.fake.me["settings"]["blurred"] = True
    page = desk.open(task("category", 1))
    desk.on("lease-1")

    def filtered() -> str:
        style: str = page.locator("img.picture").evaluate("i => getComputedStyle(i).filter")
        return style

    assert filtered().startswith("blur(")
    page.keyboard.down(" ")
    assert filtered() == "none"
    page.keyboard.up(" ")
    assert filtered().startswith("blur(")
    page.mouse.move(*desk.stage(320, 240))
    page.mouse.down()
    assert filtered() == "none"
    page.mouse.up()
    assert filtered().startswith("blur(")
    page.get_by_role("button", name="Show the picture").click()
    assert filtered() == "none"
    page.get_by_role("button", name="Options").click()
    page.get_by_label("none").check()
    page.get_by_role("button", name="Back to the question").click()
    assert filtered() == "none"


def test_a_warning_comes_before_the_first_sensitive_picture(desk: Desk) -> None:
    page = desk.open(task("category", 1, sensitive=True), task("category", 2, sensitive=True), task("category", 3))
    page.wait_for_selector("text=may be upsetting")
    assert page.locator("img").count() == 0
    assert "not been shown to protect" in page.locator("main").inner_text()
    page.get_by_role("button", name="Go on, blurred").click()
    desk.on("lease-1")
    assert page.locator(".stage.blurred").count() == 1
    page.keyboard.press("s")
    desk.on("lease-2")  # no second warning
    assert [one["lease"] for one in desk.fake.sent("/api/skip")] == ["lease-1"]


def test_who_wants_to_see_none_of_them_sees_none(desk: Desk) -> None:
    page = desk.open(task("category", 1, sensitive=True), task("category", 2, sensitive=True), task("category", 3))
    page.wait_for_selector("text=may be upsetting")
    page.get_by_role("button", name="Show me none").click()
    desk.on("lease-3")
    assert {one["lease"] for one in desk.fake.sent("/api/skip")} == {"lease-1", "lease-2"}
    assert desk.fake.sent("/api/next")[-1]["sensitive"] is False


def test_a_break_and_then_on(desk: Desk) -> None:
    desk.fake.end = {"state": "pause", "seconds": 2, "words": "You have worked for a while."}
    page = desk.open()
    page.wait_for_selector("text=You have worked for a while.")
    desk.fake.give(task("category", 1))
    desk.on("lease-1")
    assert page.locator("h1").inner_text() == desk.fake.known["lease-1"]["ask"]


# --- training, the end, being stopped, links


def test_training_says_and_draws_what_was_missed(desk: Desk) -> None:
    desk.fake.feedback["lease-1"] = {
        "right": False,
        "words": "You found 1 of 2.",
        "boxes": [{"box": [100, 100, 200, 200]}, {"box": [400, 300, 440, 340]}],
    }
    page = desk.open(task("boxes", 1, training=True), task("category", 2))
    desk.on("lease-1")
    desk.drag((102, 100), (200, 203))
    page.keyboard.press("Enter")
    page.wait_for_selector("text=You found 1 of 2.")
    looks = page.locator(".stage g.box").evaluate_all(
        "all => all.map(g => [g.dataset.look, g.ariaLabel.split(', ').at(-1)])"
    )
    assert looks == [["fixed", "found"], ["missed", "missed"]]
    page.keyboard.press("Enter")
    desk.on("lease-2")


def test_stopped_says_so_kindly_and_how_to_appeal(desk: Desk) -> None:
    desk.fake.end = {"state": "stopped", "words": "Known boxes were missed more often than not."}
    page = desk.open(task("category", 1), task("category", 2))
    desk.on("lease-1")
    page.keyboard.press("y")
    page.wait_for_selector("h1:text-is('Your answers are not used')")
    assert "spam" not in page.content().lower()
    page.get_by_label("If you think that this is wrong").fill("I was careful.")
    page.get_by_role("button", name="Ask to look again").click()
    page.wait_for_selector("text=has arrived")
    assert desk.fake.sent("/api/appeal") == [{"text": "I was careful."}]


def test_a_link_that_has_expired_says_what_to_do(desk: Desk) -> None:
    desk.forgiven = 1
    page = desk.open(link="#k=old")
    page.wait_for_selector("text=This link has expired or was taken back.")
    assert "Ask the person who sent you the link" in page.locator("main").inner_text()


def test_a_link_leaves_the_address_bar_and_its_fields_are_told(desk: Desk) -> None:
    page = desk.open(task("category", 1), link="?STUDY_ID=s1#k=good&PROLIFIC_PID=p1")
    desk.on("lease-1")
    assert page.url == desk.origin + "/"
    told = desk.fake.sent("/api/enter")[0]
    assert told == {"token": "good", "fields": {"STUDY_ID": "s1", "PROLIFIC_PID": "p1"}}


def test_without_a_link_the_page_says_that_it_needs_one(desk: Desk) -> None:
    desk.forgiven = 1
    desk.open(link="").wait_for_selector("text=You need a link")


def test_consent_comes_before_any_question(desk: Desk) -> None:
    desk.fake.me["consented"] = False
    page = desk.open(task("category", 1))
    page.wait_for_selector("text=Before you begin")
    assert desk.fake.sent("/api/next") == []
    assert page.locator(".disclosure li").count() == 2
    page.get_by_role("button", name="I agree").click()
    desk.on("lease-1")
    assert desk.fake.sent("/api/consent") == [{}]


def test_a_session_that_ends_keeps_what_was_answered_for_the_next(desk: Desk) -> None:
    desk.forgiven = 1
    page = desk.open(task("category", 1), task("category", 2))
    desk.on("lease-1")
    desk.fake.refuse["/api/answer"] = (401, "There is no session.")
    page.keyboard.press("y")
    page.wait_for_selector("text=One answer waits in this tab")
    desk.fake.refuse.clear()
    page.goto(desk.origin + "/#k=good")
    desk.on("lease-2")
    desk.kept("lease-1")


def test_a_question_that_somebody_else_has_by_now_is_replaced(desk: Desk) -> None:
    desk.forgiven = 1
    page = desk.open(task("category", 1), task("category", 2))
    desk.on("lease-1")
    desk.fake.refuse["/api/answer"] = (409, "That question is settled by now.")
    page.keyboard.press("y")
    page.wait_for_selector("text=That question is settled by now.")
    desk.fake.refuse.clear()
    desk.on("lease-2")


def test_leases_are_renewed_while_somebody_works(desk: Desk) -> None:
    desk.fake.lease_seconds = 8
    desk.page.clock.install()
    page = desk.open(task("boxes", 1))
    desk.on("lease-1")
    desk.drag((100, 100), (200, 200))
    page.clock.run_for(11_000)
    page.wait_for_timeout(100)
    assert {"lease": "lease-1"} in desk.fake.sent("/api/renew")
