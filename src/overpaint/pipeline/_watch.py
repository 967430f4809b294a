"""What is known of a file before anybody looks at it: lists of hashes, and what its copies are told by."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from overpaint.detectors import Image
from overpaint.fingerprints import MIN_QUALITY, HashLists, pdq_pair

__all__ = ["COPY", "HASH_LIST", "REVIEWER", "Prints", "Watch", "keyed_bytes"]

HASH_LIST, REVIEWER, COPY = "hash-list", "reviewer", "copy"
"""Reason codes of the no-view lane, beside those of the lane's own rule."""


@dataclass(frozen=True, slots=True)
class Prints:
    """What a sample's copies are told by: keyed hashes of the SHA-256 of its bytes and of the PDQ of its first picture.

    They are equal or not; how near two pictures are cannot be told from them. ``picture`` is None where nothing was
    decoded or too little is to be seen in it.
    """

    data: str
    picture: str | None = None


class Watch:
    """Compares files with hash lists as they go by, before they are decoded and before anybody looks at a picture.

    `begin` a file, then show it each picture (`known`), then take its `prints`. Not to be shared between threads.

    Parameters
    ----------
    lists
        Hashes of known images; may be empty.
    secret
        The run's own key.
    """

    def __init__(self, lists: HashLists, *, secret: bytes) -> None:
        self._lists, self._secret = lists, secret
        self._data, self._picture = "", ""
        self._pictures = 0

    def begin(self, data: bytes) -> str | None:
        """Take up a file; `HASH_LIST` where its bytes are in a list."""
        self._data = keyed_bytes(hashlib.sha256(data).hexdigest(), secret=self._secret)
        self._picture, self._pictures = "", 0
        return HASH_LIST if self._lists.match_bytes(data) is not None else None

    def known(self, image: Image) -> str | None:
        """`HASH_LIST` where an upright picture of the file, or its mirror image, is near a PDQ hash of a list."""
        self._pictures += 1
        if self._pictures > 1 and not len(self._lists.pdq):
            return None
        upright, mirrored = pdq_pair(image)
        if self._pictures == 1 and upright.quality >= MIN_QUALITY:
            self._picture = _keyed("pdq", upright.hex(), secret=self._secret)
        found = any(self._lists.match_pdq(each) is not None for each in (upright, mirrored))
        return HASH_LIST if found else None

    def prints(self) -> Prints:
        """Of the file that was begun last."""
        return Prints(self._data, self._picture or None)


def keyed_bytes(sha256: str, *, secret: bytes) -> str:
    """What files of these bytes are told by, from their SHA-256 in hex."""
    return _keyed("sha256", sha256, secret=secret)


def _keyed(kind: str, digest: str, *, secret: bytes) -> str:
    return hmac.digest(secret, f"{kind}:{digest}".encode(), "sha256").hex()[:32]
