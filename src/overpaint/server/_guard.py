"""The gate in front of the application: what a request must be before anything of it is read further.

It refuses foreign hosts and origins, bodies that are too large or too slow, and whoever asks too often; it puts the
headers on every answer; and whatever goes wrong inside, people get one sentence and the log a class name: what an
exception says may hold ids, paths or statements with their values.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import math
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from overpaint.server._headers import headers
from overpaint.server._limits import Buckets
from overpaint.server._settings import ServerSettings

__all__ = ["Guard", "cookie_of", "sender"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = MutableMapping[str, Any]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_LOG = logging.getLogger("overpaint.server")
_PRIVATE = ("/api/", "/img/")
_LONGEST_PATH = 2048


class _Refused(Exception):
    def __init__(self, status: int, sentence: str, *, wait: float = 0.0) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.wait = status, sentence, wait


class Guard:
    """ASGI middleware; see the module.

    Parameters
    ----------
    app
        What it stands before.
    settings
        Hosts, origin and limits.
    """

    def __init__(self, app: App, *, settings: ServerSettings) -> None:
        self._app, self._settings = app, settings
        self._headers = headers(secure=settings.secure)
        self._addresses = Buckets(settings.per_address)
        self._sessions = Buckets(settings.per_session)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # a WebSocket is closed by that
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": self._with_headers(scope, message.get("headers", ()))}
            await send(message)

        try:
            self._check(scope)
            body = await self._body(scope, receive)
            await self._app(scope, _replayed(body, receive), sending)
        except _Refused as refused:
            await _say(sending, refused.status, refused.sentence, wait=refused.wait)
        except Exception as error:  # noqa: BLE001 - nobody outside is told what
            _LOG.error("%s at %s", type(error).__name__, _places(error))
            if started:
                raise ConnectionAbortedError from None
            await _say(sending, 500, "Something went wrong on the server; nothing was lost. Try again in a moment.")

    def _check(self, scope: Scope) -> None:
        """Whether it is a request for us, from our page, and not one too many."""
        settings = self._settings
        wait = self._addresses.take(sender(scope, settings.proxies))
        if wait:
            raise _Refused(429, "Too many requests; wait a moment.", wait=wait)
        hosts = _all(scope, b"host")
        if len(hosts) != 1 or hosts[0].lower() not in settings.hosts:
            raise _Refused(403, "This server is not reached by that name.")
        method, path = scope["method"], scope["path"]
        if method not in {"GET", "POST"}:
            raise _Refused(405, "Only GET and POST are answered.")
        if len(path) + len(scope.get("query_string", b"")) > _LONGEST_PATH:
            raise _Refused(414, "The address is too long.")
        if not path.startswith(_PRIVATE):
            return
        if any(site in {"cross-site", "same-site"} for site in _all(scope, b"sec-fetch-site")):
            raise _Refused(403, "Only this server's own page may ask that.")
        if method == "POST":
            if _all(scope, b"origin") != [settings.origin]:
                raise _Refused(403, "Only this server's own page may ask that.")
            if [kind.partition(";")[0].strip().lower() for kind in _all(scope, b"content-type")] != [
                "application/json"
            ]:
                raise _Refused(415, "Send JSON.")
        cookie = cookie_of(scope, settings.cookie)
        if cookie:
            wait = self._sessions.take(hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest())
            if wait:
                raise _Refused(429, "Too many requests; wait a moment.", wait=wait)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The request's body, no larger than allowed, counted while it comes."""
        if scope["method"] != "POST":
            return b""
        most = self._settings.body_bytes
        lengths = _all(scope, b"content-length")
        if lengths and (not lengths[0].isdigit() or len(lengths[0]) > 12 or int(lengths[0]) > most):
            raise _Refused(413, f"At most {most >> 10} KiB can be sent at once.")
        parts, size = [], 0
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Refused(400, "The connection was lost.")
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > most:
                        raise _Refused(413, f"At most {most >> 10} KiB can be sent at once.")
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            raise _Refused(408, "The request took too long to arrive.") from None

    def _with_headers(self, scope: Scope, given: Any) -> list[tuple[bytes, bytes]]:
        kept = [(name, value) for name, value in given if name != b"server"]
        if not any(name == b"cache-control" for name, _ in kept):
            kept.append((b"cache-control", b"no-store" if scope["path"].startswith(_PRIVATE) else b"no-cache"))
        return [*kept, *self._headers]


def cookie_of(scope: Scope, name: str) -> str | None:
    """The one cookie of that name; None where there is none or more than one."""
    found = []
    for header in _all(scope, b"cookie"):
        try:
            cookies: SimpleCookie = SimpleCookie(header)
        except CookieError:
            return None
        found += [cookies[name].value] if name in cookies else []
    return found[0] if len(found) == 1 and len(found[0]) <= 128 else None


def sender(scope: Scope, proxies: frozenset[str]) -> str:
    """The address a request comes from: the last one that no proxy of ours has added."""
    client = scope.get("client")
    address = str(client[0]) if client else ""
    if address not in proxies:
        return address
    hops = [hop.strip() for header in _all(scope, b"x-forwarded-for") for hop in header.split(",")]
    return next((hop for hop in reversed(hops) if hop not in proxies), address)[:64]


def _all(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _replayed(body: bytes, receive: Receive) -> Receive:
    told = False

    async def replay() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _say(send: Send, status: int, sentence: str, *, wait: float = 0.0) -> None:
    body = json.dumps({"error": sentence}).encode()
    told = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    told.append((b"cache-control", b"no-store"))
    if status in {400, 408, 413}:  # the rest of the body is not waited for
        told.append((b"connection", b"close"))
    if wait:
        told.append((b"retry-after", str(math.ceil(wait)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})


def _places(error: BaseException) -> str:
    """Where it happened, without what it said."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames))
