"""How long from a key to the next question on the screen, picture and all: the real server, page and browser.

Run: ``python benchmarks/review_page.py [--questions N] [--pace SECONDS]``. Time is taken in the page, from the key's
event to after the frame that shows the next picture, which is decoded by then (``decoding="sync"``). ``--pace`` is how
long a person takes for each answer; 0 answers as soon as the next question is there.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))
import real_review  # type: ignore[import-not-found]
from real_review import question, reviewing

from overpaint.records import Box
from overpaint.review import Kind, Proposal

WATCH = """() => {
  window.times = [];
  let since = null, last = document.querySelector('img.picture');
  addEventListener('keydown', event => { since = performance.now(); }, true);
  new MutationObserver(() => {
    const picture = document.querySelector('img.picture');
    if (picture === null || picture === last || since === null) return;
    last = picture;
    const from = since;
    picture.decode().then(() => requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => times.push(performance.now() - from);
      after.port2.postMessage(0);
    }));
  }).observe(document.body, { childList: true, subtree: true });
}"""


def measured(count: int, pace: float) -> dict[str, list[float]]:
    """Milliseconds for each kind."""
    found = {}
    box = (Proposal(Box(100, 80, 180, 180), 0.5, 3),)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as where:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for kind, key in ((Kind.AUDIT, "y"), (Kind.BOXES, "Enter")):
            questions = [question(kind, f"{n}.jpg", boxes=box if kind is Kind.BOXES else ()) for n in range(count)]
            place = Path(where) / kind
            place.mkdir()
            with reviewing(place, questions) as review:
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                page.goto(review.link())
                page.get_by_role("button", name="I agree").click()
                page.wait_for_selector("dialog")
                page.keyboard.press("Enter")
                page.wait_for_selector("img.picture")
                page.wait_for_timeout(1500)
                page.evaluate(WATCH)
                for n in range(count - 1):
                    page.keyboard.press(key)
                    page.wait_for_function("n => times.length > n", arg=n)
                    page.wait_for_timeout(1000 * pace)
                found[str(kind)] = page.evaluate("times")
                page.close()
        browser.close()
    return found


def main() -> None:
    """Print median, 95th percentile and the longest of each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--pace", type=float, default=0.5)
    given = parser.parse_args()
    print(f"pictures of {real_review.WIDTH} x {real_review.HEIGHT}, {given.pace} s for each answer")
    for kind, times in measured(given.questions, given.pace).items():
        centiles = statistics.quantiles(times, n=20)
        print(
            f"{kind:>8}: key to next question, {len(times)} times: median {statistics.median(times):.0f} ms, "
            f"p95 {centiles[18]:.0f} ms, longest {max(times):.0f} ms"
        )


if __name__ == "__main__":
    main()
