"""Serving: on loopback for who sits before the machine, or behind a reverse proxy for others."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from overpaint.errors import ReviewError, UsageError
from overpaint.review import Desk
from overpaint.server._app import create_app, page_is_built
from overpaint.server._house import House, PictureRoom
from overpaint.server._settings import ServerSettings, is_loopback
from overpaint.server._tokens import digest, new_token

__all__ = ["Served", "serve"]

_HEADERS_SECONDS = 20.0  # a request's head is there by then, or the connection is closed
_AT_ONCE = 1000  # connections and requests; more are told to come back
_OWN_DAYS = 365.0


@dataclass(frozen=True, slots=True)
class Served:
    """What is told once the server answers: its origin, and the address by which who started it enters."""

    origin: str
    url: str


def serve(
    desk: Desk,
    *,
    secret: bytes,
    pictures: PictureRoom | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    public_url: str | None = None,
    proxies: tuple[str, ...] = (),
    settings: ServerSettings | None = None,
    announce: Callable[[Served], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Serve a review until it is interrupted.

    Parameters
    ----------
    desk, secret, pictures
        As in `create_app`.
    host, port
        Where it listens; port 0 takes a free one. Another host than loopback needs a ``public_url``.
    public_url
        ``https://HOST``, as browsers reach it through a reverse proxy that speaks TLS.
    proxies
        Addresses of that proxy.
    settings
        Limits; their origin and hosts are set by the rest.
    announce
        Called once, when it answers, with the address that lets who started it in as a maintainer. Its token is in
        memory only and works until the server ends.
    stop
        Set it to end the server from another thread.

    Raises
    ------
    UsageError
        Others could reach it and there is no public URL; the port is taken.
    ReviewError
        The page is not built.
    """
    if public_url is None and not is_loopback(host):
        raise UsageError(
            f"--host {host!a}: others could reach it, without TLS; put a reverse proxy in front and say --public-url "
            "https://…, or leave --host out to work on this machine alone"
        )
    if public_url is None and proxies:
        raise UsageError("--proxy needs --public-url: without it nobody but this machine is served")
    with _listening(host, port) as listener:
        bound = listener.getsockname()[1]
        made = (
            ServerSettings.local(bound, host)
            if public_url is None
            else ServerSettings.public(public_url, proxies=proxies)
        )
        if settings is not None:
            made = replace(settings, origin=made.origin, hosts=made.hosts, proxies=made.proxies)
        if not page_is_built(made):
            raise ReviewError("the review's page is not built; run `make ui`, or install overpaint from a wheel")
        app = create_app(desk, secret=secret, settings=made, pictures=pictures)
        token = new_token()
        house: House = app.state.house
        house.own[digest(token)] = _own_link(desk)
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=_AT_ONCE,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=5,
        )
        told = Served(made.origin, f"{made.origin}/#k={token}")
        server = _Server(config, lambda: None if announce is None else announce(told))
        if stop is not None:
            threading.Thread(target=_stopping, args=(stop, server), daemon=True).start()
        server.run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        why = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise UsageError(f"cannot listen on {host} port {port}: {why}; choose another --port") from None
    return listener


def _own_link(desk: Desk) -> int:
    """The link of who starts the server: one for good, so that they stay the same person; its token nobody knows."""
    store, now = desk.store, desk.clock()
    known = store.settings().get("own_link")
    for link in store.links():
        if link.id == known and link.live(now + 86_400):
            return link.id
    link = store.add_link(
        role="maintainer",
        token_hash=digest(secrets.token_urlsafe(32)),
        expires=now + 86_400 * _OWN_DAYS,
        settings={"label": "who starts the server"},
        now=now,
    )
    store.set_settings({"own_link": link.id})
    return link.id


def _stopping(stop: threading.Event, server: uvicorn.Server) -> None:
    stop.wait()
    server.should_exit = True


class _Server(uvicorn.Server):
    """Tells when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does it, and then say so."""
        await super().startup(sockets=sockets)
        self._ready()


class _Protocol(H11Protocol):
    """Closes connections on which the head of a request is not complete in time: uvicorn itself would wait for ever."""

    _waiting: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.access_log = False  # whatever loggers there are: addresses hold tokens

    def connection_made(self, transport: Any) -> None:
        """A connection, of which a request is expected."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Some bytes; where a request's head is only begun, it has to end in time."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._cancel()
        elif self._waiting is None and self.conn.trailing_data[0]:
            self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._cancel()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._waiting = self.loop.call_later(_HEADERS_SECONDS, self._late)

    def _cancel(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _late(self) -> None:
        self._waiting = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()
