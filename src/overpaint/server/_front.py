"""What the command line calls: serve a review, and make links to it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from overpaint import jobs
from overpaint.errors import OverpaintError, UsageError
from overpaint.review import Bench, Desk, Place, open_desk, opened, tend
from overpaint.server._serve import Served, serve
from overpaint.server._tokens import digest, new_token

__all__ = ["Invitation", "link", "serve_review"]

_LOG = logging.getLogger("overpaint.server")
_HERE = "http://127.0.0.1"
_EVERY = 5.0  # seconds between two rounds of tending
_DAY = 86_400.0
ROLES = ("maintainer", "reviewer", "worker", "auditor")


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link, told once: only its token's hash is kept."""

    url: str
    role: str
    days: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"url": self.url, "role": self.role, "days": self.days}

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        lines = [self.url, f"it lets in a {self.role} for {self.days:g} days, and is told this once"]
        if self.url.startswith(f"{_HERE}/"):
            lines.append("put the port of `overpaint review serve` behind 127.0.0.1; others need --public-url")
        return lines


def serve_review(
    review: str | PathLike[str],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    public_url: str | None = None,
    proxy: Sequence[str] = (),
    announce: Callable[[Served], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Serve a review's questions to browsers until it is interrupted.

    Parameters
    ----------
    review
        A run, a folder of candidates, or a review's directory, as `overpaint.review.open` made it.
    host, port
        Where it listens; port 0 takes a free one. Only this machine is served unless there is a public URL.
    public_url
        ``https://HOST``, as browsers reach it through a reverse proxy that speaks TLS.
    proxy
        Addresses of that proxy.
    announce
        Called when it answers, with the address that lets who started it in.
    stop
        Set it to end the server from another thread.
    """
    place = Place.of(Path(review))
    with open_desk(review) as desk:
        over = threading.Event()
        beside = threading.Thread(target=_tending, args=(desk, place, over), daemon=True)
        beside.start()
        try:
            serve(
                desk,
                secret=place.secret(),
                pictures=desk.pictures,  # type: ignore[arg-type]
                host=host,
                port=port,
                public_url=public_url,
                proxies=tuple(proxy),
                announce=announce,
                stop=stop,
            )
        finally:
            over.set()
            beside.join(timeout=60)
            _settle(place, desk.bench)


def link(
    review: str | PathLike[str],
    *,
    role: str = "worker",
    days: float = 14.0,
    public_url: str = _HERE,
    worker_field: str = "",
    completion_code: str = "",
    completion_url: str = "",
    label: str = "",
) -> Invitation:
    """Make a link that lets people in.

    Parameters
    ----------
    role
        ``worker`` (hidden control questions, trust), ``reviewer`` (none of these), ``maintainer``, ``auditor``
        (aggregates, single pictures only by a logged grant).
    days
        It works for so long; revoke it earlier on the maintainer's page.
    public_url
        How browsers reach the server.
    worker_field
        The link's field in which a workforce puts its worker id, such as ``PROLIFIC_PID``; kept as a keyed hash alone.
        Empty: anybody who has the link may answer.
    completion_code, completion_url
        What whoever has done their share is told, and where they are sent.
    label
        For the maintainer, to tell links apart.
    """
    if role not in ROLES:
        raise UsageError(f"--role {role}: give {', '.join(ROLES)}")
    if not 0 < days <= 365:
        raise UsageError(f"--days {days:g}: give more than 0, and 365 at most")
    told = {
        "label": label,
        "worker_field": worker_field,
        "completion_code": completion_code,
        "completion_url": completion_url,
    }
    token = new_token()
    with opened(review) as (_, bench):
        now = bench.clock()
        settings = {name: value for name, value in told.items() if value}
        bench.store.add_link(role=role, token_hash=digest(token), expires=now + days * _DAY, settings=settings, now=now)
        bench.store.log("link-made", who=None, what={"role": role, "days": days}, now=now)
    return Invitation(f"{public_url.rstrip('/')}/#k={token}", role, days)


def _tending(desk: Desk, place: Place, over: threading.Event) -> None:
    while not over.wait(_EVERY):
        try:
            tend(desk.bench)
            _settle(place, desk.bench)
        except OverpaintError:
            continue  # a database that was away for a moment; the next round does it
        except Exception as error:  # noqa: BLE001 - one bad round must not end all others; nothing of people is told
            _LOG.error("tending failed: %s", type(error).__name__)


def _settle(place: Place, bench: Bench) -> None:
    try:
        jobs.settle_lane(place, bench)
    except OverpaintError:
        return  # the run is in use: it is out of sight, and goes there at the next round
