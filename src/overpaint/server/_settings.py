"""How a server is reached, and its limits."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from overpaint.errors import UsageError
from overpaint.server._limits import Rate

__all__ = ["ServerSettings", "is_loopback"]

_PER_SESSION = Rate(20, 120)
_PER_ADDRESS = Rate(400, 2000)  # a university or a crowd platform may stand behind one address
_ENTERING = Rate(1 / 12, 10)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How a server is reached, and its limits; `local` and `public` make them.

    Attributes
    ----------
    origin
        What browsers call it: scheme, host, and the port where it is not the scheme's own.
    hosts
        What a request's ``Host`` may be; anything else is refused, so that no name that an attacker lets point here
        (DNS rebinding) is served.
    proxies
        Addresses of reverse proxies, whose ``X-Forwarded-For`` is believed.
    static
        Where the built page lies; None: in the package.
    session_hours, picture_minutes
        How long a session and a picture's address live.
    body_bytes, body_seconds
        No request's body is larger, or takes longer to come.
    per_session, per_address
        How often a browser, and how often an address may ask anything.
    entering
        How often an address may try a link that does not work.
    """

    origin: str
    hosts: frozenset[str]
    proxies: frozenset[str] = frozenset()
    static: Path | None = None
    session_hours: float = 12.0
    picture_minutes: float = 10.0
    body_bytes: int = 256 << 10
    body_seconds: float = 15.0
    per_session: Rate = _PER_SESSION
    per_address: Rate = _PER_ADDRESS
    entering: Rate = _ENTERING

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by TLS."""
        return self.origin.startswith("https:")

    @property
    def cookie(self) -> str:
        """The session cookie's name; cookies do not tell ports apart, so on loopback the port is part of it."""
        return "__Host-overpaint" if self.secure else f"overpaint-{urlsplit(self.origin).port or 80}"

    @classmethod
    def local(cls, port: int, host: str = "127.0.0.1") -> ServerSettings:
        """A server on this machine's loopback, for who sits before it; no other name of it is answered."""
        name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return cls(f"http://{name}", frozenset({name}))

    @classmethod
    def public(cls, url: str, *, proxies: tuple[str, ...] = ()) -> ServerSettings:
        """A server that others reach by a URL; a reverse proxy in front of it speaks TLS.

        Raises
        ------
        UsageError
            The URL is none of https, or holds more than a host and a port.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            parts, host, port = urlsplit(""), None, None
        plain = parts.path in {"", "/"} and not parts.query and not parts.fragment and not parts.username
        if parts.scheme != "https" or host is None or not plain or not host.isascii():
            raise UsageError(
                f"--public-url {url!a}: give https://HOST or https://HOST:PORT, as browsers reach it; without TLS "
                "anybody on the way could read links and pictures"
            )
        name = f"[{host}]" if ":" in host else host
        name = name if port in {None, 443} else f"{name}:{port}"
        for proxy in proxies:
            _address(proxy)
        return cls(
            f"https://{name}", frozenset({name, f"{name}:443"} if port in {None, 443} else {name}), frozenset(proxies)
        )


def is_loopback(host: str) -> bool:
    """Whether a host names this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise UsageError(f"--proxy {text!a} is no IP address; give the address of the reverse proxy") from None
