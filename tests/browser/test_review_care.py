"""How the page treats people: links, consent, blurring, warnings, breaks, training, being stopped."""

from __future__ import annotations

from fake_review import task
from review_desk import Desk


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
