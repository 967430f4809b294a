"""A browser, and a page before the fake server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fake_review import Fake, serving
from playwright.sync_api import Browser, sync_playwright
from review_desk import DESK, Desk


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")  # as scripts/setup.sh looks for it
    if program is None:
        pytest.fail("there is no Chromium: run `apt-get install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


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
