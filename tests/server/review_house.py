"""A small review with its server's application, and browsers that speak to it without a network."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any

import httpx

from overpaint.errors import SampleError
from overpaint.records import Box
from overpaint.review import Kind, Proposal, Question
from overpaint.review._desk import Desk
from overpaint.review.store import Store
from overpaint.server import ServerSettings, create_app
from overpaint.server._tokens import digest

PORT = 8123
ORIGIN = f"http://127.0.0.1:{PORT}"
SECRET = bytes(range(32))
PUBLIC = "https://review.example.org"


@dataclass
class Picture:
    data: bytes
    media_type: str = "image/jpeg"


class FakePictures:
    """Pictures that are words; some are in the lane, some are torn, some are gone."""

    max_side = 2048

    def __init__(self) -> None:
        self.lane: set[str] = set()
        self.torn: set[str] = set()
        self.gone: set[str] = set()
        self.read: list[str] = []
        self.forgotten: list[str] = []

    def held(self, sample: str) -> bool:
        return sample in self.lane

    def forget(self, sample: str) -> None:
        self.forgotten.append(sample)

    def picture(self, question: Question) -> Picture:
        if self.held(question.sample):
            raise SampleError("not-shown")
        if question.sample in self.gone:
            raise SampleError("vanished", "/secret/path/of/it")
        if question.sample in self.torn:
            raise SampleError("undecodable", "/secret/path/of/it")
        self.read.append(question.sample)
        return Picture(b"\xff\xd8picture of " + question.sample.encode())


class Clock:
    def __init__(self) -> None:
        self.at = 1_700_000_000.0

    def __call__(self) -> float:
        return self.at


def boxes(sample: str, **more: Any) -> Question:
    """A stored frame of 400 x 300, lying on its side, with a detector's box."""
    told = {"width": 400, "height": 300, "orientation": 6, "boxes": (Proposal(Box(40, 30, 80, 90), 0.5, 3),)} | more
    return Question(Kind.BOXES, "face", sample, **told)


def flags(sample: str, **more: Any) -> Question:
    return Question(Kind.FLAGS, "", sample, 400, 300, **more)


def category(sample: str, **more: Any) -> Question:
    told = {"title": "a dog", "definition": "a domestic animal", "harm": 1.0} | more
    return Question(Kind.CATEGORY, "n02084071", sample, 400, 300, **told)


class Browser:
    """One browser: cookies, the CSRF token, and requests as the page sends them."""

    def __init__(self, world: World, *, address: str = "127.0.0.1") -> None:
        self.world, self.address = world, address
        self.cookies: dict[str, str] = {}
        self.csrf = ""

    def send(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, Any] | None = None
    ) -> httpx.Response:
        """A request; ``headers`` replace what a browser would send, None leaves one out."""
        origin = self.world.origin
        told: dict[str, Any] = {"Host": origin.partition("//")[2], "Sec-Fetch-Site": "same-origin"}
        if method == "POST":
            told |= {"Origin": origin, "Content-Type": "application/json", "X-CSRF": self.csrf}
        if self.cookies:
            told["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        told |= headers or {}
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.world.app, client=(self.address, 50_000), raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url=origin) as client:
                request = client.build_request(method, path, content=content)
                for name in list(request.headers):
                    if name != "content-length":
                        del request.headers[name]
                raw = [(name, value) for name, value in told.items() if value is not None]
                request.headers = httpx.Headers([*request.headers.items(), *_spread(raw)])
                return await client.send(request)

        response = asyncio.run(asked())
        for line in response.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0].strip('"')
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return response

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.send("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.send("POST", path, {} if body is None else body, **more)

    def enter(self, token: str, **fields: str) -> httpx.Response:
        response = self.post("/api/enter", {"token": token, "fields": fields})
        if response.status_code == 200:
            self.csrf = response.json()["csrf"]
        return response

    def ready(self, token: str, **fields: str) -> Browser:
        """Entered and agreed."""
        assert self.enter(token, **fields).status_code == 200
        self.post("/api/consent")
        return self

    def tasks(self, count: int = 1, have: tuple[str, ...] = (), **more: Any) -> list[dict[str, Any]]:
        told = self.post("/api/next", {"count": count, "have": list(have), **more}).json()
        assert told["state"] == "tasks", told
        return told["tasks"]


def _spread(raw: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(name, one) for name, value in raw for one in (value if isinstance(value, list) else [value])]


@dataclass
class World:
    store: Store
    desk: Desk
    pictures: FakePictures
    clock: Clock
    origin: str = ORIGIN
    app: Any = None
    laned: list[str] = field(default_factory=list)

    def browser(self, **more: Any) -> Browser:
        return Browser(self, **more)

    def link(self, role: str, token: str | None = None, *, days: float = 7, **settings: Any) -> str:
        token = token or f"{role}-token-{len(self.store.links())}"
        expires = self.clock() + 86_400 * days
        self.store.add_link(role=role, token_hash=digest(token), expires=expires, settings=settings, now=self.clock())
        return token

    def of(self, role: str, **settings: Any) -> Browser:
        """Somebody of a role, entered and agreed."""
        return self.browser().ready(self.link(role, **settings))


def made(path, *, questions=(), settings: ServerSettings | None = None, wanted: int = 1, **review: Any) -> World:
    """A review over SQLite with its application."""
    store = Store.open(f"sqlite:///{path / 'answers.sqlite'}", create=True)
    clock, pictures = Clock(), FakePictures()
    laned: list[str] = []

    def lane(question: Question) -> None:
        laned.append(question.sample)
        pictures.lane.add(question.sample)

    desk = Desk(store, pictures, lane=lane, clock=clock, rng=random.Random(7))
    desk.bench.set_settings({"gold": 0.0, "training": 0, **review})
    store.add(questions, wanted=wanted)
    settings = settings or ServerSettings.local(PORT)
    world = World(store, desk, pictures, clock, settings.origin, laned=laned)
    world.app = create_app(desk, secret=SECRET, settings=settings, pictures=pictures)
    return world
