"""Browsers of a simulated crowd, which speak to a review's server as the page does, and keep book of what it said."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

__all__ = ["Book", "Crowd", "Pace", "doubts"]

PATIENCE = 20.0
_SOME = 0.5  # seconds before what failed is sent again


@dataclass(frozen=True)
class Pace:
    """How people work: seconds for an answer, from and to; and how likely they vanish before one."""

    low: float = 5.0
    high: float = 10.0
    vanish: float = 0.0


@dataclass
class Book:
    """What the server said, and how long it took, in seconds.

    ``kept`` holds each lease whose answer the server said it had, with the answer; ``unsure`` those that were sent by
    people who vanished before they heard.
    """

    kept: dict[str, Any] = field(default_factory=dict)
    unsure: dict[str, Any] = field(default_factory=dict)
    refused: int = 0
    again: int = 0
    vanished: int = 0
    retries: int = 0
    next_after: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    picture: list[float] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)

    def fault(self, what: str) -> None:
        """Count something that should not be."""
        self.faults[what] = self.faults.get(what, 0) + 1


class Crowd:
    """So many people at a time; whoever vanishes is followed by somebody new.

    Parameters
    ----------
    origin, token
        The server, and a link for workers.
    pace
        How they work.
    until
        They stop at this time (of `time.monotonic`), after the answer in hand.
    most
        Answers each gives at most.
    """

    def __init__(self, origin: str, token: str, *, pace: Pace, until: float, seed: int = 0, most: int = 10**9) -> None:
        self.origin, self.token, self.pace, self.until, self.most = origin, token, pace, until, most
        self.book = Book()
        self._chance = random.Random(seed)

    async def work(self, people: int) -> Book:
        """All of them, to the end."""
        async with asyncio.TaskGroup() as group:
            for place in range(people):
                group.create_task(self._place(place, people))
        return self.book

    async def _place(self, place: int, people: int) -> None:
        await asyncio.sleep(place / people * self.pace.high)  # they do not all come at once
        while time.monotonic() < self.until:
            async with httpx.AsyncClient(base_url=self.origin, timeout=PATIENCE, headers=self._headers()) as client:
                if not await self._person(client):
                    return

    def _headers(self) -> dict[str, str]:
        return {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}

    async def _person(self, client: httpx.AsyncClient) -> bool:
        """One person's work; whether somebody new is to follow."""
        told = await self._send(client, "/api/enter", {"token": self.token, "fields": {}})
        if told is None:
            return False
        client.headers["X-CSRF"] = told["csrf"]
        await self._send(client, "/api/consent", {})
        hand: list[dict[str, Any]] = []
        for _ in range(self.most):
            if not await self._refill(client, hand):
                return False
            await self._think()
            if time.monotonic() > self.until:
                return False
            task = hand.pop(0)
            value = self._answer(task)
            if self._chance.random() < self.pace.vanish:
                await self._vanish(client, task["lease"], value)
                return True
            begun = time.perf_counter()
            said = await self._send(client, "/api/answer", {"lease": task["lease"], "value": value, "seconds": 3.0})
            if said is None:
                self.book.unsure[task["lease"]] = value
                return False
            self.book.answer.append(time.perf_counter() - begun)
            self._note(said["state"], task["lease"], value)
            if not await self._refill(client, hand, since=begun):
                return False
        return False

    async def _refill(self, client: httpx.AsyncClient, hand: list[dict[str, Any]], since: float | None = None) -> bool:
        """Two questions in hand, the pictures loaded; False when there are none any more."""
        while len(hand) < 2:
            have = [task["lease"] for task in hand]
            told = await self._send(client, "/api/next", {"count": 2 - len(hand), "have": have})
            if told is None or told["state"] in {"done", "stopped"}:
                return bool(hand)
            if told["state"] == "pause" or not told["tasks"]:
                if hand:
                    return True
                if time.monotonic() > self.until:
                    return False
                await asyncio.sleep(1.0)
                continue
            if since is not None:
                self.book.next_after.append(time.perf_counter() - since)
                since = None
            hand += told["tasks"]
            for task in told["tasks"]:
                if task["image"] is not None:
                    begun = time.perf_counter()
                    if await self._fetch(client, task["image"]["url"]):
                        self.book.picture.append(time.perf_counter() - begun)
        return True

    async def _fetch(self, client: httpx.AsyncClient, url: str) -> bool:
        try:
            answer = await client.get(url)
        except httpx.HTTPError:
            self.book.retries += 1
            return False
        if answer.status_code != 200:
            self.book.fault(f"picture {answer.status_code}")
        return answer.status_code == 200

    async def _think(self) -> None:
        if self.pace.high:
            await asyncio.sleep(self._chance.uniform(self.pace.low, self.pace.high))

    async def _vanish(self, client: httpx.AsyncClient, lease: str, value: Any) -> None:
        """Gone: half of them while the answer is on its way, of which they never hear."""
        self.book.vanished += 1
        if self._chance.random() < 0.5:
            return
        self.book.unsure[lease] = value
        sending = asyncio.create_task(client.post("/api/answer", json={"lease": lease, "value": value, "seconds": 3.0}))
        await asyncio.sleep(self._chance.uniform(0, 0.03))
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    async def _send(self, client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> Any:
        """As the page: again and again until there is an answer."""
        for attempt in range(200):
            try:
                answer = await client.post(path, json=body)
            except httpx.HTTPError:
                self.book.retries += 1
                await asyncio.sleep(_SOME)
                continue
            if answer.status_code == 200:
                return answer.json()
            if answer.status_code in {429, 503}:
                self.book.fault(f"{path} {answer.status_code}")
                await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
                continue
            self.book.fault(f"{path} {answer.status_code}")
            if answer.status_code < 500 or attempt > 3:
                return None
            await asyncio.sleep(_SOME)
        return None

    def _note(self, state: str, lease: str, value: Any) -> None:
        if state in {"kept", "late", "already"}:
            self.book.kept[lease] = value
            self.book.again += state == "already"
        else:
            self.book.refused += 1

    def _answer(self, task: dict[str, Any]) -> Any:
        if task["kind"] != "boxes":
            return {"choice": "yes" if self._chance.random() < 0.85 else "no"}
        boxes = []
        for one in task["boxes"]:
            x0, y0, x1, y1 = (side + self._chance.gauss(0, 1.5) for side in one["box"])
            if x1 - x0 > 3 and y1 - y0 > 3 and self._chance.random() < 0.95:
                boxes.append({"box": [x0, y0, x1, y1], "from": one.get("from")})
        return {"boxes": boxes, "nothing": not boxes}


def doubts(store: Any, book: Book) -> dict[str, int]:
    """What the store has, held against what people were told: lost, doubled and unexplained answers, and unequal ones.

    ``kept`` answers must be there, once, with what was sent; whatever else is there must be an ``unsure`` one.
    """
    answers: list[Any] = []
    after = 0
    while page := store.answers_since(after, 5000):
        after = page[-1].id
        answers += page
    seen: dict[tuple[int, int], int] = {}
    for one in answers:
        seen[one.worker, one.question] = seen.get((one.worker, one.question), 0) + 1
    by_pair = {(one.worker, one.question): one for one in answers}
    lost = unequal = 0
    explained = set()
    for sort, leases in (("kept", book.kept), ("unsure", book.unsure)):
        for token, value in leases.items():
            lease = store.lease(token)
            found = None if lease is None else by_pair.get((lease.worker, lease.question.id))
            if found is None:
                lost += sort == "kept"
                continue
            explained.add((found.worker, found.question))
            unequal += not _alike(found.value, value)
    over = 0
    for number in {one.question for one in answers}:
        question = store.question(number)
        over += not question.gold and question.given > question.wanted
    return {
        "answers": len(answers),
        "told kept": len(book.kept),
        "lost": lost,
        "doubled": sum(count - 1 for count in seen.values()),
        "unexplained": len(seen.keys() - explained),
        "unequal": unequal,
        "given beyond wanted": over,
    }


def _alike(kept: dict[str, Any], sent: dict[str, Any]) -> bool:
    if "choice" in sent:
        return bool(kept.get("choice") == sent["choice"])
    return len(kept["boxes"]) == len(sent["boxes"])


def picked(sample: str, of: int) -> int:
    """A number below ``of`` that always belongs to a sample."""
    return int.from_bytes(hashlib.blake2s(sample.encode(), digest_size=4).digest(), "big") % of
