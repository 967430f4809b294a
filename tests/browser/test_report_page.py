"""The report in a real browser: no error, no request, tables that sort by mouse and by keyboard, any width."""

from __future__ import annotations

import random
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "reports"))
from fabricated_run import Fake, fabricate

from overpaint.reports import write

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")  # as scripts/setup.sh looks for it


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.fail("there is no Chromium: run `apt-get install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chance = random.Random(0)
    names = ["zebra", "apple", "n01440764 tench", "<script>alert(1)</script>", "a" * 80, "mango"]
    samples = [
        Fake(
            f"train/{c}/{n}.jpg", name, "train" if n % 2 else "val",
            faces=[(0, 0, 30, 30, chance.random())] * (n % (c + 2) == 0),
            outcome="redacted" if n % 3 else "identical", faces_painted=n % 3, metadata_removed=["gps"],
        )
        for c, name in enumerate(names)
        for n in range(10 + 37 * c % 50)
    ]  # fmt: skip
    return write(fabricate(tmp_path_factory.mktemp("report") / "run", samples, shard_size=64)).report


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.said, page.asked = [], []  # type: ignore[attr-defined]
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(report.as_uri())
    yield page
    assert page.said == []
    assert page.asked == [report.as_uri()]
    context.close()


def column(page: Any, number: int) -> list[str]:
    found: list[str] = page.evaluate(
        "n => [...document.querySelector('table.sortable').tBodies[0].rows].map(r => r.cells[n].textContent)", number
    )
    return found


def numbers(page: Any, number: int) -> list[float]:
    return [float(re.sub(r"[^\d.].*", "", text.replace(",", ""))) for text in column(page, number)]


def test_it_loads_and_asks_for_nothing(page: Any) -> None:
    assert page.title() == "Report of a run of overpaint"
    assert page.locator("script").count() == 1


def test_sorting_by_mouse(page: Any) -> None:
    before = sorted(column(page, 0))
    for number in range(1, page.locator("table.sortable").first.locator("thead th").count()):
        head = page.locator("table.sortable").first.locator("thead th").nth(number)
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == "descending"
        assert numbers(page, number) == sorted(numbers(page, number), reverse=True)
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == "ascending"
        assert numbers(page, number) == sorted(numbers(page, number))
        assert page.locator("table.sortable").first.locator("th[aria-sort$=scending]").count() == 1
    page.locator("table.sortable").first.locator("thead button").first.click()
    assert column(page, 0) == before


def test_a_row_stays_whole_when_it_moves(page: Any) -> None:
    before = dict(zip(column(page, 0), column(page, 1), strict=True))
    page.locator("table.sortable").first.locator("thead button").nth(4).click()
    assert dict(zip(column(page, 0), column(page, 1), strict=True)) == before
    assert list(before) != column(page, 0)


def test_all_can_be_reached_by_keyboard(page: Any) -> None:
    wanted = (
        page.locator("a, button, summary, [tabindex='0']").count() - page.locator("details:not([open]) pre").count()
    )
    seen = set()
    for _ in range(wanted):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML.slice(0, 80)")
    assert len(seen) == wanted
    page.locator("table.sortable").first.locator("thead button").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator("table.sortable").first.locator("thead th").nth(1).get_attribute("aria-sort") == "descending"
    page.keyboard.press("Space")
    assert page.locator("table.sortable").first.locator("thead th").nth(1).get_attribute("aria-sort") == "ascending"


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_width_scrolls_the_page_sideways(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


CONTRAST = """() => {
  const parse = c => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
  let worst = [99, ""];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, own = node.parentElement;
    if (!node.data.trim() || own.closest("script, title, desc")) continue;
    let behind = own, ground = [0, 0, 0, 0];
    while (behind && (ground.length === 4 && ground[3] === 0)) {
      ground = parse(getComputedStyle(behind).backgroundColor); behind = behind.parentElement;
    }
    if (ground.length === 4 && ground[3] === 0) ground = parse(getComputedStyle(document.body).backgroundColor);
    const style = getComputedStyle(own);
    const a = light(parse(own.closest("svg") ? style.fill : style.color)), b = light(ground);
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < worst[0]) worst = [ratio, node.data.trim().slice(0, 60)];
  }
  return worst;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    ratio, text = page.evaluate(CONTRAST)
    assert ratio >= 4.5, text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_bars_stand_out_from_their_ground(page: Any, scheme: str) -> None:
    """Graphics need 3 to 1 (WCAG 2.2, 1.4.11); every colour of a bar also stands as a key in a table."""
    page.emulate_media(color_scheme=scheme)
    colours = page.evaluate("[...document.querySelectorAll('.key')].map(k => getComputedStyle(k).backgroundColor)")
    ground = luminance(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(set(colours)) == 11
    colours.append(page.evaluate("getComputedStyle(document.querySelector('svg .threshold')).stroke"))
    for colour in colours:
        high, low = sorted([luminance(colour), ground], reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 3, colour


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it, from ``rgb(r, g, b)``."""
    values = [int(value) / 255 for value in re.findall(r"\d+", colour)[:3]]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_it_can_be_printed(page: Any) -> None:
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden()
    assert page.pdf().startswith(b"%PDF")


def test_without_scripts_the_tables_are_there(browser: Browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("table.sortable tbody tr").count() >= 6
    context.close()
