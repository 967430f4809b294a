"""A page before the fake server, and what tests do with it."""

from __future__ import annotations

from typing import Any

from fake_review import Fake
from playwright.sync_api import Browser

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
KINDS = ("boxes", "tight", "missed", "category", "flags", "rate-label", "audit", "label")
BOX = {"box": [100, 80, 180, 180], "from": 3}

CONTRAST = """() => {
  const parse = c => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const own = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || own.closest('script, svg, option') || !own.checkVisibility()) continue;
    const style = getComputedStyle(own);
    let behind = own, ground = [0, 0, 0, 0];
    while (behind && ground.length === 4 && ground[3] === 0) {
      ground = parse(getComputedStyle(behind).backgroundColor); behind = behind.parentElement;
    }
    if (ground.length === 4 && ground[3] === 0) ground = parse(getComputedStyle(document.body).backgroundColor);
    const a = light(parse(style.color)), b = light(ground);
    found.push([(Math.max(a, b) + .05) / (Math.min(a, b) + .05), walk.currentNode.data.trim().slice(0, 60)]);
  }
  return found.sort((a, b) => a[0] - b[0]);
}"""

NAMELESS = """() => [...document.querySelectorAll('button, input, select, textarea, a, [tabindex="0"], dialog')]
  .filter(e => e.checkVisibility())
  .filter(e => !(e.ariaLabel || e.getAttribute('aria-labelledby') || e.labels?.length || e.textContent.trim()))
  .map(e => e.outerHTML.slice(0, 100))"""


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


def near(box: list[float], wanted: list[float], by: float = 3) -> bool:
    return all(abs(a - b) <= by for a, b in zip(box, wanted, strict=True))
