"""Tokens: random ones that are stored as hashes, and signed ones that are stored nowhere.

All signing keys come from the review's own random key, one for each use, so that a token of one kind is none of
another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Literal

__all__ = ["Keys", "PictureToken", "digest", "new_token", "same"]

_LONGEST = 400

Of = Literal["t", "a", "g"]
_OF: tuple[Of, ...] = ("t", "a", "g")


def new_token() -> str:
    """256 random bits, for links and cookies."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is stored of a random token: its SHA-256. The token itself has 256 bits, so no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def same(one: bytes, other: bytes) -> bool:
    """Equality in a time that tells nothing of where two differ."""
    return hmac.compare_digest(one, other)


@dataclass(frozen=True, slots=True)
class PictureToken:
    """What a picture's address belongs to, and until when.

    ``of`` is ``t`` for a lease, ``a`` for one whose answer was taken back, ``g`` for an auditor's grant.
    """

    of: Of
    name: str
    expires: int


class Keys:
    """Signs and reads what is signed.

    Parameters
    ----------
    secret
        The review's own key, 32 bytes or more.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the review's key is at least 32 bytes")
        self._picture, self._csrf, self._outside = (
            hmac.digest(secret, f"overpaint server: {use}".encode(), "sha256") for use in ("picture", "csrf", "outside")
        )

    def csrf(self, cookie: str) -> str:
        """The token that requests of a session carry in a header; only who was told it can send one."""
        return _text(hmac.digest(self._csrf, cookie.encode("utf-8", "surrogatepass"), "sha256"))

    def outside(self, link: int, name: str) -> bytes:
        """A keyed hash of the id by which a workforce knows somebody: the id itself is stored nowhere."""
        return hmac.digest(self._outside, f"{link}:".encode() + name.encode("utf-8", "surrogatepass"), "sha256")

    def picture(self, of: Of, name: str, *, session: bytes, expires: int) -> str:
        """The address part of a picture, good for one session until then."""
        return f"{of}.{name}.{expires:x}.{_text(self._signed(of, name, session, expires))}"

    def read_picture(self, token: str, *, session: bytes, now: float) -> PictureToken | None:
        """What a picture's address says; None where it is forged, another session's or run out."""
        parts = token.split(".")
        of = next((one for one in _OF if one == parts[0]), None)
        if of is None or len(token) > _LONGEST or len(parts) != 4:
            return None
        try:
            expires = int(parts[2], 16)
            given = base64.urlsafe_b64decode(parts[3].encode("ascii") + b"=")
        except (ValueError, UnicodeEncodeError):
            return None
        if not same(given, self._signed(of, parts[1], session, expires)) or now >= expires:
            return None
        return PictureToken(of, parts[1], expires)

    def _signed(self, of: str, name: str, session: bytes, expires: int) -> bytes:
        text = f"{of}:{name}:{expires}:".encode("utf-8", "surrogatepass")
        return hmac.digest(self._picture, text + session, "sha256")


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")
