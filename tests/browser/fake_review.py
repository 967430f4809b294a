"""A tiny server that speaks the review's wire, for tests of the page alone: what it was sent can be looked at.

It decides nothing: tasks come in the order in which they were given, each lease is answered once, and every request is
kept in ``heard``, so that a test can say what was sent, how often, and in which order.
"""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from overpaint.review import FLAGS, THINGS, Kind, help_for

STATIC = Path(__file__).parents[2] / "src/overpaint/server/static"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'"
HEADERS = {
    "Content-Security-Policy": POLICY + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def picture(seed: int, width: int = 640, height: int = 480) -> bytes:
    """Drawn shapes on a soft ground: nobody, nothing."""
    chance = np.random.default_rng(seed)
    down, across = np.mgrid[0:height, 0:width]
    base = chance.integers(120, 200, 3)
    ground = np.stack([base[c] + 30 * np.sin(across / 90 + c) + 20 * np.cos(down / 70 + c) for c in range(3)], -1)
    image = Image.fromarray(ground.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(7):
        x, y, r = chance.integers(20, width - 20), chance.integers(20, height - 20), chance.integers(12, 70)
        draw.ellipse([x - r, y - r, x + r, y + r * 1.2], fill=tuple(int(v) for v in chance.integers(0, 255, 3)))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def task(kind: str, number: int, **more: Any) -> dict[str, Any]:
    """A task as the wire has it."""
    thing = THINGS["face"]
    words = help_for(Kind(kind))
    image = None if kind == "rate-label" else {"url": f"/img/{number}", "width": 640, "height": 480}
    labels = [
        {"is": "guessed", "title": "a first thing", "definition": "It is round, and larger than it looks from afar."},
        {"is": "given", "title": "a second thing", "definition": ""},
    ]
    more = ({"labels": labels} if kind == "label" else {}) | more
    return {
        "lease": f"lease-{number}", "kind": kind, "thing": "face", "one": thing.one, "many": thing.many,
        "ask": words.ask.format(one=thing.one, many=thing.many, holds=thing.holds),
        "title": "", "definition": "", "context": "", "sensitive": False, "training": False, "image": image,
        "boxes": [],
    } | more  # fmt: skip


class Fake:
    """What the server knows; a test changes it and looks into it."""

    def __init__(self) -> None:
        self.tasks: list[dict[str, Any]] = []
        self.out: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, Any] = {}
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.me: dict[str, Any] = {
            "role": "worker", "pseudonym": "w-7f3a2c", "csrf": "csrf-1", "consented": True,
            "disclosure": ["You are asked about pictures.", "How long each answer takes is recorded."],
            "settings": {"blurred": False, "warn": True, "kinds": [], "home": ""},
            "progress": {"answered": 0, "median_seconds": None, "left": None}, "state": "active",
            "stopped_words": None, "can_appeal": True, "appealed": False,
        }  # fmt: skip
        self.end: dict[str, Any] = {
            "state": "done",
            "completion": {"code": "C0FFEE", "url": "https://example.org/back"},
        }
        self.feedback: dict[str, Any] = {}
        self.lease_seconds = 600.0
        self.drop: list[str] = []
        self.hint = ""
        self.refuse: dict[str, tuple[int, str]] = {}
        self.lose_reply: set[str] = set()
        self.pages: dict[str, Any] = {}
        self.entered = False
        self.lock = threading.Lock()

    def sent(self, path: str) -> list[dict[str, Any]]:
        return [body for one, body in self.heard if one == path]

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        with self.lock:
            self.heard.append((path, body))
            if path in self.refuse:
                status, words = self.refuse[path]
                return status, {"error": words}
            name = path.removeprefix("/api/").replace("/", "_")
            answer = getattr(self, f"on_{name}", None)
            if answer is None:
                return 200, self.pages.get(path, {})
            said: tuple[int, Any] = answer(body)
            return said

    def on_enter(self, body: dict[str, Any]) -> tuple[int, Any]:
        if body["token"] != "good":
            return 404, {"error": "This link has expired or was taken back."}
        self.entered = True
        return 200, self.me

    def on_consent(self, body: dict[str, Any]) -> tuple[int, Any]:
        self.me["consented"] = True
        return 200, self.me

    def on_next(self, body: dict[str, Any]) -> tuple[int, Any]:
        if self.end["state"] == "stopped" and not self.tasks and len(body["have"]) > 0:
            return 200, self.end
        for lease in self.drop:
            self.out.pop(lease, None)
        give = [one for lease, one in self.out.items() if lease not in body["have"]]
        room = body["count"] - len(self.out)
        while room > 0 and self.tasks:
            room -= 1
            one = self.tasks.pop(0)
            if body.get("sensitive") is False and one["sensitive"]:
                room += 1
                continue
            one["expires"] = time.time() + self.lease_seconds
            self.out[one["lease"]] = one
            give.append(one)
        told = {"state": "tasks", "tasks": give[: body["count"]]} if give or self.out else self.end
        return 200, told | {"drop": self.drop}

    def on_answer(self, body: dict[str, Any]) -> tuple[int, Any]:
        lease = body["lease"]
        state = "already" if lease in self.answers else "kept"
        if state == "kept":
            self.answers[lease] = body["value"]
            self.out.pop(lease, None)
            self.me["progress"]["answered"] += 1
        return 200, {"state": state, "feedback": self.feedback.get(lease), "progress": self.me["progress"]} | (
            {"hint": self.hint} if self.hint else {}
        )

    def on_skip(self, body: dict[str, Any]) -> tuple[int, Any]:
        self.out.pop(body["lease"], None)
        return 200, {}

    def on_undo(self, body: dict[str, Any]) -> tuple[int, Any]:
        number = body["lease"].split("-")[1]
        known = self.known[body["lease"]]
        one = known | {"draft": self.answers.pop(body["lease"]), "expires": time.time() + 600, "image": known["image"]}
        assert number
        self.out[body["lease"]] = one
        self.me["progress"]["answered"] -= 1
        return 200, {"task": one}

    def on_renew(self, body: dict[str, Any]) -> tuple[int, Any]:
        return 200, {"expires": time.time() + self.lease_seconds}

    def give(self, *tasks: dict[str, Any]) -> None:
        self.tasks.extend(tasks)
        self.known = getattr(self, "known", {}) | {one["lease"]: one for one in tasks}

    def get(self, path: str, thing: str) -> tuple[int, Any]:
        with self.lock:
            if path == "/api/me":
                return (200, self.me) if self.entered else (401, {"error": "There is no session."})
            if path.startswith("/api/help/"):
                return 200, spoken(path.rpartition("/")[2], thing)
            return (200, self.pages[path]) if path in self.pages else (404, {"error": "There is no such thing."})


def spoken(kind: str, thing: str) -> dict[str, Any]:
    """The help of a kind, with its words filled in."""
    about = THINGS[thing]
    words = help_for(Kind(kind))

    def fill(text: str) -> str:
        return text.format(one=about.one, many=about.many, holds=about.holds)

    return {
        "title": words.title, "ask": fill(words.ask), "instructions": [fill(line) for line in words.instructions],
        "keys": [{"key": key, "does": does, "words": fill(said)} for key, does, said in words.keys],
        "examples": [{"drawing": d, "right": right, "words": fill(said)} for d, right, said in words.examples],
        "flags": list(FLAGS),
    }  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    fake: Fake
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Nothing."""

    def reply(self, status: int, body: bytes, kind: str, more: Mapping[str, str] = {}) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, **more}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path.startswith("/img/"):
            self.reply(200, picture(int(path.rpartition("/")[2])), "image/jpeg")
        elif path.startswith("/api/"):
            status, said = self.fake.get(path, query.removeprefix("thing=") or "face")
            self.reply(status, json.dumps(said).encode(), "application/json")
        elif path == "/favicon.ico":
            self.reply(204, b"", "image/x-icon")
        else:
            file = STATIC / (path.lstrip("/") or "index.html")
            known = file.parent == STATIC and file.is_file()
            self.reply(200 if known else 404, file.read_bytes() if known else b"", TYPES.get(file.suffix, "text/plain"))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/api/enter" and self.headers.get("X-CSRF") != self.fake.me["csrf"]:
            self.reply(403, b'{"error": "The page is out of date."}', "application/json")
            return
        status, said = self.fake.post(self.path, body)
        if self.path in self.fake.lose_reply:  # it was taken, and the answer to it gets lost
            self.fake.lose_reply.discard(self.path)
            self.close_connection = True
            return
        self.reply(status, json.dumps(said).encode(), "application/json")


@contextmanager
def serving(fake: Fake) -> Iterator[str]:
    """The address at which it is served."""
    handler = type("Bound", (Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
