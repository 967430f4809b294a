"""The page when the network, a lease, a session or a picture fails: nothing is lost, nothing doubled."""

from __future__ import annotations

from typing import Any

from fake_review import task
from review_desk import Desk


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


def test_a_question_that_was_taken_back_leaves_the_hand_and_the_screen(desk: Desk) -> None:
    page = desk.open(*(task("category", n) for n in (1, 2, 3)))
    desk.on("lease-1")
    desk.loaded("lease-2")
    desk.fake.drop = ["lease-2"]
    page.keyboard.press("y")
    desk.on("lease-3")
    assert page.locator("img").count() == 1


def test_a_hint_is_said(desk: Desk) -> None:
    desk.fake.hint = "Small faces in the background count, too."
    page = desk.open(task("category", 1), task("category", 2))
    desk.on("lease-1")
    page.keyboard.press("y")
    page.wait_for_selector(".toast.on:has-text('Small faces')")


def test_nothing_is_answered_before_its_picture_is_there(desk: Desk) -> None:
    held: list[Any] = []
    desk.page.route("**/img/1", lambda route: held.append(route))
    page = desk.open(task("category", 1), task("category", 2))
    page.wait_for_selector(".stage.loading")
    page.keyboard.press("y")
    page.wait_for_selector("text=still on its way")
    held[0].continue_()
    desk.on("lease-1")
    page.keyboard.press("n")
    desk.on("lease-2")
    assert desk.kept("lease-1") == {"lease-1": {"choice": "no"}}


def test_a_picture_that_does_not_come_can_be_asked_for_again(desk: Desk) -> None:
    desk.forgiven = 1
    desk.page.route("**/img/1", lambda route: route.abort(), times=1)
    page = desk.open(task("category", 1), task("category", 2))
    page.wait_for_selector("text=could not be shown")
    page.keyboard.press("y")
    page.get_by_role("button", name="Try again").click()
    desk.on("lease-1")
    assert desk.fake.answers == {}
    page.keyboard.press("y")
    desk.on("lease-2")
    desk.kept("lease-1")


def test_what_was_entered_stays_while_somebody_goes_back(desk: Desk) -> None:
    page = desk.open(task("category", 1), task("flags", 2))
    desk.on("lease-1")
    page.keyboard.press("y")
    desk.on("lease-2")
    desk.kept("lease-1")
    page.keyboard.press("3")
    page.keyboard.press("u")
    desk.on("lease-1")
    page.keyboard.press("n")
    desk.on("lease-2")
    assert page.get_by_label("violent", exact=False).is_checked()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=C0FFEE")
    assert desk.fake.answers == {"lease-1": {"choice": "no"}, "lease-2": {"flags": ["violent"], "nothing": False}}


def test_what_the_server_will_not_give_is_said_and_can_be_tried_again(desk: Desk) -> None:
    desk.forgiven = 1
    desk.fake.refuse["/api/next"] = (409, "Agree first to what is recorded.")
    page = desk.open(task("category", 1))
    page.wait_for_selector("text=Agree first to what is recorded.")
    desk.fake.refuse.clear()
    page.get_by_role("button", name="Try again").click()
    desk.on("lease-1")
